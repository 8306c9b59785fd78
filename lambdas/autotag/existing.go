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

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/buckettags"
	"assetguard/lambdas/internal/refusal"
	"assetguard/lambdas/internal/servicetags"
)

// Region is the clients of one region.
type Region struct {
	EC2     EC2
	S3      buckettags.S3
	RDS     RDS
	Lambda  Lambda
	Tagging Tagging
	Own     servicetags.Clients // for what the tagging API does not take

	AutoScaling    AutoScaling
	CloudFormation CloudFormation
}

// EC2 is what is asked of EC2.
type EC2 interface {
	DescribeInstances(context.Context, *ec2.DescribeInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error)
	DescribeTags(context.Context, *ec2.DescribeTagsInput, ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error)
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
	GetResources(context.Context, *resourcegroupstaggingapi.GetResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error)
	TagResources(context.Context, *resourcegroupstaggingapi.TagResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.TagResourcesOutput, error)
}

// way is how the assets of a service are read and written; nil stands for the tagging API.
type way struct {
	// read gives the assets, all of one region, the tags that they carry now, or fails them.
	read func(h *Handler, ctx context.Context, region Region, assets []*asset)
	// write tags one asset with what it lacks.
	write func(context.Context, Region, *asset) error
}

// readTags reads the tags that the open assets carry now. An asset whose tags cannot be read is not tagged in
// this attempt.
func (h *Handler) readTags(ctx context.Context, b *batch) {
	type place struct{ service, region string }
	for _, assets := range groups(b.open(), func(a *asset) place {
		if ways[a.Service].read == nil {
			return place{"", a.Region} // one call for all of these services
		}
		return place{a.Service, a.Region}
	}) {
		read := ways[assets[0].Service].read
		if read == nil {
			read = (*Handler).readByTaggingAPI
		}
		read(h, ctx, h.regions(assets[0].Region), assets)
	}
}

// arnsPerQuery is how many resources one GetResources call takes.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
const arnsPerQuery = 100

// readByTaggingAPI reads the tags of up to arnsPerQuery assets by one call. An asset that was never tagged is
// not in the answer.
func (h *Handler) readByTaggingAPI(ctx context.Context, region Region, assets []*asset) {
	for chunk := range slices.Chunk(assets, arnsPerQuery) {
		h.readChunk(ctx, region.Tagging, chunk)
	}
}

// readChunk makes one call. What it refuses it asks for again in halves: one ARN that the API does not take would
// else keep all others from their tags.
func (h *Handler) readChunk(ctx context.Context, client Tagging, chunk []*asset) {
	byARN, arns := map[string]*asset{}, make([]string, len(chunk))
	for i, a := range chunk {
		byARN[a.ARN], arns[i] = a, a.ARN
	}
	out, err := client.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: arns})
	if err != nil {
		if half := len(chunk) / 2; half > 0 && refusal.Is(err, refusal.Other) {
			h.readChunk(ctx, client, chunk[:half])
			h.readChunk(ctx, client, chunk[half:])
			return
		}
		for _, a := range chunk {
			h.failWith(a, err)
		}
		return
	}
	for _, found := range out.ResourceTagMappingList {
		if a, asked := byARN[aws.ToString(found.ResourceARN)]; asked {
			for _, tag := range found.Tags {
				a.carry(map[string]string{aws.ToString(tag.Key): aws.ToString(tag.Value)})
			}
		}
	}
}

func (h *Handler) eachBucket(ctx context.Context, region Region, assets []*asset) {
	h.readEach(assets, func(a *asset) (map[string]string, error) { return buckettags.Of(ctx, region.S3, a.id()) })
}

func (h *Handler) eachDatabase(ctx context.Context, region Region, assets []*asset) {
	h.readEach(assets, func(a *asset) (map[string]string, error) { return databaseTags(ctx, region.RDS, a.ARN) })
}

func (h *Handler) eachFunction(ctx context.Context, region Region, assets []*asset) {
	h.readEach(assets, func(a *asset) (map[string]string, error) { return functionTags(ctx, region.Lambda, a.ARN) })
}

// eachByOwnCall is for services of which only some kinds have calls. Of the others nothing can be written.
func (h *Handler) eachByOwnCall(ctx context.Context, region Region, assets []*asset) {
	h.readEach(assets, func(a *asset) (map[string]string, error) {
		if !servicetags.Covers(a.ResourceType) {
			a.result = result{outcome: contract.OutcomeReported, reason: reasonNotCovered}
			return nil, nil
		}
		return region.Own.Read(ctx, a.ResourceType, a.ARN)
	})
}

func tagByOwnCall(ctx context.Context, region Region, a *asset) error {
	return region.Own.Write(ctx, a.ResourceType, a.ARN, a.missing)
}

// callsAtOnce bounds the calls that go to one service together.
const callsAtOnce = 8

// readEach reads the tags of each asset by a call of its own.
func (h *Handler) readEach(assets []*asset, read func(*asset) (map[string]string, error)) {
	together(assets, func(a *asset) {
		if tags, err := read(a); err != nil {
			h.failWith(a, err)
		} else {
			a.carry(tags)
		}
	})
}

// together does something with each of the items, callsAtOnce at a time, and waits for all.
func together[T any](items []T, do func(T)) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, callsAtOnce)
	for _, item := range items {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			do(item)
		})
	}
	wait.Wait()
}

// readEC2Tags reads the tags of up to filterValues assets by one call.
func (h *Handler) readEC2Tags(ctx context.Context, region Region, assets []*asset) {
	for chunk := range slices.Chunk(assets, filterValues) {
		byID, ids := map[string]*asset{}, make([]string, 0, len(chunk))
		for _, a := range chunk {
			byID[a.id()] = a
			ids = append(ids, a.id())
		}
		pages := ec2.NewDescribeTagsPaginator(region.EC2, &ec2.DescribeTagsInput{
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
