package notice

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assetguard/internal/finding"
)

// MaxBytes is the most that a message may have on its way through SNS and SQS, all protocols' texts together.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const MaxBytes = 256 * 1024

// ErrNotOurs is the error of JSON that is no notice of this package at all.
var ErrNotOurs = errors.New("no notice")

// ErrOtherVersion is the error of a notice of this package that this version of it does not understand: while a deployment
// goes on, one function is newer than another.
var ErrOtherVersion = errors.New("a notice of another version")

// otherVersion says in its own words what is not understood.
type otherVersion struct{ error }

func (otherVersion) Is(target error) bool { return target == ErrOtherVersion }

// Marshal returns the JSON of a notice, at most MaxBytes. What does not fit is cut, and Cut says so. The version is set
// here. It fails for a notice whose kind does not fit its parts.
func Marshal(n Notice) ([]byte, error) {
	n.Version = Version
	if err := n.validate(); err != nil {
		return nil, err
	}
	for _, r := range rooms {
		b, err := encode(n.within(r))
		if err != nil || len(b) <= MaxBytes {
			return b, err
		}
	}
	return nil, fmt.Errorf("notice: larger than %d bytes however much is cut", MaxBytes)
}

// Parse reads the JSON of a notice strictly. What is something else, or more than one document, is ErrNotOurs; what it does
// not understand of a notice is ErrOtherVersion.
func Parse(body []byte) (Notice, error) {
	var head struct {
		Version *int  `json:"version"`
		Kind    *Kind `json:"kind"`
	}
	if err := json.Unmarshal(body, &head); err != nil || head.Version == nil || head.Kind == nil {
		return Notice{}, ErrNotOurs
	}
	if *head.Version != Version {
		return Notice{}, otherVersion{fmt.Errorf("notice: version %d: this reader knows %d", *head.Version, Version)}
	}
	var n Notice
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&n); err != nil {
		return Notice{}, otherVersion{fmt.Errorf("notice: %w", err)}
	}
	if err := n.validate(); err != nil {
		return Notice{}, otherVersion{err}
	}
	return n, nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // nobody puts it into HTML, and each escape costs six bytes
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("notice: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// validate reports every fault.
func (n *Notice) validate() error {
	var faults []error
	for _, part := range []struct {
		kind Kind
		set  bool
	}{{KindFinding, n.Finding != nil}, {KindDigest, n.Digest != nil}, {KindRepair, n.Repair != nil}} {
		if part.set != (n.Kind == part.kind) {
			faults = append(faults, fmt.Errorf("notice: kind %q: %s is set: %t", n.Kind, part.kind, part.set))
		}
	}
	if !slices.Contains([]Kind{KindFinding, KindDigest, KindRepair}, n.Kind) {
		faults = append(faults, fmt.Errorf("notice: kind %q: want finding, digest or repair", n.Kind))
	}
	for i, f := range n.findings() {
		if f.Severity < finding.Informational || f.Severity > finding.Critical {
			faults = append(faults, fmt.Errorf("notice: finding %d: severity %d is none of Security Hub's", i, f.Severity))
		}
	}
	if n.Repair != nil {
		if _, known := repairs[n.Repair.State]; !known {
			faults = append(faults, fmt.Errorf("notice: repair.state %q is none of those that people hear of", n.Repair.State))
		}
	}
	return errors.Join(faults...)
}

// findings are all those within the notice.
func (n *Notice) findings() []Finding {
	switch {
	case n.Finding != nil:
		return []Finding{*n.Finding}
	case n.Repair != nil:
		return []Finding{n.Repair.Finding}
	case n.Digest != nil:
		return n.Digest.Top
	default:
		return nil
	}
}

// room is how much of a notice is kept: characters of a text, elements of a list or map, findings of a digest.
type room struct{ text, list, top int }

// rooms are tried from the largest. Each text of the last one has at most 400 bytes in JSON within JSON, which no notice
// fills to MaxBytes.
var rooms = []room{{4000, 100, 50}, {2000, 30, 20}, {600, 10, 10}, {300, 3, 5}, {100, 1, 1}}

// maxURL is the length from which a link is left out: half a link leads nowhere.
const maxURL = 2000

// within is a copy of the notice with at most that much in it.
func (n Notice) within(r room) Notice {
	c := cutter{room: r, cuts: map[string]Cut{}}
	out, _ := c.copy("", reflect.ValueOf(n)).Interface().(Notice)
	for _, what := range slices.Sorted(maps.Keys(c.cuts)) {
		out.Cut = append(out.Cut, c.cuts[what])
	}
	return out
}

type cutter struct {
	room
	cuts map[string]Cut // by what
}

func (c *cutter) note(what string, kept, of int) {
	if kept < of {
		before := c.cuts[what]
		c.cuts[what] = Cut{What: what, Kept: before.Kept + kept, Of: before.Of + of}
	}
}

// copy copies a value deeply. It goes by the types, so that a field that a finding gets tomorrow is cut as well.
func (c *cutter) copy(field string, v reflect.Value) reflect.Value {
	if v.Type() == reflect.TypeFor[time.Time]() {
		return v
	}
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf(c.text(field, v.String())).Convert(v.Type())
	case reflect.Pointer:
		return c.pointer(field, v)
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Type() == reflect.TypeFor[Links]() || name == "Link" {
				name = "URL"
			}
			out.Field(i).Set(c.copy(strings.ToLower(name), v.Field(i)))
		}
		return out
	case reflect.Slice:
		return c.slice(field, v)
	case reflect.Map:
		return c.mapping(field, v)
	default:
		return v
	}
}

func (c *cutter) pointer(field string, v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	out := reflect.New(v.Type().Elem())
	out.Elem().Set(c.copy(field, v.Elem()))
	return out
}

func (c *cutter) slice(field string, v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	limit := c.list
	if field == "top" {
		limit = c.top
	}
	kept := min(v.Len(), limit)
	c.note(field, kept, v.Len())
	out := reflect.MakeSlice(v.Type(), kept, kept)
	for i := range kept {
		out.Index(i).Set(c.copy(field, v.Index(i)))
	}
	return out
}

// mapping keeps the largest of counts, and the first by name of everything else.
func (c *cutter) mapping(field string, v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if v.Type().Elem().Kind() == reflect.Int {
			if byCount := cmp.Compare(v.MapIndex(b).Int(), v.MapIndex(a).Int()); byCount != 0 {
				return byCount
			}
		}
		return strings.Compare(a.String(), b.String())
	})
	kept := min(len(keys), c.list)
	c.note(field, kept, len(keys))
	out := reflect.MakeMapWithSize(v.Type(), kept)
	for _, key := range keys[:kept] {
		out.SetMapIndex(c.copy(field, key), c.copy(field, v.MapIndex(key)))
	}
	return out
}

// text cuts a text, and takes away what no reader can show.
func (c *cutter) text(field, text string) string {
	text = printable(text)
	length := utf8.RuneCountInString(text)
	if field == "url" {
		if length > maxURL {
			c.note("url", 0, 1)
			return ""
		}
		return text
	}
	if length > c.room.text {
		c.note("text", c.room.text, length)
	}
	return shortened(text, c.room.text)
}

// shortened is a text with at most limit characters, the last of which is an ellipsis where something is missing.
func shortened(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// printable is a text in valid UTF-8 without control characters but line breaks, and without the characters that
// change the direction of what follows.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		default:
			return r
		}
	}, text)
}
