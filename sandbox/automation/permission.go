package automation

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// homeOfIAM is the region whose clients talk to IAM.
const homeOfIAM = "us-east-1"

// roleName is the last part of a role's ARN.
func roleName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// checkTrust refuses a role that Systems Manager cannot assume.
func (s *Service) checkTrust(ctx context.Context, role string) error {
	unable := invalidParameters("The defined assume role is unable to be assumed.")
	got, err := iam.NewFromConfig(s.Emulator(homeOfIAM)).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(roleName(role))})
	if err != nil || aws.ToString(got.Role.Arn) != role {
		return unable
	}
	trusts, err := statements[trust](aws.ToString(got.Role.AssumeRolePolicyDocument))
	if err != nil {
		return unable
	}
	for _, statement := range trusts {
		for _, service := range statement.Principal.Service {
			if statement.Effect == "Allow" && service == "ssm.amazonaws.com" && anyMatches(statement.Action, "sts:AssumeRole") {
				return nil
			}
		}
	}
	return unable
}

// assume returns a configuration with the role's credentials, whose calls pass the gateway.
func (s *Service) assume(ctx context.Context, e *execution) (aws.Config, error) {
	config := s.Gateway(e.region)
	if e.role == "" {
		return config, nil // as whoever has started the execution
	}
	session := "Automation-" + e.id
	out, err := sts.NewFromConfig(s.Emulator(e.region)).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &e.role, RoleSessionName: &session})
	if err != nil {
		return config, fmt.Errorf("role %s: %w", e.role, err)
	}
	key := *out.Credentials
	s.Identity(aws.ToString(key.AccessKeyId), "arn:aws:sts::"+s.AccountID+":assumed-role/"+roleName(e.role)+"/"+session)
	config.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: aws.ToString(key.AccessKeyId), SecretAccessKey: aws.ToString(key.SecretAccessKey), SessionToken: aws.ToString(key.SessionToken)}, nil
	})
	return config, nil
}

// grants are the statements of a role's policies.
type grants []grant

type grant struct {
	Effect    string
	Action    texts
	Resource  texts
	Condition map[string]map[string]texts
}

// grantsOf reads the inline and the attached policies of a role.
func (s *Service) grantsOf(ctx context.Context, role string) (grants, error) {
	client, name := iam.NewFromConfig(s.Emulator(homeOfIAM)), roleName(role)
	var all grants
	inline := iam.NewListRolePoliciesPaginator(client, &iam.ListRolePoliciesInput{RoleName: &name})
	for inline.HasMorePages() {
		page, err := inline.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, policy := range page.PolicyNames {
			got, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
			if err != nil {
				return nil, err
			}
			if all, err = all.with(aws.ToString(got.PolicyDocument)); err != nil {
				return nil, fmt.Errorf("policy %s of role %s: %w", policy, name, err)
			}
		}
	}
	attached := iam.NewListAttachedRolePoliciesPaginator(client, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	for attached.HasMorePages() {
		page, err := attached.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, policy := range page.AttachedPolicies {
			document, err := attachedDocument(ctx, client, policy.PolicyArn)
			if err != nil {
				return nil, err
			}
			if all, err = all.with(document); err != nil {
				return nil, fmt.Errorf("policy %s: %w", aws.ToString(policy.PolicyName), err)
			}
		}
	}
	return all, nil
}

func attachedDocument(ctx context.Context, client *iam.Client, arn *string) (string, error) {
	got, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	if err != nil {
		return "", err
	}
	version, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: got.Policy.DefaultVersionId})
	if err != nil {
		return "", err
	}
	return aws.ToString(version.PolicyVersion.Document), nil
}

func (g grants) with(policy string) (grants, error) {
	more, err := statements[grant](policy)
	return append(g, more...), err
}

// permit says whether a call is allowed and not denied. Conditions hold when their keys are the account's or the
// region's; any other key is taken not to hold.
func (g grants) permit(action, resource, account, region string) bool {
	allowed := false
	for _, one := range g {
		if !anyMatches(one.Action, action) || !anyMatches(one.Resource, resource) || !one.holds(account, region) {
			continue
		}
		if one.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

func (g grant) holds(account, region string) bool {
	known := map[string]string{
		"aws:resourceaccount": account, "aws:principalaccount": account, "aws:sourceaccount": account, "aws:requestedregion": region,
		"aws:securetransport": "true", "iam:awsservicename": "guardduty.amazonaws.com",
	}
	for _, keys := range g.Condition {
		for key, values := range keys {
			if !anyMatches(values, known[strings.ToLower(key)]) {
				return false
			}
		}
	}
	return true
}

// anyMatches compares with the wildcards * and ?, without regard to case.
func anyMatches(patterns []string, text string) bool {
	for _, pattern := range patterns {
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		if matched, err := regexp.MatchString("(?is)^"+expression+"$", text); err == nil && matched {
			return true
		}
	}
	return false
}
