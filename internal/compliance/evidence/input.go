package evidence

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"assetguard/internal/compliance"
)

// Status is the result of a check for one resource.
type Status string

// The statuses.
const (
	Passed        Status = "passed"
	Failed        Status = "failed"
	NotApplicable Status = "not-applicable" // the check is not about this resource
)

// Source names what gave a result: a check of the pack, or a control of Security Hub. One of the two.
type Source struct {
	Check   string `json:"check,omitempty"`   // id: IAM_PASSWORD_POLICY
	Control string `json:"control,omitempty"` // id: IAM.7
}

func (s Source) String() string {
	if s.Check != "" {
		return s.Check
	}
	return s.Control
}

func (s Source) fault() error {
	_, check := compliance.CheckByID(s.Check)
	_, control := compliance.ControlByID(s.Control)
	switch {
	case (s.Check == "") == (s.Control == ""):
		return fmt.Errorf("name a check or a control, and not both: %q, %q", s.Check, s.Control)
	case s.Check != "" && !check:
		return fmt.Errorf("there is no check %q", s.Check)
	case s.Control != "" && !control:
		return fmt.Errorf("the map knows no control %q", s.Control)
	}
	return nil
}

// Result is what a check or control said of one resource.
type Result struct {
	Source
	Resource
	Status Status
	// Accepted is why the company lives with a failure, and until when. Nil where it does not.
	Accepted *Acceptance
}

// Resource is a resource at the time of a result.
type Resource struct {
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Type    string    `json:"type"` // as AWS Config or Security Hub names it
	ID      string    `json:"id"`   // ARN, name or id
	At      time.Time `json:"at"`   // when it was evaluated
}

// Acceptance is a failure that the company accepts.
type Acceptance struct {
	Reason string    `json:"reason"`
	Until  time.Time `json:"until"` // from then on it is a failure again
}

// Run says when a check or control last did its work in a region, whether or not it found resources. Without one, a
// check that has no results cannot be told from one that does not work.
type Run struct {
	Source
	Region string
	At     time.Time
}

// Absence says that something is not evaluated on purpose: switched off, or a rule that the region lacks.
type Absence struct {
	Source
	Region string // empty for all regions
	Reason string
}

// Unread is a part of the stack that could not be read. Nothing stands for it: what only it could tell is silent.
type Unread struct {
	What   string `json:"what"` // such as AWS Config
	Region string `json:"region"`
	Reason string `json:"reason"`
}

// Absences are the checks that a pack leaves out of a region and nothing else evaluates there.
func Absences(pack compliance.Pack, region string) []Absence {
	var absences []Absence
	for _, left := range pack.LeftOut {
		if len(left.Controls) == 0 {
			absences = append(absences, Absence{Source{Check: left.Check.ID}, region, left.Reason})
		}
	}
	return absences
}

// Input is everything that a report is made of.
type Input struct {
	At       time.Time // when it was read
	Stack    string
	Account  string              // the owner stack of an account has one report for it
	Regions  []string            // those covered, the home region first
	Settings compliance.Settings // they say who evaluates which check
	Results  []Result
	Runs     []Run
	Absences []Absence
	Unread   []Unread
	// MaxAge is how old the last run of a periodic check may be: its evidence is worth nothing when it stopped working.
	// Checks that evaluate on change may be silent for long.
	MaxAge time.Duration
}

// Validate reports everything that is wrong with the input.
func (in *Input) Validate() error {
	var errs []error
	if in.At.IsZero() || in.MaxAge <= 0 {
		errs = append(errs, errors.New("no At or no MaxAge: say when the results were read and how old they may be"))
	}
	if len(in.Regions) == 0 {
		errs = append(errs, errors.New("no Regions: name the home region and the others"))
	}
	for i, r := range in.Results {
		if err := r.fault(); err != nil {
			errs = append(errs, fmt.Errorf("result %d: %w", i, err))
		}
		if !slices.Contains([]Status{Passed, Failed, NotApplicable}, r.Status) {
			errs = append(errs, fmt.Errorf("result %d: %q is no status", i, r.Status))
		}
		if r.ID == "" || r.At.IsZero() {
			errs = append(errs, fmt.Errorf("result %d of %s: resource or time is missing", i, r.Source))
		}
		if r.Account != in.Account {
			errs = append(errs, fmt.Errorf("result %d of %s: is of account %q, the report of %q", i, r.Source, r.Account, in.Account))
		}
	}
	for i, r := range in.Runs {
		if err := r.fault(); err != nil {
			errs = append(errs, fmt.Errorf("run %d: %w", i, err))
		}
	}
	for i, a := range in.Absences {
		if err := a.fault(); err != nil {
			errs = append(errs, fmt.Errorf("absence %d: %w", i, err))
		}
		if a.Reason == "" {
			errs = append(errs, fmt.Errorf("absence %d of %s: the reason is missing", i, a.Source))
		}
	}
	return errors.Join(append(errs, in.Settings.Validate())...)
}
