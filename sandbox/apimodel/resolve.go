package apimodel

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Resolved is a request as its service model describes it.
type Resolved struct {
	Operation *Operation
	Input     map[string]any
	// Protocol is the one the request travelled in, which may be another than the
	// model's first choice: query, ec2, json, rest-json, rest-xml or
	// smithy-rpc-v2-cbor.
	Protocol string
}

// rpcV2 is the path of the Smithy RPC v2 protocol.
var rpcV2 = regexp.MustCompile(`^/service/[^/]+/operation/([A-Za-z0-9]+)$`)

// Resolve finds the operation and the parameters of a request signed for scope.
// It returns nil when no model describes the request, such as an API newer than
// botocore; the caller passes such a request on unchanged. A body that cannot be
// read gives the operation without the parameters that travel in the body.
func (l *Library) Resolve(scope string, r *http.Request, body []byte) *Resolved {
	entries := l.byScope[scope]
	switch target := r.Header.Get("X-Amz-Target"); {
	case len(entries) == 0:
		return nil
	case target != "":
		return resolveJSON(entries, target, body)
	case rpcV2.MatchString(r.URL.Path):
		return resolveCBOR(entries, rpcV2.FindStringSubmatch(r.URL.Path)[1], body)
	default:
		if form := queryForm(r, body); form != nil {
			return resolveQuery(entries, form)
		}
		return resolveREST(entries, r, body)
	}
}

func resolveJSON(entries []*entry, target string, body []byte) *Resolved {
	prefix, name, _ := cutLast(target, ".")
	op := findOperation(entries, name, func(e *entry) bool { return e.targeted(prefix) })
	if op == nil {
		return nil
	}
	return &Resolved{Operation: op, Input: jsonInput(op.In.Shape, body), Protocol: "json"}
}

// targeted says that X-Amz-Target's prefix names the service. Some clients leave
// the namespace of a target out: "CloudTrail_20131101" for
// "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101".
func (m Metadata) targeted(prefix string) bool {
	return m.TargetPrefix == prefix || strings.HasSuffix(m.TargetPrefix, "."+prefix)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// findOperation returns the named operation of the first service that fits and
// has it, or nil.
func findOperation(entries []*entry, name string, fits func(*entry) bool) *Operation {
	for _, e := range entries {
		if !fits(e) {
			continue
		}
		if s, err := e.load(); err == nil && s.Operations[name] != nil {
			return s.Operations[name]
		}
	}
	return nil
}

// queryForm returns the form of a query or ec2 request, which names an Action and
// a Version; nil for any other request.
func queryForm(r *http.Request, body []byte) url.Values {
	form := url.Values{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if parsed, err := url.ParseQuery(string(body)); err == nil {
			form = parsed
		}
	}
	for key, values := range r.URL.Query() {
		form[key] = append(form[key], values...)
	}
	if form.Get("Action") == "" || form.Get("Version") == "" {
		return nil
	}
	return form
}

func resolveQuery(entries []*entry, form url.Values) *Resolved {
	op := findOperation(entries, form.Get("Action"), func(e *entry) bool { return e.APIVersion == form.Get("Version") })
	if op == nil {
		return nil
	}
	protocol := "query"
	if op.Service.Protocol == "ec2" {
		protocol = "ec2"
	}
	return &Resolved{Operation: op, Input: queryInput(op, form), Protocol: protocol}
}

func resolveREST(entries []*entry, r *http.Request, body []byte) *Resolved {
	for _, e := range entries {
		if !strings.HasPrefix(e.Protocol, "rest-") {
			continue
		}
		s, err := e.load()
		if err != nil {
			continue
		}
		if m := s.match(r); m != nil {
			return &Resolved{Operation: m.op, Input: restInput(m, r, body), Protocol: s.Protocol}
		}
	}
	return nil
}

// jsonInput reads a JSON body by shape; an unreadable body has no parameters.
func jsonInput(shape *Shape, body []byte) map[string]any {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return map[string]any{}
	}
	if m, ok := fromJSON(shape, v).(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// fromJSON renames the keys of decoded JSON to member names. Keys that the shape
// does not know stay as they are, so that a newer API loses nothing.
func fromJSON(shape *Shape, v any) any {
	if shape == nil {
		return v
	}
	switch value := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		if shape.Type == "map" {
			for k, x := range value {
				out[k] = fromJSON(shape.Value.Shape, x)
			}
			return out
		}
		for k, x := range value {
			name, member := shape.memberOnWire(k)
			if member == nil {
				out[k] = x
				continue
			}
			if x != nil {
				out[name] = fromJSON(member.Shape, x)
			}
		}
		return out
	case []any:
		if shape.Member == nil {
			return v
		}
		out := make([]any, len(value))
		for i, x := range value {
			out[i] = fromJSON(shape.Member.Shape, x)
		}
		return out
	default:
		return v
	}
}

// memberOnWire finds the member that travels under a name.
func (s *Shape) memberOnWire(wire string) (string, *Ref) {
	if m := s.Members[wire]; m != nil && (m.LocationName == "" || m.LocationName == wire) {
		return wire, m
	}
	for name, m := range s.Members {
		if m.LocationName == wire {
			return name, m
		}
	}
	return wire, s.Members[wire]
}
