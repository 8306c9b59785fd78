package automation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"
)

// execution is one run of a document.
type execution struct {
	id, region, role, token, executedBy string
	document                            *document
	input                               started
	parameters                          map[string][]string
	status, failure                     string
	started, end                        time.Time
	steps                               []*stepExecution
	outputs                             map[string][]string
	stopped                             bool
	cancel                              context.CancelFunc
}

// stepExecution is one step of it.
type stepExecution struct {
	id, name, action, status, failure string
	started, end                      time.Time
	outputs                           map[string][]string
}

// work is what a step works with.
type work struct {
	*execution
	config  aws.Config // with the role's credentials
	account string
	grants  grants
	guarded bool // grants decide; without a role they do not
}

// may refuses calls that the role's policies do not permit on a resource.
func (w *work) may(resource string, actions ...string) error {
	for _, action := range actions {
		if w.guarded && !w.grants.permit(action, resource, w.account, w.region) {
			return fmt.Errorf("An error occurred (AccessDenied) when calling %s: role %s is not authorized to perform it on resource %s", action, w.role, resource) //nolint:staticcheck // ST1005: AWS's words
		}
	}
	return nil
}

// value is a parameter's only value, yes whether it is true.
func (w *work) value(name string) string { return first(w.parameters[name]) }
func (w *work) yes(name string) *bool {
	return aws.Bool(w.value(name) == "true" || w.value(name) == "True")
}

// launch begins an execution; false when the service stops.
func (s *Service) launch(e *execution) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	var ctx context.Context
	ctx, e.cancel = context.WithCancel(s.ctx)
	for _, step := range e.document.steps {
		e.steps = append(e.steps, &stepExecution{id: uuid.NewString(), name: step.name, action: step.action, status: "Pending"})
	}
	s.executions = append(s.executions, e)
	s.work.Go(func() {
		defer e.cancel()
		s.run(ctx, e)
	})
	return true
}

// run takes the steps one after the other; the first that fails ends the execution.
func (s *Service) run(ctx context.Context, e *execution) {
	s.turn(ctx, e, "InProgress", "")
	w, err := s.prepare(ctx, e)
	if err != nil {
		s.turn(ctx, e, "Failed", err.Error())
		return
	}
	outputs := map[string][]string{}
	for i, step := range e.document.steps {
		s.turnStep(ctx, e, e.steps[i], "InProgress", "", nil)
		out, err := step.do(ctx, w)
		if ctx.Err() != nil {
			s.turnStep(ctx, e, e.steps[i], "Cancelled", "", nil)
			s.turn(ctx, e, "Cancelled", "")
			return
		}
		if err != nil {
			why := fmt.Sprintf("Step fails when it is Execute/Cancelling action. %v. Please refer to Automation Service Troubleshooting Guide for more diagnosis details.", err)
			s.turnStep(ctx, e, e.steps[i], "Failed", why, nil)
			s.turn(ctx, e, "Failed", why)
			return
		}
		s.turnStep(ctx, e, e.steps[i], "Success", "", out)
		for name, values := range out {
			outputs[step.name+"."+name] = values
		}
	}
	s.mu.Lock()
	e.outputs = outputs
	s.mu.Unlock()
	s.turn(ctx, e, "Success", "")
}

func (s *Service) prepare(ctx context.Context, e *execution) (*work, error) {
	w := &work{execution: e, account: s.AccountID, guarded: e.role != ""}
	var err error
	if w.config, err = s.assume(ctx, e); err != nil {
		return nil, err
	}
	if w.guarded {
		w.grants, err = s.grantsOf(ctx, e.role)
	}
	return w, err
}

// isEnd says whether an execution or a step stays in a status.
func isEnd(status string) bool { return status != "Pending" && status != "InProgress" }

// turn changes the status of an execution and tells of it.
func (s *Service) turn(ctx context.Context, e *execution, status, failure string) {
	s.mu.Lock()
	e.status, e.failure = status, failure
	if isEnd(status) {
		e.end = time.Now()
	}
	detail := e.detail(status, e.started, e.end)
	detail["ExecutedBy"] = e.executedBy
	s.mu.Unlock()
	if failure != "" {
		s.Log.Warn("automation failed", "document", e.document.name, "execution", e.id, "error", errors.New(failure))
	}
	s.tell(ctx, e, "EC2 Automation Execution Status-change Notification", detail)
}

