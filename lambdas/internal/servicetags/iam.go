package servicetags

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// IAM is what is asked of IAM. An identity has at most 50 tags, which one page holds.
type IAM interface {
	ListUserTags(context.Context, *iam.ListUserTagsInput, ...func(*iam.Options)) (*iam.ListUserTagsOutput, error)
	ListRoleTags(context.Context, *iam.ListRoleTagsInput, ...func(*iam.Options)) (*iam.ListRoleTagsOutput, error)
	ListPolicyTags(context.Context, *iam.ListPolicyTagsInput, ...func(*iam.Options)) (*iam.ListPolicyTagsOutput, error)
	ListInstanceProfileTags(context.Context, *iam.ListInstanceProfileTagsInput, ...func(*iam.Options)) (*iam.ListInstanceProfileTagsOutput, error)
	TagUser(context.Context, *iam.TagUserInput, ...func(*iam.Options)) (*iam.TagUserOutput, error)
	TagRole(context.Context, *iam.TagRoleInput, ...func(*iam.Options)) (*iam.TagRoleOutput, error)
	TagPolicy(context.Context, *iam.TagPolicyInput, ...func(*iam.Options)) (*iam.TagPolicyOutput, error)
	TagInstanceProfile(context.Context, *iam.TagInstanceProfileInput, ...func(*iam.Options)) (*iam.TagInstanceProfileOutput, error)
}

func readUser(ctx context.Context, c Clients, _, name string) (map[string]string, error) {
	out, err := c.IAM.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: &name})
	if err != nil {
		return nil, err
	}
	return byKey(out.Tags), nil
}

func tagUser(ctx context.Context, c Clients, _, name string, tags map[string]string) error {
	_, err := c.IAM.TagUser(ctx, &iam.TagUserInput{UserName: &name, Tags: list(tags)})
	return err
}

func readRole(ctx context.Context, c Clients, _, name string) (map[string]string, error) {
	out, err := c.IAM.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: &name})
	if err != nil {
		return nil, err
	}
	return byKey(out.Tags), nil
}

func tagRole(ctx context.Context, c Clients, _, name string, tags map[string]string) error {
	_, err := c.IAM.TagRole(ctx, &iam.TagRoleInput{RoleName: &name, Tags: list(tags)})
	return err
}

func readPolicy(ctx context.Context, c Clients, arn, _ string) (map[string]string, error) {
	out, err := c.IAM.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: &arn})
	if err != nil {
		return nil, err
	}
	return byKey(out.Tags), nil
}

func tagPolicy(ctx context.Context, c Clients, arn, _ string, tags map[string]string) error {
	_, err := c.IAM.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: &arn, Tags: list(tags)})
	return err
}

func readInstanceProfile(ctx context.Context, c Clients, _, name string) (map[string]string, error) {
	out, err := c.IAM.ListInstanceProfileTags(ctx, &iam.ListInstanceProfileTagsInput{InstanceProfileName: &name})
	if err != nil {
		return nil, err
	}
	return byKey(out.Tags), nil
}

func tagInstanceProfile(ctx context.Context, c Clients, _, name string, tags map[string]string) error {
	_, err := c.IAM.TagInstanceProfile(ctx, &iam.TagInstanceProfileInput{InstanceProfileName: &name, Tags: list(tags)})
	return err
}

func byKey(list []types.Tag) map[string]string {
	tags := map[string]string{}
	for _, tag := range list {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

// list is sorted by key.
func list(tags map[string]string) []types.Tag {
	out := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return out
}
