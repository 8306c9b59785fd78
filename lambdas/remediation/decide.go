package remediation

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
	"assetguard/internal/remediation"
	"assetguard/lambdas/internal/reason"
)

// Times of the guard.
const (
	day          = 24 * time.Hour
	settles      = 5 * time.Minute  // what was said earlier may not hold any more: AWS Config looked just before the repair, or somebody suppressed the finding
	claimLives   = 30 * time.Minute // a claim without an execution: its message failed for good
	tellAgain    = 7 * day          // that a repair waits for approval
	maxPutOff    = 240              // times that an event is put off
	putOffPlace  = 90 * time.Second // while no place is free: six hours in all
	putOffStatus = 30 * time.Second // while the execution is not written yet
	maxUnknown   = 5                // times that the end of an unknown execution is put off
)

// attempt is a finding on its way to a repair.
type attempt struct {
	message  *message
	finding  finding.Finding
	row      remediation.Row
	runbook  remediation.Runbook
	subject  remediation.Subject
	record   *record
	tags     map[string]string // as AWS knows them now
	approved bool              // by somebody
}

// decide takes one finding. The checks stand in the order of what they cost.
func (h *Handler) decide(ctx context.Context, m *message) result {
	f := m.event.Findings[0]
	row, known := remediation.RowFor(f)
	a := &attempt{message: m, finding: f, row: row, approved: m.byPerson(), record: &record{}}
	if !known {
		return h.refuse(ctx, a, contract.OutcomeIgnored, reasonNoRunbook, "")
	}
	a.runbook, _ = remediation.RunbookByID(row.Runbook)
	if why := notOpen(f); why != "" {
		return h.refuse(ctx, a, contract.OutcomeIgnored, why, "")
	}
	if h.mode(row) == contract.ModeOff {
		return h.refuse(ctx, a, contract.OutcomeRefused, reasonOff, "")
	}
	if f.Account != h.Account && (!h.config.Members || row.OwnAccount) {
		return h.refuse(ctx, a, contract.OutcomeRefused, reasonOtherAccount, "")
	}
	subject, err := row.SubjectOf(f)
	if err != nil {
		return h.refuse(ctx, a, contract.OutcomeRefused, reasonNotDrawn, err.Error())
	}
	a.subject = subject
	if a.record, err = h.store.get(ctx, recordKey(row.ID, subject)); err != nil {
		return again(reason.Of(err), err)
	}
	if r := h.lateEnd(ctx, a); r.again {
		return r
	}
	a.record.Row, a.record.Subject = row.ID, subject
	return h.guard(ctx, a)
}

// lateEnd finishes an execution that should have ended by now, if it has: its event may be lost, and with it the resource
// would count as being repaired for ever.
func (h *Handler) lateEnd(ctx context.Context, a *attempt) result {
	r := a.record
	if r.State != stateRunning || r.Message == a.message.id || h.now().Sub(r.lastStart()) < claimLives {
		return result{}
	}
	out := h.finish(ctx, r)
	if !out.again && out.reason != reasonGoesOn {
		h.countResult(out)
	}
	return out
}

func (h *Handler) mode(row remediation.Row) contract.Mode {
	if mode, set := h.config.Modes[row.ID]; set {
		return mode
	}
	return row.Mode
}

// closed asks Security Hub why a finding is nothing to repair any more, when its event is of some time ago: it waited for
// the window or for a place, or lay in the dead letters. "" when it still is.
func (h *Handler) closed(ctx context.Context, a *attempt) (string, error) {
	if h.now().Sub(a.message.event.Time) < settles {
		return "", nil
	}
	equals := func(value string) []hubtypes.StringFilter {
		return []hubtypes.StringFilter{{Value: aws.String(value), Comparison: hubtypes.StringFilterComparisonEquals}}
	}
	out, err := h.Hub.GetFindings(ctx, &securityhub.GetFindingsInput{Filters: &hubtypes.AwsSecurityFindingFilters{
		Id: equals(a.finding.ID), ProductArn: equals(a.finding.ProductARN),
	}})
	if err != nil {
		return "", err
	}
	if len(out.Findings) == 0 {
		return reasonArchived, nil // Security Hub deletes findings some time after they were archived
	}
	now := out.Findings[0]
	stands := finding.Finding{Record: string(now.RecordState), CVEs: a.finding.CVEs}
	if now.Workflow != nil {
		stands.Workflow = string(now.Workflow.Status)
	}
	if now.Compliance != nil {
		stands.Compliance = string(now.Compliance.Status)
	}
	return notOpen(stands), nil
}

// notOpen says why a finding is nothing to repair; "" when it is.
func notOpen(f finding.Finding) string {
	switch {
	case f.Record != "" && f.Record != "ACTIVE":
		return reasonArchived
	case f.Workflow == "SUPPRESSED":
		return reasonSuppressed
	case f.Workflow == "RESOLVED":
		return reasonResolved
	case f.Compliance != "" && f.Compliance != "FAILED":
		return reasonPassed
	case f.Compliance == "" && len(f.CVEs) == 0:
		return reasonPassed // a control that does not say how it went
	}
	return ""
}

