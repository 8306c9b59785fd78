// Command generate writes docs/policy-gate.md from the table of rules. Its argument is the root of the repository, by
// default the working directory; `go generate ./internal/policygate` gives it.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"assetguard/internal/policygate"
)

//go:embed policy-gate.md.tmpl
var page string

// example is the error of a preview, as the tests of the gate pin it down.
const example = "internal/registrations/testdata/share.txt"

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := write(root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	document, err := render(root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "docs", "policy-gate.md"), document, 0o644)
}

// group is one table of the page.
type group struct {
	Title string
	Rules []policygate.Rule
}

func render(root string) ([]byte, error) {
	failure, err := os.ReadFile(filepath.Join(root, example))
	if err != nil {
		return nil, err
	}
	parsed, err := template.New("policy-gate.md").Funcs(template.FuncMap{
		"cell": func(text string) string { return strings.ReplaceAll(text, "|", `\|`) },
		"kinds": func(kinds []string) string {
			if len(kinds) == 0 {
				return "all of AWS"
			}
			return strings.Join(kinds, ", ")
		},
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	var groups []group
	for _, rule := range policygate.Rules() {
		if len(groups) == 0 || groups[len(groups)-1].Title != rule.Group {
			groups = append(groups, group{Title: rule.Group})
		}
		last := &groups[len(groups)-1]
		last.Rules = append(last.Rules, rule)
	}
	var text bytes.Buffer
	err = parsed.Execute(&text, struct {
		Failure string
		Count   int
		Groups  []group
	}{strings.TrimSpace(string(failure)), len(policygate.Rules()), groups})
	return text.Bytes(), err
}
