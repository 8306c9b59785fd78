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

// TestRowForLeavesOthersAlone: nor does it believe a finding of a product that cannot know.
func TestRowForLeavesOthersAlone(t *testing.T) {
	const own, hub, inspector = "arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default",
		"arn:aws:securityhub:us-east-1::product/aws/securityhub", "arn:aws:securityhub:us-east-1::product/aws/inspector"
	const check = "assetguard/conformance-pack/S3_BUCKET_VERSIONING_ENABLED"
	fixed := []finding.CVE{{ID: "CVE-2026-1", FixedVersion: "2"}}
	instance := []finding.Resource{{Type: "AwsEc2Instance"}}
	for name, f := range map[string]finding.Finding{
		"another control":                         {ProductARN: hub, Control: "IAM.4", Generator: "security-control/IAM.4"},
		"no control":                              {ProductARN: hub, Generator: "aws-guardduty"},
		"a check as control":                      {ProductARN: hub, Generator: "S3_BUCKET_VERSIONING_ENABLED"},
		"a CVE without a fix":                     {ProductARN: inspector, CVEs: []finding.CVE{{ID: "CVE-2026-1"}}, Resources: instance},
		"a CVE of an image":                       {ProductARN: inspector, CVEs: fixed, Resources: []finding.Resource{{Type: "AwsEcrContainerImage"}}},
		"a control by the account's product":      {ProductARN: own, Control: "S3.14", Generator: "security-control/S3.14"},
		"a control by a partner":                  {ProductARN: "arn:aws:securityhub:us-east-1::product/acme/securityhub", Control: "S3.14"},
		"a control by an account called aws":      {ProductARN: "arn:aws:securityhub:us-east-1:111122223333:product/aws/securityhub", Control: "S3.14"},
		"a control by no product":                 {Control: "S3.14"},
		"a check by another account":              {ProductARN: strings.ReplaceAll(own, "111122223333", "444455556666"), Generator: check, Control: "S3_BUCKET_VERSIONING_ENABLED"},
		"a check with a control, by Security Hub": {ProductARN: hub, Generator: check, Control: "S3.14"},
		"a CVE by the account's product":          {ProductARN: own, CVEs: fixed, Resources: instance},
		"a CVE by Security Hub":                   {ProductARN: hub, CVEs: fixed, Resources: instance},
	} {
		f.Account = "111122223333"
		_, known := remediation.RowFor(f)
		assert.False(t, known, name)
	}
}

// TestSubjectsThatAreRefused: nothing but names reaches a runbook, and only where the ARN that tags are asked by is that of
// the resource by this name.
func TestSubjectsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ row, resource, id, fault string }{
		{"EC2.13", "AwsS3Bucket", "arn:aws:s3:::b", "names no AwsEc2SecurityGroup"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws:ec2:us-east-1:111122223333:security-group/", "is no ARN"},
		{"EC2.13", "AwsEc2SecurityGroup", "sg-0a1b2c3d", "is no ARN"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws:ec2:us-east-1:111122223333:security-group/sg-0a1b2c3d,sg-0a1b2c3e", "is no ARN"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws:ec2:us-east-1:111122223333:security-group/x/sg-0a1b2c3d", "is no ARN"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws:ec2:us-east-1:111122223333:security-group/*", "is no ARN"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws:ec2:us-east-1:111122223333:instance/sg-0a1b2c3d", "is no ARN"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws:ec2:us-east-1:222222222222:security-group/sg-0a1b2c3d", "belongs to account 2"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws:ec2:us-east-1:111122223333:{{x}}/sg-0a1b2c3d", "is no ARN"},
		{"EC2.13", "AwsEc2SecurityGroup", "arn:aws-cn:ec2:us-east-1:111122223333:security-group/sg-0a1b2c3d", "in another partition"},
		{"S3.14", "AwsS3Bucket", "lecture-files", "is no ARN"},
		{"S3.14", "AwsS3Bucket", "arn:aws:iam::111122223333:role/lecture-files", "is no ARN"},
		{"S3.14", "AwsS3Bucket", "arn:aws:s3:::lecture-files/object", "is no ARN"},
		{"S3.14", "AwsS3Bucket", "arn:aws:s3:us-east-1:111122223333:accesspoint/lecture-files", "is no ARN"},
		{"IAM.8", "AwsIamUser", "arn:aws:iam::111122223333:group/kim", "is no ARN"},
	} {
		row, _ := remediation.RowByID(c.row)
		_, err := row.SubjectOf(finding.Finding{ProductARN: "arn:aws:securityhub:us-east-1::product/aws/securityhub", Account: "111122223333",
			Region: "us-east-1", Resources: []finding.Resource{{Type: c.resource, ID: c.id}}})
		require.ErrorContains(t, err, c.fault, c.id)
	}
	account, _ := remediation.RowByID("EC2.7")
	_, err := account.SubjectOf(finding.Finding{Account: "1", Region: "us-east-1"})
	require.ErrorContains(t, err, `"1" is no account`)
	_, err = account.SubjectOf(finding.Finding{Account: "111122223333", Region: "mars"})
	require.ErrorContains(t, err, `"mars" is no region`)
	protect, _ := remediation.RowByID("RDS.8")
	_, err = protect.Plan(remediation.Subject{Name: "orders"}, "own")
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
