package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/go-viper/mapstructure/v2"
)

// wrongType is a value of another type than the field's.
type wrongType struct {
	want reflect.Type
	got  any
}

func (w *wrongType) Error() string {
	return fmt.Sprintf("want %s, got %s", typeName(w.want), kindOf(w.got))
}

// typeFaults flattens the decoder's error, one fault for each named field.
func typeFaults(err error) []Fault {
	if err == nil {
		return nil
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var faults []Fault
		for _, one := range several.Unwrap() {
			faults = append(faults, typeFaults(one)...)
		}
		return faults
	}
	var named *mapstructure.DecodeError
	if !errors.As(err, &named) {
		return []Fault{{Problem: err.Error()}}
	}
	inner := named.Unwrap()
	if _, ok := inner.(interface{ Unwrap() []error }); ok {
		return typeFaults(inner)
	}
	return []Fault{typeFault(named.Name(), inner)}
}

func typeFault(path string, err error) Fault {
	fault := Fault{Path: path, Problem: err.Error()}
	want, known := typeAt(path)
	if known {
		fault.Problem = "want " + typeName(want)
		fault.Mend = exampleOf(want)
	}
	var wrong *wrongType
	var unconvertible *mapstructure.UnconvertibleTypeError
	switch {
	case errors.As(err, &wrong):
		fault.Problem = wrong.Error()
	case errors.As(err, &unconvertible):
		fault.Problem = (&wrongType{want: unconvertible.Expected.Type(), got: unconvertible.Value}).Error()
	}
	return fault
}

func exampleOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return `put the value in quotes: "..."`
	case reflect.Bool:
		return "write true or false, without quotes"
	case reflect.Slice:
		return "write a list: [a, b], or one `- a` a line"
	case reflect.Int:
		return "write a whole number, without quotes"
	default:
		return ""
	}
}

// unknownKey is the fault of a key that the settings do not have, with the nearest one they do have.
func unknownKey(path string) Fault {
	parent, key := splitPath(path)
	fault := Fault{Path: path, Problem: "unknown key"}
	t, ok := typeAt(parent)
	if !ok || t.Kind() != reflect.Struct {
		return fault
	}
	names := keysOf(t)
	fault.Mend = "valid keys here: " + strings.Join(names, ", ")
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

var index = regexp.MustCompile(`\[[^\]]*\]`)

// splitPath parts the last key from the path before it.
func splitPath(path string) (parent, key string) {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// typeAt returns the type of the field that a path names, list and map elements included.
func typeAt(path string) (reflect.Type, bool) {
	t := reflect.TypeFor[Settings]()
	if path == "" {
		return t, true
	}
	for part := range strings.SplitSeq(path, ".") {
		field, ok := fieldNamed(t, index.ReplaceAllString(part, ""))
		if !ok {
			return nil, false
		}
		t = field.Type
		for range index.FindAllString(part, -1) {
			if t.Kind() != reflect.Slice && t.Kind() != reflect.Map {
				return nil, false
			}
			t = t.Elem()
		}
	}
	return t, true
}

func fieldNamed(t reflect.Type, key string) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	for _, field := range reflect.VisibleFields(t) {
		if keyOf(field) == key {
			return field, true
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

// kindOf names a value as a reader of YAML knows it, and shows it where it is short.
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
