package awsconfig

import (
	"context"
	"sync"
	"time"

	"assetguard/sandbox/awsconfig/evaluation"

	"github.com/google/uuid"
)

// mark says what is to be evaluated: one rule of a region, or all that look at a service.
type mark struct{ region, rule, service string }

// due gathers marks until they are taken.
type due struct {
	mu      sync.Mutex
	marks   map[mark]bool
	arrived chan struct{} // holds one token when marks may be waiting
}

func newDue() *due { return &due{marks: map[mark]bool{}, arrived: make(chan struct{}, 1)} }

func (d *due) add(m mark) {
	d.mu.Lock()
	d.marks[m] = true
	d.mu.Unlock()
	select {
	case d.arrived <- struct{}{}:
	default:
	}
}

func (d *due) take() map[mark]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := d.marks
	d.marks = map[mark]bool{}
	return taken
}

// Run evaluates what is due until ctx ends.
func (s *Service) Run(ctx context.Context) {
	for {
		select {
		case <-s.due.arrived:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(s.Settle):
		case <-ctx.Done():
			return
		}
		s.evaluate(ctx, s.due.take())
	}
}

// job is a rule as it was when its evaluation began.
type job struct {
	region, name, control string
	check                 evaluation.Rule
}

// evaluate carries out what is marked. The state of a region is read once for all its rules.
func (s *Service) evaluate(ctx context.Context, marks map[mark]bool) {
	states := map[string]*evaluation.State{}
	for _, j := range s.jobs(marks) {
		if states[j.region] == nil {
			states[j.region] = evaluation.NewState(j.region, s.AccountID, s.Emulator(j.region), s.Gateway(j.region))
		}
		invoked := time.Now()
		outcomes, err := states[j.region].Evaluate(ctx, j.check)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.Log.Warn("Config rule not evaluated", "rule", j.name, "region", j.region, "err", err)
			continue
		}
		for _, envelope := range s.record(j, outcomes, invoked) {
			s.Bus.Put(ctx, j.region, "default", envelope)
		}
		if j.control != "" && s.Judged != nil {
			s.Judged(ctx, j.region, j.control, outcomes)
		}
	}
}

// jobs are the marked rules whose check is known, each once.
func (s *Service) jobs(marks map[mark]bool) []job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []job
	for name, r := range s.regions {
		for _, known := range r.rules {
			check := evaluation.Rule{Identifier: known.identifier(), Parameters: known.parameters(), Types: known.types()}
			marked := marks[mark{region: name, rule: known.name()}]
			for _, service := range evaluation.Services(check.Identifier) {
				// IAM is global: a change in whatever region is one in all.
				marked = marked || marks[mark{region: name, service: service}] || service == "iam" && changed(marks, service)
			}
			if marked && evaluation.Known(check.Identifier) {
				jobs = append(jobs, job{name, known.name(), known.control, check})
			}
		}
	}
	return jobs
}

func changed(marks map[mark]bool, service string) bool {
	for m := range marks {
		if m.service == service {
			return true
		}
	}
	return false
}

// record keeps outcomes and returns the event of each that differs from the one before. What is no longer evaluated,
// because the resource is gone, becomes NOT_APPLICABLE.
func (s *Service) record(j job, outcomes []evaluation.Outcome, invoked time.Time) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.region(j.region).find(j.name)
	if known == nil { // deleted meanwhile
		return nil
	}
	now := time.Now()
	known.asked = invoked
	fresh := map[resource]result{}
	for _, o := range outcomes {
		kind := compliant
		if !o.Compliant {
			kind = nonCompliant
		}
		fresh[resource{o.Type, o.ID}] = result{kind, o.Annotation, invoked, now}
	}
	var events []map[string]any
	for of, outcome := range fresh {
		if before, had := known.results[of]; !had || before.compliance != outcome.compliance {
			events = append(events, s.event(j.region, known, of, outcome, before))
		}
	}
	for of, before := range known.results {
		if _, still := fresh[of]; !still {
			events = append(events, s.event(j.region, known, of, result{notApplicable, "", invoked, now}, before))
		}
	}
	known.results = fresh
	return events
}

// event is the notice of a changed result; the one before is missing for a resource that is new.
// https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
func (s *Service) event(region string, of *rule, about resource, fresh, before result) map[string]any {
	detail := map[string]any{
		"resourceId": about.id, "resourceType": about.kind, "awsRegion": region, "awsAccountId": s.AccountID, "configRuleName": of.name(),
		"configRuleARN": of.arn(), "recordVersion": "1.0", "messageType": "ComplianceChangeNotification",
		"notificationCreationTime": instant(fresh.recorded), "newEvaluationResult": evaluationResult(of, about, fresh),
	}
	if before.compliance != "" {
		detail["oldEvaluationResult"] = evaluationResult(of, about, before)
	}
	return map[string]any{
		"version": "0", "id": uuid.NewString(), "detail-type": "Config Rules Compliance Change", "source": "aws.config", "account": s.AccountID,
		"time": fresh.recorded.UTC().Format(time.RFC3339), "region": region, "resources": []any{}, "detail": detail,
	}
}

func evaluationResult(of *rule, about resource, outcome result) map[string]any {
	out := map[string]any{
		"evaluationResultIdentifier": map[string]any{
			"evaluationResultQualifier": map[string]any{"configRuleName": of.name(), "resourceType": about.kind, "resourceId": about.id, "evaluationMode": "DETECTIVE"},
			"orderingTimestamp":         instant(outcome.invoked),
		},
		"complianceType": outcome.compliance, "resultRecordedTime": instant(outcome.recorded), "configRuleInvokedTime": instant(outcome.invoked),
	}
	if outcome.annotation != "" {
		out["annotation"] = outcome.annotation
	}
	return out
}

func instant(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
