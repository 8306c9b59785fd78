package supplement

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
)

// tagger returns the tagger of an ARN's service, or nil.
func (t *tagging) tagger(region string, a arn.ARN) tagger {
	cfg := t.Emulator(region)
	switch a.Service {
	case "ec2":
		return ec2Tagger{ec2.NewFromConfig(cfg)}
	case "s3":
		return s3Tagger{s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }), t, region}
	case "sns":
		return snsTagger{sns.NewFromConfig(cfg)}
	case "sqs":
		return sqsTagger{sqs.NewFromConfig(cfg)}
	case "rds":
		return rdsTagger{rds.NewFromConfig(cfg)}
	case "lambda":
		return lambdaTagger{lambda.NewFromConfig(cfg)}
	case "logs":
		return logsTagger{cloudwatchlogs.NewFromConfig(cfg)}
	case "kms":
		return kmsTagger{kms.NewFromConfig(cfg)}
	case "ecr":
		return ecrTagger(ecr.NewFromConfig(cfg))
	case "secretsmanager":
		return secretsTagger(secretsmanager.NewFromConfig(cfg))
	case "events":
		return eventsTagger(eventbridge.NewFromConfig(cfg))
	case "cloudwatch":
		return alarms{t.Upstream, region}.tagger()
	case "ssm":
		if !strings.HasPrefix(a.Resource, "parameter/") {
			return nil
		}
		return ssmTagger{ssm.NewFromConfig(cfg)}
	}
	return nil
}

func failures(in map[string]taggingtypes.FailureInfo) map[string]failure {
	out := map[string]failure{}
	for k, v := range in {
		out[k] = failure{int(v.StatusCode), string(v.ErrorCode), aws.ToString(v.ErrorMessage)}
	}
	return out
}

func keysOf(tags map[string]string) iter.Seq[string] { return maps.Keys(tags) }

// pairs makes a service's list of tags, in the order of the keys.
func pairs[T any](tags map[string]string, one func(k, v *string) T) []T {
	var out []T
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, one(aws.String(k), aws.String(tags[k])))
	}
	return out
}

// fromPairs reads a service's list of tags.
func fromPairs[T any](list []T, one func(T) (k, v *string)) map[string]string {
	out := map[string]string{}
	for _, x := range list {
		k, v := one(x)
		out[aws.ToString(k)] = aws.ToString(v)
	}
	return out
}

type ec2Tagger struct{ client *ec2.Client }

// exists asks for the resource itself, for CreateTags takes any id. Kinds that are
// not here are taken to exist.
func (g ec2Tagger) exists(ctx context.Context, a arn.ARN) error {
	id := []string{lastPart(a.Resource)}
	var err error
	switch kind := a.Resource[:max(0, len(a.Resource)-len(id[0])-1)]; kind {
	case "instance":
		_, err = g.client.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: id})
	case "volume":
		_, err = g.client.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{VolumeIds: id})
	case "network-interface":
		_, err = g.client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: id})
	case "security-group":
		_, err = g.client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: id})
	}
	return err
}

func (g ec2Tagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	out, err := g.client.DescribeTags(ctx, &ec2.DescribeTagsInput{Filters: []ec2types.Filter{{Name: aws.String("resource-id"), Values: []string{lastPart(a.Resource)}}}})
	if err != nil {
		return nil, err
	}
	return fromPairs(out.Tags, func(t ec2types.TagDescription) (*string, *string) { return t.Key, t.Value }), nil
}

func (g ec2Tagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	if err := g.exists(ctx, a); err != nil {
		return err
	}
	_, err := g.client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{lastPart(a.Resource)}, Tags: pairs(tags, func(k, v *string) ec2types.Tag { return ec2types.Tag{Key: k, Value: v} })})
	return err
}

