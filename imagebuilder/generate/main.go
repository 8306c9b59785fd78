// Command generate writes the list of the golden image's controls and rules, in English and Korean, from the data and
// the scripts of package imagebuilder. Its argument is the root of the repository, by default the working directory;
// `go generate ./imagebuilder` gives it.
package main

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"assetguard/imagebuilder"
)

// documents are the languages of the documents by their paths below the root of the repository.
var documents = map[string]string{"docs/golden-image-controls.md": "en", "docs/golden-image-controls.ko.md": "ko"}

//go:embed *.tmpl
var templates embed.FS

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

// write renews the documents below root.
func write(root string) error {
	for path, language := range documents {
		content, err := render(language)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render returns the document in a language: en or ko.
func render(language string) ([]byte, error) {
	d := document{language}
	name := "golden-image-controls." + language + ".md.tmpl"
	t, err := template.New(name).Funcs(template.FuncMap{
		"controls": imagebuilder.KISA, "rules": rules, "groups": imagebuilder.Groups, "count": count, "join": join,
		"word": d.word, "severity": d.severity, "treatment": d.treatment, "links": links, "os": d.systems, "code": code,
		"unneeded": func() string { return code(imagebuilder.UnneededPackages()) }, "instance": instance,
	}).ParseFS(templates, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, nil)
	return b.Bytes(), err
}

// document is the words of one language.
type document struct{ language string }

func (d document) word(en, ko string) string {
	if d.language == "ko" {
		return ko
	}
	return en
}

func (d document) severity(s imagebuilder.Severity) string {
	return map[imagebuilder.Severity]string{
		imagebuilder.SeverityHigh: d.word("high", "상"), imagebuilder.SeverityMedium: d.word("medium", "중"), imagebuilder.SeverityLow: d.word("low", "하"),
	}[s]
}

func (d document) treatment(t imagebuilder.Treatment) string {
	return map[imagebuilder.Treatment]string{
		imagebuilder.Enforced: d.word("enforced", "적용"), imagebuilder.Checked: d.word("checked", "점검"),
		imagebuilder.NotApplicable: d.word("not applicable", "해당 없음"),
	}[t]
}

// systems says where a rule applies if not everywhere.
func (d document) systems(r imagebuilder.Rule) string {
	if r.On(imagebuilder.AmazonLinux2) {
		return d.word("all", "모두")
	}
	return "Amazon Linux 2023"
}

func rules(group imagebuilder.Group) []imagebuilder.Rule {
	return slices.DeleteFunc(slices.Clone(imagebuilder.Rules()), func(r imagebuilder.Rule) bool { return r.Group != group })
}

// instance are the rules that no container proves.
func instance() []imagebuilder.Rule {
	return slices.DeleteFunc(slices.Clone(imagebuilder.Rules()), func(r imagebuilder.Rule) bool { return r.Proof != imagebuilder.ProofInstance })
}

// count counts the controls of a treatment, or all for none.
func count(treatment imagebuilder.Treatment) int {
	n := 0
	for _, c := range imagebuilder.KISA() {
		if treatment == "" || c.Treatment == treatment {
			n++
		}
	}
	return n
}

func join(elements []string) string { return strings.Join(elements, ", ") }

func code(elements []string) string {
	var quoted []string
	for _, e := range elements {
		quoted = append(quoted, "`"+e+"`")
	}
	return strings.Join(quoted, ", ")
}

// links leads from a control to its rules.
func links(ids []string) string {
	var all []string
	for _, id := range ids {
		all = append(all, "["+id+"](#"+id+")")
	}
	return strings.Join(all, ", ")
}
