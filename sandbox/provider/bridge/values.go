package bridge

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// whole keeps everything that Pulumi's protocol can say about a value.
var whole = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true}

// decode reads properties from the wire. Absent ones stay absent.
func decode(wire *structpb.Struct) (resource.PropertyMap, error) {
	if wire == nil {
		return nil, nil
	}
	return plugin.UnmarshalProperties(wire, whole)
}

func encode(p resource.PropertyMap) (*structpb.Struct, error) {
	if p == nil {
		return nil, nil
	}
	return plugin.MarshalProperties(p, whole)
}

// bare takes a value out of its secret or known output, and returns how to put another value back in.
func bare(v resource.PropertyValue) (resource.PropertyValue, func(resource.PropertyValue) resource.PropertyValue) {
	switch {
	case v.IsSecret():
		return v.SecretValue().Element, resource.MakeSecret
	case v.IsOutput() && v.OutputValue().Known:
		output := v.OutputValue()
		return output.Element, func(inner resource.PropertyValue) resource.PropertyValue {
			output.Element = inner
			return resource.NewProperty(output)
		}
	}
	return v, func(inner resource.PropertyValue) resource.PropertyValue { return inner }
}
