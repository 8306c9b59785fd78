package alerting

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"assetguard/internal/finding"
)

// patternLimit is the most characters of an event pattern.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const patternLimit = 2048

// Filter says which findings a rule takes. A finding has to fit every field; a list takes what is one of it.
type Filter struct {
	Least finding.Severity // and what is worse
	// Workflow are finding.WorkflowNew, ... Optional: every workflow status.
	Workflow []string
	// Record are finding.RecordActive, finding.RecordArchived. Optional: both.
	Record []string
	// Compliance are finding.ComplianceFailed, ... Findings of products without controls say nothing of it and always fit.
	// Optional: every compliance status.
	Compliance []string
	// Products are names as people know them, such as Inspector, in any case. Optional: every product.
	Products []string
	// Accounts are account numbers. Optional: every account.
	Accounts []string
	// Tag is one that a resource of the finding carries. Few findings show the tags of their resources. Optional: any, or
	// none.
	Tag *Tag
}

// Tag is a tag with values, of which a resource has one.
type Tag struct {
	Key    string   // of the tag
	Values []string // at least one
}

// matcher is what EventBridge compares one field with: a text, a number, or an operator.
type matcher = any

var (
	absent   = map[string]any{"exists": false}
	unclosed = map[string]any{"anything-but": "Close"}
)

// The numbers of OCSF for what Security Hub CSPM says in words, as package finding reads them. 0 and 99 are what a product
// could not say in these numbers.
var (
	ocsfWorkflow = map[string][]matcher{
		finding.WorkflowNew: {1, 0, 99, absent}, finding.WorkflowNotified: {2},
		finding.WorkflowSuppressed: {3}, finding.WorkflowResolved: {4, 5},
	}
	ocsfRecord = map[string][]matcher{
		finding.RecordActive: {unclosed, absent}, finding.RecordArchived: {"Close"},
	}
	ocsfCompliance = map[string][]matcher{
		finding.CompliancePassed: {1}, finding.ComplianceWarning: {2}, finding.ComplianceFailed: {3}, finding.ComplianceNotAvailable: {0, 99},
	}
)

var accountSyntax = regexp.MustCompile(`^[0-9]{12}$`)

// Pattern is the event pattern that takes the findings of both Security Hub's, or every fault of the filter.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func (f Filter) Pattern() (string, error) {
	if err := f.validate(); err != nil {
		return "", err
	}
	type imported struct {
		DetailType []finding.Kind `json:"detail-type"`
		Detail     map[string]any `json:"detail"`
	}
	text, err := json.Marshal(map[string]any{
		"source": []string{finding.Source},
		"$or": []imported{
			{[]finding.Kind{finding.Imported}, map[string]any{"findings": f.asff()}},
			{[]finding.Kind{finding.ImportedV2}, map[string]any{"findings": f.ocsf()}},
		},
	})
	if err != nil {
		return "", err
	}
	if len(text) > patternLimit {
		return "", fmt.Errorf("the filter makes a pattern of %d characters, EventBridge takes %d: name fewer accounts, products or tag values",
			len(text), patternLimit)
	}
	return string(text), nil
}

func (f Filter) validate() error {
	var errs []error
	if f.Least < finding.Informational || f.Least > finding.Critical {
		errs = append(errs, fmt.Errorf("severity %d is none of Security Hub's", f.Least))
	}
	for _, list := range []struct {
		name         string
		given, known []string
	}{
		{"workflow", f.Workflow, []string{finding.WorkflowNew, finding.WorkflowNotified, finding.WorkflowSuppressed, finding.WorkflowResolved}},
		{"record", f.Record, []string{finding.RecordActive, finding.RecordArchived}},
		{"compliance", f.Compliance, []string{finding.CompliancePassed, finding.ComplianceFailed, finding.ComplianceWarning, finding.ComplianceNotAvailable}},
	} {
		for _, value := range list.given {
			if !slices.Contains(list.known, value) {
				errs = append(errs, fmt.Errorf("%s %q is none of %s", list.name, value, strings.Join(list.known, ", ")))
			}
		}
	}
	for _, account := range f.Accounts {
		if !accountSyntax.MatchString(account) {
			errs = append(errs, fmt.Errorf("account %q is no number of 12 digits", account))
		}
	}
	if slices.Contains(f.Products, "") {
		errs = append(errs, errors.New("a product is empty"))
	}
	if f.Tag != nil && (f.Tag.Key == "" || len(f.Tag.Values) == 0) {
		errs = append(errs, errors.New("tag: Key and Values are both required"))
	}
	return errors.Join(errs...)
}

