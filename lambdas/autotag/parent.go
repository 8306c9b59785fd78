package autotag

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/refusal"
)

// Tags with which AWS names on an asset what made it. CloudFormation's stands also on what a StackSet or a product
// of Service Catalog makes, for both work by stacks, and a stack carries the tags of its StackSet or product.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html
// https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
// Those of fleets and launch templates are not in AWS's pages that were found; people who ran them saw them:
// https://github.com/getmoto/moto/pull/9791, https://github.com/localstack/moto/pull/173
const (
	tagOfGroup     = "aws:autoscaling:groupName"
	tagOfFleet     = "aws:ec2:fleet-id"
	tagOfSpotFleet = "aws:ec2spot:fleet-request-id"
	tagOfPrincipal = "aws:servicecatalog:provisioningPrincipalArn"
	tagOfStack     = "aws:cloudformation:stack-id"
	tagOfTemplate  = "aws:ec2launchtemplate:id"
)

// parentKind is a kind of what makes assets.
type parentKind struct {
	tag    string  // names the parent on the asset
	source *source // where the parent's tags are read; nil when the tag itself says all
	ec2    string  // EC2's name for the kind, when a create event of the same batch may have made the parent
}

// source is a service that knows tags of parents.
type source struct {
	most int // parents of one call
	// read gives the tags of parents by their ids; a parent that is gone has none.
	read func(ctx context.Context, region Region, ids []string) (map[string]map[string]string, error)
}

var (
	// The bound of a filter of Auto Scaling is not documented.
	fromAutoScaling    = &source{most: 50, read: groupTags}
	fromEC2            = &source{most: filterValues, read: ec2ParentTags}
	fromCloudFormation = &source{most: 1, read: stackTags}
)

// parentKinds are in the order in which their tags count, nearest first: a group launches by a fleet of its own, and
// by a template that others may use too. docs/tag-policy.md has the table for people.
var parentKinds = []parentKind{
	{tag: tagOfGroup, source: fromAutoScaling},
	{tag: tagOfFleet, source: fromEC2, ec2: "fleet"},
	{tag: tagOfSpotFleet, source: fromEC2, ec2: "spot-fleet-request"},
	{tag: tagOfPrincipal},
	{tag: tagOfStack, source: fromCloudFormation},
	{tag: tagOfTemplate, source: fromEC2, ec2: "launch-template"},
}

// AutoScaling is what is asked of Auto Scaling.
type AutoScaling interface {
	DescribeTags(context.Context, *autoscaling.DescribeTagsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeTagsOutput, error)
}

// CloudFormation is what is asked of CloudFormation.
type CloudFormation interface {
	DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
}

// parent is what made an asset.
type parent struct {
	source     *source
	region, id string
}

// madeBy is the parent of a kind that the asset's tags name, or those of the instance that it was born with.
func (a *asset) madeBy(kind parentKind) (p parent, found bool) {
	id := a.Tags[kind.tag]
	if a.bornWith != nil {
		id = firstText(id, a.bornWith.Tags[kind.tag])
	}
	return parent{kind.source, firstText(regionOf(id), a.Region), id}, id != ""
}

// hasParent reports whether something other than a direct call made the asset.
func (a *asset) hasParent() bool {
	return slices.ContainsFunc(parentKinds, func(kind parentKind) bool {
		_, found := a.madeBy(kind)
		return found
	})
}

// readParents reads the tags of what made the open assets: who launched a machine by a group is not in the event,
// and a group hands down only what it is told to. An asset with a parent that cannot be read is not tagged in this
// attempt; a parent that is gone hands down nothing.
func (h *Handler) readParents(ctx context.Context, b *batch) {
	children := map[parent][]*asset{}
	var parents []parent
	for _, a := range b.open() {
		for _, kind := range parentKinds {
			p, found := a.madeBy(kind)
			if !found || p.source == nil {
				continue
			}
			if children[p] == nil {
				parents = append(parents, p)
			}
			children[p] = append(children[p], a)
		}
	}
	b.parents = map[parent]map[string]string{}
	var mutex sync.Mutex
	together(calls(parents), func(call []parent) {
		ids := make([]string, len(call))
		for i, p := range call {
			ids[i] = p.id
		}
		found, err := call[0].source.read(ctx, h.regions(call[0].region), ids)
		mutex.Lock()
		defer mutex.Unlock()
		for _, p := range call {
			b.parents[p] = found[p.id]
			for _, a := range children[p] {
				if err != nil {
					h.failWith(a, err)
				}
			}
		}
	})
}

