package autotag

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// Tags that AWS puts on what a group or a stack makes. CloudFormation's stand also on what a StackSet or a
// product of Service Catalog makes, for both work by stacks.
const (
	tagOfGroup = "aws:autoscaling:groupName"
	tagOfStack = "aws:cloudformation:stack-id"
)

// groupsPerCall bounds the values of one filter of Auto Scaling, whose bound is not documented.
const groupsPerCall = 50

// AutoScaling is what is asked of Auto Scaling.
type AutoScaling interface {
	DescribeTags(context.Context, *autoscaling.DescribeTagsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeTagsOutput, error)
}

// CloudFormation is what is asked of CloudFormation.
type CloudFormation interface {
	DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
}

// readParents gives the open assets the tags of the group that launched them, else of the stack that made
// them: who launched a machine by a group is not in the event, and a group hands down only what it is told to.
// An asset whose parent cannot be read is not tagged in this attempt; one whose parent is gone has none.
func (h *Handler) readParents(ctx context.Context, b *batch) {
	type parent struct{ region, group, stack string }
	var children []*asset
	for _, a := range b.open() {
		if a.madeBy(tagOfGroup) != "" || a.madeBy(tagOfStack) != "" {
			children = append(children, a)
		}
	}
	byRegion := map[string][][]*asset{}
	var stacks [][]*asset
	for _, assets := range groups(children, func(a *asset) parent {
		if group := a.madeBy(tagOfGroup); group != "" {
			return parent{region: a.Region, group: group}
		}
		return parent{stack: a.madeBy(tagOfStack)}
	}) {
		if assets[0].madeBy(tagOfGroup) != "" {
			byRegion[assets[0].Region] = append(byRegion[assets[0].Region], assets)
		} else {
			stacks = append(stacks, assets)
		}
	}
	for region, launched := range byRegion {
		for chunk := range slices.Chunk(launched, groupsPerCall) {
			h.readGroups(ctx, h.regions(region).AutoScaling, chunk)
		}
	}
	together(stacks, func(assets []*asset) { h.readStack(ctx, assets) })
}

// madeBy is the group or stack that the asset's tags name, or those of the instance that it was born with.
func (a *asset) madeBy(tag string) string {
	if a.bornWith != nil {
		return firstText(a.Tags[tag], a.bornWith.Tags[tag])
	}
	return a.Tags[tag]
}

// readGroups reads the tags of Auto Scaling groups; launched holds the assets of one group each.
func (h *Handler) readGroups(ctx context.Context, client AutoScaling, launched [][]*asset) {
	byName, names := map[string][]*asset{}, make([]string, len(launched))
	for i, assets := range launched {
		names[i] = assets[0].madeBy(tagOfGroup)
		byName[names[i]] = assets
	}
	pages := autoscaling.NewDescribeTagsPaginator(client, &autoscaling.DescribeTagsInput{
		Filters: []autoscalingtypes.Filter{{Name: aws.String("auto-scaling-group"), Values: names}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			for _, a := range slices.Concat(launched...) {
				h.failWith(a, err)
			}
			return
		}
		for _, tag := range page.Tags {
			inherit(byName[aws.ToString(tag.ResourceId)], aws.ToString(tag.Key), aws.ToString(tag.Value))
		}
	}
}

// readStack reads the tags of the stack that made the assets.
func (h *Handler) readStack(ctx context.Context, assets []*asset) {
	id := assets[0].madeBy(tagOfStack)
	client := h.regions(firstText(regionOf(id), assets[0].Region)).CloudFormation
	out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &id})
	if code, _ := errorCode(err); code == "ValidationError" && strings.Contains(err.Error(), "does not exist") {
		return
	}
	if err != nil {
		for _, a := range assets {
			h.failWith(a, err)
		}
		return
	}
	for _, stack := range out.Stacks {
		for _, tag := range stack.Tags {
			inherit(assets, aws.ToString(tag.Key), aws.ToString(tag.Value))
		}
	}
}

func inherit(assets []*asset, key, value string) {
	for _, a := range assets {
		if a.Inherited == nil {
			a.Inherited = map[string]string{}
		}
		a.Inherited[key] = value
	}
}
