package remediation_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/remediation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// looked are the identities that AWS would tell of the resources in testdata/events.
var looked = map[remediation.Identity]string{
	remediation.IdentityDatabase: "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ", remediation.IdentityCluster: "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	remediation.IdentityUser: "AIDAEXAMPLEEXAMPLE01",
}

// findingOf reads the event of a row.
func findingOf(t *testing.T, row string) finding.Finding {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "events", row+".json"))
	require.NoError(t, err, "each row has an event")
	event, err := finding.Parse(body)
	require.NoError(t, err)
	require.Len(t, event.Findings, 1)
	return event.Findings[0]
}

// TestInputs: the exact event of each row makes the exact input of an execution.
func TestInputs(t *testing.T) {
	inputs := map[string]any{}
	for _, row := range remediation.Rows() {
		f := findingOf(t, row.ID)
		found, known := remediation.RowFor(f)
		require.True(t, known, row.ID)
		require.Equal(t, row.ID, found.ID)
		subject, err := row.SubjectOf(f)
		require.NoError(t, err, row.ID)
		runbook, known := remediation.RunbookByID(row.Runbook)
		require.True(t, known, row.Runbook)
		subject.ID = looked[runbook.Identity]
		plan, err := row.Plan(subject, "assetguard-test-patch")
		require.NoError(t, err, row.ID)
		inputs[row.ID] = map[string]any{"subject": subject, "plan": plan}
	}
	golden(t, "testdata/inputs.json", inputs)
}

// TestPolicies: what the role of each runbook may do, as it is reviewed.
func TestPolicies(t *testing.T) {
	policies := map[string]any{}
	for _, runbook := range remediation.Runbooks() {
		statements := map[string]any{}
		for _, s := range runbook.Statements {
			statements[s.Sid] = map[string]any{"actions": s.Actions, "resources": s.In("aws", "111122223333"), "any": s.Any}
			assert.NotEqual(t, len(s.Resources) == 0, s.Any == "", "%s %s: resources, or the reason why there are none", runbook.ID, s.Sid)
			for _, action := range s.Actions {
				assert.NotContains(t, action, "*", "%s %s", runbook.ID, s.Sid)
			}
		}
		assert.Len(t, statements, len(runbook.Statements), "%s: a Sid stands twice", runbook.ID)
		policies[runbook.ID] = statements
	}
	golden(t, "testdata/policies.json", policies)
}

func golden(t *testing.T, path string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", " ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
}

// TestRows: the table is whole, and a control or check has one row.
func TestRows(t *testing.T) {
	seen := map[string]string{}
	used := map[string]bool{}
	for _, row := range remediation.Rows() {
		used[row.Runbook] = true
		for _, key := range slices.Concat(row.Controls, row.Checks) {
			assert.Empty(t, seen[key], "%s is in %s and %s", key, seen[key], row.ID)
			seen[key] = row.ID
		}
		if row.ID != remediation.CVERow {
			assert.Equal(t, slices.Concat(row.Controls, row.Checks)[0], row.ID)
		}
		for _, check := range row.Checks {
			assert.True(t, slices.ContainsFunc(compliance.Checks(), func(c compliance.Check) bool { return c.ID == check }), "check %s", check)
		}
		assert.Contains(t, contract.Modes(), row.Mode)
		for _, words := range []compliance.Text{row.Title, row.Risk} {
			assert.NotEmpty(t, words.En, row.ID)
			assert.NotEmpty(t, words.Ko, row.ID)
		}
		found, known := remediation.RowByID(row.ID)
		assert.True(t, known)
		assert.Equal(t, row.Runbook, found.Runbook)
	}
	assert.GreaterOrEqual(t, len(remediation.Rows()), 16, "15 misconfigurations and vulnerabilities")
	for _, runbook := range remediation.Runbooks() {
		assert.True(t, used[runbook.ID], "no row uses %s", runbook.ID)
		assert.LessOrEqual(t, len(contract.RemediationMemberPrefix+runbook.ID), 64, "name of the role in member accounts")
		assert.True(t, strings.HasPrefix(runbook.Page, "https://docs.aws.amazon.com/"), runbook.ID)
	}
	_, known := remediation.RowByID("S3.99")
	assert.False(t, known)
	_, known = remediation.RunbookByID("none")
	assert.False(t, known)
}

