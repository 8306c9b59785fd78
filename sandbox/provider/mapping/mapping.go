package mapping

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

// Kind is a type in the SDK that differs from the Terraform attribute's.
type Kind string

const (
	// Any is an untyped input: a JSON document given as text or as an object, or a reference to a resource given as
	// its id or as the resource.
	Any Kind = "any"
	// Bool is a boolean that Terraform types as text.
	Bool Kind = "bool"
	// Int is a whole number that Terraform types as text.
	Int Kind = "int"
	// Archive is an archive that Terraform takes as the path of a zip file.
	Archive Kind = "archive"
	// Asset is a file that Terraform takes by its path.
	Asset Kind = "asset"
)

// Field is how one Terraform attribute or block differs in Pulumi. The zero value means that it does not.
type Field struct {
	// Name is the Pulumi name. Every stored field has it; "" is for the elements of a list.
	Name string `json:"name,omitempty"`
	// Single says whether a list of at most one is a plain value in Pulumi; nil when the schema's own maximum tells.
	Single *bool `json:"single,omitempty"`
	// Kind is the SDK's type, "" when it follows from Terraform's.
	Kind Kind `json:"kind,omitempty"`
	// Generated says that Pulumi makes up a name when none is given: Terraform requires the attribute, the SDK does not.
	Generated bool `json:"generated,omitempty"`
	// Fields are the differences inside an object.
	Fields map[string]*Field `json:"fields,omitempty"`
	// Element is the difference inside each element of a list, set or map.
	Element *Field `json:"element,omitempty"`
}

// Same reports whether the field differs in nothing but, at most, its name.
func (f *Field) Same() bool {
	return f.Single == nil && f.Kind == "" && !f.Generated && len(f.Fields) == 0 && f.Element == nil
}

// Entry is one resource type or function.
type Entry struct {
	// Token is the Pulumi token, as aws:sns/topic:Topic or aws:index/getRegion:getRegion.
	Token string `json:"token"`
	// Fields are the differences, by Terraform name.
	Fields map[string]*Field `json:"fields,omitempty"`
}

// File is the whole mapping, by Terraform type name.
type File struct {
	Resources map[string]*Entry `json:"resources"`
	Functions map[string]*Entry `json:"functions"`
	// Config are the differences of the provider's own configuration.
	Config map[string]*Field `json:"config,omitempty"`
}

//go:embed mapping.json
var committed []byte

// Load returns the committed mapping.
func Load() (*File, error) {
	var f File
	if err := json.Unmarshal(committed, &f); err != nil {
		return nil, fmt.Errorf("mapping.json: %w", err)
	}
	return &f, nil
}

// Encode renders f as the committed file holds it: sorted, one value per line, ended by a newline.
func (f *File) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode mapping: %w", err)
	}
	return append(text, '\n'), nil
}

// Visit is told of a field and the Pulumi property path to it: names from the top, list elements left out.
type Visit func(path []string, f *Field)

// Walk visits all fields of the entry that differ.
func (e *Entry) Walk(visit Visit) {
	for _, f := range e.Fields {
		f.walk([]string{f.Name}, visit)
	}
}

func (f *Field) walk(path []string, visit Visit) {
	visit(path, f)
	if f.Element != nil {
		f.Element.walk(path, visit)
	}
	for _, inner := range f.Fields {
		inner.walk(append(slices.Clone(path), inner.Name), visit)
	}
}
