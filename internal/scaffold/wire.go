package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
)

// wire adds the call of the component's function to the table of contents of a stack: before the last statement of
// the function that makes the foundation, with that function's own names for the context, the home site and the
// foundation.
func wire(source []byte, name string) ([]byte, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, runFile, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	function, names := foundation(parsed)
	if function == nil {
		return nil, errors.New(runFile + " has no function with `foundation, err := newFoundation(ctx, home, ...)`, after which components are wired: bring it back")
	}
	last := function.Body.List[len(function.Body.List)-1]
	at := files.Position(last.Pos()).Offset
	call := fmt.Sprintf("if err := new%s(%s, %s, %s); err != nil {\nreturn fmt.Errorf(\"%s: %%w\", err)\n}\n",
		title(name), names.ctx, names.home, names.foundation, name)
	return format.Source(bytes.Join([][]byte{source[:at], source[at:]}, []byte(call)))
}

// wiring are the names by which a function knows what a component needs.
type wiring struct{ ctx, home, foundation string }

// foundation finds the function with a top-level statement such as `f, err := newFoundation(ctx, home, ...)`.
func foundation(parsed *ast.File) (*ast.FuncDecl, wiring) {
	for _, declaration := range parsed.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		for _, statement := range function.Body.List {
			assigned, ok := statement.(*ast.AssignStmt)
			if !ok {
				continue
			}
			call, ok := assigned.Rhs[0].(*ast.CallExpr)
			if !ok || fmt.Sprint(call.Fun) != "newFoundation" || len(call.Args) < 2 {
				continue
			}
			return function, wiring{fmt.Sprint(call.Args[0]), fmt.Sprint(call.Args[1]), fmt.Sprint(assigned.Lhs[0])}
		}
	}
	return nil, wiring{}
}
