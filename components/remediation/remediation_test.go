package remediation_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"assetguard/components/remediation"
	"assetguard/components/table"
	"assetguard/internal/contract"
	"assetguard/internal/recorder"
	repairs "assetguard/internal/remediation"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func settings() contract.Remediation {
	return contract.Remediation{
		Modes: repairs.DefaultModes(true), OptOut: contract.OptOutTag,
		Limits: contract.RepairLimits{InFlight: 5, Failures: 3, PerDay: 2, NoticesPerHour: 20},
		Window: contract.Window{Days: []string{"sun"}, Start: "02:00", Hours: 4},
	}
}

// declared is everything, with settings changed.
func declared(t *testing.T, change func(*contract.Remediation)) *recorder.Recorder {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "function.zip"), []byte("zip"), 0o600))
	s := settings()
	change(&s)
	r, err := recorder.Run(recorder.Program{Stack: "test", Root: root, Run: func(ctx *pulumi.Context) error {
		state, err := table.New(ctx, "alerting", &table.Args{Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Key: contract.StateKey, Expires: contract.StateExpires})
		if err != nil {
			return err
		}
		runbooks, err := remediation.NewRunbooks(ctx, "repair", &remediation.RunbooksArgs{Place: recorder.Place(), Members: s.Members})
		if err != nil {
			return err
		}
		_, err = remediation.NewRepair(ctx, "remediation", &remediation.RepairArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), SecurityArn: pulumi.String("arn:security"),
			Zip: "function.zip", Architecture: "arm64", LogDays: 30, Language: "ko", Timezone: "Asia/Seoul",
			State: state, RoleArns: runbooks.RoleArns, Settings: s,
		})
		return err
	}})
	require.NoError(t, err)
	return r
}

func asIs(*contract.Remediation) {}

// TestRolesDoOneRunbookEach: each role has the statements of its runbook and no other, and only Systems Manager's
// executions in this account assume it.
func TestRolesDoOneRunbookEach(t *testing.T) {
	r := declared(t, asIs)
	policies := map[string]json.RawMessage{}
	for _, runbook := range repairs.Runbooks() {
		policies[runbook.ID] = json.RawMessage(r.Document(t, "aws:iam/rolePolicy:RolePolicy", "repair-"+runbook.ID, "policy"))
		trust := r.Document(t, "aws:iam/role:Role", "repair-"+runbook.ID, "assumeRolePolicy")
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Assume","Effect":"Allow","Principal":{"Service":["ssm.amazonaws.com"]},
			"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"]},
			"ArnLike":{"aws:SourceArn":["arn:aws:ssm:*:123456789012:automation-execution/*"]}}}]}`, trust)
	}
	golden(t, "testdata/runbook-policies.json", policies)
	members := declared(t, func(s *contract.Remediation) { s.Members = true })
	assert.Contains(t, members.Document(t, "aws:iam/rolePolicy:RolePolicy", "repair-close-ssh", "policy"), "arn:aws:iam::*:role/assetguard-repair-close-ssh")
	assert.Contains(t, members.Document(t, "aws:iam/rolePolicy:RolePolicy", "remediation", "policy"), "arn:aws:iam::*:role/assetguard-repair-reader")
}

func golden(t *testing.T, path string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	if flag.Lookup("update").Value.String() == "true" { // internal/example has the flag
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
}

// TestFunction: it starts the runbooks of the table, passes their roles to Systems Manager only, and its settings are
// what the function reads.
func TestFunction(t *testing.T) {
	r := declared(t, asIs)
	document, err := contract.ParseRemediation(r.Inputs(t, "aws:ssm/parameter:Parameter", "remediation")["insecureValue"].(string))
	require.NoError(t, err)
	assert.Equal(t, repairs.DefaultModes(true), document.Modes)
	assert.Len(t, document.Roles, len(repairs.Runbooks()))
	assert.Equal(t, "assetguard-test-patch", document.Document)
	start := r.Document(t, "aws:iam/policy:Policy", "remediation-0", "policy")
	for _, runbook := range repairs.Runbooks() {
		assert.Contains(t, start, ":automation-definition/"+runbook.DocumentName("assetguard-test-patch")+":*")
	}
	pass := r.Document(t, "aws:iam/policy:Policy", "remediation-1", "policy")
	assert.Contains(t, pass, "iam:PassedToService")
	for _, arn := range document.Roles {
		assert.Contains(t, pass, `"`+arn+`"`)
	}
	for _, name := range []string{"remediation-0", "remediation-1"} {
		assert.LessOrEqual(t, len(r.Inputs(t, "aws:iam/policy:Policy", name)["policy"].(string)), 6144, "room of a managed policy")
	}
	assert.LessOrEqual(t, len(r.Inputs(t, "aws:ssm/parameter:Parameter", "remediation")["insecureValue"].(string)), 8192, "room of an advanced parameter")
	golden(t, "testdata/function-policy.json", json.RawMessage(r.Document(t, "aws:iam/rolePolicy:RolePolicy", "remediation", "policy")))
}

// TestRules: what is picked, in the room of an event pattern, and what is off is not.
func TestRules(t *testing.T) {
	r := declared(t, asIs)
	patterns := map[string]json.RawMessage{}
	for _, suffix := range []string{"action", "checks", "controls", "ended", "vulnerabilities"} {
		pattern := r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "remediation-"+suffix)["eventPattern"].(string)
		assert.LessOrEqual(t, len(pattern), 2048, suffix)
		patterns[suffix] = json.RawMessage(pattern)
	}
	golden(t, "testdata/patterns.json", patterns)
	off := declared(t, func(s *contract.Remediation) { s.Modes["EC2.13"] = contract.ModeOff })
	controls := off.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "remediation-controls")["eventPattern"].(string)
	assert.NotContains(t, controls, `"EC2.13"`)
	assert.Contains(t, controls, `"EC2.8"`)
	action := r.Inputs(t, "aws:securityhub/actionTarget:ActionTarget", "remediation")
	assert.Equal(t, "repair", action["name"])
	assert.Equal(t, "AssetguardRepair", action["identifier"])
}

func TestFaults(t *testing.T) {
	_, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := remediation.NewRepair(ctx, "remediation", &remediation.RepairArgs{Place: recorder.Place()})
		return err
	}})
	for _, fault := range []string{"repair remediation: KeyArn is required", "SecurityArn is required", "state and roleArns are required",
		"language and timezone are required", "settings.modes is empty", "days is empty"} {
		require.ErrorContains(t, err, fault)
	}
}
