package autotag

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/amp"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/grafana"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/smithy-go"
)

func (c client) GetResources(_ context.Context, in *resourcegroupstaggingapi.GetResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
	if err := c.called(c.region, "GetResources", in.ResourceARNList); err != nil {
		return nil, err
	}
	out := &resourcegroupstaggingapi.GetResourcesOutput{}
	for _, arn := range in.ResourceARNList {
		if len(c.tags[arn]) == 0 {
			continue
		}
		found := taggingtypes.ResourceTagMapping{ResourceARN: aws.String(arn)}
		for key, value := range c.tags[arn] {
			found.Tags = append(found.Tags, taggingtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
		}
		out.ResourceTagMappingList = append(out.ResourceTagMappingList, found)
	}
	return out, nil
}

// identity is the ARN of the account's only user, role or profile with a name.
func (c client) identity(kind string, name *string) string {
	prefix := "arn:aws:iam::123456789012:" + kind + "/"
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for arn := range c.tags {
		if len(arn) > len(prefix) && arn[:len(prefix)] == prefix && lastPart(arn) == *name {
			return arn
		}
	}
	return prefix + *name
}

func (c client) listIdentity(call, arn string) ([]iamtypes.Tag, error) {
	if err := c.called(c.region, call, []string{arn}); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var tags []iamtypes.Tag
	for key, value := range c.tags[arn] {
		tags = append(tags, iamtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return tags, nil
}

func (c client) tagIdentity(call, arn string, list []iamtypes.Tag) error {
	tags := map[string]string{}
	for _, tag := range list {
		tags[*tag.Key] = *tag.Value
	}
	return c.tagOne(call, arn, tags)
}

// listOne is a service's own call that says what one asset carries.
func (c client) listOne(call, arn string) (map[string]string, error) {
	if err := c.called(c.region, call, []string{arn}); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return maps.Clone(c.tags[arn]), nil
}

// tagOne is a service's own call that tags one asset.
func (c client) tagOne(call, arn string, tags map[string]string) error {
	if err := c.called(c.region, call, []string{arn}); err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.tags[arn] == nil {
		c.tags[arn] = map[string]string{}
	}
	maps.Copy(c.tags[arn], tags)
	return nil
}

func (c client) ListUserTags(_ context.Context, in *iam.ListUserTagsInput, _ ...func(*iam.Options)) (*iam.ListUserTagsOutput, error) {
	tags, err := c.listIdentity("ListUserTags", c.identity("user", in.UserName))
	return &iam.ListUserTagsOutput{Tags: tags}, err
}

func (c client) TagUser(_ context.Context, in *iam.TagUserInput, _ ...func(*iam.Options)) (*iam.TagUserOutput, error) {
	return &iam.TagUserOutput{}, c.tagIdentity("TagUser", c.identity("user", in.UserName), in.Tags)
}

func (c client) ListRoleTags(_ context.Context, in *iam.ListRoleTagsInput, _ ...func(*iam.Options)) (*iam.ListRoleTagsOutput, error) {
	tags, err := c.listIdentity("ListRoleTags", c.identity("role", in.RoleName))
	return &iam.ListRoleTagsOutput{Tags: tags}, err
}

func (c client) TagRole(_ context.Context, in *iam.TagRoleInput, _ ...func(*iam.Options)) (*iam.TagRoleOutput, error) {
	return &iam.TagRoleOutput{}, c.tagIdentity("TagRole", c.identity("role", in.RoleName), in.Tags)
}

func (c client) ListPolicyTags(_ context.Context, in *iam.ListPolicyTagsInput, _ ...func(*iam.Options)) (*iam.ListPolicyTagsOutput, error) {
	tags, err := c.listIdentity("ListPolicyTags", *in.PolicyArn)
	return &iam.ListPolicyTagsOutput{Tags: tags}, err
}

func (c client) TagPolicy(_ context.Context, in *iam.TagPolicyInput, _ ...func(*iam.Options)) (*iam.TagPolicyOutput, error) {
	return &iam.TagPolicyOutput{}, c.tagIdentity("TagPolicy", *in.PolicyArn, in.Tags)
}

func (c client) ListInstanceProfileTags(_ context.Context, in *iam.ListInstanceProfileTagsInput, _ ...func(*iam.Options)) (*iam.ListInstanceProfileTagsOutput, error) {
	tags, err := c.listIdentity("ListInstanceProfileTags", c.identity("instance-profile", in.InstanceProfileName))
	return &iam.ListInstanceProfileTagsOutput{Tags: tags}, err
}

func (c client) TagInstanceProfile(_ context.Context, in *iam.TagInstanceProfileInput, _ ...func(*iam.Options)) (*iam.TagInstanceProfileOutput, error) {
	return &iam.TagInstanceProfileOutput{}, c.tagIdentity("TagInstanceProfile", c.identity("instance-profile", in.InstanceProfileName), in.Tags)
}

// prometheus and grafanas tag workspaces, each by its own call.
type (
	prometheus struct{ client }
	grafanas   struct{ client }
)

func (p prometheus) ListTagsForResource(_ context.Context, in *amp.ListTagsForResourceInput, _ ...func(*amp.Options)) (*amp.ListTagsForResourceOutput, error) {
	tags, err := p.listOne("ListPrometheusTags", *in.ResourceArn)
	return &amp.ListTagsForResourceOutput{Tags: tags}, err
}

func (g grafanas) ListTagsForResource(_ context.Context, in *grafana.ListTagsForResourceInput, _ ...func(*grafana.Options)) (*grafana.ListTagsForResourceOutput, error) {
	tags, err := g.listOne("ListGrafanaTags", *in.ResourceArn)
	return &grafana.ListTagsForResourceOutput{Tags: tags}, err
}

func (p prometheus) TagResource(_ context.Context, in *amp.TagResourceInput, _ ...func(*amp.Options)) (*amp.TagResourceOutput, error) {
	return &amp.TagResourceOutput{}, p.tagOne("TagPrometheus", *in.ResourceArn, in.Tags)
}

func (g grafanas) TagResource(_ context.Context, in *grafana.TagResourceInput, _ ...func(*grafana.Options)) (*grafana.TagResourceOutput, error) {
	return &grafana.TagResourceOutput{}, g.tagOne("TagGrafana", *in.ResourceArn, in.Tags)
}

// parents is Auto Scaling, whose DescribeTags is not EC2's. A page holds one tag.
type parents struct{ client }

func (p parents) DescribeTags(_ context.Context, in *autoscaling.DescribeTagsInput, _ ...func(*autoscaling.Options)) (*autoscaling.DescribeTagsOutput, error) {
	names := in.Filters[0].Values
	if err := p.called(p.region, "DescribeGroupTags", names); err != nil {
		return nil, err
	}
	var all []autoscalingtypes.TagDescription
	for _, name := range names {
		for _, key := range slices.Sorted(maps.Keys(p.parents[name])) {
			all = append(all, autoscalingtypes.TagDescription{ResourceId: aws.String(name), Key: aws.String(key),
				Value: aws.String(p.parents[name][key]), PropagateAtLaunch: aws.Bool(false)})
		}
	}
	from := len(aws.ToString(in.NextToken))
	out := &autoscaling.DescribeTagsOutput{Tags: all[min(from, len(all)):min(from+1, len(all))]}
	if from+1 < len(all) {
		out.NextToken = aws.String("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"[:from+1])
	}
	return out, nil
}

func (c client) DescribeStacks(_ context.Context, in *cloudformation.DescribeStacksInput, _ ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	if err := c.called(c.region, "DescribeStacks", []string{*in.StackName}); err != nil {
		return nil, err
	}
	tags, ok := c.parents[*in.StackName]
	if !ok {
		return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "Stack with id " + *in.StackName + " does not exist"}
	}
	var stack cloudformationtypes.Stack
	for key, value := range tags {
		stack.Tags = append(stack.Tags, cloudformationtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return &cloudformation.DescribeStacksOutput{Stacks: []cloudformationtypes.Stack{stack}}, nil
}
