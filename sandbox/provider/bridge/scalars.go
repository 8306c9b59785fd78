package bridge

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"assetguard/sandbox/provider/mapping"
)

// scalarProperty is a boolean or number in Pulumi that is text in Terraform. Text goes in by itself; it must come out
// as what the SDK's types expect.
type scalarProperty struct {
	// path are property names from the top; lists on the way are entered.
	path []string
	kind mapping.Kind
}

// scalarsOut changes p in place.
func scalarsOut(properties []scalarProperty, p resource.PropertyMap) {
	for _, s := range properties {
		s.in(resource.NewProperty(p), s.path)
	}
}

// in returns v with the scalars below path converted.
func (s scalarProperty) in(v resource.PropertyValue, path []string) resource.PropertyValue {
	inner, wrap := bare(v)
	switch {
	case inner.IsArray():
		for i, e := range inner.ArrayValue() {
			inner.ArrayValue()[i] = s.in(e, path)
		}
	case inner.IsObject() && len(path) > 0:
		name := resource.PropertyKey(path[0])
		if e, ok := inner.ObjectValue()[name]; ok {
			inner.ObjectValue()[name] = s.in(e, path[1:])
		}
	case inner.IsString() && len(path) == 0:
		return wrap(s.parse(inner))
	}
	return v
}

// parse leaves text that is not of the kind as it is.
func (s scalarProperty) parse(text resource.PropertyValue) resource.PropertyValue {
	if text.StringValue() == "" {
		return resource.NewNullProperty()
	}
	switch s.kind {
	case mapping.Bool:
		if b, err := strconv.ParseBool(text.StringValue()); err == nil {
			return resource.NewProperty(b)
		}
	case mapping.Int:
		if n, err := strconv.ParseFloat(text.StringValue(), 64); err == nil {
			return resource.NewProperty(n)
		}
	}
	return text
}
