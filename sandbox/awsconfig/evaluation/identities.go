package evaluation

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// summary are the numbers that IAM knows of the account.
func (s *State) summary(ctx context.Context) (map[string]int32, error) {
	return once(s, "summary", func() (map[string]int32, error) {
		out, err := s.identities.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
		if err != nil {
			return nil, err
		}
		return out.SummaryMap, nil
	})
}

func (s *State) rootKeys(ctx context.Context, _ Rule) ([]Outcome, error) {
	summary, err := s.summary(ctx)
	return s.ofAccount(summary["AccountAccessKeysPresent"] == 0, "The root user has an access key."), err
}

func (s *State) rootMFA(ctx context.Context, _ Rule) ([]Outcome, error) {
	summary, err := s.summary(ctx)
	return s.ofAccount(summary["AccountMFAEnabled"] == 1, "The root user has no second factor."), err
}

// password evaluates one number of the password policy; an account without a policy does not pass.
func (s *State) password(ctx context.Context, passes func(*types.PasswordPolicy) bool, why string) ([]Outcome, error) {
	out, err := s.identities.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if is(err, "NoSuchEntity", "NoSuchEntityException") {
		return s.ofAccount(false, why), nil
	}
	if err != nil {
		return nil, err
	}
	return s.ofAccount(passes(out.PasswordPolicy), why), nil
}

func (s *State) passwordLength(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.password(ctx, func(p *types.PasswordPolicy) bool { return aws.ToInt32(p.MinimumPasswordLength) >= 14 }, "Passwords may be shorter than 14 characters.")
}

func (s *State) passwordReuse(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.password(ctx, func(p *types.PasswordPolicy) bool { return aws.ToInt32(p.PasswordReusePrevention) >= 24 }, "One of the last 24 passwords may be used again.")
}

// document is a policy of IAM with the id of what it is evaluated as.
type document struct {
	kind, id   string
	statements []statement
}

func documentOf(kind, id, encoded string) (document, error) {
	text, err := url.QueryUnescape(encoded)
	if err != nil {
		text = encoded
	}
	statements, err := statementsOf(text)
	return document{kind, id, statements}, err
}

// managed are the account's own managed policies, in the version that is in effect.
func (s *State) managed(ctx context.Context) ([]document, error) {
	return once(s, "managed", func() ([]document, error) {
		all := []document{}
		pages := iam.NewListPoliciesPaginator(s.identities, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, p := range page.Policies {
				version, err := s.identities.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: p.Arn, VersionId: p.DefaultVersionId})
				if is(err, "NoSuchEntity", "NoSuchEntityException") { // deleted meanwhile
					continue
				}
				if err != nil {
					return nil, err
				}
				d, err := documentOf("AWS::IAM::Policy", aws.ToString(p.Arn), aws.ToString(version.PolicyVersion.Document))
				if err != nil {
					return nil, err
				}
				all = append(all, d)
			}
		}
		return all, nil
	})
}

