package evidence

import (
	"cmp"
	"slices"
	"time"

	"assetguard/internal/compliance"
)

// Verdict is what the evidence says of a code.
type Verdict string

// The verdicts.
const (
	Met         Verdict = "met"
	NotMet      Verdict = "not-met"
	NotAssessed Verdict = "not-assessed"
)

// Reason is why a verdict is as it is.
type Reason string

// The reasons.
const (
	ReasonPassed      Reason = "passed"       // everything that is evaluated passes, or its failures are accepted
	ReasonFailed      Reason = "failed"       // resources fail
	ReasonProcess     Reason = "process"      // no technical check can show the code
	ReasonSilent      Reason = "silent"       // something that should give evidence gave none, or stopped
	ReasonAbsent      Reason = "absent"       // nothing that gives evidence is evaluated
	ReasonNoResources Reason = "no-resources" // there is no resource that the checks are about
)

// State is how a check or control stands.
type State string

// The states.
const (
	StateEvaluated   State = "evaluated"
	StateNoResources State = "no-resources" // it worked and found nothing to judge
	StateAbsent      State = "absent"       // not evaluated on purpose, in any region
	StateSilent      State = "silent"       // it should have worked and did not, in one region or more
)

// Report is the evidence for all codes.
type Report struct {
	At      time.Time    `json:"at"`
	Stack   string       `json:"stack"`
	Account string       `json:"account"`
	Regions []string     `json:"regions"`
	Unread  []Unread     `json:"unread,omitempty"`
	Codes   []CodeReport `json:"codes"`
}

// CodeReport is the evidence for one code.
type CodeReport struct {
	Edition compliance.Edition `json:"edition"`
	Code    string             `json:"code"`
	Title   compliance.Text    `json:"title"`
	Verdict Verdict            `json:"verdict"`
	Reason  Reason             `json:"reason"`
	Sources []SourceReport     `json:"sources"` // empty for a code by process
	// Rest is what the company does by process. It is not judged.
	Rest compliance.Text `json:"rest"`
}

// SourceReport is what a check or control of a code says.
type SourceReport struct {
	ID          string               `json:"id"` // of the check, or of the control where no check stands for it
	Title       compliance.Text      `json:"title"`
	EvaluatedBy compliance.Evaluator `json:"evaluatedBy"`
	Controls    []string             `json:"controls,omitempty"` // of Security Hub that evaluate it
	State       State                `json:"state"`
	Silent      []string             `json:"silentRegions,omitempty"` // where it should have worked
	Absent      []string             `json:"absent,omitempty"`        // why it is not evaluated, in all or some regions
	Passed      int                  `json:"passed"`                  // resources
	Failed      int                  `json:"failed"`
	Accepted    int                  `json:"accepted"`
	Latest      time.Time            `json:"latest,omitzero"` // result or run
	// Failures are the resources that fail, those accepted last.
	Failures []Failure `json:"failures,omitempty"`
}

// Failure is a resource that fails.
type Failure struct {
	Resource
	Accepted *Acceptance `json:"accepted,omitempty"` // nil also when the acceptance has ended
}

// Evaluate judges every code of the map.
func Evaluate(in Input) (Report, error) {
	if err := in.Validate(); err != nil {
		return Report{}, err
	}
	e := newEvaluation(in)
	report := Report{At: in.At, Stack: in.Stack, Account: in.Account, Regions: in.Regions, Unread: in.Unread}
	for _, m := range compliance.Map() {
		c := CodeReport{Edition: m.Code.Edition, Code: m.Code.ID, Title: m.Code.Title, Sources: []SourceReport{}, Rest: m.Rest}
		for _, id := range m.Checks {
			check, _ := compliance.CheckByID(id)
			c.Sources = append(c.Sources, e.check(check))
		}
		for _, id := range m.Controls {
			control, _ := compliance.ControlByID(id)
			c.Sources = append(c.Sources, e.control(control))
		}
		c.Verdict, c.Reason = judge(c.Sources)
		report.Codes = append(report.Codes, c)
	}
	return report, nil
}

// judge is the verdict on what the sources of a code say. A failure decides before everything: it is true whatever
// else is unknown. Then what is silent: a code is not met while a part of its evidence is missing unexplained.
func judge(sources []SourceReport) (Verdict, Reason) {
	if len(sources) == 0 {
		return NotAssessed, ReasonProcess
	}
	states, failed := map[State]int{}, 0
	for _, s := range sources {
		states[s.State]++
		failed += s.Failed
	}
	switch {
	case failed > 0:
		return NotMet, ReasonFailed
	case states[StateSilent] > 0:
		return NotAssessed, ReasonSilent
	case states[StateEvaluated] > 0:
		return Met, ReasonPassed
	case states[StateNoResources] > 0:
		return NotAssessed, ReasonNoResources
	default:
		return NotAssessed, ReasonAbsent
	}
}