func (s *Service) turnStep(ctx context.Context, e *execution, step *stepExecution, status, failure string, outputs map[string][]string) {
	s.mu.Lock()
	step.status, step.failure, step.outputs = status, failure, outputs
	if step.started.IsZero() {
		step.started = time.Now()
	}
	if isEnd(status) {
		step.end = time.Now()
	}
	detail := e.detail(status, step.started, step.end)
	detail["StepName"], detail["Action"] = step.name, step.action
	s.mu.Unlock()
	s.tell(ctx, e, "EC2 Automation Step Status-change Notification", detail)
}

// stamp is a time as the events of Automation write it.
const stamp = "Jan 2, 2006 3:04:05 PM"

// detail is the event's.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
func (e *execution) detail(status string, begun, ended time.Time) map[string]any {
	detail := map[string]any{
		"ExecutionId": e.id, "Definition": e.document.name, "DefinitionVersion": float64(1), "Status": status,
		"StartTime": begun.UTC().Format(stamp), "Time": float64(time.Since(begun).Milliseconds()),
	}
	if !ended.IsZero() {
		detail["EndTime"] = ended.UTC().Format(stamp)
	}
	return detail
}

func (s *Service) tell(ctx context.Context, e *execution, kind string, detail map[string]any) {
	at := "arn:aws:ssm:" + e.region + ":" + s.AccountID + ":automation-"
	s.Bus.Put(context.WithoutCancel(ctx), e.region, "default", map[string]any{
		"version": "0", "id": uuid.NewString(), "detail-type": kind, "source": "aws.ssm", "account": s.AccountID,
		"time": time.Now().UTC().Format(time.RFC3339), "region": e.region,
		"resources": []any{at + "execution/" + e.id, at + "definition/" + e.document.name + ":1"}, "detail": detail,
	})
}

// current is the step that runs, or nil.
func (e *execution) current() *stepExecution {
	for _, step := range e.steps {
		if step.status == "InProgress" {
			return step
		}
	}
	return nil
}

func (e *execution) currentAction() string {
	if step := e.current(); step != nil {
		return step.action
	}
	return ""
}

// summary is what a list shows of an execution; the lock is held, as in all below.
func (e *execution) summary() map[string]any {
	out := map[string]any{
		"AutomationExecutionId": e.id, "DocumentName": e.document.name, "DocumentVersion": "1", "AutomationExecutionStatus": e.status,
		"ExecutionStartTime": epoch(e.started), "ExecutedBy": e.executedBy, "Mode": "Auto", "Outputs": e.outputs, "AutomationType": "Local",
		"Targets": []any{}, "ResolvedTargets": map[string]any{"ParameterValues": []any{}, "Truncated": false},
	}
	if !e.end.IsZero() {
		out["ExecutionEndTime"] = epoch(e.end)
	}
	if e.failure != "" {
		out["FailureMessage"] = e.failure
	}
	if step := e.current(); step != nil {
		out["CurrentStepName"], out["CurrentAction"] = step.name, step.action
	}
	return out
}

// shown is all of an execution.
func (e *execution) shown() map[string]any {
	out := e.summary()
	delete(out, "AutomationType") // the list has it only
	out["Parameters"], out["StepExecutions"], out["StepExecutionsTruncated"] = e.parameters, e.shownSteps(), false
	return out
}

func (e *execution) shownSteps() []any {
	all := make([]any, len(e.steps))
	for i, step := range e.steps {
		shown := map[string]any{"StepName": step.name, "Action": step.action, "StepStatus": step.status, "StepExecutionId": step.id, "Outputs": step.outputs}
		if !step.started.IsZero() {
			shown["ExecutionStartTime"] = epoch(step.started)
		}
		if !step.end.IsZero() {
			shown["ExecutionEndTime"] = epoch(step.end)
		}
		if step.failure != "" {
			shown["FailureMessage"] = step.failure
		}
		all[i] = shown
	}
	return all
}
