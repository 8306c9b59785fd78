package apimodel

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// cborMode reads CBOR maps with text keys, as the Smithy protocol has them.
var cborMode = func() cbor.DecMode {
	mode, err := cbor.DecOptions{DefaultMapType: reflect.TypeFor[map[string]any](), TimeTagToAny: cbor.TimeTagToTime}.DecMode()
	if err != nil {
		panic(fmt.Sprintf("apimodel: CBOR options: %v", err)) // constants above
	}
	return mode
}()

func resolveCBOR(entries []*entry, name string, body []byte) *Resolved {
	op := findOperation(entries, name, func(*entry) bool { return true })
	if op == nil {
		return nil
	}
	return &Resolved{Operation: op, Input: cborInput(op.In.Shape, body), Protocol: "smithy-rpc-v2-cbor"}
}

func cborInput(shape *Shape, body []byte) map[string]any {
	var v any
	if len(body) == 0 || cborMode.Unmarshal(body, &v) != nil {
		return map[string]any{}
	}
	if m, ok := fromJSON(shape, plain(v)).(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// plain turns decoded CBOR into what decoded JSON holds: float64 (seconds, for a
// timestamp), base64 text.
func plain(v any) any {
	switch value := v.(type) {
	case map[string]any:
		for k, x := range value {
			value[k] = plain(x)
		}
		return value
	case []any:
		for i, x := range value {
			value[i] = plain(x)
		}
		return value
	case time.Time:
		return float64(value.UnixMilli()) / 1000
	case uint64:
		return float64(value)
	case int64:
		return float64(value)
	case []byte:
		return base64.StdEncoding.EncodeToString(value)
	default:
		return v
	}
}

// ToJSON returns the body of the same request in the AWS JSON protocol, with the
// X-Amz-Target to send it under. The emulator speaks no CBOR.
func (res *Resolved) ToJSON() (target string, body []byte, err error) {
	body, err = json.Marshal(res.Input)
	return res.Operation.Service.TargetPrefix + "." + res.Operation.Name, body, err
}

// FromJSON turns an answer of the AWS JSON protocol into CBOR.
func (res *Resolved) FromJSON(body []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, fmt.Errorf("%s: answer is no JSON: %w", res.Operation.Name, err)
	}
	return cbor.Marshal(toCBOR(res.Operation.Out.Shape, v))
}

// toCBOR gives decoded JSON the types that CBOR tells apart: whole numbers,
// blobs, timestamps (tag 1).
func toCBOR(shape *Shape, v any) any {
	if shape == nil {
		return v
	}
	switch value := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range value {
			inner := shape.Value
			if shape.Type == "structure" {
				inner = shape.Members[k]
			}
			if inner == nil {
				out[k] = x
			} else if x != nil {
				out[k] = toCBOR(inner.Shape, x)
			}
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, x := range value {
			out[i] = x
			if shape.Member != nil {
				out[i] = toCBOR(shape.Member.Shape, x)
			}
		}
		return out
	case float64:
		return cborNumber(shape, value)
	case string:
		return cborText(shape, value)
	default:
		return v
	}
}

func cborNumber(shape *Shape, v float64) any {
	switch shape.Type {
	case "timestamp":
		return cbor.Tag{Number: 1, Content: v}
	case "float", "double":
		return v
	default:
		return int64(v)
	}
}

func cborText(shape *Shape, v string) any {
	switch shape.Type {
	case "blob":
		if raw, err := base64.StdEncoding.DecodeString(v); err == nil {
			return raw
		}
	case "timestamp":
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
			if t, err := time.Parse(layout, v); err == nil {
				return cbor.Tag{Number: 1, Content: float64(t.UnixMilli()) / 1000}
			}
		}
	}
	return v
}
