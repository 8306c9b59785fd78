package autotag

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
	"assetguard/lambdas/internal/refusal"
)

// Reasons are values of contract.DimensionReason.
const (
	reasonNone            = "none"
	reasonPolicy          = "policy"           // a rule excludes the asset
	reasonCallFailed      = "call-failed"      // the event's call made nothing
	reasonGone            = refusal.Gone       // deleted meanwhile
	reasonRestored        = "restored"         // a removed key was put back
	reasonKeyRemoved      = "key-removed"      // a key was removed and is not put back
	reasonNotCovered      = "not-covered"      // nothing of the service can be tagged
	reasonMalformed       = "malformed"        // the message is no event that the function takes
	reasonIncompleteEvent = "incomplete-event" // the event does not say what it made
	reasonNotVisible      = "not-visible"      // the service does not know the asset yet
	reasonNotReady        = refusal.NotReady   // the asset cannot be tagged in its state
	reasonThrottled       = refusal.Throttled
	reasonService         = refusal.Service
	reasonTimeout         = refusal.Timeout
	reasonManaged         = refusal.Managed
	reasonAccess          = refusal.Access
	reasonRefused         = refusal.Other // anything else; the log has the code
)

// settleTime is how long after its creation a service may still not know an asset. Later, "not found" means
// that it is gone.
const settleTime = 2 * time.Minute

// result is how an asset ended in this attempt.
type result struct {
	outcome string // one of contract.Outcome*
	reason  string // "" or one of the reasons above
	again   bool   // the asset's messages come again; the outcome counts only if this was their last attempt
	detail  string // for the log: error code and message, rule
}

// again is a failure that the next attempt may get over.
func again(reason string, err error) result {
	return result{outcome: contract.OutcomeFailed, reason: reason, again: true, detail: err.Error()}
}

// fail ends the asset with what a service answered: code and HTTP status, either may be zero.
func (h *Handler) fail(a *asset, code string, status int, err error) {
	reason := refusal.Of(code, status)
	switch {
	case reason == reasonGone && h.now().Sub(a.CreatedAt) < settleTime:
		a.result = again(reasonNotVisible, err)
	case reason == reasonGone:
		a.result = result{outcome: contract.OutcomeNotTaggable, reason: reasonGone, detail: err.Error()}
	case reason == reasonManaged:
		a.result = result{outcome: contract.OutcomeNotTaggable, reason: reason, detail: err.Error()}
	default:
		a.result = again(reason, err)
	}
}

// failWith ends the asset with the error of an SDK call.
func (h *Handler) failWith(a *asset, err error) {
	code, status := refusal.Code(err)
	h.fail(a, code, status, err)
}

// finish counts and logs every asset and names the messages that come again.
func (h *Handler) finish(b *batch) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, m := range b.messages {
		if m.again() {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.id})
		}
	}
	tallies := map[tally]int{}
	for _, a := range b.assets {
		t, counted := h.tally(a)
		if counted {
			tallies[t]++
			if a.countsAsLost(t) {
				tallies[tally{metric: contract.MetricRequiredKeyRemoved, service: t.service}]++
			}
		}
		h.logAsset(a, t)
	}
	h.writeTallies(tallies)
	return response
}

// again reports whether the message is to be delivered once more.
func (m *message) again() bool {
	return slices.ContainsFunc(m.assets, func(a *asset) bool { return a.result.again })
}

// tally is what one asset counts as.
type tally struct {
	metric, outcome, service, reason string
}

// tally says what an asset counts as. While one of its messages comes again the asset comes again too and
// is counted then, so that over all attempts it counts once.
func (h *Handler) tally(a *asset) (t tally, counted bool) {
	t = tally{contract.MetricAutotagOutcome, a.result.outcome, a.Service, firstText(a.result.reason, reasonNone)}
	settled := slices.ContainsFunc(a.messages, func(m *message) bool { return !m.again() || m.receives >= h.maxReceives })
	if a.result.again && !settled {
		return tally{contract.MetricAutotagRetry, "", t.service, t.reason}, true
	}
	return t, settled
}

func (h *Handler) writeTallies(tallies map[tally]int) {
	for t, n := range tallies {
		count := emf.Count{Namespace: contract.MetricNamespace, Name: t.metric, Value: n,
			Dimensions: map[string]string{contract.DimensionService: t.service, contract.DimensionReason: t.reason},
			Sets:       [][]string{{contract.DimensionService, contract.DimensionReason}}}
		switch t.metric {
		case contract.MetricRequiredKeyRemoved:
			count.Dimensions = map[string]string{contract.DimensionService: t.service}
			count.Sets = [][]string{{}, {contract.DimensionService}}
		case contract.MetricAutotagOutcome:
			count.Dimensions[contract.DimensionOutcome] = t.outcome
			count.Sets = [][]string{{contract.DimensionOutcome},
				{contract.DimensionOutcome, contract.DimensionService, contract.DimensionReason}}
		}
		h.writeMetric(count)
	}
}

func (h *Handler) writeMetric(c emf.Count) {
	if err := emf.Write(h.metrics, h.now(), c); err != nil {
		h.log.Error("metric lost", "metric", c.Name, "error", err.Error())
	}
}

// logAsset writes one line. It names tag keys and rules, not values: a value may be a person's name.
func (h *Handler) logAsset(a *asset, t tally) {
	level, outcome := slog.LevelInfo, t.outcome
	if a.result.again || a.countsAsLost(t) {
		level = slog.LevelWarn
	}
	if t.metric == contract.MetricAutotagRetry {
		outcome = "retry"
	}
	attributes := []slog.Attr{
		slog.String("outcome", outcome), slog.String("reason", t.reason), slog.String("service", a.Service),
		slog.String("type", a.ResourceType), slog.String("arn", a.ARN), slog.String("region", a.Region),
	}
	if a.record != nil {
		attributes = append(attributes, slog.String("event", a.record.event.Name), slog.String("eventID", a.record.id))
	}
	if len(a.missing) > 0 {
		rules := map[string]string{}
		for key := range a.missing {
			rules[key] = a.decision.RuleByKey[key]
		}
		attributes = append(attributes, slog.Any("rules", rules))
	}
	if lost := a.lost(); len(lost) > 0 {
		// The event does not say who removed them: CloudTrail does.
		attributes = append(attributes, slog.Any("removedKeys", lost))
	}
	if a.result.detail != "" {
		attributes = append(attributes, slog.String("detail", a.result.detail))
	}
	h.log.LogAttrs(context.Background(), level, "asset", attributes...)
}