// evaluation is the input by source.
type evaluation struct {
	in       Input
	results  map[Source][]Result
	runs     map[Source]map[string]time.Time // by region, the latest
	absences map[Source][]Absence
}

func newEvaluation(in Input) *evaluation {
	e := &evaluation{in, map[Source][]Result{}, map[Source]map[string]time.Time{}, map[Source][]Absence{}}
	for _, r := range in.Results {
		e.results[r.Source] = append(e.results[r.Source], r)
		e.ran(r.Source, r.Region, r.At)
	}
	for _, r := range in.Runs {
		e.ran(r.Source, r.Region, r.At)
	}
	for _, a := range in.Absences {
		e.absences[a.Source] = append(e.absences[a.Source], a)
	}
	return e
}

func (e *evaluation) ran(source Source, region string, at time.Time) {
	if e.runs[source] == nil {
		e.runs[source] = map[string]time.Time{}
	}
	if at.After(e.runs[source][region]) {
		e.runs[source][region] = at
	}
}

// check is what a check says, by the pack or by the controls that evaluate it instead.
func (e *evaluation) check(c compliance.Check) SourceReport {
	d := compliance.Decide(c, e.in.Settings)
	s := SourceReport{ID: c.ID, Title: c.Title, EvaluatedBy: d.By, Controls: d.Controls}
	regions := e.in.Regions
	if c.Global {
		regions = regions[:1]
	}
	maxAge := time.Duration(0)
	if c.Trigger == compliance.TriggerPeriodic {
		maxAge = e.in.MaxAge
	}
	sources := []Source{{Check: c.ID}}
	if d.By == compliance.BySecurityHub {
		sources = nil
		for _, id := range d.Controls {
			sources = append(sources, Source{Control: id})
		}
	}
	e.fill(&s, sources, regions, maxAge)
	return s
}

// control is what a control says for which no check stands.
func (e *evaluation) control(c compliance.Control) SourceReport {
	s := SourceReport{
		ID: c.ID, Title: compliance.Text{En: c.Title, Ko: c.Title}, EvaluatedBy: compliance.BySecurityHub, Controls: []string{c.ID},
	}
	regions := e.in.Regions
	if c.Global {
		regions = regions[:1]
	}
	source := Source{Control: c.ID}
	if !e.in.Settings.Enabled(c.ID) {
		e.absences[source] = append(e.absences[source], Absence{source, "", "no enabled standard has the control"})
	}
	e.fill(&s, []Source{source}, regions, 0)
	return s
}

// fill counts results and finds the regions in which a source is silent.
func (e *evaluation) fill(s *SourceReport, sources []Source, regions []string, maxAge time.Duration) {
	worked := false
	for _, source := range sources {
		for _, region := range regions {
			at, ran := e.runs[source][region]
			reason, absent := e.absence(source, region)
			switch {
			case ran && (maxAge == 0 || e.in.At.Sub(at) <= maxAge):
				worked = true
				if at.After(s.Latest) {
					s.Latest = at
				}
			case absent:
				s.Absent = append(s.Absent, reason)
			default:
				s.Silent = append(s.Silent, region)
			}
		}
		for _, r := range e.results[source] {
			e.count(s, r)
		}
	}
	s.Absent, s.Silent = unique(s.Absent), unique(s.Silent)
	slices.SortStableFunc(s.Failures, func(a, b Failure) int {
		return cmp.Or(boolean(a.Accepted != nil)-boolean(b.Accepted != nil), cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Region, b.Region), cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	switch {
	case len(s.Silent) > 0:
		s.State = StateSilent
	case !worked:
		s.State = StateAbsent
	case s.Passed+s.Failed+s.Accepted == 0:
		s.State = StateNoResources
	default:
		s.State = StateEvaluated
	}
}

func (e *evaluation) count(s *SourceReport, r Result) {
	switch {
	case r.Status == Passed:
		s.Passed++
	case r.Status == NotApplicable:
	case r.Accepted != nil && r.Accepted.Until.After(e.in.At):
		s.Accepted++
		s.Failures = append(s.Failures, Failure{r.Resource, r.Accepted})
	default:
		s.Failed++
		s.Failures = append(s.Failures, Failure{r.Resource, nil})
	}
}

// absence is why the source is not evaluated in a region.
func (e *evaluation) absence(source Source, region string) (reason string, absent bool) {
	for _, a := range e.absences[source] {
		if a.Region == "" || a.Region == region {
			return a.Reason, true
		}
	}
	return "", false
}

func unique(values []string) []string { return slices.Compact(slices.Sorted(slices.Values(values))) }

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
