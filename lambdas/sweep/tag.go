package sweep

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/refusal"
	"assetguard/lambdas/internal/regional"
	"assetguard/lambdas/internal/servicetags"
)

// How many resources one call takes.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
const (
	arnsPerTag  = 20
	arnsPerLook = 100
	callsAtOnce = 4
)

// Reasons are values of contract.DimensionReason.
const (
	reasonNone    = "none"
	reasonPolicy  = "policy"                     // a rule excludes the asset
	reasonGone    = refusal.Gone                 // deleted meanwhile: the register leaves it out
	reasonPassing = "throttled-or-service-error" //nolint:gosec // G101 takes "Pass" in the name for a password
	reasonAccess  = refusal.Access
	reasonRefused = refusal.Other // anything else; the log has the code
)

// throttleWaits are the pauses before what was throttled is tried again.
var throttleWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}

func stillOpen(items []*item) []*item {
	var open []*item
	for _, i := range items {
		if i.outcome == "" {
			open = append(open, i)
		}
	}
	return open
}

// look reads once more what the open items carry, right before it is written: what people gave meanwhile
// stays. The tagging API does not name what it does not know.
func (h *Handler) look(ctx context.Context, items []*item) {
	own, others := split(items)
	inCalls(own, 1, (*item).kind, func(chunk []*item) { h.lookByOwnCall(ctx, chunk[0]) })
	inCalls(others, arnsPerLook, func(i *item) string { return h.tagRegion(i.Region) },
		func(chunk []*item) { h.lookAt(ctx, chunk) })
}

// split parts what is read and tagged by its service's own calls from what the tagging API does.
func split(items []*item) (own, others []*item) {
	for _, i := range items {
		if servicetags.Covers(i.Type) {
			own = append(own, i)
		} else {
			others = append(others, i)
		}
	}
	return own, others
}

func (i *item) kind() string { return i.Type }

func (h *Handler) lookByOwnCall(ctx context.Context, i *item) {
	tags, err := h.regions(h.tagRegion(i.Region)).Own.Read(ctx, i.Type, i.ARN)
	if err != nil {
		i.Tags = nil // what the list said may have changed
		h.unread(i, err)
		return
	}
	i.Tags = noNil(tags)
}

func (h *Handler) lookAt(ctx context.Context, items []*item) {
	out, err := h.regions(h.tagRegion(items[0].Region)).Tagging.GetResources(ctx,
		&resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: arnsOf(items)})
	switch {
	case err != nil && len(items) > 1 && reasonOf(refusal.Code(err)) == reasonRefused:
		h.lookAt(ctx, items[:len(items)/2]) // one of them is of a kind that the API refuses
		h.lookAt(ctx, items[len(items)/2:])
	case err != nil:
		for _, i := range items {
			h.unread(i, err)
		}
	default:
		byARN := map[string]*item{}
		for _, i := range items {
			byARN[i.ARN] = i
		}
		for _, mapping := range out.ResourceTagMappingList {
			if i := byARN[aws.ToString(mapping.ResourceARN)]; i != nil {
				i.Tags = noNil(i.Tags)
				maps.Copy(i.Tags, tagsOf(mapping))
			}
		}
	}
}

// unread ends an item whose tags cannot be read now: to write without having read could replace what people gave. Of
// a kind that the tagging API does not read at all, its service's own list has told the tags in this run.
func (h *Handler) unread(i *item, err error) {
	reason := reasonOf(refusal.Code(err))
	if reason == reasonRefused && i.Tags != nil {
		return
	}
	i.outcome, i.reason = contract.OutcomeFailed, reason
	if reason == reasonGone || reason == reasonRefused {
		i.outcome = contract.OutcomeNotTaggable
	}
	h.log.Warn("tags cannot be read", "arn", i.ARN, "outcome", i.outcome, "reason", reason, "error", err.Error())
}

// tag writes the missing tags of the open items and gives each its outcome. What is throttled comes again.
func (h *Handler) tag(ctx context.Context, p *pass, items []*item) {
	group := func(i *item) string { return h.tagRegion(i.Region) + canonical(i.missing) }
	for round := 0; ; round++ {
		own, others := split(stillOpen(items))
		inCalls(own, 1, (*item).kind, func(chunk []*item) { h.tagByOwnCall(ctx, p, chunk[0]) })
		inCalls(others, arnsPerTag, group, func(chunk []*item) { h.tagChunk(ctx, p, chunk) })
		var again []*item
		for _, i := range items {
			if i.passing && i.outcome == contract.OutcomeFailed {
				again = append(again, i)
			}
		}
		if len(again) == 0 || round == len(throttleWaits) || h.timeUp(ctx) || h.sleep(ctx, throttleWaits[round]) != nil {
			return
		}
		for _, i := range again {
			i.outcome, i.passing = "", false
		}
	}
}

