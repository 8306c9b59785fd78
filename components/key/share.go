package key

import (
	"fmt"
	"regexp"

	"assetguard/internal/iampolicy"
	"assetguard/internal/place"
)

// Share is who launches instances from machine images that a key encrypts. Both may be given; neither means nobody.
type Share struct {
	Accounts       []string // account numbers
	OrganizationID string   // o-...: all accounts of the organisation
}

var (
	accountSyntax      = regexp.MustCompile(`^[0-9]{12}$`)
	organizationSyntax = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
)

func (s Share) fault() error {
	for _, account := range s.Accounts {
		if !accountSyntax.MatchString(account) {
			return fmt.Errorf("SharedWith.Accounts: %q is no account number", account)
		}
	}
	if s.OrganizationID != "" && !organizationSyntax.MatchString(s.OrganizationID) {
		return fmt.Errorf("SharedWith.OrganizationID: %q is no id of an organisation", s.OrganizationID)
	}
	return nil
}

// statements let the accounts use the key for volumes of their own, by grants that only AWS's services may act on.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/share-amis-with-organizations-and-OUs.html#allow-org-ou-to-use-key
func (s Share) statements(p place.Place) []iampolicy.Statement {
	var out []iampolicy.Statement
	if len(s.Accounts) > 0 {
		var roots []string
		for _, account := range s.Accounts {
			roots = append(roots, fmt.Sprintf("arn:%s:iam::%s:root", p.Partition, account))
		}
		out = append(out, launching("Accounts", iampolicy.Principals{AWS: iampolicy.Values(roots...)}, nil)...)
	}
	if s.OrganizationID != "" {
		member := iampolicy.Conditions{"StringEquals": {"aws:PrincipalOrgID": iampolicy.Values(s.OrganizationID)}}
		out = append(out, launching("Organization", iampolicy.Principals{Anyone: true}, member)...)
	}
	return out
}

func launching(who string, principals iampolicy.Principals, conditions iampolicy.Conditions) []iampolicy.Statement {
	granting := iampolicy.Conditions{"Bool": {"kms:GrantIsForAWSResource": iampolicy.Values("true")}}
	for operator, keys := range conditions {
		granting[operator] = keys
	}
	return []iampolicy.Statement{
		{
			Sid: "Launch" + who, Principals: principals, AnyResource: true, Conditions: conditions,
			Actions: []string{"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
		},
		{Sid: "Grant" + who, Principals: principals, AnyResource: true, Actions: []string{"kms:CreateGrant"}, Conditions: granting},
	}
}
