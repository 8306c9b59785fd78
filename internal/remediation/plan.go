package remediation

import (
	"cmp"
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
	ARN     string // or what stands in its place, of an account
	Name    string // the last part of the ARN
	Account string
	Region  string // where the execution runs
	ID      string // the runbook's Identity; empty until AWS was asked
}

// accountType is the type of resource of a finding about an account.
const accountType = "AwsAccount"

var (
	// nameSyntax is what identities of AWS resources consist of: nothing else reaches a runbook.
	nameSyntax    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+=,-]{0,254}$`)
	accountSyntax = regexp.MustCompile(`^[0-9]{12}$`)
	regionSyntax  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
)

// arns are what the ARNs of the resources look like that runbooks repair, by type: partition, region, account and name. A
// finding that says it otherwise is refused, since the runbook takes the name and the opt-out is asked by the ARN: both
// must be the same resource.
var arns = map[string]*regexp.Regexp{
	"AwsS3Bucket":          arnOf("s3", "", "", `([A-Za-z0-9][A-Za-z0-9._-]{2,254})`),
	"AwsEc2SecurityGroup":  arnOf("ec2", anyRegion, anyAccount, `security-group/(sg-[0-9a-f]{8,17})`),
	"AwsEc2Subnet":         arnOf("ec2", anyRegion, anyAccount, `subnet/(subnet-[0-9a-f]{8,17})`),
	"AwsEc2Instance":       arnOf("ec2", anyRegion, anyAccount, `instance/(i-[0-9a-f]{8,17})`),
	"AwsKmsKey":            arnOf("kms", anyRegion, anyAccount, `key/([0-9a-f-]{36}|mrk-[0-9a-f]{32})`),
	"AwsCloudTrailTrail":   arnOf("cloudtrail", anyRegion, anyAccount, `trail/([A-Za-z0-9][A-Za-z0-9._-]{2,127})`),
	"AwsIamUser":           arnOf("iam", "", anyAccount, `user/(?:[A-Za-z0-9._@+=,/-]+/)?([A-Za-z0-9_][A-Za-z0-9_.@+=,-]{0,63})`),
	"AwsRdsDbInstance":     arnOf("rds", anyRegion, anyAccount, `db:([A-Za-z][A-Za-z0-9-]{0,62})`),
	"AwsRdsDbCluster":      arnOf("rds", anyRegion, anyAccount, `cluster:([A-Za-z][A-Za-z0-9-]{0,62})`),
	"AwsElbv2LoadBalancer": arnOf("elasticloadbalancing", anyRegion, anyAccount, `loadbalancer/(?:app|net|gwy)/[A-Za-z0-9-]{1,32}/([0-9a-f]{16})`),
	"AwsDynamoDbTable":     arnOf("dynamodb", anyRegion, anyAccount, `table/([A-Za-z0-9_.-]{3,255})`),
	"AwsRedshiftCluster":   arnOf("redshift", anyRegion, anyAccount, `cluster:([a-z][a-z0-9-]{0,62})`),
}

const (
	anyRegion  = `[a-z]{2}(?:-[a-z]+)+-[0-9]`
	anyAccount = `[0-9]{12}`
)

func arnOf(service, region, account, resource string) *regexp.Regexp {
	return regexp.MustCompile(`^arn:(aws[a-z-]*):` + service + `:(` + region + `):(` + account + `):` + resource + `$`)
}

// SubjectOf draws from a finding what the row's runbook repairs. The error says what the finding lacks.
func (r Row) SubjectOf(f finding.Finding) (Subject, error) {
	runbook, _ := RunbookByID(r.Runbook)
	s := Subject{Type: accountType, ARN: "AWS::::Account:" + f.Account, Name: f.Account, Account: f.Account, Region: f.Region}
	if runbook.Resource != "" {
		at := slices.IndexFunc(f.Resources, func(r finding.Resource) bool { return r.Type == runbook.Resource })
		if at < 0 {
			return Subject{}, fmt.Errorf("the finding names no %s", runbook.Resource)
		}
		var err error
		if s, err = subject(f.Resources[at], f); err != nil {
			return Subject{}, err
		}
	}
	switch {
	case !accountSyntax.MatchString(s.Account):
		return Subject{}, fmt.Errorf("%q is no account", s.Account)
	case !regionSyntax.MatchString(s.Region):
		return Subject{}, fmt.Errorf("%q is no region", s.Region)
	}
	return s, nil
}

// subject reads a resource. The ARN knows best where the resource is: a trail of all regions, for one, can only be
// changed in its home region.
func subject(r finding.Resource, f finding.Finding) (Subject, error) {
	syntax, known := arns[r.Type]
	if !known {
		return Subject{}, fmt.Errorf("what the ARN of an %s looks like is not known", r.Type)
	}
	parts := syntax.FindStringSubmatch(r.ID)
	if parts == nil {
		return Subject{}, fmt.Errorf("%q is no ARN of an %s", r.ID, r.Type)
	}
	partition, region, account, name := parts[1], parts[2], parts[3], parts[4]
	switch {
	case !strings.HasPrefix(f.ProductARN, "arn:"+partition+":"):
		return Subject{}, fmt.Errorf("%s is in another partition than %s", r.ID, f.ProductARN)
	case account != "" && account != f.Account:
		return Subject{}, fmt.Errorf("%s belongs to account %s", r.ID, account)
	}
	return Subject{Type: r.Type, ARN: r.ID, Name: name, Account: f.Account, Region: cmp.Or(region, r.Region, f.Region)}, nil
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
