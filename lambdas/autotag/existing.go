package autotag

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Region is the clients of one region.
type Region struct {
	EC2     EC2
	S3      S3
	RDS     RDS
	Lambda  Lambda
	Tagging Tagging
}

// EC2 is what is asked of EC2.
type EC2 interface {
	DescribeInstances(context.Context, *ec2.DescribeInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error)
	DescribeTags(context.Context, *ec2.DescribeTagsInput, ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error)
}

// S3 is what is asked of S3.
type S3 interface {
	GetBucketTagging(context.Context, *s3.GetBucketTaggingInput, ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error)
}

// RDS is what is asked of RDS.
type RDS interface {
	ListTagsForResource(context.Context, *rds.ListTagsForResourceInput, ...func(*rds.Options)) (*rds.ListTagsForResourceOutput, error)
}

// Lambda is what is asked of Lambda.
type Lambda interface {
	ListTags(context.Context, *lambda.ListTagsInput, ...func(*lambda.Options)) (*lambda.ListTagsOutput, error)
}

// Tagging is what is asked of the Resource Groups Tagging API.
type Tagging interface {
	TagResources(context.Context, *resourcegroupstaggingapi.TagResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.TagResourcesOutput, error)
}

// readTags reads the tags that the open assets carry now, by the service's own call: the tagging API shows
// what it knows late. An asset whose tags cannot be read is not tagged in this attempt.
func (h *Handler) readTags(ctx context.Context, b *batch) {
	type place struct{ service, region string }
	for _, assets := range groups(b.open(), func(a *asset) place { return place{a.Service, a.Region} }) {
		region := h.regions(assets[0].Region)
		switch assets[0].Service {
		case "ec2":
			h.readEC2Tags(ctx, region.EC2, assets)
		case "s3":
			h.readEach(assets, func(a *asset) (map[string]string, error) { return bucketTags(ctx, region.S3, a.id()) })
		case "rds":
			h.readEach(assets, func(a *asset) (map[string]string, error) { return databaseTags(ctx, region.RDS, a.ARN) })
		case "lambda":
			h.readEach(assets, func(a *asset) (map[string]string, error) { return functionTags(ctx, region.Lambda, a.ARN) })
		}
	}
}

// readsAtOnce bounds the calls that go to one service together.
const readsAtOnce = 8

// readEach reads the tags of each asset by a call of its own.
func (h *Handler) readEach(assets []*asset, read func(*asset) (map[string]string, error)) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, readsAtOnce)
	for _, a := range assets {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if tags, err := read(a); err != nil {
				h.failWith(a, err)
			} else {
				a.carry(tags)
			}
		})
	}
	wait.Wait()
}

// readEC2Tags reads the tags of up to filterValues assets by one call.
func (h *Handler) readEC2Tags(ctx context.Context, client EC2, assets []*asset) {
	for chunk := range slices.Chunk(assets, filterValues) {
		byID, ids := map[string]*asset{}, make([]string, 0, len(chunk))
		for _, a := range chunk {
			byID[a.id()] = a
			ids = append(ids, a.id())
		}
		pages := ec2.NewDescribeTagsPaginator(client, &ec2.DescribeTagsInput{
			Filters: []ec2types.Filter{{Name: aws.String("resource-id"), Values: ids}}})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				for _, a := range chunk {
					h.failWith(a, err)
				}
				break
			}
			for _, tag := range page.Tags {
				if a, ok := byID[aws.ToString(tag.ResourceId)]; ok {
					a.carry(map[string]string{aws.ToString(tag.Key): aws.ToString(tag.Value)})
				}
			}
		}
	}
}

func bucketTags(ctx context.Context, client S3, bucket string) (map[string]string, error) {
	out, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &bucket})
	if code, _ := errorCode(err); code == "NoSuchTagSet" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range out.TagSet {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

func databaseTags(ctx context.Context, client RDS, arn string) (map[string]string, error) {
	out, err := client.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: &arn})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range out.TagList {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

func functionTags(ctx context.Context, client Lambda, arn string) (map[string]string, error) {
	out, err := client.ListTags(ctx, &lambda.ListTagsInput{Resource: &arn})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}
