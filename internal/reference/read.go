package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assetguard/internal/example/evidence"
)

// component is one package of components.
type component struct {
	Name     string
	Synopsis string // one sentence
	Doc      string // Markdown
	Sections []section
}

// section is one constructor and what it takes and gives.
type section struct {
	Title     string // of the type that is made
	Call      string // queue.New(ctx, name, &queue.Args{...}, opts...)
	Made      string // Markdown: what the type is
	Doc       string // Markdown: what the constructor says
	Arguments []structure
	Outputs   []field
	Returns   string // instead of Outputs, a type that is not this package's
	Examples  []sample
}

// structure is the type of the arguments, or one that these refer to.
type structure struct {
	Name, Doc string // Doc is Markdown
	Fields    []field
}

// field of a structure, or an output.
type field struct {
	Name, Type, Default string
	Meaning             string // Markdown on one line
	Required            bool
}

// sample is one example with what it was seen to make.
type sample struct {
	Doc, Code string
	Evidence  *evidence.Evidence
}

// source is a component's package as it was parsed.
type source struct {
	directory string
	files     *token.FileSet
	text      map[string][]byte // by file name
	doc       *doc.Package
	uses      []use // of the package's structures, in the examples
}

// read reads the component in the directory and reports all its faults.
func read(directory string) (*component, error) {
	s, err := parse(directory)
	if err != nil {
		return nil, err
	}
	c := &component{Name: s.doc.Name, Synopsis: s.unnamed(s.doc.Synopsis(s.doc.Doc)), Doc: s.markdown(s.unnamed(s.doc.Doc))}
	var faults []error
	shown := map[string]bool{}
	for _, constructor := range s.constructors() {
		part, err := s.section(constructor)
		faults = append(faults, err)
		part.Arguments = slices.DeleteFunc(part.Arguments, func(a structure) bool { return shown[a.Name] })
		for _, arguments := range part.Arguments {
			shown[arguments.Name] = true
		}
		c.Sections = append(c.Sections, part)
	}
	if len(c.Sections) == 0 {
		faults = append(faults, errors.New("no function New... that takes a *pulumi.Context: a component needs one"))
	}
	if c.Doc == "" {
		faults = append(faults, errors.New("no package comment: say in doc.go what it makes"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("components/%s:\n%w", s.doc.Name, err)
	}
	return c, nil
}

func parse(directory string) (*source, error) {
	names, err := filepath.Glob(filepath.Join(directory, "*.go"))
	if err != nil {
		return nil, err
	}
	s := &source{directory: directory, files: token.NewFileSet(), text: map[string][]byte{}}
	var files []*ast.File
	for _, name := range names {
		if s.text[name], err = os.ReadFile(name); err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(s.files, name, s.text[name], parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		if strings.HasSuffix(name, "_test.go") {
			s.uses = append(s.uses, usesIn(file)...)
		}
	}
	s.doc, err = doc.NewFromFiles(s.files, files, "assetguard/components/"+filepath.Base(directory))
	return s, err
}

// constructors are the functions New... that take a *pulumi.Context: New, then the others in the order of the source.
func (s *source) constructors() []*doc.Func {
	all := slices.Clone(s.doc.Funcs)
	for _, t := range s.doc.Types {
		all = append(all, t.Funcs...)
	}
	all = slices.DeleteFunc(all, func(f *doc.Func) bool {
		parameters := f.Decl.Type.Params.List
		return !strings.HasPrefix(f.Name, "New") || len(parameters) < 3 || s.print(parameters[0].Type) != "*pulumi.Context"
	})
	slices.SortFunc(all, func(a, b *doc.Func) int {
		if a.Name == "New" {
			return -1
		}
		return int(a.Decl.Pos() - b.Decl.Pos())
	})
	return all
}

// section reads one constructor.
func (s *source) section(f *doc.Func) (section, error) {
	arguments := strings.TrimPrefix(s.print(f.Decl.Type.Params.List[2].Type), "*")
	made := strings.TrimPrefix(s.print(f.Decl.Type.Results.List[0].Type), "*")
	part := section{
		Title: strings.TrimPrefix(made, s.doc.Name+"."), Doc: s.markdown(f.Doc),
		Call: fmt.Sprintf("%s.%s(ctx, name, &%s.%s{...}, opts...)", s.doc.Name, f.Name, s.doc.Name, arguments),
	}
	var faults []error
	if t := s.typeNamed(made); t != nil {
		part.Made = s.markdown(t.Doc)
		part.Outputs, faults = s.outputs(t)
	} else {
		part.Title, part.Returns = strings.ToUpper(s.doc.Name[:1])+s.doc.Name[1:], made
	}
	for _, name := range s.reached(arguments) {
		structure, faulty := s.structure(name)
		part.Arguments, faults = append(part.Arguments, structure), append(faults, faulty...)
	}
	examples, err := s.examples(f)
	part.Examples = examples
	return part, errors.Join(append(faults, err)...)
}

// examples are those of the constructor, each with its evidence.
func (s *source) examples(f *doc.Func) ([]sample, error) {
	var all []sample
	var faults []error
	for _, e := range f.Examples {
		function := "Example" + e.Name
		seen, err := evidence.Read(s.directory, function)
		if err != nil {
			faults = append(faults, fmt.Errorf("  %s: %w: run `go test ./components/%s -update`", function, err, s.doc.Name))
			continue
		}
		code, err := s.body(e)
		if err != nil {
			faults = append(faults, fmt.Errorf("  %s: %w", function, err))
		}
		all = append(all, sample{Doc: s.markdown(e.Doc), Code: code, Evidence: seen})
	}
	if len(f.Examples) == 0 {
		faults = append(faults, fmt.Errorf("  %s has no example: add Example%s to example_test.go, as the other components have it", f.Name, f.Name))
	}
	return all, errors.Join(faults...)
}

// unnamed returns a package comment without its first words "Package queue".
func (s *source) unnamed(text string) string {
	return capital(strings.TrimPrefix(text, "Package "+s.doc.Name+" "))
}

// typeNamed returns the type of this package, or nil.
func (s *source) typeNamed(name string) *doc.Type {
	at := slices.IndexFunc(s.doc.Types, func(t *doc.Type) bool { return t.Name == name })
	if at < 0 {
		return nil
	}
	return s.doc.Types[at]
}
