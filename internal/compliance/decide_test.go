package compliance

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func standards(s ...Standard) *[]Standard { return &s }

func TestDecide(t *testing.T) {
	parameter := func(name, value string) Rule { return Rule{Parameters: map[string]string{name: value}} }
	for name, tc := range map[string]struct {
		check     string
		standards *[]Standard // absent: the default ones
		rule      Rule
		by        Evaluator
		reason    string
		controls  []string
		switchOff string
	}{
		"the control uses the same rule": {
			check: "S3_BUCKET_SSL_REQUESTS_ONLY", by: BySecurityHub,
			reason: "S3.5 uses the same rule", controls: []string{"S3.5"},
		},
		"its standard is not enabled": {
			check: "S3_BUCKET_SSL_REQUESTS_ONLY", standards: standards(), by: ByPack,
			reason: "no control of an enabled standard evaluates it",
		},
		"another standard has the control": {
			check: "S3_BUCKET_SSL_REQUESTS_ONLY", standards: standards(StandardCIS3), by: BySecurityHub,
			reason: "S3.5 uses the same rule", controls: []string{"S3.5"},
		},
		"the control of no enabled standard": {
			check: "IAM_USER_MFA_ENABLED", by: ByPack, reason: "no control of an enabled standard evaluates it",
		},
		"no control at all": {
			check: "RDS_IN_BACKUP_PLAN", by: ByPack, reason: "no control of an enabled standard evaluates it",
		},
		"the control is weaker": {
			check: "IAM_PASSWORD_POLICY", by: ByPack, switchOff: "IAM.7",
			reason: "the control wants 8 characters and no reuse rule or age, the pack 12 characters, 5 passwords, 90 days",
		},
		"the weaker control is not enabled": {
			check: "IAM_PASSWORD_POLICY", standards: standards(StandardCIS3), by: ByPack,
			reason: "no control of an enabled standard evaluates it",
		},
		"the settings want another value": {
			check: "ACCESS_KEYS_ROTATED", rule: parameter("maxAccessKeyAge", "60"), by: ByPack, switchOff: "IAM.3",
			reason: "the settings give maxAccessKeyAge, which Security Hub would not take",
		},
		"the settings repeat the default": {
			check: "ACCESS_KEYS_ROTATED", rule: parameter("maxAccessKeyAge", "90"), by: BySecurityHub,
			reason: "IAM.3 uses the same rule", controls: []string{"IAM.3"},
		},
		"controls check the same by other rules": {
			check: "REDSHIFT_CLUSTER_CONFIGURATION_CHECK", by: BySecurityHub,
			reason: "Redshift.4 with Redshift.10 checks the same", controls: []string{"Redshift.4", "Redshift.10"},
		},
		"only one of these controls is enabled": {
			check: "REDSHIFT_CLUSTER_CONFIGURATION_CHECK", standards: standards(StandardNIST), by: ByPack,
			reason: "no control of an enabled standard evaluates it",
		},
		"a covered check with another value": {
			check: "RESTRICTED_INCOMING_TRAFFIC", rule: parameter("blockedPort1", "23"), by: ByPack,
			reason: "the settings give blockedPort1, which Security Hub would not take",
		},
		"the settings choose the pack": {
			check: "S3_BUCKET_SSL_REQUESTS_ONLY", rule: Rule{By: ByPack}, by: ByPack,
			reason: "the settings say so", switchOff: "S3.5",
		},
		"the settings choose Security Hub": {
			check: "IAM_PASSWORD_POLICY", rule: Rule{By: BySecurityHub}, by: BySecurityHub,
			reason: "the settings say so", controls: []string{"IAM.7"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			check, known := CheckByID(tc.check)
			require.True(t, known)
			settings := Settings{Standards: tc.standards, Rules: map[string]Rule{tc.check: tc.rule}}
			require.NoError(t, settings.Validate())
			assert.Equal(t, Decision{
				Check: check, By: tc.by, Reason: tc.reason, Controls: tc.controls, SwitchOff: tc.switchOff,
			}, Decide(check, settings))
		})
	}
}

// Whatever is enabled, a check has one evaluator: one of the pack's is evaluated by no control that stays on.
func TestEveryCheckIsEvaluatedOnce(t *testing.T) {
	for _, enabled := range [][]Standard{{}, {StandardFSBP}, {StandardCIS3}, {StandardNIST}, {StandardFSBP, StandardCIS3}, Standards()} {
		settings := Settings{Standards: &enabled}
		for _, c := range Checks() {
			d := Decide(c, settings)
			switch d.By {
			case ByPack:
				assert.Empty(t, d.Controls, c.ID)
				assert.Equal(t, c.Control != "" && evaluates(c.Control, enabled), d.SwitchOff != "", c.ID)
			case BySecurityHub:
				assert.Empty(t, d.SwitchOff, c.ID)
				require.NotEmpty(t, d.Controls, c.ID)
				for _, id := range d.Controls {
					assert.True(t, evaluates(id, enabled), "%s rests on %s, which no enabled standard has", c.ID, id)
				}
			}
		}
	}
}
