package remediation

import (
	"encoding/json"
	"slices"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/place"
	"assetguard/internal/remediation"
)

// patterns are those of the rules of the home region, by the ends of their names. Rows that are off take no part: whoever
// asks for such a repair is told by the function.
func patterns(p place.Place, modes map[string]contract.Mode, document string) map[string]string {
	var controls []string
	checks, vulnerabilities := false, false
	for _, row := range remediation.Rows() {
		if modes[row.ID] == contract.ModeOff {
			continue
		}
		controls = append(controls, row.Controls...)
		checks = checks || len(row.Checks) > 0
		vulnerabilities = vulnerabilities || row.ID == remediation.CVERow
	}
	slices.Sort(controls)
	made := map[string]string{
		"action": pattern(map[string]any{
			"source": []string{contract.SourceSecurityHub}, "detail-type": []string{contract.DetailTypeCustomAction},
			"resources": []string{ActionARN(p)},
		}),
		"ended": StatusPattern(document),
	}
	if len(controls) > 0 {
		made["controls"] = imported(map[string]any{"Compliance": map[string]any{"SecurityControlId": controls, "Status": []string{"FAILED"}}})
	}
	if checks {
		made["checks"] = imported(map[string]any{
			"GeneratorId": []any{map[string]string{"prefix": compliance.GeneratorID("")}}, "Compliance": map[string]any{"Status": []string{"FAILED"}},
		})
	}
	if vulnerabilities {
		made["vulnerabilities"] = imported(map[string]any{
			"ProductName": []string{"Inspector"}, "Resources": map[string]any{"Type": []string{"AwsEc2Instance"}},
			"Vulnerabilities": map[string]any{"FixAvailable": []string{"YES", "PARTIAL"}},
		})
	}
	return made
}

// imported matches findings that are open, whatever people were told of them: a finding is repaired also after it was
// notified.
func imported(finding map[string]any) string {
	finding["RecordState"] = []string{"ACTIVE"}
	finding["Workflow"] = map[string]any{"Status": []any{map[string]any{"anything-but": []string{"RESOLVED", "SUPPRESSED"}}}}
	return pattern(map[string]any{
		"source": []string{contract.SourceSecurityHub}, "detail-type": []string{contract.DetailTypeFindingsImported},
		"detail": map[string]any{"findings": finding},
	})
}

// configured begins the names of the documents that AWS made for AWS Config; an event pattern has room for a prefix, not
// for each.
const configured = "AWSConfigRemediation-"

// StatusPattern matches the ends of executions of the runbooks. document is the name of our own.
func StatusPattern(document string) string {
	definitions := []any{map[string]string{"prefix": configured}}
	for _, runbook := range remediation.Runbooks() {
		if name := runbook.DocumentName(document); len(name) < len(configured) || name[:len(configured)] != configured {
			definitions = append(definitions, name)
		}
	}
	return pattern(map[string]any{
		"source": []string{contract.SourceSystemsManager}, "detail-type": []string{contract.DetailTypeAutomationStatus},
		"detail": map[string]any{
			"Definition": definitions,
			"Status":     []any{map[string]any{"anything-but": []string{"Cancelling", "InProgress", "Pending", "Waiting"}}},
		},
	})
}

func pattern(v map[string]any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(body)
}

// ActionARN is the custom action of Security Hub.
func ActionARN(p place.Place) string {
	return p.ARN("securityhub", "action/custom/"+contract.RepairActionID)
}
