package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// fit returns the parts of value that a t can hold, and a fault for each key and value that it cannot. Keys
// without a value count as absent.
func fit(t reflect.Type, value any, path string) (any, []Fault) {
	switch t.Kind() {
	case reflect.Struct:
		return fitObject(t, value, path)
	case reflect.Map:
		return fitMap(t, value, path)
	case reflect.Slice:
		return fitList(t, value, path)
	case reflect.Pointer:
		return fit(t.Elem(), value, path)
	}
	var fits bool
	switch t.Kind() {
	case reflect.String:
		_, fits = value.(string)
	case reflect.Bool:
		_, fits = value.(bool)
	case reflect.Int:
		fits = isWhole(value)
	}
	if !fits {
		return nil, []Fault{wrongType(t, value, path)}
	}
	return value, nil
}

func isWhole(value any) bool {
	number, ok := value.(json.Number)
	if !ok {
		return false
	}
	whole, err := number.Int64()
	return err == nil && whole >= math.MinInt32 && whole <= math.MaxInt32
}

func fitObject(t reflect.Type, value any, path string) (any, []Fault) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, []Fault{wrongType(t, value, path)}
	}
	fitting := map[string]any{}
	var faults []Fault
	for _, key := range slices.Sorted(maps.Keys(object)) {
		field, ok := fieldNamed(t, key)
		if !ok {
			faults = append(faults, unknownKey(t, path, key))
			continue
		}
		if object[key] == nil {
			continue
		}
		part, found := fit(field.Type, object[key], join(path, key))
		faults = append(faults, found...)
		if part != nil {
			fitting[key] = part
		}
	}
	return fitting, faults
}

func fitMap(t reflect.Type, value any, path string) (any, []Fault) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, []Fault{wrongType(t, value, path)}
	}
	fitting := map[string]any{}
	var faults []Fault
	for _, key := range slices.Sorted(maps.Keys(object)) {
		part, found := fit(t.Elem(), object[key], join(path, key))
		faults = append(faults, found...)
		if part != nil {
			fitting[key] = part
		}
	}
	return fitting, faults
}

// fitList keeps the places of elements that do not fit, so that later faults name the right index.
func fitList(t reflect.Type, value any, path string) (any, []Fault) {
	list, ok := value.([]any)
	if !ok {
		return nil, []Fault{wrongType(t, value, path)}
	}
	fitting := make([]any, len(list))
	var faults []Fault
	for i, element := range list {
		part, found := fit(t.Elem(), element, fmt.Sprintf("%s[%d]", path, i))
		faults = append(faults, found...)
		fitting[i] = part
	}
	return fitting, faults
}

// wrongType is the fault of a value that is not of the field's type.
func wrongType(t reflect.Type, value any, path string) Fault {
	fault := Fault{Path: path, Problem: fmt.Sprintf("want %s, got %s", typeName(t), kindOf(value))}
	switch t.Kind() {
	case reflect.String:
		fault.Mend = `put the value in quotes: "..."`
	case reflect.Slice:
		fault.Mend = "write a list: [a, b], or one `- a` a line"
	case reflect.Bool, reflect.Int:
		fault.Mend = "write it without quotes"
	}
	return fault
}

// unknownKey is the fault of a key that the object t does not have, with the nearest one that it has.
func unknownKey(t reflect.Type, path, key string) Fault {
	names := keysOf(t)
	fault := Fault{
		Path:    join(path, key),
		Problem: "unknown key",
		Mend:    "valid keys here: " + strings.Join(names, ", "),
	}
	if nearest, ok := nearestOf(key, names); ok {
		fault.Problem = fmt.Sprintf("unknown key; did you mean %q?", nearest)
	}
	return fault
}

// nearestOf returns the name that is most similar to key, unless none is similar at all.
func nearestOf(key string, names []string) (string, bool) {
	const similar = 0.5
	best, score := "", 0.0
	for _, name := range names {
		if s := levenshtein.Match(strings.ToLower(key), strings.ToLower(name), nil); s > score {
			best, score = name, s
		}
	}
	return best, score >= similar
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// indexes are the list indexes in a path.
var indexes = regexp.MustCompile(`\[[^\]]*\]`)

// typeAt returns the type of the field that a path without indexes names.
func typeAt(path string) reflect.Type {
	t := reflect.TypeFor[Settings]()
	for key := range strings.SplitSeq(path, ".") {
		field, ok := fieldNamed(t, key)
		if !ok {
			panic("config: the settings have no field " + path)
		}
		t = field.Type
	}
	return t
}

func fieldNamed(t reflect.Type, key string) (reflect.StructField, bool) {
	if t.Kind() == reflect.Struct && key != "" {
		for _, field := range reflect.VisibleFields(t) {
			if keyOf(field) == key {
				return field, true
			}
		}
	}
	return reflect.StructField{}, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for _, field := range reflect.VisibleFields(t) {
		keys = append(keys, keyOf(field))
	}
	slices.Sort(keys)
	return keys
}

func keyOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// typeName names a type as a reader of YAML knows it.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}

// kindOf names a value as a reader of YAML knows it.
func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("the text %q", value)
	case bool:
		return fmt.Sprintf("%t", value)
	case json.Number:
		return "the number " + value.String()
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
