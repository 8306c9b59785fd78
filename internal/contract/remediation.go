package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// EnvRemediation names the parameter with the settings of the remediation function, which also takes EnvAccountID,
// EnvPartition, EnvSecurityTopic, EnvStateTable, EnvLanguage, EnvTimezone, EnvMaxReceives, EnvStack and EnvRepairQueueURL.
const (
	EnvRemediation    = "ASSETGUARD_REMEDIATION"
	EnvRepairQueueURL = "ASSETGUARD_REPAIR_QUEUE_URL" // takes the function's own next steps
)

// ParameterRemediation is the path of the settings of the remediation function, in the home region.
const ParameterRemediation = "/assetguard/remediation/settings"

// OptOutTag is the key of the tag that keeps a resource from being repaired, whatever its value, unless the
// configuration names another.
const OptOutTag = "AssetguardNoRepair"

// The custom action of Security Hub by which people have findings repaired: its name in the console and its id, which
// ends its ARN (action/custom/...). Both have at most 20 characters.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-configure.html
const (
	RepairActionName = "repair"
	RepairActionID   = "AssetguardRepair"
)

// Detail types of the events that the remediation function takes, and their sources.
const (
	SourceSecurityHub           = "aws.securityhub"
	SourceSystemsManager        = "aws.ssm"
	DetailTypeFindingsImported  = "Security Hub Findings - Imported"
	DetailTypeCustomAction      = "Security Hub Findings - Custom Action"
	DetailTypeAutomationStatus  = "EC2 Automation Execution Status-change Notification"
	RemediationSource           = "assetguard.remediation"
	RemediationWindowMessage    = `{"source":"` + RemediationSource + `","step":"` + RemediationStepWindow + `"}`
	RemediationStepWindow       = "window"             // look for what waits for the window, and for executions whose end was not told
	RemediationStepDeferred     = "start"              // start one repair that waited for the window
	RemediationStepAgain        = "again"              // take an event once more: no place was free, or its execution is not written yet
	RemediationWindowEveryHours = 1                    // how often RemediationWindowMessage comes
	RemediationPatchDocument    = "patch"              // ends the name of our own Automation document
	RemediationRoles            = "repair"             // begins the parts after which the roles of the runbooks are named
	RemediationMemberPrefix     = "assetguard-repair-" // begins the names of the roles in member accounts
	RemediationMemberReader     = RemediationMemberPrefix + "reader"
)

// Mode says what happens to a finding that a runbook would repair.
type Mode string

// The modes.
const (
	ModeAuto     Mode = "auto"     // repaired at once
	ModeApproval Mode = "approval" // repaired when somebody selects the custom action on the finding
	ModeOff      Mode = "off"      // left to people
)

// Modes are all modes.
func Modes() []Mode { return []Mode{ModeAuto, ModeApproval, ModeOff} }

// Remediation is the document in ParameterRemediation.
type Remediation struct {
	Modes    map[string]Mode   `json:"modes"`  // by the row of internal/remediation
	Roles    map[string]string `json:"roles"`  // ARN of the role, by the id of the runbook
	OptOut   string            `json:"optOut"` // key of the tag that keeps a resource as it is
	Limits   RepairLimits      `json:"limits"`
	Window   Window            `json:"window"`   // of what installs patches
	Document string            `json:"document"` // name of our own Automation document
	Members  bool              `json:"members"`  // other accounts of the organisation are repaired too
}

// RepairLimits keep repairs from running away.
type RepairLimits struct {
	InFlight       int `json:"inFlight"`       // executions at the same time
	Failures       int `json:"failures"`       // failures of a runbook in a row that pause it
	PerDay         int `json:"perDay"`         // repairs of a resource for the same control in 24 hours
	NoticesPerHour int `json:"noticesPerHour"` // notices of repairs that succeeded or wait, unless somebody approved them; the others are counted
}

// Window is a time of the week, in the company's time zone, in which maintenance may interrupt services.
type Window struct {
	Days  []string `json:"days"`  // mon ... sun, on which it opens
	Start string   `json:"start"` // 15:04
	Hours int      `json:"hours"` // 1 to 24
}

