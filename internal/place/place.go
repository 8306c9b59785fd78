// Package place tells where a resource stands: partition, region and account. A stack looks its places
// up once per provider and hands them to components, so that none of them hard-codes or asks again.
package place

import (
	"errors"
	"fmt"
)

// Place is one region of one account.
type Place struct {
	Partition string // aws, aws-cn, aws-us-gov
	Region    string // ap-northeast-2
	AccountID string // twelve digits
	DNSSuffix string // amazonaws.com, amazonaws.com.cn
	// RoleBoundary is the ARN of the permissions boundary that every role made here carries; empty where
	// the account needs none. CI may make no role without it (account/bootstrap.yaml).
	RoleBoundary string
}

// ARN returns the Amazon Resource Name of a regional resource of this account.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func (p Place) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.Partition, service, p.Region, p.AccountID, resource)
}

// AnyRegionARN returns the ARN pattern of a resource of this account in whatever region.
func (p Place) AnyRegionARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:*:%s:%s", p.Partition, service, p.AccountID, resource)
}

// RootARN returns the principal that stands for the whole account in a resource policy.
func (p Place) RootARN() string {
	return fmt.Sprintf("arn:%s:iam::%s:root", p.Partition, p.AccountID)
}

// consoles are the domains of the management console, by partition.
// https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/console-getting-started.html
var consoles = map[string]string{
	"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com",
}

// Console returns the address of a page of the management console in this region, or "" in a partition whose
// console is not known here. The path is that below the domain, such as "resource-groups/tag-editor/find-resources".
func (p Place) Console(path string) string {
	domain, known := consoles[p.Partition]
	if !known {
		return ""
	}
	return fmt.Sprintf("https://%s.%s/%s?region=%s", p.Region, domain, path, p.Region)
}

// Validate reports every part that is missing.
func (p Place) Validate() error {
	var errs []error
	for _, part := range []struct{ name, value string }{
		{"partition", p.Partition}, {"region", p.Region}, {"account id", p.AccountID},
		{"DNS suffix", p.DNSSuffix},
	} {
		if part.value == "" {
			errs = append(errs, fmt.Errorf("place: %s is missing: take the Place that the stack looked up", part.name))
		}
	}
	return errors.Join(errs...)
}