// TestModes: what can cut access waits for approval; blocking a bucket does, too, unless the account blocks already.
func TestModes(t *testing.T) {
	var automatic []string
	for row, mode := range remediation.DefaultModes(true) {
		if mode == contract.ModeAuto {
			automatic = append(automatic, row)
		}
	}
	slices.Sort(automatic)
	assert.Equal(t, []string{"CloudTrail.4", "DynamoDB.2", "EC2.7", "ELB.6", "IAM.7", "KMS.4", "RDS.16", "RDS.17", "RDS.7", "RDS.8",
		"S3.14", "S3.8", "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED"}, automatic)
	assert.Equal(t, contract.ModeApproval, remediation.DefaultModes(false)["S3.8"])
	assert.Equal(t, contract.ModeAuto, remediation.DefaultModes(false)["S3.14"])
}

func TestRowForLeavesOthersAlone(t *testing.T) {
	for name, f := range map[string]finding.Finding{
		"another control":     {Control: "IAM.4", Generator: "security-control/IAM.4"},
		"no control":          {Generator: "aws-guardduty"},
		"a check as control":  {Generator: "S3_BUCKET_VERSIONING_ENABLED"},
		"a CVE without a fix": {CVEs: []finding.CVE{{ID: "CVE-2026-1"}}, Resources: []finding.Resource{{Type: "AwsEc2Instance"}}},
		"a CVE of an image":   {CVEs: []finding.CVE{{ID: "CVE-2026-1", FixedVersion: "2"}}, Resources: []finding.Resource{{Type: "AwsEcrContainerImage"}}},
	} {
		_, known := remediation.RowFor(f)
		assert.False(t, known, name)
	}
}

// TestSubjectsThatAreRefused: nothing but names reaches a runbook.
func TestSubjectsThatAreRefused(t *testing.T) {
	row, _ := remediation.RowByID("EC2.13")
	group := func(id string) []finding.Resource { return []finding.Resource{{Type: "AwsEc2SecurityGroup", ID: id}} }
	for fault, f := range map[string]finding.Finding{
		"names no AwsEc2SecurityGroup": {Account: "111122223333", Region: "us-east-1", Resources: []finding.Resource{{Type: "AwsS3Bucket", ID: "b"}}},
		`"" is no name`:                {Account: "111122223333", Region: "us-east-1", Resources: group("arn:aws:ec2:us-east-1:111122223333:security-group/")},
		`"sg-1,sg 2" is no name`:       {Account: "111122223333", Region: "us-east-1", Resources: group("sg-1,sg 2")},
		`"1" is no account`:            {Account: "1", Region: "us-east-1", Resources: group("sg-1")},
		`"mars" is no region`:          {Account: "111122223333", Region: "mars", Resources: group("sg-1")},
		"belongs to account 2":         {Account: "111122223333", Region: "us-east-1", Resources: group("arn:aws:ec2:us-east-1:222222222222:security-group/sg-1")},
		"is no ARN":                    {Account: "111122223333", Region: "us-east-1", Resources: group("arn:aws:ec2:us-east-1:111122223333:{{x}}/sg-1")},
	} {
		_, err := row.SubjectOf(f)
		require.ErrorContains(t, err, fault)
	}
	protect, _ := remediation.RowByID("RDS.8")
	_, err := protect.Plan(remediation.Subject{Name: "orders"}, "own")
	require.ErrorContains(t, err, "needs the database id of orders")
}

// TestPatchDocument: our own document takes what the table gives it.
func TestPatchDocument(t *testing.T) {
	var document struct {
		SchemaVersion string                    `json:"schemaVersion"`
		Parameters    map[string]map[string]any `json:"parameters"`
		MainSteps     []map[string]any          `json:"mainSteps"`
	}
	require.NoError(t, json.Unmarshal([]byte(remediation.PatchDocument), &document))
	assert.Equal(t, "0.3", document.SchemaVersion)
	runbook, _ := remediation.RunbookByID("patch-instance")
	for name := range runbook.Parameters {
		assert.Contains(t, document.Parameters, name)
	}
	assert.Contains(t, document.Parameters, "AutomationAssumeRole")
	assert.Equal(t, "own", runbook.DocumentName("own"))
	assert.Equal(t, "aws:runCommand", document.MainSteps[0]["action"])
}
