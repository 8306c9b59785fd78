package finding

import (
	"fmt"
	"slices"
	"strings"
)

// Severity is how bad a finding is. The order of the values is that of the severities. As text, in JSON too, it is the
// label of Security Hub.
type Severity int

// The severities of Security Hub.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
const (
	Informational Severity = iota
	Low
	Medium
	High
	Critical
)

var labels = []string{"INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"}

// Severities are all severities, the mildest first.
func Severities() []Severity { return []Severity{Informational, Low, Medium, High, Critical} }

// ParseSeverity reads a label, in any case.
func ParseSeverity(label string) (Severity, error) {
	if at := slices.Index(labels, strings.ToUpper(label)); at >= 0 {
		return Severity(at), nil
	}
	return Informational, fmt.Errorf("severity %q is unknown: write one of %s", label, strings.Join(labels, ", "))
}

// String is the label.
func (s Severity) String() string { return labels[min(max(s, Informational), Critical)] }

// MarshalText writes the label.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the label.
func (s *Severity) UnmarshalText(text []byte) error {
	parsed, err := ParseSeverity(string(text))
	*s = parsed
	return err
}

// Raised is one step worse; nothing is worse than Critical.
func (s Severity) Raised() Severity { return min(s+1, Critical) }

// unrated is the severity of a finding that nobody rated, or rated in words that are unknown: bad enough to be told.
const unrated = Medium

// ofScore is the severity of a normalized score of 0 to 100.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
func ofScore(score float64) Severity {
	switch {
	case score >= 90:
		return Critical
	case score >= 70:
		return High
	case score >= 40:
		return Medium
	case score >= 1:
		return Low
	}
	return Informational
}
