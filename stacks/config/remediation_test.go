package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/remediation"
)

func TestRemediationDefaults(t *testing.T) {
	s, err := Parse("prod", encoded(t, example(t)))
	require.NoError(t, err)
	assert.True(t, s.Remediation.Enabled)
	repairs := s.Repairs()
	assert.Equal(t, remediation.DefaultModes(true), repairs.Modes)
	assert.Equal(t, contract.RepairLimits{InFlight: 5, Failures: 3, PerDay: 2, NoticesPerHour: 20}, repairs.Limits)
	assert.Equal(t, contract.Window{Days: []string{"sun"}, Start: "02:00", Hours: 4}, repairs.Window)
	assert.False(t, repairs.Members)
}

// TestRemediationModes: a mode per environment; blocking a bucket waits where the account does not block.
func TestRemediationModes(t *testing.T) {
	tree := example(t)
	put(tree, "remediation", map[string]any{"modes": map[string]any{"EC2.13": "auto", "RDS.8": "off"}, "maintenanceWindow": map[string]any{"days": []any{"sat", "sun"}}})
	put(tree, "inspection.baseline.s3PublicAccessBlock", false)
	s, err := Parse("prod", encoded(t, tree))
	require.NoError(t, err)
	repairs := s.Repairs()
	assert.Equal(t, contract.ModeAuto, repairs.Modes["EC2.13"])
	assert.Equal(t, contract.ModeOff, repairs.Modes["RDS.8"])
	assert.Equal(t, contract.ModeApproval, repairs.Modes["S3.8"])
	assert.Equal(t, contract.ModeApproval, repairs.Modes["EC2.8"])
	assert.Equal(t, contract.Window{Days: []string{"sat", "sun"}, Start: "02:00", Hours: 4}, repairs.Window)
}

func TestRemediationFaults(t *testing.T) {
	tree := example(t)
	put(tree, "remediation", map[string]any{
		"modes": map[string]any{"EC2.99": "auto", "S3.8": "yes"}, "optOutTag": "  ", "inFlight": 51,
		"maintenanceWindow": map[string]any{"days": []any{"someday"}, "start": "2", "hours": 25},
	})
	_, err := Parse("prod", encoded(t, tree))
	for _, fault := range []string{
		"remediation.modes.EC2.99: no row of the table repairs it", "remediation.modes.S3.8", "remediation.optOutTag", "remediation.inFlight",
		`days: "someday" is none of`, `start: "2" is no time of day`, "hours is 25",
	} {
		require.ErrorContains(t, err, fault)
	}
}
