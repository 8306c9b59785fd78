// Package evidence is what an example of a component was seen to make: a JSON file in the component's testdata,
// written and checked by the test that runs the example, and read by the generator of the reference pages.
package evidence

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Evidence is what one example made.
type Evidence struct {
	// Resources are "type name" of each registration, sorted.
	Resources []string `json:"resources"`
	// Grants are the statements of its policies, in the order of the resources that carry them.
	Grants []Grant `json:"grants"`
}

// Grant is one statement of one policy document, or a Lambda permission.
type Grant struct {
	In         string   `json:"in"` // the resource that carries it, as "type name"
	Sid        string   `json:"sid,omitempty"`
	Deny       bool     `json:"deny,omitempty"`
	To         []string `json:"to,omitempty"` // principals; none: whoever the policy is attached to
	Actions    []string `json:"actions"`
	On         []string `json:"on,omitempty"`         // resources; none: the one that carries it
	Conditions []string `json:"conditions,omitempty"` // "operator key value, value"
}

// Path is the file of an example of the component in directory. The example is named as its function is, such as
// ExampleNew.
func Path(directory, example string) string {
	return filepath.Join(directory, "testdata", example+".json")
}

// Encode returns the file's content.
func (e *Evidence) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(e, "", "  ")
	return append(text, '\n'), err
}

// Read returns the evidence of an example.
func Read(directory, example string) (*Evidence, error) {
	file := Path(directory, example)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var e Evidence
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &e, nil
}