// guard keeps from repairing twice, and what somebody wants kept as it is.
func (h *Handler) guard(ctx context.Context, a *attempt) result {
	if why := h.settled(a); why != "" {
		return result{outcome: contract.OutcomeSettled, reason: why}
	}
	if a.record.State == stateRunning { // by this very message, which crashed after the start
		return h.written(ctx, a)
	}
	if a.record.State == stateClaimed {
		return h.start(ctx, a)
	}
	if r, done := h.optedOut(ctx, a); done {
		return r
	}
	if !a.approved && h.mode(a.row) == contract.ModeApproval {
		return h.wait(ctx, a)
	}
	if !a.approved {
		if r, done := h.limited(ctx, a); done {
			return r
		}
	}
	if a.row.InWindow && !h.config.Window.Open(h.now(), h.Zone) {
		return h.postpone(ctx, a)
	}
	return h.start(ctx, a)
}

// settled says why there is nothing to start: it runs, waits for the window, or was repaired after the finding was
// last looked at. "" when there is.
func (h *Handler) settled(a *attempt) string {
	r, mine := a.record, a.record.Message == a.message.id
	switch r.State {
	case stateDeferred:
		return reasonDeferred
	case stateRunning, stateClaimed:
		stale := r.State == stateClaimed && h.now().Sub(r.lastStart()) >= claimLives
		switch {
		case mine:
			return ""
		case !stale:
			return reasonRunning
		}
		r.State = stateIdle
		return ""
	}
	again := a.approved && !a.message.event.Time.After(r.lastStart()) // the same press of the button, once more
	old := !a.approved && !a.finding.Updated.After(r.EndedAt.Add(settles))
	if !r.EndedAt.IsZero() && (mine || old) || again {
		return reasonRepaired
	}
	return ""
}

func (r *record) lastStart() time.Time {
	if len(r.Starts) == 0 {
		return time.Time{}
	}
	return r.Starts[len(r.Starts)-1]
}

// recent keeps the starts of the last day and counts them.
func (r *record) recent(now time.Time) int {
	for len(r.Starts) > 0 && now.Sub(r.Starts[0]) >= day {
		r.Starts = r.Starts[1:]
	}
	return len(r.Starts)
}

// optedOut asks AWS for the tags of the resource. Without an answer nothing is repaired.
func (h *Handler) optedOut(ctx context.Context, a *attempt) (result, bool) {
	tags, err := h.tags(ctx, a.subject)
	if errors.Is(err, errGone) {
		return result{outcome: contract.OutcomeIgnored, reason: reasonGone}, true
	}
	if err != nil {
		return again(reason.Of(err), err), true
	}
	a.tags = tags
	if _, carries := tags[h.config.OptOut]; carries {
		return h.refuse(ctx, a, contract.OutcomeRefused, reasonOptedOut, ""), true
	}
	return result{}, false
}

// wait tells people once that a repair waits for them.
func (h *Handler) wait(ctx context.Context, a *attempt) result {
	if h.now().Sub(a.record.WaitingTold) < tellAgain {
		return result{outcome: contract.OutcomeWaiting, reason: reasonTold}
	}
	repair := h.repair(a, notice.RepairWaiting)
	repair.Before = h.before(ctx, a)
	repair.After = a.row.Title.In(h.Language)
	repair.Reason = h.say(wordApprove) + " " + a.row.Risk.In(h.Language) + "."
	repair.Link = h.findingLink(a.finding)
	if err := h.tell(ctx, a, repair, true); err != nil {
		return again(reason.Of(err), err)
	}
	a.record.WaitingTold = h.now()
	if err := h.store.put(ctx, a.record); err != nil {
		return h.lost(err)
	}
	return result{outcome: contract.OutcomeWaiting, reason: reasonApproval}
}

// limited keeps what runs by itself from running away: a paused runbook, a resource that breaks again and again.
func (h *Handler) limited(ctx context.Context, a *attempt) (result, bool) {
	failures, err := h.store.members(ctx, failuresKey(a.runbook.ID))
	if err != nil {
		return again(reason.Of(err), err), true
	}
	if len(failures) >= h.config.Limits.Failures {
		return result{outcome: contract.OutcomeRefused, reason: reasonPaused}, true
	}
	times := a.record.recent(h.now())
	if times < h.config.Limits.PerDay {
		return result{}, false
	}
	looping := result{outcome: contract.OutcomeRefused, reason: reasonLooping}
	if h.now().Sub(a.record.LoopTold) < day {
		return looping, true
	}
	repair := h.repair(a, notice.RepairLooping)
	repair.Attempts, repair.Reason, repair.Link = times, h.say(wordLooping), h.findingLink(a.finding)
	if err := h.tell(ctx, a, repair, false); err != nil {
		return again(reason.Of(err), err), true
	}
	a.record.LoopTold = h.now()
	if err := h.store.put(ctx, a.record); err != nil {
		return h.lost(err), true
	}
	return looping, true
}

// refuse leaves a finding to people. Whoever asked for the repair is told why it is not done.
func (h *Handler) refuse(ctx context.Context, a *attempt, outcome, why, detail string) result {
	r := result{outcome: outcome, reason: why, detail: detail}
	if !a.approved {
		return r
	}
	repair := h.repair(a, notice.RepairRefused)
	repair.Reason, repair.Link = h.sayReason(why, detail), h.findingLink(a.finding)
	if err := h.tell(ctx, a, repair, false); err != nil {
		return again(reason.Of(err), err)
	}
	return r
}

// lost is the result of a record that could not be written: somebody else wrote it, or the table failed.
func (h *Handler) lost(err error) result {
	if errors.Is(err, errLost) {
		return again(reason.Concurrent, err)
	}
	return again(reason.Of(err), err)
}
