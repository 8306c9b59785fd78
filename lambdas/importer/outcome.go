package importer

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// Reasons are values of contract.DimensionReason, beside those of package reason.
const (
	reasonNone         = "none"
	reasonMalformed    = "malformed"     // the message is nothing that the function takes
	reasonNoPack       = "no-pack"       // a rule that no conformance pack made
	reasonOtherPack    = "other-pack"    // a rule of somebody else's pack, or of one that is gone
	reasonUnknownRule  = "unknown-rule"  // of our pack, but not in the list of checks
	reasonOtherAccount = "other-account" // only an account itself may import its findings
	reasonSchedule     = "schedule"      // imported because a schedule asked for everything
	reasonStale        = "stale"         // the pack does not evaluate it any more
	reasonPackMissing  = "pack-missing"  // the region has no pack of ours
)

// result is how a task ended in this attempt.
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

// tally is what a task counts as.
type tally struct{ metric, outcome, reason string }

// finish counts and logs every task and names the messages that come again.
func (h *Handler) finish(tasks []*task) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	tallies := map[tally]int{}
	for _, t := range tasks {
		if t.result.again {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: t.id})
		}
		if t.result.outcome != "" {
			tallies[h.tally(t)]++
		}
		h.logTask(t)
	}
	h.count(tallies)
	return response
}

// tally says what a task counts as: a retry while its message comes again, so that over all attempts it has one outcome.
func (h *Handler) tally(t *task) tally {
	if t.result.again && t.receives < h.maxReceives {
		return tally{contract.MetricImportRetry, "", t.result.reason}
	}
	return tally{contract.MetricImportOutcome, t.result.outcome, t.result.reason}
}

func (h *Handler) count(tallies map[tally]int) {
	for t, n := range tallies {
		c := emf.Count{Namespace: contract.MetricNamespace, Name: t.metric, Value: n,
			Dimensions: map[string]string{contract.DimensionReason: t.reason}, Sets: [][]string{{contract.DimensionReason}}}
		if t.outcome != "" {
			c.Dimensions[contract.DimensionOutcome] = t.outcome
			c.Sets = [][]string{{contract.DimensionOutcome}, {contract.DimensionOutcome, contract.DimensionReason}}
		}
		h.write(c)
	}
}

func (h *Handler) write(c emf.Count) {
	if err := emf.Write(h.metrics, h.now(), c); err != nil {
		h.log.Error("metric lost", "metric", c.Name, "error", err.Error())
	}
}

// lacks counts resources of which the source told nothing.
func (h *Handler) lacks(source, region string, n int, err error) {
	h.log.Warn("findings lack what a source could not tell", "source", source, "region", region, "resources", n, "error", err.Error())
	h.write(emf.Count{Namespace: contract.MetricNamespace, Name: contract.MetricImportLacks, Value: n,
		Dimensions: map[string]string{contract.DimensionSource: source}, Sets: [][]string{{contract.DimensionSource}}})
}

func (h *Handler) logTask(t *task) {
	level := slog.LevelInfo
	switch {
	case t.result.outcome == contract.OutcomeFailed && t.receives >= h.maxReceives:
		level = slog.LevelError
	case t.result.outcome == contract.OutcomeFailed || t.result.reason == reasonUnknownRule:
		level = slog.LevelWarn
	}
	attributes := []slog.Attr{slog.String("message", t.id), slog.String("outcome", t.result.outcome), slog.String("reason", t.result.reason)}
	if t.step != nil {
		attributes = append(attributes, slog.Any("step", *t.step))
	} else {
		attributes = append(attributes, slog.String("region", t.region), slog.String("rule", t.rule),
			slog.String("type", t.resourceType), slog.String("resource", t.resourceID), slog.String("compliance", t.compliance))
	}
	if t.result.detail != "" {
		attributes = append(attributes, slog.String("detail", t.result.detail))
	}
	h.log.LogAttrs(context.Background(), level, "message", attributes...)
}
