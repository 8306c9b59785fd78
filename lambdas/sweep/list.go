package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// A page that fails for a passing reason is asked for again, some minutes in all, beside the SDK's own tries.
const (
	pageAttempts = 5
	pageWait     = time.Minute // times the attempt
)

// Names of a run's objects.
func (s Step) foundPrefix() string { return contract.RegisterWorkPrefix + s.Run + "/found/" }
func (s Step) rowsPrefix() string  { return contract.RegisterWorkPrefix + s.Run + "/rows/" }

func object(prefix string, sequence int) string {
	return fmt.Sprintf("%s%06d.jsonl.gz", prefix, sequence)
}

// list reads sources into one chunk, or until the time is up, and puts it away.
func (h *Handler) list(ctx context.Context, step Step) (Step, error) {
	var found []asset
	for step.Region < len(h.config.Regions) && step.wait == 0 && len(found) < chunkAssets && !h.timeUp(ctx) {
		sources := h.sources(step.Region)
		if step.Source == len(sources) {
			step.Region, step.Source = step.Region+1, 0
			continue
		}
		var page []asset
		page, step = h.readPage(ctx, step, sources[step.Source])
		found = append(found, page...)
	}
	if len(found) > 0 {
		if err := writeChunk(ctx, h.store, object(step.foundPrefix(), step.Sequence), found); err != nil {
			return step, err
		}
		step.Sequence++
	}
	if step.Region == len(h.config.Regions) {
		step.Stage, step.Sequence = stageDecide, 0
	}
	return step, nil
}

// readPage reads one page and says where the list goes on. A source that stays unreadable is a fault of the
// run, not its end: the other sources and regions are read.
func (h *Handler) readPage(ctx context.Context, step Step, from source) ([]asset, Step) {
	if step.Token == "" {
		there, err := from.available(ctx)
		if err != nil {
			return nil, h.failPage(step, from, err)
		}
		if !there {
			return nil, step.nextSource()
		}
	}
	page, next, err := from.page(ctx, step.Token)
	var partial *truncatedError
	if missing := (*unlistedError)(nil); errors.As(err, &missing) {
		h.log.Info("kind is not listed", "region", h.config.Regions[step.Region], "source", from.name(), "error", err.Error())
		step.Gaps = append(step.Gaps, gap{Kind: kindName(from.name()), Region: h.config.Regions[step.Region], Reason: missing.reason})
		return nil, step.nextSource()
	}
	if errors.As(err, &partial) {
		h.fault(&step, from, err)
	} else if err != nil {
		return nil, h.failPage(step, from, err)
	}
	for i := range page {
		page[i].Sources = []string{rankName(from.name())}
	}
	step.Token, step.Attempt = next, 0
	if next == "" {
		step = step.nextSource()
	}
	return page, step
}

func (s Step) nextSource() Step {
	s.Source, s.Token, s.Attempt = s.Source+1, "", 0
	return s
}

func (h *Handler) failPage(step Step, from source, err error) Step {
	step.Attempt++
	if passing(err) && step.Attempt < pageAttempts {
		h.log.Warn("source is asked again later", "region", h.config.Regions[step.Region], "source", from.name(),
			"attempt", step.Attempt, "error", err.Error())
		step.wait = time.Duration(step.Attempt) * pageWait
		return step
	}
	h.fault(&step, from, err)
	return step.nextSource()
}

// What a message carries of the faults: an account that is denied a whole API has one for each kind and region. The
// log has them all.
const (
	faultText  = 300
	faultsKept = 100
)

func (h *Handler) fault(step *Step, from source, err error) {
	f := Fault{Region: h.config.Regions[step.Region], Source: from.name(), Error: err.Error()}
	h.log.Error("source is not read to its end", "run", step.Run, "region", f.Region, "source", f.Source, "error", f.Error)
	h.count(emf.Count{Name: contract.MetricSweepFault, Value: 1,
		Dimensions: map[string]string{contract.DimensionRegion: f.Region, contract.DimensionSource: f.Source},
		Sets:       [][]string{{}, {contract.DimensionRegion, contract.DimensionSource}}})
	f.Error = f.Error[:min(len(f.Error), faultText)]
	if len(step.Faults) < faultsKept {
		step.Faults = append(step.Faults, f)
	}
}

var retryable = retry.IsErrorRetryables(retry.DefaultRetryables)

// passing reports whether an error may go away by itself: throttling, the service's own failures, the network.
func passing(err error) bool {
	return retryable.IsErrorRetryable(err) == aws.TrueTernary || errors.Is(err, context.DeadlineExceeded)
}

// codeOf is the error code of a service's answer, "" if there is none.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
