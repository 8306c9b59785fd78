package remediation

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"assetguard/internal/contract"
)

// status is an event of Systems Manager about an execution.
type status struct {
	execution string
	document  string
	status    string
	region    string // where the execution ran
	time      time.Time
}

// executionSyntax is what the id of an execution looks like.
var executionSyntax = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// parseStatus reads an event of EventBridge. The error joins every fault.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
func parseStatus(body []byte) (status, error) {
	var e struct {
		Source     string    `json:"source"`
		DetailType string    `json:"detail-type"`
		Region     string    `json:"region"`
		Time       time.Time `json:"time"`
		Detail     struct {
			ExecutionID string `json:"ExecutionId"`
			Definition  string `json:"Definition"`
			Status      string `json:"Status"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return status{}, fmt.Errorf("no event: %w", err)
	}
	var faults []error
	if e.Source != contract.SourceSystemsManager || e.DetailType != contract.DetailTypeAutomationStatus {
		faults = append(faults, fmt.Errorf("an event of %q, %q: want %s of %s", e.Source, e.DetailType,
			contract.DetailTypeAutomationStatus, contract.SourceSystemsManager))
	}
	if !executionSyntax.MatchString(e.Detail.ExecutionID) {
		faults = append(faults, fmt.Errorf("detail.ExecutionId %q is no id of an execution", e.Detail.ExecutionID))
	}
	if e.Detail.Status == "" || e.Region == "" {
		faults = append(faults, errors.New("detail.Status and region are required"))
	}
	return status{execution: e.Detail.ExecutionID, document: e.Detail.Definition, status: e.Detail.Status, region: e.Region, time: e.Time},
		errors.Join(faults...)
}

// final are the statuses in which an execution stays, and whether it did its work.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AutomationExecution.html
var final = map[ssmtypes.AutomationExecutionStatus]bool{
	ssmtypes.AutomationExecutionStatusSuccess: true, ssmtypes.AutomationExecutionStatusCompletedWithSuccess: true,
	ssmtypes.AutomationExecutionStatusFailed: false, ssmtypes.AutomationExecutionStatusCompletedWithFailure: false,
	ssmtypes.AutomationExecutionStatusTimedout: false, ssmtypes.AutomationExecutionStatusCancelled: false,
	ssmtypes.AutomationExecutionStatusRejected: false, ssmtypes.AutomationExecutionStatusExited: false,
}