// weekdays are the days as the configuration writes them, in the order of time.Weekday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Faults says what is wrong with the window, each with the name of its field.
func (w Window) Faults() []error {
	var faults []error
	if len(w.Days) == 0 {
		faults = append(faults, errors.New("days is empty; name at least one of "+strings.Join(weekdays, ", ")))
	}
	for _, day := range w.Days {
		if !slices.Contains(weekdays, day) {
			faults = append(faults, fmt.Errorf("days: %q is none of %s", day, strings.Join(weekdays, ", ")))
		}
	}
	if _, err := time.Parse("15:04", w.Start); err != nil {
		faults = append(faults, fmt.Errorf("start: %q is no time of day; write it as 02:00", w.Start))
	}
	if w.Hours < 1 || w.Hours > 24 {
		faults = append(faults, fmt.Errorf("hours is %d; give 1 to 24", w.Hours))
	}
	return faults
}

// Open tells whether the window is open at a time.
func (w Window) Open(at time.Time, zone *time.Location) bool {
	for _, opened := range []time.Time{w.opening(at, zone), w.opening(at.AddDate(0, 0, -1), zone)} {
		if !opened.IsZero() && !at.Before(opened) && at.Before(opened.Add(time.Duration(w.Hours)*time.Hour)) {
			return true
		}
	}
	return false
}

// Next is when the window opens next after a time. Zero for a window with faults.
func (w Window) Next(after time.Time, zone *time.Location) time.Time {
	for ahead := range 8 {
		if opened := w.opening(after.AddDate(0, 0, ahead), zone); opened.After(after) {
			return opened
		}
	}
	return time.Time{}
}

// opening is when the window opens on the day of a time; zero when it does not open on it.
func (w Window) opening(on time.Time, zone *time.Location) time.Time {
	local := on.In(zone)
	start, err := time.Parse("15:04", w.Start)
	if err != nil || !slices.Contains(w.Days, weekdays[local.Weekday()]) {
		return time.Time{}
	}
	return time.Date(local.Year(), local.Month(), local.Day(), start.Hour(), start.Minute(), 0, 0, zone)
}

// ParseRemediation reads the document strictly. The error joins every fault.
func ParseRemediation(document string) (Remediation, error) {
	var r Remediation
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return Remediation{}, fmt.Errorf("remediation settings: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Remediation{}, errors.New("remediation settings: something follows the document")
	}
	faults := r.Window.Faults()
	for row, mode := range r.Modes {
		if !slices.Contains(Modes(), mode) {
			faults = append(faults, fmt.Errorf("modes[%s] is %q; give auto, approval or off", row, mode))
		}
	}
	for name, n := range map[string]int{"inFlight": r.Limits.InFlight, "failures": r.Limits.Failures, "perDay": r.Limits.PerDay,
		"noticesPerHour": r.Limits.NoticesPerHour} {
		if n < 1 {
			faults = append(faults, fmt.Errorf("limits.%s is %d; give at least 1", name, n))
		}
	}
	if r.OptOut == "" || r.Document == "" {
		faults = append(faults, errors.New("optOut and document are required"))
	}
	return r, errors.Join(faults...)
}

// Metrics of the remediation function.
const (
	// MetricRepairOutcome counts every finding of every event once. It is published by Outcome, for alarms, and by
	// Outcome and Reason. OutcomeFailed is what went to the dead letters.
	MetricRepairOutcome = "RepairOutcome"
	// MetricRepairDeferred counts repairs that waited for the maintenance window and whose turn came, by Outcome, and by
	// Outcome and Reason. Their findings counted before, as OutcomeDeferred.
	MetricRepairDeferred = "RepairDeferred"
	// MetricRepairRetry counts messages that an attempt could not finish and a later one will, by Reason.
	MetricRepairRetry = "RepairRetry"
	// MetricRepairResult counts executions that ended, by Outcome (a notice.RepairState or OutcomeIgnored), and by
	// Outcome and Runbook.
	MetricRepairResult = "RepairResult"
	// MetricRepairNoticesHeld counts notices that were not sent because RepairLimits.NoticesPerHour was reached: the note
	// at the finding says the same. No dimensions.
	MetricRepairNoticesHeld = "RepairNoticesHeld"
	// MetricRunbookPaused is 1 for each time that failures in a row paused a runbook. No dimensions, and by Runbook.
	MetricRunbookPaused = "RunbookPaused"

	DimensionRunbook = "Runbook" // id of the runbook
)

// The outcomes of a finding, beside OutcomeFailed and OutcomeIgnored: values of DimensionOutcome.
const (
	OutcomeStarted  = "started"  // an execution was started
	OutcomeWaiting  = "waiting"  // for somebody to select the custom action
	OutcomeDeferred = "deferred" // approved, and starts in the maintenance window
	OutcomeRefused  = "refused"  // opted out, looping, paused or off: people take over
	OutcomeSettled  = "settled"  // repaired or being repaired already
)
