package imagebuilder

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"
)

// document is a component document of AWSTOE, as we write it.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
type document struct {
	Name        string
	Description string
	Parameters  []Parameter
	Phases      []phase
}

type phase struct {
	Name  Phase  `yaml:"name"`
	Steps []step `yaml:"steps"`
}

type step struct {
	Name     string `yaml:"name"`
	Action   string `yaml:"action"`
	Failure  string `yaml:"onFailure,omitempty"`      // Abort unless said otherwise
	Timeout  int    `yaml:"timeoutSeconds,omitempty"` // 7200 unless said otherwise
	Attempts int    `yaml:"maxAttempts,omitempty"`
	Inputs   any    `yaml:"inputs"`
}

type file struct{ path, content string }

type upload struct {
	Source      string `yaml:"source"`
	Destination string `yaml:"destination"`
}

// createFiles is a step that writes files for root only.
func createFiles(name string, files ...file) step {
	type entry struct {
		Path        string `yaml:"path"`
		Content     string `yaml:"content"`
		Permissions string `yaml:"permissions"`
		Overwrite   bool   `yaml:"overwrite"`
	}
	var inputs []entry
	for _, f := range files {
		inputs = append(inputs, entry{Path: f.path, Content: f.content, Permissions: "0600", Overwrite: true})
	}
	return step{Name: name, Action: "CreateFile", Timeout: 60, Inputs: inputs}
}

// folder is a step that makes a directory for root only; CreateFile is not known to make those above its file.
func folder(path string) step { return bash("Folder", "install -d -m 700 "+path+"\n") }

// bash is a step that runs a script and fails with it.
func bash(name, script string) step {
	return step{Name: name, Action: "ExecuteBash", Failure: "Abort", Timeout: 1800, Inputs: map[string][]string{"commands": {script}}}
}

// component renders the document and checks it.
func (d document) component() (Component, error) {
	c := Component{Name: d.Name, Description: d.Description, Parameters: d.Parameters}
	for _, p := range d.Phases {
		c.Phases = append(c.Phases, p.Name)
	}
	var err error
	if c.Document, err = d.yaml(); err != nil {
		return c, err
	}
	if err := ValidateDocument(c.Document); err != nil {
		return c, fmt.Errorf("component %s: %w", d.Name, err)
	}
	c.Version = Version(c.Document)
	return c, nil
}

func (d document) yaml() (string, error) {
	type definition struct {
		Type        string `yaml:"type"`
		Description string `yaml:"description"`
	}
	var parameters []map[string]definition
	for _, p := range d.Parameters {
		parameters = append(parameters, map[string]definition{p.Name: {Type: "string", Description: p.Description}})
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(struct {
		Name        string                  `yaml:"name"`
		Description string                  `yaml:"description"`
		Schema      yaml.Node               `yaml:"schemaVersion"`
		Parameters  []map[string]definition `yaml:"parameters,omitempty"`
		Phases      []phase                 `yaml:"phases"`
	}{d.Name, d.Description, yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: "1.0"}, parameters, d.Phases})
	return out.String(), err
}
