package pattern

import "encoding/json"

// test is one entry of a value list: it holds for a leaf that match accepts, or,
// where absent is set, for an event that has no leaf at the path.
type test struct {
	match  func(value any) bool
	absent bool
}

// exactly matches a string, bool, nil or float64.
func exactly(want any) test {
	return test{match: func(value any) bool { return value == want }}
}

func onText(match func(string) bool) test {
	return test{match: func(value any) bool {
		text, ok := value.(string)
		return ok && match(text)
	}}
}

func onNumber(match func(float64) bool) test {
	return test{match: func(value any) bool {
		number, ok := value.(float64)
		return ok && match(number)
	}}
}

// Match reports whether the event, a JSON object as encoding/json decodes it
// (numbers as float64, json.Number or Go integers), matches the pattern.
func (p *Pattern) Match(event map[string]any) bool {
	for _, alternative := range p.alternatives {
		if alternative.match(event, event) {
			return true
		}
	}
	return false
}

// match reports whether object, which is nil where the event has none at this
// place, meets every field.
func (n *node) match(object, event map[string]any) bool {
	for _, f := range n.fields {
		value, present := object[f.name]
		if !f.match(value, present, event) {
			return false
		}
	}
	return true
}

func (f *field) match(value any, present bool, event map[string]any) bool {
	for _, group := range f.groups {
		if !f.matchGroup(group, value, present, event) {
			return false
		}
	}
	return f.child == nil || f.matchChild(value, event)
}

func (f *field) matchGroup(group []test, value any, present bool, event map[string]any) bool {
	for _, t := range group {
		if t.absent {
			if !hasLeaf(event, f.path) {
				return true
			}
			continue
		}
		if present && anyLeaf(value, t.match) {
			return true
		}
	}
	return false
}

// matchChild looks for one object at this place that meets the child. Where
// there is none, only the absence of fields can be met.
func (f *field) matchChild(value any, event map[string]any) bool {
	found := false
	matched := anyObject(value, func(object map[string]any) bool {
		found = true
		return f.child.match(object, event)
	})
	return matched || !found && f.child.match(nil, event)
}

// anyLeaf reports whether accept holds for value, or for one of its elements
// where it is an array.
func anyLeaf(value any, accept func(any) bool) bool {
	switch v := value.(type) {
	case map[string]any:
		return false
	case []any:
		for _, element := range v {
			if anyLeaf(element, accept) {
				return true
			}
		}
		return false
	}
	return accept(canonical(value))
}

// anyObject reports whether accept holds for value, or for one of its elements
// where it is an array.
func anyObject(value any, accept func(map[string]any) bool) bool {
	switch v := value.(type) {
	case map[string]any:
		return accept(v)
	case []any:
		for _, element := range v {
			if anyObject(element, accept) {
				return true
			}
		}
	}
	return false
}

// hasLeaf reports whether the value has a leaf at path, in any element of the
// arrays on the way. Objects and empty arrays are no leaves.
func hasLeaf(value any, path []string) bool {
	if len(path) == 0 {
		return anyLeaf(value, func(any) bool { return true })
	}
	return anyObject(value, func(object map[string]any) bool {
		below, present := object[path[0]]
		return present && hasLeaf(below, path[1:])
	})
}

// canonical turns every number into a float64, so that numbers compare by value.
func canonical(value any) any {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
	case int:
		return float64(v)
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float32:
		return float64(v)
	}
	return value
}
