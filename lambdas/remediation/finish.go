package remediation

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
	"assetguard/internal/remediation"
	"assetguard/lambdas/internal/reason"
)

// ended takes the event of an execution. One that is written nowhere is somebody else's, or was started a moment ago.
func (h *Handler) ended(ctx context.Context, m *message) result {
	if _, over := final[ssmtypes.AutomationExecutionStatus(m.status.status)]; !over {
		return result{outcome: contract.OutcomeIgnored, reason: reasonGoesOn}
	}
	key, err := h.store.recordOf(ctx, m.status.execution)
	if err != nil {
		return again(reason.Of(err), err)
	}
	if key == "" {
		if m.tries >= maxUnknown {
			return result{outcome: contract.OutcomeIgnored, reason: reasonNotOurs}
		}
		return h.putOff(ctx, m, reasonNotOurs, putOffStatus)
	}
	r, err := h.store.get(ctx, key)
	if err != nil {
		return again(reason.Of(err), err)
	}
	if r.Execution != m.status.execution {
		return result{outcome: contract.OutcomeIgnored, reason: reasonDuplicate} // a later one runs, whose place is not touched
	}
	return h.finish(ctx, r)
}

// finish tells how the execution of a record ended and gives its place back. What is interrupted is done again, and told twice rather
// than not at all.
func (h *Handler) finish(ctx context.Context, r *record) result {
	if r.State != stateRunning { // a late duplicate must not change what later executions of the runbook said
		return result{outcome: contract.OutcomeIgnored, reason: reasonDuplicate}
	}
	execution, err := h.execution(ctx, r)
	if err != nil {
		return again(reason.Of(err), err)
	}
	worked, over := final[execution.AutomationExecutionStatus]
	if !over {
		return result{outcome: contract.OutcomeIgnored, reason: reasonGoesOn}
	}
	row, _ := remediation.RowByID(r.Row)
	runbook, _ := remediation.RunbookByID(row.Runbook)
	a := &attempt{finding: r.Finding, row: row, runbook: runbook, subject: r.Subject, record: r}
	if err := h.report(ctx, a, execution, worked); err != nil {
		return again(reason.Of(err), err)
	}
	// The record comes last: until then nobody else starts, so the place is still this execution's.
	if err := h.settle(ctx, r, runbook, worked); err != nil {
		return again(reason.Of(err), err)
	}
	r.State, r.EndedAt = stateIdle, h.now()
	if err := h.store.put(ctx, r); err != nil {
		return h.lost(err)
	}
	out := result{outcome: string(notice.RepairSucceeded), reason: reasonNone, runbook: runbook.ID}
	if !worked {
		out.outcome, out.detail = string(notice.RepairFailed), aws.ToString(execution.FailureMessage)
	}
	return out
}

func (h *Handler) execution(ctx context.Context, r *record) (*ssmtypes.AutomationExecution, error) {
	out, err := h.Automation(r.Region).GetAutomationExecution(ctx, &ssm.GetAutomationExecutionInput{AutomationExecutionId: aws.String(r.Execution)})
	if hasCode(err, "AutomationExecutionNotFoundException") { // Systems Manager keeps executions for 30 days
		return &ssmtypes.AutomationExecution{AutomationExecutionStatus: ssmtypes.AutomationExecutionStatusFailed, FailureMessage: aws.String(err.Error())}, nil
	}
	if err != nil {
		return nil, err
	}
	if out.AutomationExecution == nil {
		return nil, fmt.Errorf("execution %s has no description", r.Execution)
	}
	return out.AutomationExecution, nil
}

// report tells people and the finding.
func (h *Handler) report(ctx context.Context, a *attempt, execution *ssmtypes.AutomationExecution, worked bool) error {
	a.tags, _ = h.tags(ctx, a.subject) // for the classification in the notice: what is not known stays empty
	state := notice.RepairFailed
	if worked {
		state = notice.RepairSucceeded
	}
	repair := h.repair(a, state)
	repair.Before, repair.After = a.record.Before, h.look(ctx, a.runbook, a.subject)
	repair.Execution, repair.Attempts = a.record.Execution, len(a.record.Starts)
	repair.Link = h.executionLink(a.record)
	if !worked {
		repair.Reason = cmp.Or(aws.ToString(execution.FailureMessage), string(execution.AutomationExecutionStatus))
	}
	return h.tell(ctx, a, repair, worked && !a.record.Approved) // who approved it waits for the answer
}

// settle remembers failures and gives the place back. It may be repeated: failures are a set of executions.
func (h *Handler) settle(ctx context.Context, r *record, runbook remediation.Runbook, worked bool) error {
	if worked {
		failures, err := h.store.members(ctx, failuresKey(runbook.ID))
		if err != nil {
			return err
		}
		if err := h.store.leave(ctx, failuresKey(runbook.ID), failures...); err != nil {
			return err
		}
	} else if err := h.failed(ctx, runbook, r.Execution); err != nil {
		return err
	}
	return h.store.leave(ctx, keySlots, r.key)
}

// failed remembers a failure of the runbook, and tells people when it is the one that pauses it.
func (h *Handler) failed(ctx context.Context, runbook remediation.Runbook, execution string) error {
	failures, _, err := h.store.join(ctx, failuresKey(runbook.ID), execution, 0)
	if err != nil || len(failures) != h.config.Limits.Failures {
		return err
	}
	h.log.Error("runbook paused", "runbook", runbook.ID, "failures", len(failures))
	h.countPaused(runbook.ID)
	a := &attempt{runbook: runbook, finding: finding.Finding{Title: h.say(wordPaused), Account: h.Account, Region: h.Home}}
	repair := h.repair(a, notice.RepairFailed)
	repair.Reason, repair.Attempts = fmt.Sprintf(h.say(wordPausedBy), len(failures)), len(failures)
	return h.publish(ctx, repair)
}

// window starts what waits for the window while it is open, and looks for executions whose end nobody told.
func (h *Handler) window(ctx context.Context) result {
	if err := errors.Join(h.startWaiting(ctx), h.lookAfter(ctx)); err != nil {
		return again(reason.Of(err), err)
	}
	return result{put: true}
}

func (h *Handler) startWaiting(ctx context.Context) error {
	if !h.config.Window.Open(h.now(), h.Zone) {
		return nil
	}
	keys, err := h.store.members(ctx, keyDeferred)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := h.send(ctx, step{Step: contract.RemediationStepDeferred, Key: key}, 0); err != nil {
			return err
		}
	}
	return nil
}

// lookAfter finishes executions that have ended, and gives back places that nothing uses. Status events are delivered by
// best effort.
func (h *Handler) lookAfter(ctx context.Context) error {
	keys, err := h.store.members(ctx, keySlots)
	if err != nil {
		return err
	}
	var errs []error
	for _, key := range keys {
		errs = append(errs, h.lookAfterOne(ctx, key))
	}
	return errors.Join(errs...)
}

func (h *Handler) lookAfterOne(ctx context.Context, key string) error {
	r, err := h.store.get(ctx, key)
	if err != nil {
		return err
	}
	young := h.now().Sub(r.lastStart()) < claimLives
	switch {
	case young:
		return nil
	case r.State != stateRunning:
		return h.store.leave(ctx, keySlots, key)
	}
	out := h.finish(ctx, r)
	if out.again {
		return fmt.Errorf("%s: %s", key, out.detail)
	}
	if out.reason != reasonGoesOn {
		h.countResult(out)
	}
	return nil
}
