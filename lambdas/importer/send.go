package importer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/lambdas/internal/reason"
)

// errUnprocessed says that a service left a part of a call undone.
var errUnprocessed = errors.New("the service left some unprocessed twice")

// send imports findings into Security Hub of a region and says which failed, by id. Throttling is waited out by the
// client (10 calls a second, bursts of 30), and beyond that by the queue.
func (h *Handler) send(ctx context.Context, region string, findings []hubtypes.AwsSecurityFinding) map[string]result {
	failed := map[string]result{}
	for chunk := range slices.Chunk(findings, maxBatch) {
		h.sendChunk(ctx, region, chunk, failed)
	}
	return failed
}

// sendChunk imports at most maxBatch findings. A call that succeeds may name findings that it did not take; one that is
// refused for what stands in it is made again in halves, so that a malformed finding keeps no other out.
func (h *Handler) sendChunk(ctx context.Context, region string, chunk []hubtypes.AwsSecurityFinding, failed map[string]result) {
	out, err := h.regions(region).Hub.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: chunk})
	switch half := len(chunk) / 2; {
	case err == nil:
		for _, f := range out.FailedFindings {
			code := aws.ToString(f.ErrorCode)
			failed[aws.ToString(f.Id)] = again(reason.OfCode(code, 0), fmt.Errorf("%s: %s", code, aws.ToString(f.ErrorMessage)))
		}
	case half > 0 && reason.Of(err) == reason.Refused:
		h.sendChunk(ctx, region, chunk[:half], failed)
		h.sendChunk(ctx, region, chunk[half:], failed)
	default:
		for _, f := range chunk {
			failed[aws.ToString(f.Id)] = again(reason.Of(err), err)
		}
	}
}
