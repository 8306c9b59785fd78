package cloudtrail

import (
	"strings"
	"time"

	"assetguard/sandbox/apimodel"
)

// writer puts parameters into the words of one protocol. Names gives a member's
// name in the event; list wraps a list's items.
type writer struct {
	service string
	names   func(member string, ref *apimodel.Ref) string
	list    func(ref *apimodel.Ref, items []any) any
	when    func(time.Time) any
}

// plainWriter is the way of the JSON, REST and query services: the member's name
// with a small first letter, lists as they are.
func plainWriter(service string) writer {
	return writer{
		service: service,
		names:   func(member string, _ *apimodel.Ref) string { return lowerFirst(member) },
		list:    func(_ *apimodel.Ref, items []any) any { return items },
		when:    func(t time.Time) any { return t.UTC().Format("Jan 2, 2006, 3:04:05 PM") },
	}
}

// ec2Answer is the way of EC2's answers: the XML names, each list in an object.
func ec2Answer() writer {
	return writer{
		service: "ec2",
		names: func(member string, ref *apimodel.Ref) string {
			if ref.LocationName != "" {
				return lowerFirst(ref.LocationName)
			}
			return lowerFirst(member)
		},
		list: func(_ *apimodel.Ref, items []any) any { return itemSet(items) },
		when: func(t time.Time) any { return t.UnixMilli() },
	}
}

// itemSet is how EC2 events write a list: {"items": [...]}, and {} when it is empty.
func itemSet(items []any) map[string]any {
	if len(items) == 0 {
		return map[string]any{}
	}
	return map[string]any{"items": items}
}

// structure writes a structure's members. Unknown members keep their name.
func (w writer) structure(shape *apimodel.Shape, in map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range in {
		var ref *apimodel.Ref
		if shape != nil {
			ref = shape.Members[name]
		}
		if ref == nil {
			out[lowerFirst(name)] = v
			continue
		}
		if written := w.value(name, ref, v); written != nil {
			out[w.names(name, ref)] = written
		}
	}
	return out
}

// value writes one member. Secrets are hidden, bytes left out.
func (w writer) value(name string, ref *apimodel.Ref, v any) any {
	shape := ref.Shape
	if hidden, ok := w.hide(name, shape); ok {
		return hidden
	}
	switch value := v.(type) {
	case map[string]any:
		if shape.Type == "map" {
			return w.mapping(name, shape, value)
		}
		return w.structure(shape, value)
	case []any:
		items := make([]any, 0, len(value))
		for _, x := range value {
			items = append(items, w.value(name, shape.Member, x))
		}
		return w.list(ref, items)
	case string:
		if shape.Type == "timestamp" {
			if t, err := time.Parse(time.RFC3339, value); err == nil {
				return w.when(t)
			}
		}
		return value
	case float64:
		if shape.Type == "timestamp" {
			return w.when(time.UnixMilli(int64(value * 1000)))
		}
		return value
	default:
		return v
	}
}

func (w writer) mapping(name string, shape *apimodel.Shape, in map[string]any) any {
	out := map[string]any{}
	for k, x := range in {
		out[k] = w.value(name, shape.Value, x)
	}
	return out
}

// secrets are members that a service's model does not mark as sensitive and that
// CloudTrail hides.
var secrets = map[string]map[string]bool{
	"ssm":            {"Value": true},
	"secretsmanager": {"SecretString": true, "SecretBinary": true},
	"lambda":         {"Environment": true},
	"ec2":            {"UserData": true},
	"iam":            {"Password": true, "SecretAccessKey": true, "NewPassword": true, "OldPassword": true},
}

// hiddenText is what stands in a secret's place.
var hiddenText = map[string]string{"rds": "****", "ec2": "<sensitiveDataRemoved>"}

// hide returns what stands in the place of a secret: text for text, an empty
// object for an object, nothing for bytes.
func (w writer) hide(name string, shape *apimodel.Shape) (any, bool) {
	if shape.Type == "blob" {
		return nil, true
	}
	lower := strings.ToLower(name)
	isPassword := shape.Type == "string" && strings.HasSuffix(lower, "password")
	if !shape.Sensitive && !secrets[w.service][name] && !isPassword {
		return nil, false
	}
	switch {
	case shape.Type == "structure" || shape.Type == "map":
		return map[string]any{}, true
	case hiddenText[w.service] != "":
		return hiddenText[w.service], true
	default:
		return "HIDDEN_DUE_TO_SECURITY_REASONS", true
	}
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
