package importer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"assetguard/internal/compliance"
)

// evaluation is what a rule said of a resource.
type evaluation struct {
	account, region string
	rule            string
	check           compliance.Check // of the rule; zero until the rule is known as one of our pack
	resourceType    string           // as AWS Config names it
	resourceID      string
	compliance      string    // COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA; "" when the result was deleted
	recorded        time.Time // when Config recorded it
	updated         time.Time // UpdatedAt of the finding
	annotation      string
}

// changeEvent is AWS Config's event. newEvaluationResult is null when there is no result any more, because the resource
// was deleted or left the rule's scope.
// https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
type changeEvent struct {
	Source     string    `json:"source"`
	DetailType string    `json:"detail-type"`
	Account    string    `json:"account"`
	Region     string    `json:"region"`
	Time       time.Time `json:"time"`
	Detail     struct {
		Account      string      `json:"awsAccountId"`
		Region       string      `json:"awsRegion"`
		Rule         string      `json:"configRuleName"`
		ResourceType string      `json:"resourceType"`
		ResourceID   string      `json:"resourceId"`
		New          *evalResult `json:"newEvaluationResult"`
		Created      time.Time   `json:"notificationCreationTime"`
	} `json:"detail"`
}

type evalResult struct {
	Identifier struct {
		Qualifier struct {
			Rule         string `json:"configRuleName"`
			ResourceType string `json:"resourceType"`
			ResourceID   string `json:"resourceId"`
		} `json:"evaluationResultQualifier"`
	} `json:"evaluationResultIdentifier"`
	Compliance string    `json:"complianceType"`
	Recorded   time.Time `json:"resultRecordedTime"`
	Annotation string    `json:"annotation"`
}

// The events that the function takes.
const (
	eventSource = "aws.config"
	eventDetail = "Config Rules Compliance Change"
)

// parseEvent reads an event. The error names everything that it lacks.
func parseEvent(body string) (evaluation, error) {
	var e changeEvent
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return evaluation{}, fmt.Errorf("no event: %w", err)
	}
	if e.Source != eventSource || e.DetailType != eventDetail {
		return evaluation{}, fmt.Errorf("an event of %q, %q: want %s, %s", e.Source, e.DetailType, eventSource, eventDetail)
	}
	d := e.Detail
	v := evaluation{
		account: cmp.Or(d.Account, e.Account), region: cmp.Or(d.Region, e.Region), rule: d.Rule,
		resourceType: d.ResourceType, resourceID: d.ResourceID, recorded: later(d.Created, e.Time),
	}
	if r := d.New; r != nil {
		q := r.Identifier.Qualifier
		v.rule, v.resourceType, v.resourceID = cmp.Or(v.rule, q.Rule), cmp.Or(v.resourceType, q.ResourceType), cmp.Or(v.resourceID, q.ResourceID)
		v.compliance, v.recorded, v.annotation = r.Compliance, r.Recorded, r.Annotation
	}
	v.updated = v.recorded
	return v, v.fault(d.New != nil)
}

// later is the later of two times. Of a deleted result the event has no time but its own, and the finding that it
// archives must not look older than what it replaces.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (v *evaluation) fault(hasResult bool) error {
	var errs []error
	for name, value := range map[string]string{
		"account": v.account, "region": v.region, "configRuleName": v.rule, "resourceType": v.resourceType, "resourceId": v.resourceID,
	} {
		if value == "" {
			errs = append(errs, fmt.Errorf("%s is missing", name))
		}
	}
	if v.recorded.IsZero() {
		errs = append(errs, errors.New("resultRecordedTime is missing"))
	}
	if _, known := statusOf(v.compliance); !known || (hasResult && v.compliance == "") {
		errs = append(errs, fmt.Errorf("complianceType %q is unknown", v.compliance))
	}
	return errors.Join(errs...)
}
