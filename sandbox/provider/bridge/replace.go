package bridge

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// generatedKey holds, among a resource's inputs, the properties that the program did not give. It is the key that
// pulumi-aws itself uses for that.
const generatedKey = resource.PropertyKey("__defaults")

// markGenerated notes in checked which of the named properties are not among the given inputs.
func markGenerated(named []resource.PropertyKey, given, checked resource.PropertyMap) {
	generated := []resource.PropertyValue{}
	for _, name := range named {
		_, has := given[name]
		if _, made := checked[name]; made && !has {
			generated = append(generated, resource.NewProperty(string(name)))
		}
	}
	if len(named) > 0 {
		checked[generatedKey] = resource.NewProperty(generated)
	}
}

// deleteFirst reports whether a resource must be deleted before its replacement is made: a name that the program gave,
// and that stays, cannot exist twice. A generated name is made anew for the replacement.
func deleteFirst(named []resource.PropertyKey, olds, news resource.PropertyMap) bool {
	var generated []resource.PropertyValue
	if list := news[generatedKey]; list.IsArray() {
		generated = list.ArrayValue()
	}
	return slices.ContainsFunc(named, func(name resource.PropertyKey) bool {
		v, ok := news[name]
		made := slices.ContainsFunc(generated, func(g resource.PropertyValue) bool {
			return g.IsString() && g.StringValue() == string(name)
		})
		return ok && !made && v.DeepEquals(olds[name])
	})
}
