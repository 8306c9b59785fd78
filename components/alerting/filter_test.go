package alerting_test

import (
	"fmt"
	"strings"
	"testing"

	"assetguard/components/alerting"
	"assetguard/internal/finding"

	"github.com/stretchr/testify/require"
)

func TestFilterMatchesBothSecurityHubs(t *testing.T) {
	pattern, err := alerting.Filter{
		Least: finding.High, Workflow: []string{finding.WorkflowNew}, Record: []string{finding.RecordActive},
		Compliance: []string{finding.ComplianceFailed, finding.ComplianceWarning}, Products: []string{"Inspector"},
		Accounts: []string{"123456789012"}, Tag: &alerting.Tag{Key: "Environment", Values: []string{"PROD", "STAGE"}},
	}.Pattern()
	require.NoError(t, err)
	require.JSONEq(t, `{"source":["aws.securityhub"],"$or":[
		{"detail-type":["Security Hub Findings - Imported"],"detail":{"findings":{
			"Severity":{"Label":["HIGH","CRITICAL"]},"Workflow":{"Status":["NEW",{"exists":false}]},"RecordState":["ACTIVE",{"exists":false}],
			"Compliance":{"Status":["FAILED","WARNING",{"exists":false}]},"ProductName":[{"equals-ignore-case":"Inspector"}],
			"AwsAccountId":["123456789012"],"Resources":{"Tags":{"Environment":["PROD","STAGE"]}}}}},
		{"detail-type":["Findings Imported V2"],"detail":{"findings":{
			"severity_id":[4,5,6],"status_id":[1,0,99,{"exists":false}],"activity_name":[{"anything-but":"Close"},{"exists":false}],
			"compliance":{"status_id":[3,2,{"exists":false}]},"metadata":{"product":{"name":[{"equals-ignore-case":"Inspector"}]}},
			"cloud":{"account":{"uid":["123456789012"]}},"resources":{"tags":{"name":["Environment"],"value":["PROD","STAGE"]}}}}}
	]}`, pattern)
}

func TestFilterWithoutFieldsTakesEveryFinding(t *testing.T) {
	pattern, err := alerting.Filter{}.Pattern()
	require.NoError(t, err)
	require.JSONEq(t, `{"source":["aws.securityhub"],"$or":[
		{"detail-type":["Security Hub Findings - Imported"],"detail":{"findings":{"Id":[{"exists":true}]}}},
		{"detail-type":["Findings Imported V2"],"detail":{"findings":{"metadata":{"uid":[{"exists":true}]}}}}]}`, pattern)
}

// What nobody rated is medium to package finding, so the pattern must not hold it back before.
func TestUnratedFindingsPassAsMedium(t *testing.T) {
	for least, passes := range map[finding.Severity]bool{finding.Low: true, finding.Medium: true, finding.High: false, finding.Critical: false} {
		pattern, err := alerting.Filter{Least: least}.Pattern()
		require.NoError(t, err)
		require.Equal(t, passes, strings.Contains(pattern, `"severity_id":[0,99,{"exists":false},`), least)
	}
}

// The findings of our importer are Config's to people, and those of the product Default to Security Hub.
func TestConfigTakesWhatOurImporterBrings(t *testing.T) {
	pattern, err := alerting.Filter{Products: []string{"config"}}.Pattern()
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(pattern, `"name":[{"equals-ignore-case":"config"},{"equals-ignore-case":"Default"}]`)+
		strings.Count(pattern, `"ProductName":[{"equals-ignore-case":"config"},{"equals-ignore-case":"Default"}]`), pattern)
}

func TestFilterReportsEveryFault(t *testing.T) {
	_, err := alerting.Filter{
		Least: finding.Critical + 1, Workflow: []string{"OLD"}, Record: []string{"OPEN"}, Compliance: []string{"BAD"},
		Products: []string{""}, Accounts: []string{"12"}, Tag: &alerting.Tag{Key: "Owner"},
	}.Pattern()
	for _, want := range []string{
		"severity 5 is none", `workflow "OLD" is none of NEW, NOTIFIED`, `record "OPEN" is none of ACTIVE, ARCHIVED`,
		`compliance "BAD" is none of PASSED`, "a product is empty", `account "12" is no number`, "tag: Key and Values are both required",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestPatternFitsEventBridge(t *testing.T) {
	var accounts []string
	for i := range 45 {
		accounts = append(accounts, fmt.Sprintf("%012d", i))
	}
	filter := alerting.Filter{Least: finding.Low, Workflow: []string{finding.WorkflowNew}, Accounts: accounts}
	pattern, err := filter.Pattern()
	require.NoError(t, err)
	require.LessOrEqual(t, len(pattern), 2048)
	for i := range 20 {
		filter.Accounts = append(filter.Accounts, fmt.Sprintf("%012d", 45+i))
	}
	_, err = filter.Pattern()
	require.ErrorContains(t, err, "EventBridge takes 2048")
}
