package strict

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Null is what a null stands for at a key that the document may have. Elsewhere it is a fault always.
type Null int

// What a null stands for.
const (
	NullIsFault  Null = iota
	NullIsAbsent      // as for `key:` without a value in YAML
)

// Decode fills into, a pointer, from the parts of tree that fit it, and returns a fault for each key and
// value that does not. What tree leaves out keeps its value in into; of a list that tree has, elements that
// do not fit are empty, so that later faults name the right index. Whole tells whether the value of every
// known key was read: if not, what looks missing in into may stand in the document.
func Decode(tree, into any, null Null) (faults Faults, whole bool) {
	d := decoder{null: null, whole: true}
	fitting := d.fit(reflect.TypeOf(into).Elem(), tree, "")
	text, err := json.Marshal(fitting)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil { // a type that the package does not know
		return append(d.faults, Fault{Problem: err.Error()}), false
	}
	return d.faults, d.whole
}

type decoder struct {
	null   Null
	faults Faults
	whole  bool
}

// fit returns the parts of value that a t can hold, nil for none, and keeps the faults of the others.
func (d *decoder) fit(t reflect.Type, value any, path string) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := value.(type) {
	case map[string]any:
		if t.Kind() == reflect.Struct || t.Kind() == reflect.Map {
			return d.object(t, v, path)
		}
	case []any:
		if t.Kind() == reflect.Slice {
			return d.list(t, v, path)
		}
	case json.Number:
		if _, err := strconv.Atoi(v.String()); err == nil && t.Kind() == reflect.Int {
			return v
		}
	default:
		if v != nil && reflect.TypeOf(v).Kind() == t.Kind() {
			return v
		}
	}
	d.whole = false
	d.faults = append(d.faults, wrongKind(t, value, path))
	return nil
}

func (d *decoder) object(t reflect.Type, object map[string]any, path string) any {
	var fields map[string]reflect.Type
	isMap := t.Kind() == reflect.Map
	if !isMap {
		fields = Fields(t)
	}
	fitting := map[string]any{}
	for _, key := range Keys(object) {
		at, value := Child(path, key), object[key]
		field, known := fields[key]
		if isMap {
			field, known = t.Elem(), true
		}
		switch {
		case !known:
			d.faults = append(d.faults, Fault{Path: at, Problem: "unknown key", Mend: Suggest(key, Keys(fields))})
		case value == nil && !isMap && d.null == NullIsAbsent:
		default:
			if part := d.fit(field, value, at); part != nil {
				fitting[key] = part
			}
		}
	}
	return fitting
}

func (d *decoder) list(t reflect.Type, list []any, path string) any {
	fitting := make([]any, len(list))
	for i, element := range list {
		fitting[i] = d.fit(t.Elem(), element, Element(path, i))
	}
	return fitting
}

// Fields are the types of the fields of a struct by their keys in the document.
func Fields(object reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(object) {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[key] = field.Type
	}
	return fields
}

func wrongKind(t reflect.Type, value any, path string) Fault {
	want, mend := kindOfType(t)
	return Fault{Path: path, Problem: fmt.Sprintf("want %s, got %s", want, kindOfValue(value)), Mend: mend}
}

// kindOfType names the values that a t holds, and says how JSON and YAML both write them.
func kindOfType(t reflect.Type) (name, mend string) {
	switch t.Kind() {
	case reflect.String:
		return "text", `write it in quotes: "..."`
	case reflect.Bool:
		return "true or false", "write true or false, without quotes"
	case reflect.Int:
		return "a whole number", "write digits only, without quotes"
	case reflect.Slice:
		return "a list", "put it in brackets: [...]"
	default:
		return "an object", `write keys and values: {"key": ...}`
	}
}

func kindOfValue(value any) string {
	switch value := value.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("the text %q", value)
	case json.Number:
		return "the number " + value.String()
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprint(value) // true or false
	}
}
