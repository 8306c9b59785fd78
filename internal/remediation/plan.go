package remediation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"assetguard/internal/finding"
)

// Subject is the resource that a repair is about, or the account in a region.
type Subject struct {
	Type    string // such as AwsS3Bucket; AwsAccount for an account
	ARN     string // or what stands in its place
	Name    string // the last part of the ARN
	Account string
	Region  string // where the execution runs
	ID      string // the runbook's Identity; empty until AWS was asked
}

// accountType is the type of resource of a finding about an account.
const accountType = "AwsAccount"

var (
	// nameSyntax is what names of AWS resources consist of: nothing else reaches a runbook.
	nameSyntax    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+=,-]{0,254}$`)
	arnSyntax     = regexp.MustCompile(`^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9._@+=,:/-]+$`)
	accountSyntax = regexp.MustCompile(`^[0-9]{12}$`)
	regionSyntax  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
)

// SubjectOf draws from a finding what the row's runbook repairs. The error says what the finding lacks.
func (r Row) SubjectOf(f finding.Finding) (Subject, error) {
	runbook, _ := RunbookByID(r.Runbook)
	s := Subject{Type: accountType, ARN: "AWS::::Account:" + f.Account, Name: f.Account, Account: f.Account, Region: f.Region}
	if runbook.Resource != "" {
		at := slices.IndexFunc(f.Resources, func(r finding.Resource) bool { return r.Type == runbook.Resource })
		if at < 0 {
			return Subject{}, fmt.Errorf("the finding names no %s", runbook.Resource)
		}
		s = subject(f.Resources[at], f)
	}
	switch owner := ownerOf(s.ARN); {
	case owner != "" && owner != s.Account:
		return Subject{}, fmt.Errorf("%s belongs to account %s", s.ARN, owner)
	case !accountSyntax.MatchString(s.Account):
		return Subject{}, fmt.Errorf("%q is no account", s.Account)
	case !regionSyntax.MatchString(s.Region):
		return Subject{}, fmt.Errorf("%q is no region", s.Region)
	case !nameSyntax.MatchString(s.Name):
		return Subject{}, fmt.Errorf("%q is no name of a %s", s.Name, s.Type)
	case strings.HasPrefix(s.ARN, "arn:") && !arnSyntax.MatchString(s.ARN):
		return Subject{}, fmt.Errorf("%q is no ARN", s.ARN)
	}
	return s, nil
}

// subject reads a resource. The ARN knows best where the resource is: a trail of all regions, for one, can only be
// changed in its home region.
func subject(r finding.Resource, f finding.Finding) Subject {
	s := Subject{Type: r.Type, ARN: r.ID, Account: f.Account, Region: f.Region}
	if r.Region != "" {
		s.Region = r.Region
	}
	parts := strings.SplitN(r.ID, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && parts[3] != "" {
		s.Region = parts[3]
	}
	s.Name = r.ID[strings.LastIndexAny(r.ID, ":/")+1:]
	return s
}

// ownerOf is the account in an ARN; "" where it names none.
func ownerOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4]
	}
	return ""
}

// Plan is the input of an execution, without the role.
type Plan struct {
	Document   string
	Region     string
	Parameters map[string][]string
}

// Plan fills the parameters of the row's runbook. own names our own document. The error says that the subject lacks its
// identity.
func (r Row) Plan(s Subject, own string) (Plan, error) {
	runbook, _ := RunbookByID(r.Runbook)
	if runbook.Identity != IdentityNone && !nameSyntax.MatchString(s.ID) {
		return Plan{}, fmt.Errorf("%s needs the %s id of %s, which is %q", runbook.ID, runbook.Identity, s.Name, s.ID)
	}
	fill := strings.NewReplacer("{name}", s.Name, "{arn}", s.ARN, "{account}", s.Account, "{id}", s.ID)
	values := maps.Clone(runbook.Parameters)
	maps.Copy(values, r.Parameters)
	parameters := make(map[string][]string, len(values))
	for name, value := range values {
		parameters[name] = []string{fill.Replace(value)}
	}
	return Plan{Document: runbook.DocumentName(own), Region: s.Region, Parameters: parameters}, nil
}
