package main

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"assetguard/internal/compliance"
)

// documents are the languages of the documents by their paths below the root of the repository.
var documents = map[string]string{"docs/compliance.md": "en", "docs/compliance.ko.md": "ko"}

//go:embed *.tmpl
var templates embed.FS

// render returns the document in a language: en or ko.
func render(language string) ([]byte, error) {
	d := document{language}
	t, err := template.New("compliance."+language+".md.tmpl").Funcs(template.FuncMap{
		"editions": d.editions, "checks": compliance.Checks, "capabilities": compliance.Capabilities,
		"text": d.text, "severity": d.severity, "trigger": d.trigger, "by": d.by, "state": d.state, "counts": d.counts,
		"codes": d.codes, "parameters": d.parameters, "check": d.check, "control": d.control, "capability": d.capability,
		"sum": d.sum, "anchor": anchor,
	}).ParseFS(templates, "*.tmpl")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, nil); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// document is the words of one language.
type document struct{ language string }

// word is the word for the language of the document.
func (d document) word(en, ko string) string { return compliance.Text{En: en, Ko: ko}.In(d.language) }

func (d document) text(t compliance.Text) string { return t.In(d.language) }

// edition is an edition with its codes by chapter.
type edition struct {
	Name                      compliance.Edition
	Codes, Automated, Process int
	Chapters                  []chapter
}

type chapter struct {
	ID       string // empty where the edition has no chapters
	Title    compliance.Text
	Mappings []compliance.Mapping
}

// Automated are the mappings with evidence.
func (c chapter) Automated() []compliance.Mapping {
	return slices.DeleteFunc(slices.Clone(c.Mappings), func(m compliance.Mapping) bool { return !m.Automated() })
}

func (d document) editions() []edition {
	var all []edition
	for _, name := range compliance.Editions() {
		e := edition{Name: name}
		chapters := compliance.Chapters()
		if name == compliance.KISACloud2026 {
			chapters = []compliance.Chapter{{}}
		}
		for _, c := range chapters {
			part := chapter{ID: c.ID, Title: c.Title}
			for _, m := range compliance.MapOf(name) {
				if m.Code.Chapter() == c.ID {
					part.Mappings = append(part.Mappings, m)
				}
			}
			e.Codes += len(part.Mappings)
			e.Automated += len(part.Automated())
			e.Chapters = append(e.Chapters, part)
		}
		e.Process = e.Codes - e.Automated
		all = append(all, e)
	}
	return all
}

// sum counts the checks that a default deployment leaves to the pack, or to Security Hub.
func (d document) sum(by string) int {
	n := 0
	for _, c := range compliance.Checks() {
		if string(compliance.Decide(c, compliance.Settings{}).By) == by {
			n++
		}
	}
	return n
}

// counts says how much evidence a code has.
func (d document) counts(m compliance.Mapping) string {
	var parts []string
	for _, part := range []struct {
		n      int
		en, ko string
	}{{len(m.Checks), "check", "규칙"}, {len(m.Controls), "control", "통제"}} {
		switch {
		case part.n == 0:
		case d.language == "ko":
			parts = append(parts, fmt.Sprintf("%s %d개", part.ko, part.n))
		case part.n == 1:
			parts = append(parts, "1 "+part.en)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", part.n, part.en))
		}
	}
	if len(parts) == 0 {
		return d.word("by process", "절차")
	}
	return strings.Join(parts, ", ")
}

func (d document) severity(s compliance.Severity) string {
	if d.language != "ko" {
		return string(s)
	}
	return map[compliance.Severity]string{
		compliance.SeverityLow: "하", compliance.SeverityMedium: "중", compliance.SeverityHigh: "상",
		compliance.SeverityCritical: "매우 높음",
	}[s]
}

func (d document) trigger(t compliance.Trigger) string {
	switch t {
	case compliance.TriggerChange:
		return d.word("on change", "변경 시")
	case compliance.TriggerPeriodic:
		return d.word("daily", "매일")
	default:
		return d.word("on change, daily", "변경 시, 매일")
	}
}

// by says who evaluates a check in a default deployment.
func (d document) by(c compliance.Check) string {
	decision := compliance.Decide(c, compliance.Settings{})
	if decision.By == compliance.BySecurityHub {
		return "Security Hub " + strings.Join(decision.Controls, ", ")
	}
	if slices.ContainsFunc(c.Parameters, func(p compliance.Parameter) bool { return p.Required }) {
		return d.word("pack, once a value is set", "규칙 팩(값 설정 후)")
	}
	return d.word("pack", "규칙 팩")
}

// state says whether a capability is there, and where it is described.
func (d document) state(c compliance.Capability) string {
	switch {
	case c.Built:
		return fmt.Sprintf("[%s](%s)", d.word("built", "구현됨"), strings.TrimPrefix(c.Document, "docs/"))
	case c.Issue > 0:
		return fmt.Sprintf(d.word("comes with issue %d", "이슈 %d에서 제공 예정"), c.Issue)
	default:
		return d.word("comes later", "이후 제공 예정")
	}
}

func (d document) codes(c compliance.Check) string {
	var ids []string
	for _, code := range compliance.CodesOfCheck(c.ID) {
		ids = append(ids, code.ID)
	}
	return strings.Join(ids, ", ")
}

// parameters are those that the settings may give, with their defaults.
func (d document) parameters(c compliance.Check) string {
	var all []string
	for _, p := range c.Parameters {
		switch {
		case p.Derived:
		case p.Default != "":
			all = append(all, fmt.Sprintf("`%s` %s", p.Name, p.Default))
		default:
			all = append(all, fmt.Sprintf("`%s`", p.Name))
		}
	}
	return strings.Join(all, ", ")
}

func (d document) check(id string) string {
	c, _ := compliance.CheckByID(id)
	return fmt.Sprintf("[%s](%s) (%s)", d.text(c.Title), c.URL(), d.by(c))
}

func (d document) control(id string) string {
	c, _ := compliance.ControlByID(id)
	return fmt.Sprintf("[%s](%s): %s", c.ID, c.URL(), c.Title)
}

func (d document) capability(id compliance.CapabilityID) string {
	c, _ := compliance.CapabilityByID(id)
	return fmt.Sprintf("%s (%s)", d.text(c.Title), d.state(c))
}

// anchor is where a code stands in the document.
func anchor(c compliance.Code) string { return strings.ToLower(strings.ReplaceAll(c.ID, ".", "-")) }