func (g ec2Tagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	if err := g.exists(ctx, a); err != nil {
		return err
	}
	var tags []ec2types.Tag
	for _, k := range keys {
		tags = append(tags, ec2types.Tag{Key: aws.String(k)})
	}
	_, err := g.client.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{lastPart(a.Resource)}, Tags: tags})
	return err
}

type s3Tagger struct {
	client *s3.Client
	lock   *tagging
	region string
}

func (g s3Tagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	place, err := g.client.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &a.Resource})
	if err != nil {
		return nil, err
	}
	if at := string(place.LocationConstraint); at != g.region && (at != "" || g.region != "us-east-1") {
		return nil, &smithy.GenericAPIError{Code: "NoSuchBucket", Message: "the bucket is not in region " + g.region}
	}
	out, err := g.client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &a.Resource})
	var fault smithy.APIError
	if errors.As(err, &fault) && fault.ErrorCode() == "NoSuchTagSet" {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	return fromPairs(out.TagSet, func(t s3types.Tag) (*string, *string) { return t.Key, t.Value }), nil
}

// change replaces a bucket's tags by what edit makes of them: S3 knows no other.
func (g s3Tagger) change(ctx context.Context, a arn.ARN, edit func(map[string]string)) error {
	g.lock.mu.Lock()
	defer g.lock.mu.Unlock()
	tags, err := g.list(ctx, a)
	if err != nil {
		return err
	}
	edit(tags)
	if len(tags) == 0 {
		_, err = g.client.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: &a.Resource})
		return err
	}
	set := pairs(tags, func(k, v *string) s3types.Tag { return s3types.Tag{Key: k, Value: v} })
	_, err = g.client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &a.Resource, Tagging: &s3types.Tagging{TagSet: set}})
	return err
}

func (g s3Tagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	return g.change(ctx, a, func(now map[string]string) { maps.Copy(now, tags) })
}

func (g s3Tagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	return g.change(ctx, a, func(now map[string]string) {
		maps.DeleteFunc(now, func(k, _ string) bool { return slices.Contains(keys, k) })
	})
}

type snsTagger struct{ client *sns.Client }

func (g snsTagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	out, err := g.client.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: aws.String(a.String())})
	if err != nil {
		return nil, err
	}
	return fromPairs(out.Tags, func(t snstypes.Tag) (*string, *string) { return t.Key, t.Value }), nil
}

func (g snsTagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	_, err := g.client.TagResource(ctx, &sns.TagResourceInput{ResourceArn: aws.String(a.String()), Tags: pairs(tags, func(k, v *string) snstypes.Tag { return snstypes.Tag{Key: k, Value: v} })})
	return err
}

func (g snsTagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	_, err := g.client.UntagResource(ctx, &sns.UntagResourceInput{ResourceArn: aws.String(a.String()), TagKeys: keys})
	return err
}

type sqsTagger struct{ client *sqs.Client }

func (g sqsTagger) url(ctx context.Context, a arn.ARN) (*string, error) {
	out, err := g.client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &a.Resource})
	if err != nil {
		return nil, err
	}
	return out.QueueUrl, nil
}

func (g sqsTagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	url, err := g.url(ctx, a)
	if err != nil {
		return nil, err
	}
	out, err := g.client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: url})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func (g sqsTagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	url, err := g.url(ctx, a)
	if err != nil {
		return err
	}
	_, err = g.client.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: url, Tags: tags})
	return err
}

func (g sqsTagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	url, err := g.url(ctx, a)
	if err != nil {
		return err
	}
	_, err = g.client.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: url, TagKeys: keys})
	return err
}

type rdsTagger struct{ client *rds.Client }

func (g rdsTagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	out, err := g.client.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: aws.String(a.String())})
	if err != nil {
		return nil, err
	}
	return fromPairs(out.TagList, func(t rdstypes.Tag) (*string, *string) { return t.Key, t.Value }), nil
}

