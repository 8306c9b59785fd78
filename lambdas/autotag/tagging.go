package autotag

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"assetguard/internal/contract"
)

// arnsPerCall is how many resources one TagResources call takes.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
const arnsPerCall = 20

// write tags the open assets. One call gives the same tags to all its resources, so it takes as many calls
// as there are different sets of missing tags, or one for each 20 assets of a set.
func (h *Handler) write(ctx context.Context, b *batch) {
	type call struct{ region, tags string }
	for _, assets := range groups(b.open(), func(a *asset) call { return call{a.Region, canonical(a.missing)} }) {
		client := h.regions(assets[0].Region).Tagging
		for chunk := range slices.Chunk(assets, arnsPerCall) {
			h.writeChunk(ctx, client, chunk)
		}
	}
}

// canonical writes a tag set so that equal sets are equal text.
func canonical(tags map[string]string) string {
	text, err := json.Marshal(tags) // sorts the keys
	if err != nil {
		panic(err) // a map of texts always has a JSON form
	}
	return string(text)
}

// writeChunk makes one call. If the tagging API refuses the call as a whole, for it may be one resource that
// it does not like, the resources go one by one.
func (h *Handler) writeChunk(ctx context.Context, client Tagging, chunk []*asset) {
	arns := make([]string, len(chunk))
	for i, a := range chunk {
		arns[i] = a.ARN
	}
	out, err := client.TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{ResourceARNList: arns, Tags: chunk[0].missing})
	if err != nil {
		code, status := errorCode(err)
		if len(chunk) > 1 && reasonOf(code, status) == reasonRefused {
			for _, a := range chunk {
				h.writeChunk(ctx, client, []*asset{a})
			}
			return
		}
		for _, a := range chunk {
			h.fail(a, code, status, err)
		}
		return
	}
	for _, a := range chunk {
		failure, failed := out.FailedResourcesMap[a.ARN]
		if !failed {
			a.result = result{outcome: contract.OutcomeTagged}
			continue
		}
		code := string(failure.ErrorCode)
		h.fail(a, code, int(failure.StatusCode), fmt.Errorf("%s: %s", code, aws.ToString(failure.ErrorMessage)))
	}
}
