package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// longest leaves room for a suffix of eight characters in the name of a role, which carries project, stack and
// region beside it and has at most 64.
const longest = 24

var (
	syntax    = regexp.MustCompile(`^[a-z][a-z0-9]+$`)
	unfitting = regexp.MustCompile(`[^a-z0-9]+`)
)

// reserved are names that mean something else where the scaffold writes them: to Go's tools, to the house, or in the
// files themselves.
var reserved = []string{
	"internal", "main", "test", "testdata", "vendor", "doc", "example", "init",
	"args", "assetguard", "components", "config", "contract", "lambdas", "stacks",
	"argument", "aws", "cmp", "ctx", "err", "fmt", "home", "made", "opts", "place", "pulumi", "recorder", "require", "stack", "testing",
}

// checkName says what is wrong with the name of a new component by itself, and the mend.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is missing: make new-component NAME=inventory")
	case !syntax.MatchString(name):
		return fmt.Errorf("%q is no name of a component: it becomes a Go package, so give at least two small letters and digits, a letter first%s",
			name, suggestion(name))
	case len(name) > longest:
		return fmt.Errorf("%q has %d characters: give at most %d, so that the names of roles stay whole", name, len(name), longest)
	case token.IsKeyword(name), types.Universe.Lookup(name) != nil:
		return fmt.Errorf("%q is a word of Go: choose a noun that says what the component makes, such as inventory", name)
	case slices.Contains(reserved, name):
		return fmt.Errorf("%q means something else in a component's files: choose a noun that says what it makes, such as inventory", name)
	}
	return nil
}

// suggestion is the nearest good name, if there is one.
func suggestion(name string) string {
	near := unfitting.ReplaceAllString(strings.ToLower(name), "")
	if !syntax.MatchString(near) || checkName(near) != nil {
		near = "inventory"
	}
	return ", such as " + near
}

// checkFree says what in the house at root has the name already.
func checkFree(root, name string) error {
	for _, path := range []string{filepath.Join("components", name), filepath.Join("stacks", name+".go"), filepath.Join("stacks", name)} {
		if _, err := os.Lstat(filepath.Join(root, path)); err == nil {
			return fmt.Errorf("%s is there already: choose another name, or remove what is there first", path)
		}
	}
	for _, identifier := range []string{name, "new" + title(name)} {
		file, err := declaring(filepath.Join(root, "stacks"), identifier)
		if err != nil {
			return err
		}
		if file != "" {
			return taken(name, fmt.Sprintf("stacks/%s declares %s", file, identifier))
		}
	}
	lists, err := filepath.Glob(filepath.Join(root, "stacks", "testdata", "*.resources"))
	if err != nil {
		return err
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if resource := strings.TrimSpace(line); strings.HasSuffix(resource, " "+name) {
				return taken(name, "a stack has the resource "+resource)
			}
		}
	}
	return nil
}

func taken(name, where string) error {
	return fmt.Errorf("the name %q is taken: %s; choose another name", name, where)
}

// declaring returns the file of the package in directory that declares the identifier at its top level, or "".
func declaring(directory, identifier string) (string, error) {
	files, err := filepath.Glob(filepath.Join(directory, "*.go"))
	if err != nil {
		return "", err
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		if slices.Contains(declared(file), identifier) {
			return filepath.Base(name), nil
		}
	}
	return "", nil
}

// declared are the identifiers that a file declares for its package.
func declared(file *ast.File) []string {
	var names []string
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names
}

// title is the name of the component's type.
func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }
