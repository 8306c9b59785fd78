package cloudtrail

import (
	"bytes"

	"assetguard/sandbox/apimodel"
)

// ec2Set is how EC2 writes one list parameter: the set's name, and the name that
// each scalar item has in its object.
type ec2Set struct{ name, item string }

// ec2Sets are the lists whose set is not named after the wire name.
var ec2Sets = map[string]ec2Set{
	"SecurityGroupIds":    {"groupSet", "groupId"},
	"SecurityGroups":      {"groupSet", "groupName"},
	"Groups":              {"groupSet", "groupId"},
	"BlockDeviceMappings": {"blockDeviceMapping", ""},
	"InstanceIds":         {"instancesSet", "instanceId"},
	"Resources":           {"resourcesSet", "resourceId"},
	"IpPermissions":       {"ipPermissions", ""},
	"IpRanges":            {"ipRanges", ""},
	"Ipv6Ranges":          {"ipv6Ranges", ""},
	"PrefixListIds":       {"prefixListIds", ""},
	"UserIdGroupPairs":    {"groups", ""},
}

// instanceParameters are those of RunInstances that stand in instancesSet.
var instanceParameters = []string{"imageId", "minCount", "maxCount", "keyName"}

// ec2Wrapped are newer operations, whose parameters and results stand below
// "<Operation>Request" and "<Operation>Response" with the wire's capital names.
var ec2Wrapped = map[string]bool{
	"CreateNatGateway": true, "DeleteNatGateway": true, "CreateVpcEndpoint": true, "DeleteVpcEndpoints": true,
	"CreateFlowLogs": true, "CreateLaunchTemplate": true, "CreateLaunchTemplateVersion": true, "DeleteLaunchTemplate": true,
	"CreateTransitGateway": true, "CreateTransitGatewayVpcAttachment": true, "CreateFleet": true,
}

func ec2Request(op *apimodel.Operation, in map[string]any) map[string]any {
	if ec2Wrapped[op.Name] {
		return map[string]any{op.Name + "Request": ec2Capital(op.In.Shape, in)}
	}
	out := ec2Structure(op.In.Shape, in)
	if op.Name == "RunInstances" {
		instance := map[string]any{}
		for _, name := range instanceParameters {
			if v, ok := out[name]; ok {
				instance[name] = v
				delete(out, name)
			}
		}
		out["instancesSet"] = itemSet([]any{instance})
	}
	return out
}

// ec2Structure writes request parameters: every list becomes a set of objects,
// except the tags of a tag specification, which EC2 writes as a plain list.
func ec2Structure(shape *apimodel.Shape, in map[string]any) map[string]any {
	w := ec2Answer()
	out := map[string]any{}
	for name, v := range in {
		ref := shape.Members[name]
		if ref == nil {
			out[lowerFirst(name)] = v
			continue
		}
		if hidden, ok := w.hide(name, ref.Shape); ok {
			if hidden != nil {
				out[lowerFirst(name)] = hidden
			}
			continue
		}
		switch value := v.(type) {
		case map[string]any:
			out[w.names(name, ref)] = ec2Structure(ref.Shape, value)
		case []any:
			key, list := ec2List(shape, name, ref, value)
			out[key] = list
		default:
			out[w.names(name, ref)] = v
		}
	}
	return out
}

func ec2List(parent *apimodel.Shape, name string, ref *apimodel.Ref, values []any) (string, any) {
	wire := name
	if ref.LocationName != "" {
		wire = ref.LocationName
	}
	set, ok := ec2Sets[name]
	if !ok {
		set = ec2Set{lowerFirst(wire) + "Set", lowerFirst(wire)}
	}
	items := make([]any, 0, len(values))
	for _, v := range values {
		if object, isObject := v.(map[string]any); isObject {
			items = append(items, ec2Structure(ref.Shape.Member.Shape, object))
		} else {
			items = append(items, map[string]any{set.item: v})
		}
	}
	if name == "Tags" && parent.Members["ResourceType"] != nil {
		return "tags", items
	}
	return set.name, itemSet(items)
}

// ec2Capital writes the parameters of the newer operations.
func ec2Capital(shape *apimodel.Shape, in map[string]any) map[string]any {
	w := writer{
		service: "ec2",
		names: func(member string, ref *apimodel.Ref) string {
			if ref.LocationName != "" {
				return upperFirst(ref.LocationName)
			}
			return member
		},
		list: func(_ *apimodel.Ref, items []any) any { return items },
		when: ec2Answer().when,
	}
	return w.structure(shape, in)
}

func ec2Response(op *apimodel.Operation, out map[string]any, requestID string, body []byte) map[string]any {
	written := map[string]any{}
	if op.Out.Shape != nil {
		written = ec2Answer().structure(op.Out.Shape, out)
		delete(written, "return")
	}
	written["requestId"] = requestID
	if bytes.Contains(body, []byte("<return>true</return>")) {
		written["_return"] = true
	}
	if ec2Wrapped[op.Name] {
		return map[string]any{op.Name + "Response": written}
	}
	return written
}