// inCalls splits items into calls: those of one group together, some calls at once.
func inCalls(items []*item, size int, group func(*item) string, call func([]*item)) {
	groups := map[string][]*item{}
	for _, i := range items {
		groups[group(i)] = append(groups[group(i)], i)
	}
	var wait sync.WaitGroup
	slots := make(chan struct{}, callsAtOnce)
	for _, same := range groups {
		for chunk := range slices.Chunk(same, size) {
			slots <- struct{}{}
			wait.Go(func() {
				defer func() { <-slots }()
				call(chunk)
			})
		}
	}
	wait.Wait()
}

func (h *Handler) tagByOwnCall(ctx context.Context, p *pass, i *item) {
	if err := h.regions(h.tagRegion(i.Region)).Own.Write(ctx, i.Type, i.ARN, i.missing); err != nil {
		h.fail(p, i, reasonOf(refusal.Code(err)), err.Error())
		return
	}
	i.outcome, i.reason = contract.OutcomeTagged, ""
}

// tagChunk makes one call. What it refuses goes again one by one: a service may answer for all resources of
// a call when it means one of them.
func (h *Handler) tagChunk(ctx context.Context, p *pass, chunk []*item) {
	chunk = p.allowed(chunk)
	if len(chunk) == 0 {
		return
	}
	out, refused := h.regions(h.tagRegion(chunk[0].Region)).Tagging.TagResources(ctx,
		&resourcegroupstaggingapi.TagResourcesInput{ResourceARNList: arnsOf(chunk), Tags: chunk[0].missing})
	var alone []*item
	for _, i := range chunk {
		code, status, text := failureOf(i.ARN, out, refused)
		if text == "" {
			i.outcome, i.reason = contract.OutcomeTagged, ""
			continue
		}
		reason := reasonOf(code, status)
		if len(chunk) > 1 && (reason == reasonRefused || reason == reasonGone || reason == refusal.Managed) {
			alone = append(alone, i)
			continue
		}
		h.fail(p, i, reason, text)
	}
	for _, i := range alone {
		h.tagChunk(ctx, p, []*item{i})
	}
}

// failureOf is what a call answered for one of its assets; the text is "" where it succeeded.
func failureOf(arn string, out *resourcegroupstaggingapi.TagResourcesOutput, refused error) (code string, status int, text string) {
	if refused != nil {
		code, status = refusal.Code(refused)
		return code, status, refused.Error()
	}
	failure, failed := out.FailedResourcesMap[arn]
	if !failed {
		return "", 0, ""
	}
	code = string(failure.ErrorCode)
	return code, int(failure.StatusCode), code + ": " + aws.ToString(failure.ErrorMessage)
}

// allowed leaves out what is of a kind that this run may not tag: one refusal says it for all.
func (p *pass) allowed(chunk []*item) []*item {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(chunk), func(i *item) bool {
		denied := p.denied[i.Region+i.Type]
		if denied {
			i.outcome, i.reason = contract.OutcomeNotTaggable, reasonAccess
		}
		return denied
	})
}

// fail ends an item. What only an index or Cloud Control knows may be AWS's own, or of a kind that nobody lets the
// sweep tag: it counts as not taggable, and stands in the register without its tags. One refusal of access speaks for
// its kind, but for those that the sweep lists, since all of them it may tag.
func (h *Handler) fail(p *pass, i *item, reason, detail string) {
	i.outcome, i.reason, i.passing = contract.OutcomeFailed, reason, reason == reasonPassing
	switch {
	case reason == reasonGone || reason == refusal.Managed:
		i.outcome = contract.OutcomeNotTaggable
	case !i.passing && !slices.Contains(i.Sources, sourceService):
		i.outcome = contract.OutcomeNotTaggable
		if reason == reasonAccess && !slices.Contains(i.Sources, sourceCloudControl) {
			p.mutex.Lock()
			p.denied[i.Region+i.Type] = true
			p.mutex.Unlock()
		}
	}
	h.log.Warn("asset is not tagged", "arn", i.ARN, "outcome", i.outcome, "reason", reason, "detail", detail)
}

// reasonOf is the reason that a refusal counts as.
func reasonOf(code string, status int) string {
	switch meaning := refusal.Of(code, status); meaning {
	case refusal.Throttled, refusal.Service, refusal.Timeout:
		return reasonPassing
	default:
		return meaning
	}
}

// tagRegion is where the tagging API knows the assets of a region.
func (h *Handler) tagRegion(region string) string {
	if region == contract.GlobalRegion {
		return regional.OfGlobal(h.config.Partition)
	}
	return region
}

func arnsOf(items []*item) []string {
	arns := make([]string, len(items))
	for n, i := range items {
		arns[n] = i.ARN
	}
	return arns
}

// canonical writes a tag set so that equal sets are equal text.
func canonical(tags map[string]string) string {
	text, err := json.Marshal(tags) // sorts the keys
	if err != nil {
		panic(err) // a map of texts always has a JSON form
	}
	return string(text)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
