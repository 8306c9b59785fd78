package policygate

import (
	"slices"
	"strings"
)

// Unknown is a value that only the deployment will know.
type Unknown struct{}

// Resource is one registration of a program.
type Resource struct {
	URN    string // urn:pulumi:<stack>::<project>::<types of the parents, $, type>::<name>
	Type   string // aws:s3/bucketV2:BucketV2
	Name   string
	Parent string // URN; empty for a resource without a parent
	// Inputs are what the program gave, as maps, lists, strings, bools, float64 and Unknown. Secrets stand as their
	// values, so a problem must not repeat a value that may be one.
	Inputs       map[string]any
	Provider     string // URN; empty for a default provider
	Protect      bool
	Dependencies []string // URNs of the resources that it waits for, those of its inputs included
}

// twins are the modules that the provider offers under several names.
var twins = map[string]string{"alb": "lb", "elasticloadbalancingv2": "lb", "applicationloadbalancing": "lb"}

// native is AWS's own provider, made from Cloud Control's schemas.
const native = "aws-native"

// Kind is the type in the words of the rules, whichever of its names the program uses: s3.Bucket for
// aws:s3/bucketV2:BucketV2 and aws:s3/bucket:Bucket. All types of the provider aws-native are one kind. Empty for what
// is not AWS's.
func (r *Resource) Kind() string {
	if strings.HasPrefix(r.Type, native+":") {
		return native
	}
	rest, found := strings.CutPrefix(r.Type, "aws:")
	module, class, whole := strings.Cut(rest, ":")
	if !found || !whole {
		return ""
	}
	module, _, _ = strings.Cut(module, "/")
	if twin, ok := twins[module]; ok {
		module = twin
	}
	return module + "." + strings.TrimSuffix(class, "V2")
}

// at is the input at a path of keys, nil where there is none. A list with one element stands for the element: the
// provider makes lists of blocks that are there at most once.
func (r *Resource) at(path ...string) any { return within(r.Inputs, path...) }

func within(v any, path ...string) any {
	for _, key := range path {
		if list, ok := v.([]any); ok && len(list) == 1 {
			v = list[0]
		}
		switch value := v.(type) {
		case map[string]any:
			v = value[key]
		case Unknown:
			return value
		default:
			return nil
		}
	}
	return v
}

// isSet tells whether a value is there, known or not.
func isSet(v any) bool {
	switch value := v.(type) {
	case nil:
		return false
	case string:
		return value != ""
	case []any:
		return len(value) > 0
	case map[string]any:
		return len(value) > 0
	default:
		return true
	}
}

// is tells whether a value is known and one of those.
func is(v any, those ...any) bool {
	switch v.(type) {
	case string, bool, float64:
		return slices.Contains(those, v)
	default:
		return false
	}
}

// mayBe tells whether a value is one of those, as far as it is known.
func mayBe(v any, those ...any) bool { return v == any(Unknown{}) || is(v, those...) }

// list is a list of values; one value alone counts as a list, an unknown one as none.
func list(v any) []any {
	switch value := v.(type) {
	case nil, Unknown:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

// texts are the known texts of a list.
func texts(v any) []string {
	var known []string
	for _, element := range list(v) {
		if text, ok := element.(string); ok {
			known = append(known, text)
		}
	}
	return known
}

// less tells whether a number is known, or not set and so zero, and below a minimum.
func less(v any, minimum float64) bool {
	number, ok := v.(float64)
	return v == nil || ok && number < minimum
}

// unknowns tells whether anything in a value is not known yet.
func unknowns(v any) bool {
	switch value := v.(type) {
	case Unknown:
		return true
	case []any:
		return slices.ContainsFunc(value, unknowns)
	case map[string]any:
		for _, inner := range value {
			if unknowns(inner) {
				return true
			}
		}
	}
	return false
}

// Program is all that a program registered.
type Program struct {
	Resources []Resource
	byURN     map[string]*Resource
}

func newProgram(resources []Resource) *Program {
	p := &Program{Resources: resources, byURN: make(map[string]*Resource, len(resources))}
	for i := range resources {
		p.byURN[resources[i].URN] = &resources[i]
	}
	return p
}

// companions are the resources of a kind that belong to one: their input names it, or they wait for it. Before a
// deployment the input is not known, so waiting must do, unless the input is known to name another.
func (p *Program) companions(of *Resource, kind, input string, names ...any) []*Resource {
	var found []*Resource
	for i := range p.Resources {
		r := &p.Resources[i]
		if r.Kind() == kind && (is(r.at(input), names...) || slices.Contains(r.Dependencies, of.URN) && !namesAnother(r.at(input), names)) {
			found = append(found, r)
		}
	}
	return found
}

// namesAnother tells whether a known name, or an ARN that ends with it, is none of the known names.
func namesAnother(given any, names []any) bool {
	name, known := given.(string)
	wanted := texts(names)
	return known && len(wanted) > 0 && !slices.ContainsFunc(wanted, func(n string) bool { return name == n || strings.HasSuffix(name, ":"+n) })
}
