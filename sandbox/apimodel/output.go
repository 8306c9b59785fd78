package apimodel

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Output reads a successful answer by the operation's output shape. It returns an
// empty map for an operation without output and for a body that cannot be read.
func (res *Resolved) Output(header http.Header, body []byte) map[string]any {
	op := res.Operation
	shape := op.Out.Shape
	if shape == nil {
		return map[string]any{}
	}
	switch res.Protocol {
	case "json":
		return jsonInput(shape, body)
	case "smithy-rpc-v2-cbor":
		return cborInput(shape, body)
	case "query", "ec2":
		root, err := parseXML(body)
		if err != nil {
			return map[string]any{}
		}
		if wrapper := op.Out.ResultWrapper; wrapper != "" {
			found := root.find(wrapper)
			if len(found) == 0 {
				return map[string]any{}
			}
			root = found[0]
		}
		return xmlStructure(shape, root)
	default:
		out := bodyMembers(res.Protocol, shape, body)
		for name, member := range shape.Members {
			if text := header.Get(member.LocationName); member.Location == "header" && text != "" {
				out[name] = scalar(member.Shape, text)
			}
		}
		return out
	}
}

// Fault reads the error code and the message of a failed answer in whatever shape
// the protocol gives them; both are empty when there are none.
func Fault(header http.Header, body []byte) (code, message string) {
	if root, err := parseXML(body); err == nil {
		return faultElement(root)
	}
	var fault map[string]any
	if json.Unmarshal(body, &fault) == nil {
		for _, key := range []string{"__type", "code", "Code"} {
			if text, ok := fault[key].(string); ok && code == "" {
				code = text
			}
		}
		for _, key := range []string{"message", "Message", "errorMessage"} {
			if text, ok := fault[key].(string); ok && message == "" {
				message = text
			}
		}
	}
	if named := header.Get("X-Amzn-Errortype"); named != "" {
		code = named
	}
	code, _, _ = strings.Cut(code, ":")
	return code[strings.LastIndex(code, "#")+1:], message
}

// faultElement finds the innermost element that holds a Code.
func faultElement(e *element) (code, message string) {
	if found := e.find("Code"); len(found) > 0 {
		code = strings.TrimSpace(found[0].text)
		if m := e.find("Message"); len(m) > 0 {
			message = strings.TrimSpace(m[0].text)
		}
		return code, message
	}
	for _, child := range e.children {
		if code, message = faultElement(child); code != "" {
			return code, message
		}
	}
	return "", ""
}
