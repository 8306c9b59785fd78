package evaluation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// passwordPolicy compares the account's password policy with the rule's parameters; those that it leaves out have
// AWS's defaults.
// https://docs.aws.amazon.com/config/latest/developerguide/iam-password-policy.html
func (s *State) passwordPolicy(ctx context.Context, r Rule) ([]Outcome, error) {
	out, err := s.identities.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if is(err, "NoSuchEntity", "NoSuchEntityException") {
		return s.ofAccount(false, "The account has no password policy."), nil
	}
	if err != nil {
		return nil, err
	}
	p := out.PasswordPolicy
	wants := func(name string) bool { return strings.EqualFold(cmp.Or(r.Parameters[name], "true"), "true") }
	number := func(name string, otherwise int32) int32 {
		n, err := strconv.ParseInt(r.Parameters[name], 10, 32)
		if err != nil {
			return otherwise
		}
		return int32(n)
	}
	age := aws.ToInt32(p.MaxPasswordAge)
	compliant := (!wants("RequireUppercaseCharacters") || p.RequireUppercaseCharacters) &&
		(!wants("RequireLowercaseCharacters") || p.RequireLowercaseCharacters) &&
		(!wants("RequireSymbols") || p.RequireSymbols) && (!wants("RequireNumbers") || p.RequireNumbers) &&
		aws.ToInt32(p.MinimumPasswordLength) >= number("MinimumPasswordLength", 14) &&
		aws.ToInt32(p.PasswordReusePrevention) >= number("PasswordReusePrevention", 24) &&
		age > 0 && age <= number("MaxPasswordAge", 90)
	return s.ofAccount(compliant, "The account's password policy asks for less than the rule."), nil
}

func (s *State) trails(ctx context.Context, _ Rule) ([]Outcome, error) {
	out, err := s.audit.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err != nil {
		return nil, err
	}
	for _, trail := range out.TrailList {
		status, err := s.audit.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: trail.Name})
		if err == nil && aws.ToBool(status.IsLogging) {
			return s.ofAccount(true, ""), nil
		}
	}
	return s.ofAccount(false, "No trail logs."), nil
}

// requiredTags looks at buckets, instances and volumes.
// https://docs.aws.amazon.com/config/latest/developerguide/required-tags.html
func (s *State) requiredTags(ctx context.Context, r Rule) ([]Outcome, error) {
	takes := func(kind string) bool { return len(r.Types) == 0 || slices.Contains(r.Types, kind) }
	var outcomes []Outcome
	if takes(bucketType) {
		buckets, err := s.eachBucket(ctx, func(name string) (string, error) {
			tags, err := s.bucketTags(ctx, name)
			return r.missingTags(tags), err
		})
		if err != nil {
			return nil, err
		}
		outcomes = buckets
	}
	if !takes("AWS::EC2::Instance") && !takes("AWS::EC2::Volume") {
		return outcomes, nil
	}
	machines, err := s.tagged(ctx)
	if err != nil {
		return nil, err
	}
	for of, listed := range machines {
		why := r.missingTags(tagMap(listed))
		outcomes = append(outcomes, Outcome{Type: of[0], ID: of[1], Compliant: why == "", Annotation: why})
	}
	return outcomes, nil
}

func tagMap(listed []types.Tag) map[string]string {
	tags := map[string]string{}
	for _, t := range listed {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

// missingTags says which of the rule's tags are missing or have another value than those allowed; "" for none.
func (r Rule) missingTags(tags map[string]string) string {
	var missing []string
	for i := 1; i <= 6; i++ {
		key := r.Parameters[fmt.Sprintf("tag%dKey", i)]
		allowed := r.Parameters[fmt.Sprintf("tag%dValue", i)]
		value, has := tags[key]
		if key != "" && (!has || allowed != "" && !slices.Contains(strings.Split(allowed, ","), value)) {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "Required tags are missing or have other values: " + strings.Join(missing, ", ")
}
