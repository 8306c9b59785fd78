package findings

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
	"assetguard/lambdas/internal/reason"
)

// Reasons are values of contract.DimensionReason, beside those of package reason.
const (
	reasonNone         = "none"
	reasonMalformed    = "malformed"     // the message is nothing that the function takes
	reasonCustomAction = "custom-action" // somebody asked for something else than to be told
	reasonArchived     = "archived"
	reasonNotNew       = "not-new"
	reasonPassed       = "passed"
	reasonNoRoute      = "no-route"   // too mild for all routes, or of no asset that they take
	reasonSameBatch    = "same-batch" // the batch has a later event of the same finding
	reasonKnown        = "known"      // told before
	reasonReopened     = "reopened"   // told before, and back
	reasonWorse        = "worse"      // told before, and worse now
	reasonClaimed      = "claimed"    // another message is telling it
	reasonChanged      = "changed"    // another message wrote its state in between
	reasonUnclassified = "unclassified"
	reasonEnded        = "ended"     // a digest that ended before
	reasonEmpty        = "empty"     // a digest that nothing went into
	reasonContinued    = "continued" // by another message
)

// Sources of classification: values of contract.DimensionSource.
const (
	sourceTagging  = "tagging"
	sourceRegister = "register"
	sourceNone     = "none" // every source answered, and none knew
)

// result is how an item or a message ended in this attempt.
type result struct {
	outcome string // one of contract.Outcome*
	reason  string
	again   bool   // the message comes again; the outcome counts only if this was its last attempt
	detail  string // for the log
}

// again is a failure that the next attempt may get over. What never succeeds ends in the dead letters.
func again(reason string, err error) result {
	return result{outcome: contract.OutcomeFailed, reason: reason, again: true, detail: err.Error()}
}

// tally is what is counted together.
type tally struct{ metric, outcome, source, reason string }

// finish counts and logs every message and names those that come again. A message counts when it is done, or at its
// last attempt, so that over all attempts every finding has one outcome.
func (h *Handler) finish(tasks []*task) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	tallies := map[tally]int{}
	for _, t := range tasks {
		results := t.results()
		failed := slices.IndexFunc(results, func(r result) bool { return r.again })
		if failed >= 0 {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: t.id})
			if !t.last {
				tallies[tally{metric: contract.MetricFindingRetry, reason: results[failed].reason}]++
			}
		}
		metric := contract.MetricFindingOutcome
		if t.digest != "" {
			metric = contract.MetricDigests
		}
		for _, r := range results {
			if failed < 0 || t.last {
				tallies[tally{metric: metric, outcome: r.outcome, reason: r.reason}]++
			}
		}
		h.logTask(t)
	}
	h.count(tallies)
	return response
}

func (t *task) results() []result {
	if len(t.items) == 0 {
		return []result{t.result}
	}
	var all []result
	for _, i := range t.items {
		all = append(all, i.result)
	}
	return all
}

func (h *Handler) count(tallies map[tally]int) {
	for t, n := range tallies {
		c := emf.Count{Name: t.metric, Value: n,
			Dimensions: map[string]string{contract.DimensionReason: t.reason}, Sets: [][]string{{contract.DimensionReason}}}
		switch {
		case t.outcome != "":
			c.Dimensions[contract.DimensionOutcome] = t.outcome
			c.Sets = [][]string{{contract.DimensionOutcome}, {contract.DimensionOutcome, contract.DimensionReason}}
		case t.source != "":
			c.Dimensions[contract.DimensionSource] = t.source
			c.Sets = [][]string{{contract.DimensionSource}, {contract.DimensionSource, contract.DimensionReason}}
		}
		h.write(c)
	}
}

func (h *Handler) write(c emf.Count) {
	c.Namespace = contract.MetricNamespace
	if err := emf.Write(h.metrics, h.now(), c); err != nil {
		h.log.Error("metric lost", "metric", c.Name, "error", err.Error())
	}
}

// logTask writes a line for each finding, and one for a message without any.
func (h *Handler) logTask(t *task) {
	if len(t.items) == 0 {
		h.logResult(t, t.result, slog.String("digest", t.digest))
	}
	for _, i := range t.items {
		h.logResult(t, i.result, slog.String("finding", i.ID), slog.String("account", i.Account), slog.String("region", i.Region),
			slog.String("product", i.Product), slog.String("control", i.Control), slog.String("severity", i.severity.String()))
	}
}

func (h *Handler) logResult(t *task, r result, about ...slog.Attr) {
	level := slog.LevelInfo
	switch {
	case r.again && t.last:
		level = slog.LevelError
	case r.again:
		level = slog.LevelWarn
	}
	attributes := append([]slog.Attr{slog.String("message", t.id), slog.Int("receives", t.receives),
		slog.String("outcome", r.outcome), slog.String("reason", r.reason)}, about...)
	if r.detail != "" {
		attributes = append(attributes, slog.String("detail", r.detail))
	}
	h.log.LogAttrs(context.Background(), level, "message", attributes...)
}

const (
	tries = 3
	pause = 200 * time.Millisecond
)

// persist repeats what another writer or a busy service kept from succeeding. The clients repeat most of that
// themselves, conflicts of transactions not.
func (h *Handler) persist(ctx context.Context, call func() error) error {
	for try := 1; ; try++ {
		err := call()
		if err == nil || try == tries || !passing(err) {
			return err
		}
		if h.sleep(ctx, time.Duration(try)*pause/2+rand.N(pause)) != nil { //nolint:gosec // G404: spreads writers, guards nothing
			return err
		}
	}
}

// passing says whether an error may be gone at the next try.
func passing(err error) bool {
	var conflict *dynamotypes.TransactionConflictException
	return errors.As(err, &conflict) || slices.Contains([]string{reason.Throttled, reason.Concurrent, reason.Service}, reason.Of(err))
}

// because is the reason of an error.
func because(err error) string {
	var conflict *dynamotypes.TransactionConflictException
	var cancelled *dynamotypes.TransactionCanceledException
	if errors.As(err, &conflict) || errors.As(err, &cancelled) {
		return reason.Concurrent
	}
	return reason.Of(err)
}
