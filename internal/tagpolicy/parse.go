package tagpolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// Parse reads a policy document strictly and validates it. The error joins every fault, each with its path
// in the document and the mend: bad JSON, unknown or repeated keys (with the nearest valid name), values of
// the wrong kind, and what Validate finds.
func Parse(doc []byte) (*Policy, error) {
	p, err := parseShape(doc)
	if p == nil {
		return nil, err
	}
	if err := errors.Join(err, p.Validate()); err != nil {
		return nil, err
	}
	return p, nil
}

// ParseOverrides reads an overrides document as Parse does; its rules may name the asset types of base. An
// empty document and {} are valid and override nothing.
func ParseOverrides(doc []byte, base *Policy) (*Policy, error) {
	if t := bytes.TrimSpace(doc); len(t) == 0 || isEmptyObject(t) {
		return &Policy{Version: Version}, nil
	}
	p, err := parseShape(doc)
	if p == nil {
		return nil, err
	}
	if err := errors.Join(err, p.ValidateOverrides(base)); err != nil {
		return nil, err
	}
	return p, nil
}

func isEmptyObject(doc []byte) bool {
	var b bytes.Buffer
	return json.Compact(&b, doc) == nil && b.String() == "{}"
}

// parseShape decodes doc and reports what does not fit the document's shape. The policy is nil when the
// document cannot be decoded at all, so that its content can still be checked when only keys are wrong.
func parseShape(doc []byte) (*Policy, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	tree, repeated, err := readValue(dec, "")
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("text after the end of the document: remove it")
		}
	}
	if err != nil {
		line, column := position(doc, dec.InputOffset())
		return nil, fmt.Errorf("not JSON at line %d, column %d: %w", line, column, err)
	}
	faults := append(repeated, shapeFaults(reflect.TypeFor[Policy](), tree, "")...)
	var p Policy
	if err := json.Unmarshal(doc, &p); err != nil {
		if len(faults) == 0 {
			faults = append(faults, err)
		}
		return nil, errors.Join(faults...)
	}
	return &p, errors.Join(faults...)
}

// readValue reads the next JSON value and reports the keys that an object repeats: encoding/json would let
// the last one win without a word.
func readValue(dec *json.Decoder, path string) (value any, faults []error, err error) {
	token, err := dec.Token()
	if err != nil {
		return nil, nil, unexpectedEnd(err)
	}
	switch token {
	case json.Delim('{'):
		return readObject(dec, path)
	case json.Delim('['):
		return readList(dec, path)
	default:
		return token, nil, nil
	}
}

func readObject(dec *json.Decoder, path string) (any, []error, error) {
	object, faults := map[string]any{}, []error(nil)
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, nil, unexpectedEnd(err)
		}
		key := token.(string) // the decoder refuses anything else before a colon
		at := child(path, key)
		if _, ok := object[key]; ok {
			faults = append(faults, fmt.Errorf("%s: appears twice: keep one", at))
		}
		value, below, err := readValue(dec, at)
		if err != nil {
			return nil, nil, err
		}
		object[key], faults = value, append(faults, below...)
	}
	_, err := dec.Token()
	return object, faults, unexpectedEnd(err)
}

func readList(dec *json.Decoder, path string) (any, []error, error) {
	list, faults := []any{}, []error(nil)
	for dec.More() {
		value, below, err := readValue(dec, fmt.Sprintf("%s[%d]", path, len(list)))
		if err != nil {
			return nil, nil, err
		}
		list, faults = append(list, value), append(faults, below...)
	}
	_, err := dec.Token()
	return list, faults, unexpectedEnd(err)
}

func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the document ends too early: close every { and [")
	}
	return err
}

// shapeFaults compares a decoded value with the Go type it is meant for.
func shapeFaults(t reflect.Type, value any, path string) []error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var faults []error
	switch v := value.(type) {
	case map[string]any:
		switch t.Kind() {
		case reflect.Struct:
			return structFaults(t, v, path)
		case reflect.Map:
			for _, key := range sortedKeys(v) {
				faults = append(faults, shapeFaults(t.Elem(), v[key], child(path, key))...)
			}
			return faults
		}
	case []any:
		if t.Kind() == reflect.Slice {
			for i, element := range v {
				faults = append(faults, shapeFaults(t.Elem(), element, fmt.Sprintf("%s[%d]", path, i))...)
			}
			return faults
		}
	case string:
		if t.Kind() == reflect.String {
			return nil
		}
	case bool:
		if t.Kind() == reflect.Bool {
			return nil
		}
	case json.Number:
		if _, err := strconv.Atoi(v.String()); t.Kind() == reflect.Int && err == nil {
			return nil
		}
	}
	return []error{fmt.Errorf("%s: is %s: write %s", orDocument(path), kindOfValue(value), kindOfType(t))}
}

func structFaults(t reflect.Type, object map[string]any, path string) []error {
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields[name] = t.Field(i).Type
	}
	var faults []error
	for _, key := range sortedKeys(object) {
		field, ok := fields[key]
		if !ok {
			faults = append(faults, fmt.Errorf("%s: unknown key: %s", child(path, key), suggest(key, sortedKeys(fields))))
			continue
		}
		faults = append(faults, shapeFaults(field, object[key], child(path, key))...)
	}
	return faults
}

// suggest names the valid name that is nearest to name, or all of them if none is near.
func suggest(name string, valid []string) string {
	if len(valid) == 0 {
		return "there are none"
	}
	nearest := slices.MinFunc(valid, func(a, b string) int { return distance(name, a) - distance(name, b) })
	if distance(name, nearest)*2 <= max(len(name), len(nearest)) {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	return "use one of " + strings.Join(valid, ", ")
}

func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}

func kindOfValue(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "text"
	case bool:
		return "true or false"
	case json.Number:
		return "the number " + v.String()
	default:
		return "null"
	}
}

func kindOfType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "a list [...]"
	case reflect.Struct, reflect.Map:
		return "an object {...}"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	default:
		return `text in "..."`
	}
}

func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func orDocument(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

func position(doc []byte, offset int64) (line, column int) {
	before := doc[:min(int(offset), len(doc))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
