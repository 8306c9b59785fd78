package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/internal/remediation"
)

// TestWritten: what is committed is what the table makes.
func TestWritten(t *testing.T) {
	document, err := os.ReadFile("../../../docs/remediation.md")
	require.NoError(t, err)
	after, err := withRows(document)
	require.NoError(t, err)
	assert.Equal(t, string(document), string(after), "run go generate ./internal/remediation")
	template, err := os.ReadFile("../../../account/members.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(template), string(members()), "run go generate ./internal/remediation")
	_, err = withRows([]byte("no table"))
	require.ErrorContains(t, err, "it lacks the lines")
}

// TestMembers: the template is YAML with a role for each runbook that members are repaired by, and the reader's.
func TestMembers(t *testing.T) {
	var template struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				RoleName string `yaml:"RoleName"`
				Trust    struct {
					Statement []struct {
						Condition map[string]map[string]string `yaml:"Condition"`
					} `yaml:"Statement"`
				} `yaml:"AssumeRolePolicyDocument"`
				Policies []any `yaml:"Policies"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	require.NoError(t, yaml.Unmarshal(members(), &template))
	names := map[string]bool{}
	for _, r := range template.Resources {
		assert.Equal(t, "AWS::IAM::Role", r.Type)
		assert.Len(t, r.Properties.Policies, 1)
		names[r.Properties.RoleName] = true
		by := contract.FunctionRemediation
		if id := strings.TrimPrefix(r.Properties.RoleName, contract.RemediationMemberPrefix); id != "reader" {
			by = contract.RemediationRoles + "-" + id
			require.Len(t, r.Properties.Trust.Statement, 2)
			assert.Equal(t, map[string]map[string]string{"StringEquals": {"aws:SourceAccount": "AWS::AccountId"},
				"ArnLike": {"aws:SourceArn": "arn:${AWS::Partition}:ssm:*:${AWS::AccountId}:automation-execution/*"}}, r.Properties.Trust.Statement[1].Condition)
		}
		assert.Equal(t, "arn:${AWS::Partition}:iam::${HomeAccount}:role/assetguard-${Stack}-"+by+"-*",
			r.Properties.Trust.Statement[0].Condition["ArnLike"]["aws:PrincipalArn"], "no other role of the stack")
		// A name that is longer than IAM takes is cut, and would not be trusted.
		assert.LessOrEqual(t, len("assetguard-")+15+len("-"+by), naming.Role-9, by)
	}
	assert.True(t, names[contract.RemediationMemberReader])
	assert.True(t, names[contract.RemediationMemberPrefix+"close-ssh"])
	assert.False(t, names[contract.RemediationMemberPrefix+"patch-instance"], "our own document is not in other accounts")
	assert.Len(t, names, len(remediation.Runbooks()))
	assert.LessOrEqual(t, len(members()), 51200, "room of a template in a call")
}
