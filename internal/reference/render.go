package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"strings"
	"text/template"

	"assetguard/internal/example/evidence"
)

//go:embed *.tmpl
var templates embed.FS

// execute renders a template, which sees the functions below.
func execute(name string, page any) ([]byte, error) {
	parsed, err := template.New(name).Funcs(template.FuncMap{
		"byType": byType, "code": code, "who": who, "where": where, "kind": kind,
	}).ParseFS(templates, "*.tmpl")
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, page); err != nil {
		return nil, err
	}
	return append(bytes.TrimSpace(text.Bytes()), '\n'), nil
}

// markdown renders a Go comment.
func (s *source) markdown(text string) string {
	printer := s.doc.Printer()
	printer.HeadingLevel = 4
	printer.HeadingID = func(*comment.Heading) string { return "" }
	return strings.TrimSpace(string(printer.Markdown(s.doc.Parser().Parse(text))))
}

// print renders a type as it stands in the source.
func (s *source) print(node ast.Expr) string {
	var text bytes.Buffer
	if err := format.Node(&text, s.files, node); err != nil {
		panic(err) // the node was parsed from source
	}
	return text.String()
}

// body is the body of the function that an example hands to example.Run, without its indentation.
func (s *source) body(e *doc.Example) (string, error) {
	block, ok := e.Code.(*ast.BlockStmt)
	if !ok || len(block.List) != 1 {
		return "", errors.New("its only statement must be example.Run(func...)")
	}
	var inner *ast.BlockStmt
	ast.Inspect(block, func(node ast.Node) bool {
		if literal, ok := node.(*ast.FuncLit); ok && inner == nil {
			inner = literal.Body
		}
		return inner == nil
	})
	if inner == nil {
		return "", errors.New("its only statement must be example.Run(func...)")
	}
	from, to := s.files.Position(inner.Lbrace), s.files.Position(inner.Rbrace)
	text := string(s.text[from.Filename][from.Offset+1 : to.Offset])
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t\t")
	}
	return strings.TrimSpace(strings.Join(lines, "\n")), nil
}

// made are the resources of one type.
type made struct {
	Type  string
	Names []string
}

// byType gathers "type name" by type, in the order in which they come.
func byType(resources []string) []made {
	var all []made
	for _, resource := range resources {
		token, name, _ := strings.Cut(resource, " ")
		if len(all) == 0 || all[len(all)-1].Type != token {
			all = append(all, made{Type: token})
		}
		last := &all[len(all)-1]
		last.Names = append(last.Names, name)
	}
	return all
}

// code lists texts as code, one a line of a table's cell.
func code(texts []string) string {
	marked := make([]string, len(texts))
	for i, text := range texts {
		marked[i] = "`" + strings.ReplaceAll(text, "|", `\|`) + "`"
	}
	return strings.Join(marked, "<br>")
}

// who is allowed or denied by a statement.
func who(g evidence.Grant) string {
	switch {
	case g.Deny && len(g.To) == 0:
		return "**denied** to the role"
	case g.Deny && g.To[0] == "*":
		return "**denied** to everyone"
	case len(g.To) == 0:
		return "the role"
	}
	return code(g.To)
}

// where a statement's actions may be done.
func where(g evidence.Grant) string {
	switch {
	case len(g.On) == 0 || len(g.On) == 1 && g.On[0] == "*" && len(g.To) > 0:
		return "this resource"
	case len(g.On) == 1 && g.On[0] == "*":
		return "any resource"
	}
	return code(g.On)
}

// kind shortens "aws:sqs/queue:Queue orders" to "Queue `orders`".
func kind(resource string) string {
	token, name, _ := strings.Cut(resource, " ")
	return fmt.Sprintf("%s `%s`", token[strings.LastIndex(token, ":")+1:], name)
}
