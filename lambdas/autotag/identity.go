package autotag

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// IAM is what is asked of IAM.
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

// identityTags reads the tags of a user, role, policy or instance profile: at most 50, which one page holds.
func identityTags(ctx context.Context, client IAM, a *asset) (map[string]string, error) {
	name := aws.String(a.id())
	var list []types.Tag
	switch a.ResourceType {
	case "iam:user":
		out, err := client.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: name})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	case "iam:role":
		out, err := client.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: name})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	case "iam:policy":
		out, err := client.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: &a.ARN})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	case "iam:instance-profile":
		out, err := client.ListInstanceProfileTags(ctx, &iam.ListInstanceProfileTagsInput{InstanceProfileName: name})
		if err != nil {
			return nil, err
		}
		list = out.Tags
	default:
		return nil, fmt.Errorf("no call reads the tags of %s", a.ResourceType)
	}
	tags := map[string]string{}
	for _, tag := range list {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

// tagIdentity gives a user, role, policy or instance profile the tags that it lacks.
func tagIdentity(ctx context.Context, region Region, a *asset) error {
	client, name, tags := region.IAM, aws.String(a.id()), make([]types.Tag, 0, len(a.missing))
	for key, value := range a.missing {
		tags = append(tags, types.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	slices.SortFunc(tags, func(x, y types.Tag) int { return strings.Compare(*x.Key, *y.Key) })
	var err error
	switch a.ResourceType {
	case "iam:user":
		_, err = client.TagUser(ctx, &iam.TagUserInput{UserName: name, Tags: tags})
	case "iam:role":
		_, err = client.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: tags})
	case "iam:policy":
		_, err = client.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: &a.ARN, Tags: tags})
	case "iam:instance-profile":
		_, err = client.TagInstanceProfile(ctx, &iam.TagInstanceProfileInput{InstanceProfileName: name, Tags: tags})
	default:
		err = fmt.Errorf("no call tags %s", a.ResourceType)
	}
	return err
}
