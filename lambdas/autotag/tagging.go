package autotag

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/refusal"
)

// arnsPerCall is how many resources one TagResources call takes.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
const arnsPerCall = 20

// write tags the open assets: those of services with a call of their own one by one, all others by the tagging
// API. One call of that gives the same tags to all its resources, so it takes one for each 20 assets of a region that
// lack the same tags. Shared tags and the rest in calls of their own would not be fewer: the rest alone takes as many
// calls as there are different sets.
func (h *Handler) write(ctx context.Context, b *batch) {
	type call struct{ region, tags string }
	var own, others []*asset
	for _, a := range b.open() {
		if ways[a.Service].write != nil {
			own = append(own, a)
		} else {
			others = append(others, a)
		}
	}
	together(own, func(a *asset) {
		if err := ways[a.Service].write(ctx, h.regions(a.Region), a); err != nil {
			h.failWith(a, err)
		} else {
			a.result = a.written()
		}
	})
	for _, assets := range groups(others, func(a *asset) call { return call{a.Region, canonical(a.missing)} }) {
		client := h.regions(assets[0].Region).Tagging
		for chunk := range slices.Chunk(assets, arnsPerCall) {
			h.writeChunk(ctx, client, chunk)
		}
	}
}

// written is the result of an asset that a call tagged.
func (a *asset) written() result {
	if a.onlyLost() {
		return result{outcome: contract.OutcomeTagged, reason: reasonRestored}
	}
	return result{outcome: contract.OutcomeTagged}
}

// canonical writes a tag set so that equal sets are equal text.
func canonical(tags map[string]string) string {
	text, err := json.Marshal(tags) // sorts the keys
	if err != nil {
		panic(err) // a map of texts always has a JSON form
	}
	return string(text)
}

// writeChunk makes one call. What it refuses, or says is gone, goes again one by one: a service may answer for
// all resources of a call when it means one of them.
func (h *Handler) writeChunk(ctx context.Context, client Tagging, chunk []*asset) {
	arns := make([]string, len(chunk))
	for i, a := range chunk {
		arns[i] = a.ARN
	}
	out, refused := client.TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{ResourceARNList: arns, Tags: chunk[0].missing})
	var alone []*asset
	for _, a := range chunk {
		code, status, err := failureOf(a, out, refused)
		switch reason := refusal.Of(code, status); {
		case err == nil:
			a.result = a.written()
		case len(chunk) > 1 && (reason == reasonRefused || reason == reasonGone || reason == reasonManaged):
			alone = append(alone, a)
		default:
			h.fail(a, code, status, err)
		}
	}
	for _, a := range alone {
		h.writeChunk(ctx, client, []*asset{a})
	}
}

// failureOf is what a call answered for one of its assets: the failure of the whole call, or the asset's own.
func failureOf(a *asset, out *resourcegroupstaggingapi.TagResourcesOutput, refused error) (code string, status int, err error) {
	if refused != nil {
		code, status = refusal.Code(refused)
		return code, status, refused
	}
	failure, failed := out.FailedResourcesMap[a.ARN]
	if !failed {
		return "", 0, nil
	}
	code = string(failure.ErrorCode)
	return code, int(failure.StatusCode), fmt.Errorf("%s: %s", code, aws.ToString(failure.ErrorMessage))
}
