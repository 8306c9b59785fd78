package gateway

import "assetguard/sandbox/api"

// steps are what the supplements do about one operation.
type steps struct {
	before  []api.Before
	handle  []api.Handler
	mend    []api.Mend
	observe []api.Observe
}

// table holds the steps by service and operation.
type table map[string]map[string]*steps

func newTable(supplements []api.Supplement) table {
	t := table{}
	for _, s := range supplements {
		for op, f := range s.Before {
			x := t.at(s.Service, op)
			x.before = append(x.before, f)
		}
		for op, f := range s.Handle {
			x := t.at(s.Service, op)
			x.handle = append(x.handle, f)
		}
		for op, f := range s.Mend {
			x := t.at(s.Service, op)
			x.mend = append(x.mend, f)
		}
		for op, f := range s.Observe {
			x := t.at(s.Service, op)
			x.observe = append(x.observe, f)
		}
	}
	return t
}

func (t table) at(service, operation string) *steps {
	if t[service] == nil {
		t[service] = map[string]*steps{}
	}
	if t[service][operation] == nil {
		t[service][operation] = &steps{}
	}
	return t[service][operation]
}

// of returns the steps of a call; none for an unresolved one.
func (t table) of(c *api.Call) steps {
	if x := t[c.Service][c.Operation]; x != nil && c.Operation != "" {
		return *x
	}
	return steps{}
}