// exists asks for instances and clusters themselves, for moto tags any ARN.
func (g rdsTagger) exists(ctx context.Context, a arn.ARN) error {
	kind, name, _ := strings.Cut(a.Resource, ":")
	var err error
	switch kind {
	case "db":
		_, err = g.client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	case "cluster":
		_, err = g.client.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	}
	return err
}

func (g rdsTagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	if err := g.exists(ctx, a); err != nil {
		return err
	}
	_, err := g.client.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{ResourceName: aws.String(a.String()), Tags: pairs(tags, func(k, v *string) rdstypes.Tag { return rdstypes.Tag{Key: k, Value: v} })})
	return err
}

func (g rdsTagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	if err := g.exists(ctx, a); err != nil {
		return err
	}
	_, err := g.client.RemoveTagsFromResource(ctx, &rds.RemoveTagsFromResourceInput{ResourceName: aws.String(a.String()), TagKeys: keys})
	return err
}

type lambdaTagger struct{ client *lambda.Client }

func (g lambdaTagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	out, err := g.client.ListTags(ctx, &lambda.ListTagsInput{Resource: aws.String(a.String())})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func (g lambdaTagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	_, err := g.client.TagResource(ctx, &lambda.TagResourceInput{Resource: aws.String(a.String()), Tags: tags})
	return err
}

func (g lambdaTagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	_, err := g.client.UntagResource(ctx, &lambda.UntagResourceInput{Resource: aws.String(a.String()), TagKeys: keys})
	return err
}

type kmsTagger struct{ client *kms.Client }

func (g kmsTagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	out, err := g.client.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: aws.String(a.String())})
	if err != nil {
		return nil, err
	}
	return fromPairs(out.Tags, func(t kmstypes.Tag) (*string, *string) { return t.TagKey, t.TagValue }), nil
}

func (g kmsTagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	_, err := g.client.TagResource(ctx, &kms.TagResourceInput{KeyId: aws.String(a.String()), Tags: pairs(tags, func(k, v *string) kmstypes.Tag { return kmstypes.Tag{TagKey: k, TagValue: v} })})
	return err
}

func (g kmsTagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	_, err := g.client.UntagResource(ctx, &kms.UntagResourceInput{KeyId: aws.String(a.String()), TagKeys: keys})
	return err
}

type ssmTagger struct{ client *ssm.Client }

// name is a parameter's name, which begins with a slash when it has one inside.
func (g ssmTagger) name(a arn.ARN) *string {
	name := a.Resource[len("parameter"):]
	if lastPart(name) == name[1:] {
		name = name[1:]
	}
	return &name
}

func (g ssmTagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	out, err := g.client.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{ResourceType: ssmtypes.ResourceTypeForTaggingParameter, ResourceId: g.name(a)})
	if err != nil {
		return nil, err
	}
	return fromPairs(out.TagList, func(t ssmtypes.Tag) (*string, *string) { return t.Key, t.Value }), nil
}

func (g ssmTagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	_, err := g.client.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: ssmtypes.ResourceTypeForTaggingParameter, ResourceId: g.name(a), Tags: pairs(tags, func(k, v *string) ssmtypes.Tag { return ssmtypes.Tag{Key: k, Value: v} })})
	return err
}

func (g ssmTagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	_, err := g.client.RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{ResourceType: ssmtypes.ResourceTypeForTaggingParameter, ResourceId: g.name(a), TagKeys: keys})
	return err
}

// logsTagger tags log groups.
type logsTagger struct{ client *cloudwatchlogs.Client }

func (g logsTagger) list(ctx context.Context, a arn.ARN) (map[string]string, error) {
	out, err := g.client.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(a.String())})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func (g logsTagger) tag(ctx context.Context, a arn.ARN, tags map[string]string) error {
	_, err := g.client.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: aws.String(a.String()), Tags: tags})
	return err
}

func (g logsTagger) untag(ctx context.Context, a arn.ARN, keys []string) error {
	_, err := g.client.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: aws.String(a.String()), TagKeys: keys})
	return err
}
