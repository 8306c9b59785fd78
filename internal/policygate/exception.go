package policygate

import (
	"fmt"
	"strings"
	"time"

	"assetguard/internal/strict"
)

// Exception lets one resource break one rule until a day.
type Exception struct {
	// Rule that the resource may break, by its id in docs/policy-gate.md.
	Rule string `json:"rule"`
	// The resource: its name in the program, or, where several have the name, type::name as the error shows them
	// (aws:s3/bucketV2:BucketV2::uploads).
	Resource string `json:"resource"`
	// Why the resource may break the rule, for the auditor: what makes up for it, and who agreed.
	Reason string `json:"reason"`
	// Last day on which the exception holds, by UTC, as "YYYY-MM-DD" in quotes. The preview warns in the 30 days before.
	Expires string `json:"expires"`
}

// expiryNotice is how long before its end an exception is warned of.
const expiryNotice = 30 * 24 * time.Hour

// longestException is how far ahead an exception may end without a warning: a year, as an audit has.
const longestException = 366 * 24 * time.Hour

// Validate returns what is wrong with a list of exceptions at a path of the configuration. A day that has passed is no
// fault here: the preview tells which faults come back.
func Validate(path string, exceptions []Exception) strict.Faults {
	var faults strict.Faults
	seen := map[[2]string]int{}
	for i, e := range exceptions {
		at := strict.Element(path, i)
		if !knows(e.Rule) {
			faults = append(faults, strict.Fault{
				Path: strict.Child(at, "rule"), Problem: fmt.Sprintf("%q is no rule", e.Rule), Mend: suggest(e.Rule),
			})
		}
		if strings.TrimSpace(e.Resource) == "" || strings.ContainsAny(e.Resource, "*?") {
			faults = append(faults, strict.Fault{
				Path: strict.Child(at, "resource"), Problem: fmt.Sprintf("%q is no resource", e.Resource),
				Mend: "write the name of one resource, or type::name; an exception is for one resource, without wildcards",
			})
		}
		if strings.TrimSpace(e.Reason) == "" {
			faults = append(faults, strict.Fault{
				Path: strict.Child(at, "reason"), Problem: "missing", Mend: "say what makes up for the rule, and who agreed",
			})
		}
		if _, err := e.lastDay(); err != nil {
			faults = append(faults, strict.Fault{
				Path: strict.Child(at, "expires"), Problem: fmt.Sprintf("%q is no day", e.Expires), Mend: `write it in quotes, as "2027-03-31"`,
			})
		}
		key := [2]string{e.Rule, e.Resource}
		if first, ok := seen[key]; ok {
			faults = append(faults, strict.Fault{
				Path: at, Problem: fmt.Sprintf("rule and resource stand at [%d] already", first), Mend: "keep one",
			})
		} else {
			seen[key] = i
		}
	}
	return faults
}

func knows(id string) bool {
	for _, rule := range table {
		if rule.ID == id {
			return true
		}
	}
	return false
}

// moments are what is left behind a day that is not in quotes, when Pulumi or a YAML library has made a moment of it.
var moments = strings.NewReplacer(" 00:00:00 +0000 UTC", "", "T00:00:00Z", "")

// lastDay is the start of the last day.
func (e Exception) lastDay() (time.Time, error) {
	return time.Parse(time.DateOnly, moments.Replace(e.Expires))
}

// end is the moment from which the exception no longer holds.
func (e Exception) end() time.Time {
	day, _ := e.lastDay() // Validate came first; the zero time has passed
	return day.AddDate(0, 0, 1)
}

// names tells whether the exception is about a resource.
func (e Exception) names(urn string) bool {
	return strings.HasSuffix(urn, "::"+e.Resource) || strings.HasSuffix(urn, "$"+e.Resource)
}

// lastDayText is the last day as people write it.
func (e Exception) lastDayText() string { return e.end().AddDate(0, 0, -1).Format(time.DateOnly) }

func (e Exception) String() string { return e.Rule + " for " + e.Resource }
