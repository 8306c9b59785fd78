package compliance

import (
	"slices"
	"strings"
)

// Edition is a list of codes in one published version. Codes are only unique together with it.
type Edition string

// The editions.
const (
	KISACloud2026 Edition = "KISA 2026"   // the 19 cloud checks of KISA's guide to technical vulnerability assessment
	ISMSP2023     Edition = "ISMS-P 2023" // the 101 requirements of the certification
)

// Editions are the editions in the order of the map.
func Editions() []Edition { return []Edition{KISACloud2026, ISMSP2023} }

// Code is one requirement of an edition.
type Code struct {
	Edition  Edition
	ID       string // CA-10, 2.6.1
	Title    Text
	AsksKo   string   // what KISA's guide looks at; empty in ISMS-P
	Severity Severity // KISA's; empty in ISMS-P
}

// String is the code with its edition, as it stands in descriptions: KISA 2026 CA-10.
func (c Code) String() string { return string(c.Edition) + " " + c.ID }

// Chapter is the part of the edition that the code belongs to: 2.6 for 2.6.1; empty in KISA's list.
func (c Code) Chapter() string {
	if c.Edition != ISMSP2023 {
		return ""
	}
	return c.ID[:strings.LastIndexByte(c.ID, '.')]
}

// Mapping is a code with what is evidence for it.
type Mapping struct {
	Code Code
	Evidence
}

// Evidence is what the platform shows for a code, and what it cannot show.
type Evidence struct {
	Checks       []string       `yaml:"checks"`   // ids of checks
	Controls     []string       `yaml:"controls"` // ids of Security Hub controls beside those of the checks
	Capabilities []CapabilityID `yaml:"capabilities"`
	// Why is one sentence: why the checks and controls are evidence for the code. Empty where there are none.
	Why Text `yaml:"why"`
	// Rest is what the company does by process, beside the evidence or instead of it.
	Rest Text `yaml:"rest"`
}

// Automated tells whether checks or controls give evidence. Capabilities alone do not count.
func (e Evidence) Automated() bool { return len(e.Checks)+len(e.Controls) > 0 }

type mapEntry struct {
	Code     string `yaml:"code"`
	TitleEn  string `yaml:"titleEn"` // our translation, where the edition has Korean titles only
	Evidence `yaml:",inline"`
}

// CapabilityID names something that the platform does.
type CapabilityID string

// Capability is something that the platform does beside checking, or will do.
type Capability struct {
	ID       CapabilityID `yaml:"id"`
	Built    bool         `yaml:"built"`
	Issue    int          `yaml:"issue"`    // that brings it, when it is not built; 0 when it has no number yet
	Document string       `yaml:"document"` // that describes it, when it is built
	Title    Text         `yaml:"title"`
}

// MapOf is the part of the map for one edition.
func MapOf(edition Edition) []Mapping {
	var part []Mapping
	for _, m := range Map() {
		if m.Code.Edition == edition {
			part = append(part, m)
		}
	}
	return part
}

// CodesOfCheck are the codes that a check is evidence for, in the order of the map.
func CodesOfCheck(id string) []Code {
	return codesWhere(func(e Evidence) bool { return slices.Contains(e.Checks, id) })
}

// CodesOfControl are the codes that a Security Hub control is evidence for: those that name it, and those of the
// checks that it evaluates or covers.
func CodesOfControl(id string) []Code {
	evaluated := map[string]bool{}
	for _, c := range Checks() {
		if c.Control == id || slices.Contains(c.CoveredBy, id) {
			evaluated[c.ID] = true
		}
	}
	return codesWhere(func(e Evidence) bool {
		return slices.Contains(e.Controls, id) ||
			slices.ContainsFunc(e.Checks, func(check string) bool { return evaluated[check] })
	})
}

func codesWhere(names func(Evidence) bool) []Code {
	var codes []Code
	for _, m := range Map() {
		if names(m.Evidence) {
			codes = append(codes, m.Code)
		}
	}
	return codes
}
