package remediation

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
	"assetguard/internal/remediation"
	"assetguard/lambdas/internal/reason"
)

// start takes a place, claims the record and starts the execution, in this order: whatever is interrupted is taken up
// again by the same message, and starts the same execution.
func (h *Handler) start(ctx context.Context, a *attempt) result {
	if a.record.State != stateClaimed { // else the execution may have started
		why, err := h.closed(ctx, a)
		if err != nil {
			return again(reason.Of(err), err)
		}
		if why != "" {
			return h.refuse(ctx, a, contract.OutcomeIgnored, why, "")
		}
	}
	_, free, err := h.store.join(ctx, keySlots, a.record.key, h.config.Limits.InFlight)
	if err != nil {
		return again(reason.Of(err), err)
	}
	if !free {
		if a.message.tries >= maxPutOff {
			return h.refuse(ctx, a, contract.OutcomeRefused, reasonNoPlace, "")
		}
		return h.putOff(ctx, a.message, reasonNoPlace, putOffPlace)
	}
	r, started := h.startInPlace(ctx, a)
	if started {
		return r
	}
	if err := h.store.leave(ctx, keySlots, a.record.key); err != nil {
		h.log.Warn("a place is given back by the hourly look only", "record", a.record.key, "error", err.Error())
	}
	return r
}

// startInPlace says whether the place is taken by an execution now.
func (h *Handler) startInPlace(ctx context.Context, a *attempt) (result, bool) {
	in, err := h.input(ctx, a)
	switch {
	case errors.Is(err, errGone):
		return result{outcome: contract.OutcomeIgnored, reason: reasonGone}, false
	case errors.Is(err, errNotPlanned):
		return h.refuse(ctx, a, contract.OutcomeRefused, reasonNotDrawn, err.Error()), false
	case err != nil:
		return again(reason.Of(err), err), false
	}
	if err := h.claim(ctx, a); err != nil {
		return h.lost(err), errors.Is(err, errLost) // then the place is somebody else's
	}
	in.ClientToken = aws.String(a.record.Token)
	out, err := h.Automation(a.record.Region).StartAutomationExecution(ctx, in)
	if err != nil {
		return h.notStarted(ctx, a, err)
	}
	a.record.State, a.record.Execution = stateRunning, aws.ToString(out.AutomationExecutionId)
	if err := h.store.put(ctx, a.record); err != nil {
		return h.lost(err), true
	}
	return h.written(ctx, a), true
}

// claim makes the record this message's, and writes what the execution will need at its end. A claim of the same message
// keeps its token.
func (h *Handler) claim(ctx context.Context, a *attempt) error {
	r := a.record
	r.Region = a.subject.Region
	if a.subject.Account != h.Account {
		r.Region = h.Home // the execution at home starts one in the other account
	}
	if r.State == stateClaimed && r.Message == a.message.id {
		return nil
	}
	now := h.now()
	r.recent(now)
	r.State, r.Message, r.Approved = stateClaimed, a.message.id, a.approved
	r.Starts = append(r.Starts, now)
	r.Token, r.Execution = token(r.key, now), ""
	r.Subject, r.Finding = a.subject, brief(a.finding)
	r.Before = h.before(ctx, a)
	return h.store.put(ctx, r)
}

// errNotPlanned says that the runbook's parameters could not be filled.
var errNotPlanned = errors.New("the parameters of the runbook are not known")

// input is what the execution is started with.
func (h *Handler) input(ctx context.Context, a *attempt) (*ssm.StartAutomationExecutionInput, error) {
	id, err := h.identity(ctx, a.runbook.Identity, a.subject)
	if err != nil {
		return nil, err
	}
	a.subject.ID = id
	plan, err := a.row.Plan(a.subject, h.config.Document)
	if err != nil {
		return nil, errors.Join(errNotPlanned, err)
	}
	role := h.config.Roles[a.runbook.ID]
	if role == "" {
		return nil, errors.Join(errNotPlanned, errors.New("the settings name no role for "+a.runbook.ID))
	}
	parameters := maps.Clone(plan.Parameters)
	parameters["AutomationAssumeRole"] = []string{role}
	in := &ssm.StartAutomationExecutionInput{DocumentName: aws.String(plan.Document), Parameters: parameters}
	if a.subject.Account != h.Account {
		in.TargetLocations = []ssmtypes.TargetLocation{{
			Accounts: []string{a.subject.Account}, Regions: []string{plan.Region},
			ExecutionRoleName: aws.String(contract.RemediationMemberPrefix + a.runbook.ID),
		}}
	}
	return in, nil
}

