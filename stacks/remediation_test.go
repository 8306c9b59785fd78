package stacks

import (
	"strings"
	"testing"

	"assetguard/internal/contract"

	"github.com/stretchr/testify/require"
)

func TestRemediationIsTheOwners(t *testing.T) {
	owner, err := runChanged(t, "prod", asIs)
	require.NoError(t, err)
	guest, err := runChanged(t, "dev", asIs)
	require.NoError(t, err)
	require.Empty(t, with(guest, "assetguard:remediation:"), "a guest repairs nothing")
	require.NotEmpty(t, with(owner, "assetguard:remediation:"))
	for _, key := range with(owner, "assetguard:remediation:") {
		token, name, _ := strings.Cut(key, " ")
		options := owner.Options(t, token, name)
		require.True(t, options.Protect && options.RetainOnDelete, "%s is kept", key)
	}
	require.Contains(t, owner.Options(t, "aws:securityhub/actionTarget:ActionTarget", contract.FunctionRemediation).Provider, "::ap-northeast-2::")
	require.Contains(t, strings.Join(owner.Options(t, "assetguard:remediation:Repair", contract.FunctionRemediation).Dependencies, " "),
		"securityhub/account:Account::hub", "Security Hub takes custom actions once it is on")
	document, err := contract.ParseRemediation(owner.Inputs(t, "aws:ssm/parameter:Parameter", contract.FunctionRemediation)["insecureValue"].(string))
	require.NoError(t, err)
	require.Equal(t, contract.ModeApproval, document.Modes["EC2.13"], "who closes SSH in prod is a person")
	require.Equal(t, contract.ModeAuto, document.Modes["S3.8"])
}

func TestRemediationIsOff(t *testing.T) {
	r, err := runChanged(t, "prod", func(settings map[string]any) { settings["remediation"] = map[string]any{"enabled": false} })
	require.NoError(t, err)
	require.Empty(t, with(r, "assetguard:remediation:"))
	require.Empty(t, with(r, "repairs-"), "no region tells of executions")
}

// TestRemediationOfAnOrganization: the function repairs the other accounts too.
func TestRemediationOfAnOrganization(t *testing.T) {
	r, err := runChanged(t, "prod", func(settings map[string]any) {
		settings["inspection"] = map[string]any{"organization": map[string]any{"role": "delegatedAdministrator", "id": "o-abcdefghij"}}
	})
	require.NoError(t, err)
	document, err := contract.ParseRemediation(r.Inputs(t, "aws:ssm/parameter:Parameter", contract.FunctionRemediation)["insecureValue"].(string))
	require.NoError(t, err)
	require.True(t, document.Members)
	require.Contains(t, r.Document(t, "aws:iam/rolePolicy:RolePolicy", "repair-close-ssh", "policy"), "role/assetguard-repair-close-ssh")
}
