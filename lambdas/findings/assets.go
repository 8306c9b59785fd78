package findings

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
	"assetguard/lambdas/internal/regional"
)

// tagsPerCall is how many ARNs the tagging API takes in a call.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
const tagsPerCall = 100

// classify gives every item the assets of its resources: by the tags that the finding carries, else by those that the
// resource carries, else by the asset register. What nothing tells stays empty, is counted, and hides no finding.
func (h *Handler) classify(ctx context.Context, items []*item) {
	wanted := map[string]map[string]bool{} // ARNs by region
	for _, i := range items {
		for _, r := range i.Resources {
			if region := h.tagged(&i.Finding, &r); region != "" {
				if wanted[region] == nil {
					wanted[region] = map[string]bool{}
				}
				wanted[region][r.ID] = true
			}
		}
	}
	for _, region := range slices.Sorted(maps.Keys(wanted)) {
		h.readTags(ctx, region, slices.Sorted(maps.Keys(wanted[region])))
	}
	missing := map[string]bool{}
	for _, i := range items {
		for _, r := range i.Resources {
			a := h.asset(&r)
			i.assets = append(i.assets, a)
			if !classified(&a) {
				missing[r.ID] = true
			}
		}
	}
	if len(missing) > 0 {
		h.classifyByRegister(ctx, items, len(missing))
	}
}

// tagged is the region whose tagging API is asked for the tags of a resource, "" if it is not asked: the finding names
// all of them, they are known, or the resource is none of this account with an ARN.
func (h *Handler) tagged(f *finding.Finding, r *finding.Resource) string {
	parsed, err := arn.Parse(r.ID)
	if err != nil || complete(r.Tags) || (parsed.AccountID != "" && parsed.AccountID != h.Account) || f.Account != h.Account {
		return ""
	}
	if _, known := h.tags.of(r.ID); known {
		return ""
	}
	switch {
	case parsed.Region != "":
		return parsed.Region
	case parsed.Service == "s3" && r.Region != "" && r.Region != contract.GlobalRegion: // buckets have a region that their ARN does not name
		return r.Region
	}
	return regional.OfGlobal(h.Partition)
}

// readTags asks for tags and remembers them, also that there are none.
func (h *Handler) readTags(ctx context.Context, region string, arns []string) {
	for chunk := range slices.Chunk(arns, tagsPerCall) {
		h.readChunk(ctx, region, chunk)
	}
}

// readChunk asks for the tags of some ARNs. The tagging API refuses all of them for one that it does not know the form of,
// as findings have them (https://github.com/aws/aws-cli/issues/8109): the halves are asked for then, so that only that one
// stays without tags.
func (h *Handler) readChunk(ctx context.Context, region string, arns []string) {
	var out *resourcegroupstaggingapi.GetResourcesOutput
	err := h.persist(ctx, func() (err error) {
		out, err = h.clients.Tagging(region).GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: arns})
		return err
	})
	var invalid *taggingtypes.InvalidParameterException
	switch {
	case errors.As(err, &invalid) && len(arns) > 1:
		h.readChunk(ctx, region, arns[:len(arns)/2])
		h.readChunk(ctx, region, arns[len(arns)/2:])
		return
	case errors.As(err, &invalid):
		h.lacks(sourceTagging, because(err), 1, err)
		h.tags.keep(arns[0], nil) // asking again would be refused again
		return
	case err != nil:
		h.lacks(sourceTagging, because(err), len(arns), err)
		return
	}
	found := map[string]map[string]string{}
	for _, mapping := range out.ResourceTagMappingList {
		tags := map[string]string{}
		for _, tag := range mapping.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		found[aws.ToString(mapping.ResourceARN)] = tags
	}
	for _, id := range arns {
		h.tags.keep(id, found[id])
	}
}

// asset is a resource by the tags that are known of it. Those that it carries now win over what the finding carries.
func (h *Handler) asset(r *finding.Resource) notice.Asset {
	tags := maps.Clone(r.Tags)
	if carried, known := h.tags.of(r.ID); known && len(carried) > 0 {
		tags = carried
	}
	return notice.Asset{ID: r.ID, Type: r.Type, Name: nameOf(r.ID, tags), Environment: tags[contract.TagEnvironment],
		AssetType: tags[contract.TagAssetType], PersonalInformation: tags[contract.TagPersonalInformation], Owner: tags[contract.TagOwner]}
}

// nameOf is the tag Name, or else the last part of an ARN.
func nameOf(id string, tags map[string]string) string {
	if tags["Name"] != "" {
		return tags["Name"]
	}
	return id[strings.LastIndexAny(id, ":/")+1:]
}

// classifyByRegister fills in what is in the register.
func (h *Handler) classifyByRegister(ctx context.Context, items []*item, missing int) {
	known, err := h.register.assets(ctx)
	if err != nil {
		h.lacks(sourceRegister, because(err), missing, err)
	}
	unknown := 0
	for _, i := range items {
		for n := range i.assets {
			a := &i.assets[n]
			if classified(a) {
				continue
			}
			if row, there := known[a.ID]; there {
				a.Environment, a.AssetType, a.PersonalInformation, a.Owner = row.Environment, row.AssetType, row.PersonalInformation, row.Owner
				if row.Name != "" {
					a.Name = row.Name
				}
				continue
			}
			unknown++
		}
	}
	if unknown > 0 && err == nil {
		h.count(map[tally]int{{metric: contract.MetricFindingLacks, source: sourceNone, reason: reasonUnclassified}: unknown})
	}
}

// classified says whether anything of the classification is known.
func classified(a *notice.Asset) bool {
	return a.Environment != "" || a.AssetType != "" || a.PersonalInformation != "" || a.Owner != ""
}

// complete says whether tags hold the whole classification.
func complete(tags map[string]string) bool {
	return !slices.ContainsFunc(contract.ClassificationTags(), func(key string) bool { return tags[key] == "" })
}

// lacks counts resources of which a source told nothing.
func (h *Handler) lacks(source, why string, n int, err error) {
	h.log.Warn("findings lack what a source could not tell", "source", source, "resources", n, "error", err.Error())
	h.count(map[tally]int{{metric: contract.MetricFindingLacks, source: source, reason: why}: n})
}

const (
	tagsLive = 5 * time.Minute
	maxTags  = 20_000 // resources in a process
)

type taken struct {
	tags map[string]string
	at   time.Time
}

// tagCache keeps tags between batches.
type tagCache struct {
	now   func() time.Time
	known map[string]taken
}

func (c *tagCache) of(id string) (map[string]string, bool) {
	t, known := c.known[id]
	return t.tags, known && c.now().Sub(t.at) < tagsLive
}

func (c *tagCache) keep(id string, tags map[string]string) {
	if len(c.known) >= maxTags {
		clear(c.known)
	}
	c.known[id] = taken{tags, c.now()}
}