// notStarted keeps the place while an execution may have started, and gives it back when Systems Manager refused. What it
// refuses for good is a failed repair.
func (h *Handler) notStarted(ctx context.Context, a *attempt, err error) (result, bool) {
	why := reason.Of(err)
	if why != reason.Refused && why != reason.Access {
		return again(why, err), true
	}
	repair := h.repair(a, notice.RepairFailed)
	repair.Before, repair.Reason, repair.Link = a.record.Before, err.Error(), h.findingLink(a.finding)
	repair.Attempts = len(a.record.Starts)
	if err := h.tell(ctx, a, repair, false); err != nil {
		return again(reason.Of(err), err), true
	}
	if err := h.failed(ctx, a.runbook, "token-"+a.record.Token); err != nil {
		return again(reason.Of(err), err), true
	}
	a.record.State, a.record.EndedAt = stateIdle, h.now()
	if err := h.store.put(ctx, a.record); err != nil {
		return h.lost(err), true
	}
	return result{outcome: contract.OutcomeRefused, reason: reasonNotStarted, detail: err.Error()}, false
}

// written makes sure that the end of the execution finds the record.
func (h *Handler) written(ctx context.Context, a *attempt) result {
	if err := h.store.point(ctx, a.record.Execution, a.record.key); err != nil {
		return again(reason.Of(err), err)
	}
	h.log.Info("repair started", "row", a.row.ID, "resource", a.subject.ARN, "account", a.subject.Account, "region", a.subject.Region,
		"execution", a.record.Execution, "approved", a.record.Approved)
	why := reasonAuto
	if a.record.Approved {
		why = reasonApproved
	}
	return result{outcome: contract.OutcomeStarted, reason: why}
}

// before is how the resource stands; a look that fails is no reason to leave it broken.
func (h *Handler) before(ctx context.Context, a *attempt) string {
	return h.look(ctx, a.runbook, a.subject)
}

func (h *Handler) look(ctx context.Context, runbook remediation.Runbook, s remediation.Subject) string {
	now, err := h.state(ctx, runbook.ID, s)
	if err != nil {
		h.log.Warn("how the resource stands is not known", "runbook", runbook.ID, "resource", s.ARN, "error", err.Error())
		return cmp.Or(now, h.say(wordUnknown))
	}
	return now
}

// postpone keeps a repair for the window.
func (h *Handler) postpone(ctx context.Context, a *attempt) result {
	opens := h.config.Window.Next(h.now(), h.Zone)
	repair := h.repair(a, notice.RepairDeferred)
	repair.Before, repair.After = h.before(ctx, a), a.row.Title.In(h.Language)
	repair.Reason = h.say(wordWindow) + " " + opens.In(h.Zone).Format("2006-01-02 15:04 MST")
	repair.Link = h.findingLink(a.finding)
	// The set comes first: a key in it without a record is nothing, a record that nobody starts would be lost.
	if _, _, err := h.store.join(ctx, keyDeferred, a.record.key, 0); err != nil {
		return again(reason.Of(err), err)
	}
	if err := h.tell(ctx, a, repair, !a.approved); err != nil {
		return again(reason.Of(err), err)
	}
	a.record.State, a.record.Message, a.record.Approved = stateDeferred, a.message.id, a.approved
	a.record.Finding, a.record.WaitingTold = brief(a.finding), h.now()
	if err := h.store.put(ctx, a.record); err != nil {
		return h.lost(err)
	}
	return result{outcome: contract.OutcomeDeferred, reason: reasonWindow}
}

// startDeferred starts a repair that waited for the window.
func (h *Handler) startDeferred(ctx context.Context, m *message) result {
	r, err := h.store.get(ctx, m.key)
	if err != nil {
		return again(reason.Of(err), err)
	}
	row, known := remediation.RowByID(r.Row)
	mine := r.Message == m.id && (r.State == stateClaimed || r.State == stateRunning)
	if !known || (r.State != stateDeferred && !mine) {
		return h.forget(ctx, m.key, result{outcome: contract.OutcomeSettled, reason: reasonRepaired})
	}
	if !h.config.Window.Open(h.now(), h.Zone) {
		return result{reason: reasonWindow, put: true} // it stays in the set
	}
	a := &attempt{message: m, finding: r.Finding, row: row, subject: r.Subject, record: r, approved: r.Approved}
	a.runbook, _ = remediation.RunbookByID(row.Runbook)
	if r.State == stateRunning {
		return h.forget(ctx, m.key, h.written(ctx, a))
	}
	out := h.startNow(ctx, a)
	if out.put || out.again {
		return out
	}
	if r.State == stateDeferred { // it is not to start: another approval can
		r.State = stateIdle
		if err := h.store.put(ctx, r); err != nil {
			return h.lost(err)
		}
	}
	return h.forget(ctx, m.key, out)
}

// startNow starts a repair whose window has opened, unless somebody has decided otherwise meanwhile.
func (h *Handler) startNow(ctx context.Context, a *attempt) result {
	if h.mode(a.row) == contract.ModeOff {
		return h.refuse(ctx, a, contract.OutcomeRefused, reasonOff, "")
	}
	if out, done := h.optedOut(ctx, a); done {
		return out
	}
	return h.start(ctx, a)
}

// forget takes a key out of what waits for the window, once its result stands.
func (h *Handler) forget(ctx context.Context, key string, r result) result {
	if r.again {
		return r
	}
	if err := h.store.leave(ctx, keyDeferred, key); err != nil {
		return again(reason.Of(err), err)
	}
	return r
}