// calls splits parents into those that one call reads.
func calls(parents []parent) [][]parent {
	type place struct {
		source *source
		region string
	}
	var split [][]parent
	for _, of := range groups(parents, func(p parent) place { return place{p.source, p.region} }) {
		split = slices.AppendSeq(split, slices.Chunk(of, of[0].source.most))
	}
	return split
}

// inherited are the tags that the asset's parents hand down: for each key the nearest one that says something.
// What is about to be written to a parent of the same batch counts too.
func (b *batch) inherited(a *asset) map[string]string {
	tags := map[string]string{}
	for _, kind := range parentKinds {
		p, found := a.madeBy(kind)
		if !found {
			continue
		}
		handed := maps.Clone(b.parents[p])
		if handed == nil {
			handed = map[string]string{}
		}
		if made, inBatch := b.byARN[regional("ec2", kind.ec2+"/")(a.record, p.region, p.id)]; inBatch {
			maps.Copy(handed, made.missing)
		}
		switch kind.tag {
		case tagOfPrincipal:
			handed[contract.TagCreator] = principalName(p.id)
		case tagOfTemplate:
			if !isService(a.Creator) {
				delete(handed, contract.TagCreator) // a person used the template, whoever made it
			}
		}
		for key, value := range handed {
			if old := tags[key]; old == "" || old == contract.Unclassified {
				tags[key] = value
			}
		}
	}
	return tags
}

// groupTags reads the tags of Auto Scaling groups by their names.
func groupTags(ctx context.Context, region Region, names []string) (map[string]map[string]string, error) {
	found := map[string]map[string]string{}
	pages := autoscaling.NewDescribeTagsPaginator(region.AutoScaling, &autoscaling.DescribeTagsInput{
		Filters: []autoscalingtypes.Filter{{Name: aws.String("auto-scaling-group"), Values: names}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			put(found, aws.ToString(tag.ResourceId), aws.ToString(tag.Key), aws.ToString(tag.Value))
		}
	}
	return found, nil
}

// ec2ParentTags reads the tags of fleets, Spot fleets and launch templates, mixed, by their ids.
func ec2ParentTags(ctx context.Context, region Region, ids []string) (map[string]map[string]string, error) {
	found := map[string]map[string]string{}
	pages := ec2.NewDescribeTagsPaginator(region.EC2, &ec2.DescribeTagsInput{
		Filters: []ec2types.Filter{{Name: aws.String("resource-id"), Values: ids}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			put(found, aws.ToString(tag.ResourceId), aws.ToString(tag.Key), aws.ToString(tag.Value))
		}
	}
	return found, nil
}

// stackTags reads the tags of one stack, by its id: CloudFormation takes no list.
func stackTags(ctx context.Context, region Region, ids []string) (map[string]map[string]string, error) {
	found := map[string]map[string]string{}
	out, err := region.CloudFormation.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &ids[0]})
	if code, _ := refusal.Code(err); code == "ValidationError" && strings.Contains(err.Error(), "does not exist") {
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	for _, stack := range out.Stacks {
		for _, tag := range stack.Tags {
			put(found, ids[0], aws.ToString(tag.Key), aws.ToString(tag.Value))
		}
	}
	return found, nil
}

func put(found map[string]map[string]string, id, key, value string) {
	if found[id] == nil {
		found[id] = map[string]string{}
	}
	found[id][key] = value
}
