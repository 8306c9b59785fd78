package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"text/template"
)

//go:embed templates
var templates embed.FS

// runFile is the table of contents of a stack, into which a component is wired.
const runFile = "stacks/run.go"

// plan is all that is to be written.
type plan struct {
	Package, Type string
	files         []file // in the order in which they are written; the last is runFile
}

type file struct {
	path    string // below the root
	content []byte
}

// newPlan renders everything that the component needs in the house at root, and writes nothing.
func newPlan(root, name string) (*plan, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := checkFree(root, name); err != nil {
		return nil, err
	}
	p := &plan{Package: name, Type: title(name)}
	for _, f := range []struct{ template, path string }{
		{"doc.go.tmpl", "components/" + name + "/doc.go"},
		{"component.go.tmpl", "components/" + name + "/" + name + ".go"},
		{"component_test.go.tmpl", "components/" + name + "/" + name + "_test.go"},
		{"example_test.go.tmpl", "components/" + name + "/example_test.go"},
		{"stack.go.tmpl", "stacks/" + name + ".go"},
	} {
		if err := p.render(f.template, f.path); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(filepath.Join(root, runFile))
	if err != nil {
		return nil, err
	}
	wired, err := wire(text, name)
	if err != nil {
		return nil, err
	}
	p.files = append(p.files, file{runFile, wired})
	return p, nil
}

// render adds a Go file from its template.
func (p *plan) render(name, path string) error {
	text, err := p.execute(name)
	if err != nil {
		return err
	}
	formatted, err := format.Source(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p.files = append(p.files, file{path, formatted})
	return nil
}

func (p *plan) execute(name string) ([]byte, error) {
	parsed, err := template.ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = parsed.Execute(&text, p)
	return text.Bytes(), err
}

// A is the type with its article.
func (p *plan) A() string {
	if strings.ContainsAny(p.Type[:1], "AEIOU") {
		return "an " + p.Type
	}
	return "a " + p.Type
}

// write writes the files below root. When one cannot be written, those before it are removed again.
func (p *plan) write(root string) error {
	for i, f := range p.files {
		path := filepath.Join(root, f.path)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, f.content, 0o644)
		}
		if err != nil {
			for _, before := range p.files[:i] {
				os.Remove(filepath.Join(root, before.path))
			}
			os.Remove(filepath.Join(root, "components", p.Package))
			return fmt.Errorf("nothing is changed: %w", err)
		}
	}
	return nil
}

// tell says what was made, what to edit, and how to see it.
func tell(out io.Writer, p *plan) error {
	text, err := p.execute("told.txt.tmpl")
	if err != nil {
		return err
	}
	columns := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	if _, err := columns.Write(text); err != nil {
		return err
	}
	return columns.Flush()
}
