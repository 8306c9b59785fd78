package imagebuilder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Status is how a rule came out on the booted image.
type Status string

// The statuses.
const (
	StatusPassed Status = "passed"
	StatusFailed Status = "failed"
	StatusOff    Status = "off" // switched off by configuration

	// Of KISA's checks only.
	StatusNotApplicable Status = "not-applicable"
	StatusNotCovered    Status = "not-covered" // no rule for this operating system
)

// Report is report.json: what the compliance test found on the booted image.
type Report struct {
	Schema    int             `json:"schema"`    // 1
	Compliant bool            `json:"compliant"` // no mandatory rule failed
	Image     string          `json:"image"`     // AMI id
	Instance  string          `json:"instance"`  // the test instance
	Region    string          `json:"region"`
	OS        string          `json:"os"`      // PRETTY_NAME of the machine
	Release   string          `json:"release"` // of Amazon Linux, such as 2023.9.20251117
	Kernel    string          `json:"kernel"`
	Arch      string          `json:"arch"`
	CheckedAt string          `json:"checkedAt"` // RFC 3339, UTC
	Passed    int             `json:"passed"`
	Failed    int             `json:"failed"`
	Off       int             `json:"off"`
	Rules     []Result        `json:"rules"`
	Controls  []ControlResult `json:"controls"` // all of KISA's checks, in their order
}

// Result is how one rule came out.
type Result struct {
	ID        string   `json:"id"`
	Severity  Severity `json:"severity"`
	Mandatory bool     `json:"mandatory"`
	Proof     Proof    `json:"proof"`
	KISA      []string `json:"kisa2026"`
	CIS       []string `json:"cisAl2023"`
	ISMSP     []string `json:"ismsP2023"`
	Status    Status   `json:"status"`
	Detail    string   `json:"detail"` // what the check said, or why the rule is off
}

// ControlResult is how one of KISA's checks came out.
type ControlResult struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Status   Status   `json:"status"`
	Rules    []string `json:"rules"`
}

// reportNames are the files of a report.
var reportNames = []string{"report.json", "report.en.md", "report.ko.md"}

// ReportKey is the path of an image's report below [ParameterReportLocation]: AMI-ID/report.json. Beside it lie
// report.en.md and report.ko.md.
func ReportKey(image string) string { return image + "/" + reportNames[0] }

// ParseReport reads report.json strictly.
func ParseReport(content []byte) (*Report, error) {
	var report Report
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil {
		return nil, fmt.Errorf("compliance report: %w", err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("compliance report: text after the end")
	}
	if report.Schema != 1 {
		return nil, fmt.Errorf("compliance report: schema %d is not known", report.Schema)
	}
	return &report, nil
}
