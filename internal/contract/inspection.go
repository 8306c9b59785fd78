package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Names of the inspection's functions: of their commands below lambdas/cmd and of their zips.
const (
	FunctionImporter    = "importer"    // evaluations of the conformance pack into Security Hub
	FunctionSuppression = "suppression" // ends what the company accepted for a time
)

// Environment variables of the importer, beside EnvPartition, EnvAccountID and EnvMaxReceives.
const (
	EnvInspectionRegions = "ASSETGUARD_INSPECTION_REGIONS" // comma-separated, the home region first
	EnvConformancePack   = "ASSETGUARD_CONFORMANCE_PACK"   // name of the pack, the same in each region
	EnvImportQueueURL    = "ASSETGUARD_IMPORT_QUEUE_URL"   // takes the function's own next steps
	EnvLanguage          = "ASSETGUARD_LANGUAGE"           // ko or en: of titles, descriptions and notes
)

// ImportAllMessage is the message by which a schedule asks the importer, through its queue, for all evaluations of all
// regions. Findings live as long as they are imported again, and what is gone from the pack leaves Security Hub.
const ImportAllMessage = `{"source":"` + ImportAllSource + `"}`

// ImportAllSource is the source of ImportAllMessage, and of the steps that the importer sends itself.
const ImportAllSource = "assetguard.importer"

// Metrics of the importer.
const (
	// MetricImportOutcome counts every evaluation once. It is published by Outcome, for alarms, and by Outcome and
	// Reason. OutcomeFailed is what went to the dead letters.
	MetricImportOutcome = "ImportOutcome"
	// MetricImportRetry counts messages that an attempt could not finish and the next one will try again, by Reason.
	MetricImportRetry = "ImportRetry"
	// MetricImportLacks counts findings that went out without ARN or tags because these could not be read, by Source.
	MetricImportLacks = "ImportLacks"
	// MetricImportFinished is 1 for each region whose evaluations were all imported. No dimensions.
	MetricImportFinished = "ImportFinished"
)

// The outcomes of an evaluation, beside OutcomeFailed: values of DimensionOutcome.
const (
	OutcomeImported   = "imported"   // the finding stands as the evaluation says
	OutcomeArchived   = "archived"   // the resource is gone, or the rule is not about it any more
	OutcomeSuperseded = "superseded" // the same batch had a later one of the same finding
	OutcomeIgnored    = "ignored"    // not of our pack or account
)

// EnvAcceptedParameter names the parameter with the accepted risks, for the suppression function. It also takes
// EnvTimezone and EnvLanguage.
const EnvAcceptedParameter = "ASSETGUARD_ACCEPTED_PARAMETER"

// ParameterAccepted is the path of the accepted risks, in the home region.
const ParameterAccepted = "/assetguard/inspection/accepted"

// Keys of UserDefinedFields of a finding.
const (
	// FieldAcceptedRisk holds the id of the accepted risk. The automation rule of the risk sets it with the workflow
	// status SUPPRESSED.
	FieldAcceptedRisk = "acceptedRisk"
	// FieldAcceptedRiskEnded holds the id instead once the acceptance has ended.
	FieldAcceptedRiskEnded = "acceptedRiskEnded"
)

// Metrics of the suppression function. A run writes each of them, also when it is zero.
const (
	// MetricAcceptedRisks counts the accepted risks by State.
	MetricAcceptedRisks = "AcceptedRisks"
	// MetricFindingsReopened counts findings that a run set back to NEW. No dimensions.
	MetricFindingsReopened = "FindingsReopened"
	// MetricFindingsNotReopened counts findings that a run should have set back and could not; the run fails. No dimensions.
	MetricFindingsNotReopened = "FindingsNotReopened"

	DimensionState = "State" // one of the Risk constants
)

// The states of an accepted risk.
const (
	RiskHolds    = "holds"
	RiskExpiring = "expiring" // within RiskExpiringDays
	RiskExpired  = "expired"
)

// RiskExpiringDays is how many days before its end a risk counts as expiring.
const RiskExpiringDays = 30

// AcceptedRisk is a failure that the company lives with for a time. The automation rule behind it suppresses the
// findings of its region and marks them with FieldAcceptedRisk. A risk of several regions has an entry for each, with
// the same id and day.
type AcceptedRisk struct {
	ID      string `json:"id"`
	RuleARN string `json:"ruleArn"` // of the automation rule
	Expires string `json:"expires"` // the last day on which it is accepted, 2006-01-02
}

// AcceptedRisks is the document in ParameterAccepted. A parameter of the tier Intelligent-Tiering has room for 8 KB,
// about fifty risks.
type AcceptedRisks struct {
	Accepted []AcceptedRisk `json:"accepted"`
	// ControlsOff are the controls of Security Hub that the stack has switched off, by region. Another one that is off for
	// ReasonControlOff was switched off by an earlier deployment. Absent: no region is looked at.
	ControlsOff map[string][]string `json:"controlsOff,omitempty"`
}

// ReasonControlOff begins the reason for which a deployment switches a control off.
const ReasonControlOff = "assetguard: "

// ParseAcceptedRisks reads the document strictly. The error joins every fault.
func ParseAcceptedRisks(document string) (AcceptedRisks, error) {
	var risks AcceptedRisks
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&risks); err != nil {
		return AcceptedRisks{}, fmt.Errorf("accepted risks: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return AcceptedRisks{}, errors.New("accepted risks: something follows the document")
	}
	var faults []error
	expires, rules := map[string]string{}, map[string]bool{}
	for i, risk := range risks.Accepted {
		if risk.ID == "" || risk.RuleARN == "" {
			faults = append(faults, fmt.Errorf("accepted[%d]: id or ruleArn is missing", i))
		}
		if rules[risk.RuleARN] {
			faults = append(faults, fmt.Errorf("accepted[%d].ruleArn: %q is there twice", i, risk.RuleARN))
		}
		if before, there := expires[risk.ID]; there && before != risk.Expires {
			faults = append(faults, fmt.Errorf("accepted[%d].expires: %q expires on %s before", i, risk.ID, before))
		}
		rules[risk.RuleARN], expires[risk.ID] = true, risk.Expires
		if _, err := time.Parse(time.DateOnly, risk.Expires); err != nil {
			faults = append(faults, fmt.Errorf("accepted[%d].expires: %q is no date: write it as 2026-12-31", i, risk.Expires))
		}
	}
	return risks, errors.Join(faults...)
}

// End is the moment at which the acceptance is over: the end of its last day in the zone.
func (r AcceptedRisk) End(zone *time.Location) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, r.Expires, zone)
	if err != nil {
		return time.Time{} // ParseAcceptedRisks refuses it: an acceptance without an end has ended
	}
	return day.AddDate(0, 0, 1)
}

// State is how the risk stands at a time.
func (r AcceptedRisk) State(at time.Time, zone *time.Location) string {
	end := r.End(zone)
	switch {
	case !at.Before(end):
		return RiskExpired
	case !at.Before(end.AddDate(0, 0, -RiskExpiringDays)):
		return RiskExpiring
	default:
		return RiskHolds
	}
}
