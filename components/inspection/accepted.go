package inspection

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/securityhub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Accepted is a risk that the company accepts until a day: its findings are suppressed. Exactly one of Controls,
// Checks and Titles says which findings; Resources, Tags and Accounts narrow them.
type Accepted struct {
	ID      string    // names it: letters, digits and hyphens
	Reason  string    // what makes up for it, and who agreed
	LastDay time.Time // the last day on which it holds, by UTC
	// Controls of Security Hub, such as EC2.8. Optional: Checks or Titles say which findings.
	Controls []string
	// Checks of the conformance pack, such as IAM_PASSWORD_POLICY. Optional: Controls or Titles say which findings.
	Checks []string
	// Titles are how titles of findings begin. A CVE alone, such as CVE-2026-1234, means that one and not CVE-2026-12345.
	// Optional: Controls or Checks say which findings.
	Titles []string
	// Resources are ARNs of resources; one that ends in * means all that begin so. Optional: all resources.
	Resources []string
	// Tags of which the resources carry at least one. Optional: all resources.
	Tags map[string]string
	// Accounts whose findings are meant. Optional: all accounts.
	Accounts []string
}

// maxNote is the longest note of a finding.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_NoteUpdate.html
const maxNote = 512

func (a *Accepted) fault(language string) error {
	var errs []error
	if a.ID == "" || a.Reason == "" || a.LastDay.IsZero() {
		errs = append(errs, errors.New("ID, Reason and LastDay are required"))
	}
	given := 0
	for _, list := range [][]string{a.Controls, a.Checks, a.Titles} {
		if len(list) > 0 {
			given++
		}
	}
	if given != 1 {
		errs = append(errs, errors.New("give exactly one of Controls, Checks and Titles"))
	}
	for _, list := range []struct {
		field string
		size  int
	}{
		{"Controls", len(a.Controls)}, {"Checks", len(a.Checks)}, {"Titles", len(a.Titles)},
		{"Resources", len(a.Resources)}, {"Tags", len(a.Tags)}, {"Accounts", len(a.Accounts)},
	} {
		if list.size > compliance.MaxCriteriaValues {
			errs = append(errs, fmt.Errorf("%s has %d values, and a rule takes %d: make two risks of it", list.field, list.size, compliance.MaxCriteriaValues))
		}
	}
	if size := utf8.RuneCountInString(a.note(language)); size > maxNote {
		errs = append(errs, fmt.Errorf("the note with the reason has %d characters, and Security Hub takes %d: shorten the reason", size, maxNote))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("accepted risk %q: %w", a.ID, err)
	}
	return nil
}

// Holds tells whether the risk is accepted still at a moment.
func (a *Accepted) Holds(now time.Time) bool { return now.Before(a.LastDay.AddDate(0, 0, 1)) }

// acceptedRule is the name of the rule of an accepted risk.
func acceptedRule(id string) string { return "accepted-" + id }

// note is what stands at each suppressed finding.
func (a *Accepted) note(language string) string {
	return fmt.Sprintf(compliance.Text{En: "Accepted risk %s until %s: %s", Ko: "수용한 위험 %s(%s까지): %s"}.In(language),
		a.ID, a.LastDay.Format(time.DateOnly), a.Reason)
}

// rule suppresses the findings. It is terminal: what is accepted needs no other rule. After its day it is disabled,
// since Security Hub's rules have no end date.
func (a *Accepted) rule(now time.Time, language string) rule {
	status := "ENABLED"
	if !a.Holds(now) {
		status = "DISABLED"
	}
	return rule{
		name: acceptedRule(a.ID), description: a.note(language), status: status, terminal: true, criteria: a.criteria(),
		update: securityhub.AutomationRuleActionFindingFieldsUpdateArgs{
			Workflow: &securityhub.AutomationRuleActionFindingFieldsUpdateWorkflowArgs{Status: pulumi.String("SUPPRESSED")},
			Note:     note(a.note(language)),
			// By this field the suppression function finds what to set back when the acceptance ends.
			UserDefinedFields: pulumi.StringMap{contract.FieldAcceptedRisk: pulumi.String(a.ID)},
		},
	}
}

// criteria match open findings. A finding must fit each list that is given, by one of its elements.
func (a *Accepted) criteria() *securityhub.AutomationRuleCriteriaArgs {
	c := open()
	var generators []string
	for _, check := range a.Checks {
		generators = append(generators, compliance.GeneratorID(check))
	}
	ofControls(c, a.Controls)
	ofGenerators(c, comparisonEquals, generators)
	if len(a.Titles) > 0 {
		c.Titles = titles(a.Titles)
	}
	if len(a.Resources) > 0 {
		c.ResourceIds = resourceIDs(a.Resources)
	}
	if len(a.Tags) > 0 {
		c.ResourceTags = resourceTags(a.Tags)
	}
	if len(a.Accounts) > 0 {
		c.AwsAccountIds = accounts(a.Accounts)
	}
	return c
}
