package remediation

import (
	"context"
	"log/slog"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// Reasons are values of contract.DimensionReason, beside those of package reason.
const (
	reasonNone         = "none"
	reasonMalformed    = "malformed"     // the message is nothing that the function takes
	reasonSplit        = "split"         // into an event for each finding
	reasonNoRunbook    = "no-runbook"    // no row repairs it
	reasonArchived     = "archived"      // the finding is no longer active
	reasonSuppressed   = "suppressed"    // somebody accepted it
	reasonResolved     = "resolved"      // somebody says it is done
	reasonPassed       = "not-failed"    // there is nothing to repair
	reasonOff          = "off"           // the configuration leaves the row to people
	reasonOtherAccount = "other-account" // the configuration, or the runbook, is for the own account only
	reasonNotDrawn     = "not-drawn"     // the finding lacks what the runbook needs
	reasonGone         = "gone"          // the resource does not exist any more
	reasonOptedOut     = "opted-out"     // the resource carries the tag
	reasonApproval     = "approval"      // people were told that it waits for them
	reasonTold         = "told-before"   // they were told before
	reasonPaused       = "paused"        // the runbook failed too often in a row
	reasonLooping      = "looping"       // the resource was repaired too often in a day
	reasonWindow       = "window"        // it waits for the maintenance window
	reasonDeferred     = "deferred"      // as above, already
	reasonRunning      = "running"       // it is being repaired
	reasonRepaired     = "repaired"      // it was, after the finding was last looked at
	reasonNoPlace      = "no-place"      // as many executions run as may
	reasonNotStarted   = "not-started"   // Systems Manager refused for good
	reasonAuto         = "auto"
	reasonApproved     = "approved"
	reasonGoesOn       = "goes-on"   // the execution has not ended
	reasonNotOurs      = "not-ours"  // the execution is somebody else's, or is not written yet
	reasonDuplicate    = "duplicate" // its end was told before
)

// result is how a message ended in this attempt.
type result struct {
	outcome string // one of contract.Outcome*, or a notice.RepairState for an execution
	reason  string
	again   bool // the message comes again; the outcome counts only if this was its last attempt
	put     bool // the message is done, and what it carried comes in another
	detail  string
	runbook string // of an execution
}

// again is a failure that the next attempt may get over. What never succeeds ends in the dead letters.
func again(reason string, err error) result {
	return result{outcome: contract.OutcomeFailed, reason: reason, again: true, detail: err.Error()}
}

// count counts and logs a message: a retry while it, or what it carried, comes again, so that in the end each finding
// has one outcome.
func (h *Handler) count(m *message, r result) {
	h.logMessage(m, r)
	switch {
	case r.again && m.receives < h.MaxReceives:
		h.write(contract.MetricRepairRetry, map[string]string{contract.DimensionReason: r.reason}, []string{contract.DimensionReason})
	case r.put && r.reason != "" && r.reason != reasonSplit:
		h.write(contract.MetricRepairRetry, map[string]string{contract.DimensionReason: r.reason}, []string{contract.DimensionReason})
	case r.put:
	case m.kind == kindStatus && !r.again:
		h.countResult(r)
	case m.kind == kindStart:
		h.countOutcome(contract.MetricRepairDeferred, r, 1)
	default:
		h.countOutcome(contract.MetricRepairOutcome, r, max(len(m.event.Findings), 1))
	}
}

func (h *Handler) countOutcome(metric string, r result, n int) {
	for range n {
		h.write(metric, map[string]string{contract.DimensionOutcome: r.outcome, contract.DimensionReason: r.reason},
			[]string{contract.DimensionOutcome}, []string{contract.DimensionOutcome, contract.DimensionReason})
	}
}

// countResult counts an execution that ended.
func (h *Handler) countResult(r result) {
	dimensions := map[string]string{contract.DimensionOutcome: r.outcome}
	sets := [][]string{{contract.DimensionOutcome}}
	if r.runbook != "" {
		dimensions[contract.DimensionRunbook] = r.runbook
		sets = append(sets, []string{contract.DimensionOutcome, contract.DimensionRunbook})
	}
	h.write(contract.MetricRepairResult, dimensions, sets...)
}

func (h *Handler) countPaused(runbook string) {
	h.write(contract.MetricRunbookPaused, map[string]string{contract.DimensionRunbook: runbook}, []string{}, []string{contract.DimensionRunbook})
}

func (h *Handler) write(metric string, dimensions map[string]string, sets ...[]string) {
	err := emf.Write(h.metrics, h.now(), emf.Count{Namespace: contract.MetricNamespace, Name: metric, Value: 1, Dimensions: dimensions, Sets: sets})
	if err != nil {
		h.log.Error("metric lost", "metric", metric, "error", err.Error())
	}
}

func (h *Handler) logMessage(m *message, r result) {
	level := slog.LevelInfo
	if r.again {
		level = slog.LevelWarn
	}
	attributes := []slog.Attr{slog.String("message", m.queued), slog.String("outcome", r.outcome), slog.String("reason", r.reason)}
	if r.detail != "" {
		attributes = append(attributes, slog.String("detail", r.detail))
	}
	switch {
	case m.kind == kindStatus:
		attributes = append(attributes, slog.String("execution", m.status.execution), slog.String("status", m.status.status))
	case m.kind == kindStart:
		attributes = append(attributes, slog.String("record", m.key))
	case len(m.event.Findings) > 0:
		f := m.event.Findings[0]
		attributes = append(attributes, slog.String("control", f.Control), slog.String("finding", f.ID), slog.Bool("byPerson", m.byPerson()))
	}
	h.log.LogAttrs(context.Background(), level, "message", attributes...)
}