// details are users, roles and groups with all their policies.
func (s *State) details(ctx context.Context) (*iam.GetAccountAuthorizationDetailsOutput, error) {
	return once(s, "details", func() (*iam.GetAccountAuthorizationDetailsOutput, error) {
		whole := &iam.GetAccountAuthorizationDetailsOutput{}
		pages := iam.NewGetAccountAuthorizationDetailsPaginator(s.identities, &iam.GetAccountAuthorizationDetailsInput{
			Filter: []types.EntityType{types.EntityTypeUser, types.EntityTypeRole, types.EntityTypeGroup},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			whole.UserDetailList = append(whole.UserDetailList, page.UserDetailList...)
			whole.RoleDetailList = append(whole.RoleDetailList, page.RoleDetailList...)
			whole.GroupDetailList = append(whole.GroupDetailList, page.GroupDetailList...)
		}
		return whole, nil
	})
}

// principal is a user, role or group.
type principal struct {
	kind, arn string
	inline    []types.PolicyDetail
	attached  []types.AttachedPolicy
}

// principals are those of the account; roles that belong to a service are AWS's.
func (s *State) principals(ctx context.Context) ([]principal, error) {
	details, err := s.details(ctx)
	if err != nil {
		return nil, err
	}
	var all []principal
	for _, u := range details.UserDetailList {
		all = append(all, principal{"AWS::IAM::User", aws.ToString(u.Arn), u.UserPolicyList, u.AttachedManagedPolicies})
	}
	for _, r := range details.RoleDetailList {
		if !strings.HasPrefix(aws.ToString(r.Path), "/aws-service-role/") {
			all = append(all, principal{"AWS::IAM::Role", aws.ToString(r.Arn), r.RolePolicyList, r.AttachedManagedPolicies})
		}
	}
	for _, g := range details.GroupDetailList {
		all = append(all, principal{"AWS::IAM::Group", aws.ToString(g.Arn), g.GroupPolicyList, g.AttachedManagedPolicies})
	}
	return all, nil
}

// judged are documents as outcomes: one that has such a statement does not pass.
func judged(all []document, has func(statement) bool, why string) []Outcome {
	outcomes := []Outcome{}
	for _, d := range all {
		o := Outcome{Type: d.kind, ID: d.id, Compliant: !slices.ContainsFunc(d.statements, has)}
		if !o.Compliant {
			o.Annotation = why
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}

func (s *State) adminAccess(ctx context.Context, _ Rule) ([]Outcome, error) {
	all, err := s.managed(ctx)
	return judged(all, func(st statement) bool {
		return st.Effect == "Allow" && slices.Contains(texts(st.Action), "*") && slices.Contains(texts(st.Resource), "*")
	}, "The policy allows everything."), err
}

func (s *State) fullAccess(ctx context.Context, _ Rule) ([]Outcome, error) {
	all, err := s.managed(ctx)
	return judged(all, func(st statement) bool {
		return st.Effect == "Allow" && slices.ContainsFunc(texts(st.Action), func(a string) bool { return a == "*" || strings.HasSuffix(a, ":*") })
	}, "The policy allows every action of a service."), err
}

// decrypts says whether a statement lets decrypt with every key.
func (st statement) decrypts() bool {
	takes := func(action string) bool {
		action = strings.ToLower(action)
		return action == "*" || action == "kms:*" || strings.HasPrefix(action, "kms:decrypt") || strings.HasPrefix(action, "kms:reencrypt")
	}
	everyKey := func(resource string) bool {
		return resource == "*" || strings.HasPrefix(resource, "arn:aws:kms:") && (strings.HasSuffix(resource, ":key/*") || strings.HasSuffix(resource, ":alias/*"))
	}
	return st.Effect == "Allow" && slices.ContainsFunc(texts(st.Action), takes) && slices.ContainsFunc(texts(st.Resource), everyKey)
}

const decryptsAll = "The policy allows to decrypt with every key."

func (s *State) managedDecryption(ctx context.Context, _ Rule) ([]Outcome, error) {
	all, err := s.managed(ctx)
	return judged(all, statement.decrypts, decryptsAll), err
}

// inlineDecryption looks at users, roles and groups that have policies of their own.
func (s *State) inlineDecryption(ctx context.Context, _ Rule) ([]Outcome, error) {
	all, err := s.principals(ctx)
	if err != nil {
		return nil, err
	}
	var own []document
	for _, p := range all {
		if len(p.inline) == 0 {
			continue
		}
		whole := document{kind: p.kind, id: p.arn}
		for _, policy := range p.inline {
			d, err := documentOf(p.kind, p.arn, aws.ToString(policy.PolicyDocument))
			if err != nil {
				return nil, err
			}
			whole.statements = append(whole.statements, d.statements...)
		}
		own = append(own, whole)
	}
	return judged(own, statement.decrypts, decryptsAll), nil
}

func (s *State) noCloudShell(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachPrincipal(ctx, func(p principal) string {
		if slices.ContainsFunc(p.attached, func(a types.AttachedPolicy) bool { return aws.ToString(a.PolicyName) == "AWSCloudShellFullAccess" }) {
			return "AWSCloudShellFullAccess is attached."
		}
		return ""
	})
}

func (s *State) usersWithoutPolicies(ctx context.Context, _ Rule) ([]Outcome, error) {
	outcomes, err := s.eachPrincipal(ctx, func(p principal) string {
		if len(p.inline)+len(p.attached) > 0 {
			return "The user has policies of its own."
		}
		return ""
	})
	return slices.DeleteFunc(outcomes, func(o Outcome) bool { return o.Type != "AWS::IAM::User" }), err
}

func (s *State) eachPrincipal(ctx context.Context, evaluate func(principal) (why string)) ([]Outcome, error) {
	all, err := s.principals(ctx)
	outcomes := []Outcome{}
	for _, p := range all {
		why := evaluate(p)
		outcomes = append(outcomes, Outcome{Type: p.kind, ID: p.arn, Compliant: why == "", Annotation: why})
	}
	return outcomes, err
}

func (s *State) groupsHaveUsers(ctx context.Context, _ Rule) ([]Outcome, error) {
	details, err := s.details(ctx)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, u := range details.UserDetailList {
		for _, group := range u.GroupList {
			used[group] = true
		}
	}
	outcomes := []Outcome{}
	for _, g := range details.GroupDetailList {
		o := Outcome{Type: "AWS::IAM::Group", ID: aws.ToString(g.Arn), Compliant: used[aws.ToString(g.GroupName)]}
		if !o.Compliant {
			o.Annotation = "The group has no users."
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// eachUser evaluates users; one is left out when the function says so.
func (s *State) eachUser(ctx context.Context, evaluate func(name *string) (why string, takes bool, err error)) ([]Outcome, error) {
	details, err := s.details(ctx)
	if err != nil {
		return nil, err
	}
	outcomes := []Outcome{}
	for _, u := range details.UserDetailList {
		why, takes, err := evaluate(u.UserName)
		if is(err, "NoSuchEntity", "NoSuchEntityException") { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		if takes {
			outcomes = append(outcomes, Outcome{Type: "AWS::IAM::User", ID: aws.ToString(u.Arn), Compliant: why == "", Annotation: why})
		}
	}
	return outcomes, nil
}

func (s *State) keysRotated(ctx context.Context, r Rule) ([]Outcome, error) {
	days := number(r, "maxAccessKeyAge", 90)
	return s.eachUser(ctx, func(name *string) (string, bool, error) {
		keys, err := s.identities.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name})
		if err != nil {
			return "", false, err
		}
		for _, key := range keys.AccessKeyMetadata {
			if key.Status == types.StatusTypeActive && time.Since(aws.ToTime(key.CreateDate)) > days {
				return fmt.Sprintf("An access key is older than %d days.", days/day), true, nil
			}
		}
		return "", true, nil
	})
}

const day = 24 * time.Hour

// number is a parameter in days.
func number(r Rule, name string, otherwise int) time.Duration {
	if n, err := strconv.Atoi(r.Parameters[name]); err == nil {
		otherwise = n
	}
	return time.Duration(otherwise) * day
}

func (s *State) usedWithin90Days(ctx context.Context, r Rule) ([]Outcome, error) {
	return s.used(ctx, number(r, "maxCredentialUsageAge", 90))
}

func (s *State) usedWithin45Days(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.used(ctx, 45*day)
}

// used finds users with a password or an active key that was neither used nor made within the time.
func (s *State) used(ctx context.Context, within time.Duration) ([]Outcome, error) {
	return s.eachUser(ctx, func(name *string) (string, bool, error) {
		user, err := s.identities.GetUser(ctx, &iam.GetUserInput{UserName: name})
		if err != nil {
			return "", false, err
		}
		if last := aws.ToTime(user.User.PasswordLastUsed); !last.IsZero() && time.Since(last) > within {
			return "The password is not used.", true, nil
		}
		keys, err := s.identities.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name})
		if err != nil {
			return "", false, err
		}
		for _, key := range keys.AccessKeyMetadata {
			last, err := s.identities.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId})
			if err != nil {
				return "", false, err
			}
			at := aws.ToTime(key.CreateDate)
			if last.AccessKeyLastUsed != nil && last.AccessKeyLastUsed.LastUsedDate != nil {
				at = *last.AccessKeyLastUsed.LastUsedDate
			}
			if key.Status == types.StatusTypeActive && time.Since(at) > within {
				return "An access key is not used.", true, nil
			}
		}
		return "", true, nil
	})
}

func (s *State) usersMFA(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachUser(ctx, func(name *string) (string, bool, error) {
		why, err := s.noSecondFactor(ctx, name)
		return why, true, err
	})
}

// consoleMFA looks at the users with a password.
func (s *State) consoleMFA(ctx context.Context, _ Rule) ([]Outcome, error) {
	return s.eachUser(ctx, func(name *string) (string, bool, error) {
		if _, err := s.identities.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: name}); err != nil {
			if is(err, "NoSuchEntity", "NoSuchEntityException") {
				return "", false, nil
			}
			return "", false, err
		}
		why, err := s.noSecondFactor(ctx, name)
		return why, true, err
	})
}

func (s *State) noSecondFactor(ctx context.Context, name *string) (string, error) {
	devices, err := s.identities.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: name})
	if err == nil && len(devices.MFADevices) == 0 {
		return "The user has no second factor.", nil
	}
	return "", err
}