// asff compares the fields of a finding of Security Hub CSPM.
func (f Filter) asff() map[string]any {
	out := map[string]any{}
	if f.Least > finding.Informational {
		out["Severity"] = map[string]any{"Label": f.severities()}
	}
	if len(f.Workflow) > 0 {
		out["Workflow"] = map[string]any{"Status": orAbsent(f.Workflow, finding.WorkflowNew)}
	}
	if len(f.Record) > 0 {
		out["RecordState"] = orAbsent(f.Record, finding.RecordActive)
	}
	if len(f.Compliance) > 0 {
		out["Compliance"] = map[string]any{"Status": append(matchers(f.Compliance), absent)}
	}
	if len(f.Products) > 0 {
		out["ProductName"] = f.products()
	}
	if len(f.Accounts) > 0 {
		out["AwsAccountId"] = f.Accounts
	}
	if f.Tag != nil {
		out["Resources"] = map[string]any{"Tags": map[string]any{f.Tag.Key: f.Tag.Values}}
	}
	if len(out) == 0 { // a pattern names at least one field
		out["Id"] = []matcher{map[string]any{"exists": true}}
	}
	return out
}

// ocsf compares the fields of a finding of the newer Security Hub.
func (f Filter) ocsf() map[string]any {
	out := map[string]any{}
	if f.Least > finding.Informational {
		ids := []matcher{0, 99, absent} // package finding takes for medium what nobody rated
		if f.Least > finding.Medium {
			ids = nil
		}
		for s := f.Least; s <= finding.Critical; s++ {
			ids = append(ids, int(s)+1)
		}
		out["severity_id"] = append(ids, 6) // fatal
	}
	if len(f.Workflow) > 0 {
		out["status_id"] = each(f.Workflow, ocsfWorkflow)
	}
	if len(f.Record) > 0 {
		out["activity_name"] = each(f.Record, ocsfRecord)
	}
	if len(f.Compliance) > 0 {
		out["compliance"] = map[string]any{"status_id": append(each(f.Compliance, ocsfCompliance), absent)}
	}
	if len(f.Products) > 0 {
		out["metadata"] = map[string]any{"product": map[string]any{"name": f.products()}}
	}
	if len(f.Accounts) > 0 {
		out["cloud"] = map[string]any{"account": map[string]any{"uid": f.Accounts}}
	}
	if f.Tag != nil {
		out["resources"] = map[string]any{"tags": map[string]any{"name": []string{f.Tag.Key}, "value": f.Tag.Values}}
	}
	if len(out) == 0 {
		out["metadata"] = map[string]any{"uid": []matcher{map[string]any{"exists": true}}}
	}
	return out
}

// severities are the labels from the least on.
func (f Filter) severities() []string {
	var labels []string
	for _, s := range finding.Severities() {
		if s >= f.Least {
			labels = append(labels, s.String())
		}
	}
	return labels
}

func (f Filter) products() []matcher {
	var names []matcher
	for _, product := range f.Products {
		for _, sent := range finding.SentAs(product) {
			names = append(names, map[string]any{"equals-ignore-case": sent})
		}
	}
	return names
}

// orAbsent are the values, and no value where that means usual to package finding: what has none must not be held back.
func orAbsent(values []string, usual string) []matcher {
	all := matchers(values)
	if slices.Contains(values, usual) {
		all = append(all, absent)
	}
	return all
}

func matchers(values []string) []matcher {
	var all []matcher
	for _, value := range values {
		all = append(all, value)
	}
	return all
}

// each are the matchers of all values.
func each(values []string, of map[string][]matcher) []matcher {
	var all []matcher
	for _, value := range values {
		all = append(all, of[value]...)
	}
	return all
}
