package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"assetguard/internal/contract"
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
				Policies []any  `yaml:"Policies"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	require.NoError(t, yaml.Unmarshal(members(), &template))
	names := map[string]bool{}
	for _, r := range template.Resources {
		assert.Equal(t, "AWS::IAM::Role", r.Type)
		assert.Len(t, r.Properties.Policies, 1)
		names[r.Properties.RoleName] = true
	}
	assert.True(t, names[contract.RemediationMemberReader])
	assert.True(t, names[contract.RemediationMemberPrefix+"close-ssh"])
	assert.False(t, names[contract.RemediationMemberPrefix+"patch-instance"], "our own document is not in other accounts")
	assert.Len(t, names, len(remediation.Runbooks()))
	assert.LessOrEqual(t, len(members()), 51200, "room of a template in a call")
}
