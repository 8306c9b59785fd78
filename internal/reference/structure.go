package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// use is one composite literal of a component's structure in an example.
type use struct {
	structure string
	function  string
	fields    []string // those that are given
}

// usesIn returns the structures that the Example functions of a file give, by keys.
func usesIn(file *ast.File) []use {
	var all []use
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(function.Name.Name, "Example") {
			continue
		}
		ast.Inspect(function.Body, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if list, ok := literal.Type.(*ast.ArrayType); ok {
				for _, element := range literal.Elts {
					if inner, ok := element.(*ast.CompositeLit); ok && inner.Type == nil {
						inner.Type = list.Elt
					}
				}
			}
			if selector, ok := literal.Type.(*ast.SelectorExpr); ok {
				all = append(all, use{structure: fmt.Sprintf("%v.%s", selector.X, selector.Sel.Name), function: function.Name.Name, fields: keys(literal)})
			}
			return true
		})
	}
	return all
}

func keys(literal *ast.CompositeLit) []string {
	var names []string
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			names = append(names, fmt.Sprint(pair.Key))
		}
	}
	return names
}

// reached returns the structures of this package that the named one refers to, itself first.
func (s *source) reached(name string) []string {
	found := []string{name}
	for at := 0; at < len(found); at++ {
		for _, f := range s.fields(found[at]) {
			ast.Inspect(f.Type, func(node ast.Node) bool {
				switch n := node.(type) {
				case *ast.SelectorExpr:
					return false // another package's
				case *ast.Ident:
					if s.fields(n.Name) != nil && !slices.Contains(found, n.Name) {
						found = append(found, n.Name)
					}
				}
				return true
			})
		}
	}
	return found
}

// fields are the fields of a structure of this package, nil when it is none.
func (s *source) fields(name string) []*ast.Field {
	t := s.typeNamed(name)
	if t == nil {
		return nil
	}
	declared, ok := t.Decl.Specs[0].(*ast.TypeSpec).Type.(*ast.StructType)
	if !ok {
		return nil
	}
	return declared.Fields.List
}

// titleOnly is a first sentence that says no more than the heading, such as "Args of a Queue."
var titleOnly = regexp.MustCompile(`^\w+ of (a|an|the) \w+\.`)

// structure reads the named structure of arguments.
func (s *source) structure(name string) (structure, []error) {
	out := structure{Name: name}
	if t := s.typeNamed(name); t != nil {
		out.Doc = s.markdown(strings.TrimSpace(titleOnly.ReplaceAllString(t.Doc, "")))
	}
	var faults []error
	for _, f := range s.fields(name) {
		for _, ident := range f.Names {
			if !ident.IsExported() {
				continue
			}
			read, err := s.field(f, ident.Name)
			if err != nil {
				faults = append(faults, fmt.Errorf("  %s.%s %w", name, ident.Name, err))
			}
			out.Fields = append(out.Fields, read)
			faults = append(faults, s.optionality(name, read)...)
		}
	}
	return out, faults
}

// optionality compares what a comment says with the examples, which pass: what one of them leaves out is not
// required. What is said to be optional must be left out somewhere.
func (s *source) optionality(structure string, f field) []error {
	var faults []error
	used, omitted := false, false
	for _, u := range s.uses {
		if u.structure != s.doc.Name+"."+structure {
			continue
		}
		used = true
		if slices.Contains(u.fields, f.Name) {
			continue
		}
		omitted = true
		if f.Required {
			faults = append(faults, fmt.Errorf("  %s.%s is left out by %s, which passes: say in its comment \"Optional: \" and what its absence means",
				structure, f.Name, u.function))
		}
	}
	if !f.Required && used && !omitted && strings.HasSuffix(structure, "Args") {
		faults = append(faults, fmt.Errorf("  %s.%s is said to be optional, but every example gives it: leave it out of one", structure, f.Name))
	}
	return faults
}

// optional is the sentence of a comment that says what the absence of a field means.
var optional = regexp.MustCompile(`(?s)\s*\bOptional:\s+(.+?)(\.(\s+|$)|$)`)

// field reads a field, whose comment stands above or beside it.
func (s *source) field(f *ast.Field, name string) (field, error) {
	text := strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
	out := field{Name: name, Type: s.print(f.Type), Required: true}
	if found := optional.FindStringSubmatch(text); found != nil {
		out.Required, out.Default = false, strings.Join(strings.Fields(found[1]), " ")
		text = strings.TrimSpace(strings.Replace(text, found[0], " ", 1))
	}
	if rest, named := strings.CutPrefix(text, name+" "); named && !strings.HasPrefix(rest, "and ") {
		text = strings.TrimPrefix(strings.TrimPrefix(rest, "is "), "are ")
	}
	out.Meaning = sentence(s.markdown(text))
	if out.Meaning == "" {
		return out, errors.New("has no comment: say its shape, its unit, and \"Optional: \" with its default if it has one")
	}
	return out, nil
}

// outputs are the exported fields of what is made.
func (s *source) outputs(t *doc.Type) ([]field, []error) {
	var all []field
	var faults []error
	for _, f := range s.fields(t.Name) {
		for _, ident := range f.Names {
			if !ident.IsExported() {
				continue
			}
			read, err := s.field(f, ident.Name)
			if err != nil {
				faults = append(faults, fmt.Errorf("  %s.%s has no comment: say what it is", t.Name, ident.Name))
			}
			if f.Tag != nil {
				tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
				read.Default = tag.Get("pulumi")
			}
			all = append(all, read)
		}
	}
	return all, faults
}

// sentence is a comment on one line that starts with a capital and ends with a full stop.
func sentence(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n\n", "<br>")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "|", `\|`)
	if text == "" {
		return ""
	}
	if !strings.ContainsAny(text[len(text)-1:], ".:)!?") {
		text += "."
	}
	return capital(text)
}

// lowerWord is a first word that is neither a name nor a value.
var lowerWord = regexp.MustCompile(`^[a-z]+[ ,.]`)

// capital gives a text that starts with a word a capital.
func capital(text string) string {
	if !lowerWord.MatchString(text) {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
