package compliance

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSettingsWithoutAnything(t *testing.T) { require.NoError(t, (&Settings{}).Validate()) }

func TestAllFaultsAtOnce(t *testing.T) {
	settings := Settings{
		Standards: standards(StandardFSBP, "cis-3.0"),
		Rules: map[string]Rule{
			"IAM_PASWORD_POLICY": {},
			"IAM_PASSWORD_POLICY": {Parameters: map[string]string{
				"MinimumPasswordLength": "200", "MaxPasswordAge": "never", "RequireSymbols": "True", "Length": "12",
			}},
			"S3_BUCKET_VERSIONING_ENABLED":       {By: BySecurityHub, Parameters: map[string]string{"days": "1"}},
			"RDS_IN_BACKUP_PLAN":                 {By: BySecurityHub},
			"ACCESS_KEYS_ROTATED":                {By: BySecurityHub, Parameters: map[string]string{"maxAccessKeyAge": "0"}},
			"EC2_STOPPED_INSTANCE":               {By: "config", Off: "test servers stand still for months", Force: true},
			"CW_LOGGROUP_RETENTION_PERIOD_CHECK": {Parameters: map[string]string{"MinRetentionTime": "360"}},
			"REQUIRED_TAGS":                      {Parameters: map[string]string{"tag1Key": "Team"}},
			"APPROVED_AMIS_BY_TAG":               {Parameters: map[string]string{"amisByTagKeyAndValue": "a,b,c,d,e,f,g,h,i,j,k"}},
			"NO_UNRESTRICTED_ROUTE_TO_IGW":       {Parameters: map[string]string{"routeTableIds": "rtb-0a1b, rtb-2"}},
			"INSTANCES_IN_VPC":                   {Parameters: map[string]string{"vpcId": "my-vpc"}},
		},
	}
	faults := settings.Faults("inspection")
	var lines []string
	for _, fault := range faults {
		lines = append(lines, fault.String())
	}
	assert.Equal(t, []string{
		`inspection.standards[1]: "cis-3.0" is no standard that the checks know: did you mean "cis-3.0.0"? Use one of ` +
			`fsbp, cis-3.0.0, nist-800-53-r5, resource-tagging`,
		`inspection.rules.ACCESS_KEYS_ROTATED.parameters: Security Hub evaluates with its own values: remove the ` +
			`parameters, or write by: pack`,
		`inspection.rules.ACCESS_KEYS_ROTATED.parameters.maxAccessKeyAge: is "0": write a whole number of 1 or more`,
		`inspection.rules.APPROVED_AMIS_BY_TAG.parameters.amisByTagKeyAndValue: has 11 elements: write at most 10`,
		`inspection.rules.CW_LOGGROUP_RETENTION_PERIOD_CHECK.parameters.MinRetentionTime: is "360": write one of ` +
			`1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653`,
		`inspection.rules.EC2_STOPPED_INSTANCE.off: the rule is off and has other settings too: remove off, or remove them`,
		`inspection.rules.EC2_STOPPED_INSTANCE.by: "config" evaluates nothing: write pack or securityhub`,
		`inspection.rules.IAM_PASSWORD_POLICY.parameters.Length: the rule has no such parameter: use one of MaxPasswordAge, ` +
			`MinimumPasswordLength, PasswordReusePrevention, RequireLowercaseCharacters, RequireNumbers, RequireSymbols, ` +
			`RequireUppercaseCharacters`,
		`inspection.rules.IAM_PASSWORD_POLICY.parameters.MaxPasswordAge: is "never": write a whole number from 1 to 1095`,
		`inspection.rules.IAM_PASSWORD_POLICY.parameters.MinimumPasswordLength: is "200": write a whole number from 6 to 128`,
		`inspection.rules.IAM_PASSWORD_POLICY.parameters.RequireSymbols: is "True": write "true" or "false", in lower case`,
		`inspection.rules.IAM_PASWORD_POLICY: there is no such rule: did you mean IAM_PASSWORD_POLICY? ` +
			`docs/compliance.md lists all`,
		`inspection.rules.INSTANCES_IN_VPC.parameters.vpcId: is "my-vpc": write a text that matches vpc-[0-9a-f]+`,
		`inspection.rules.NO_UNRESTRICTED_ROUTE_TO_IGW.parameters.routeTableIds: has the element " rtb-2": write elements ` +
			`that match rtb-[0-9a-f]+, separated by commas without spaces`,
		`inspection.rules.RDS_IN_BACKUP_PLAN.by: no Security Hub control evaluates this rule: remove it`,
		`inspection.rules.REQUIRED_TAGS.parameters.tag1Key: is made from the classification: remove it`,
		`inspection.rules.S3_BUCKET_VERSIONING_ENABLED.by: no enabled standard evaluates this rule: add to standards one of ` +
			`nist-800-53-r5, or remove it`,
		`inspection.rules.S3_BUCKET_VERSIONING_ENABLED.parameters.days: the rule takes no parameters: remove it`,
	}, lines)
}

func TestParametersThatAreTooLong(t *testing.T) {
	settings := Settings{Rules: map[string]Rule{
		"S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED": {Parameters: map[string]string{"excludedPublicBuckets": list("bucket-", 200)}},
	}}
	assert.ErrorContains(t, settings.Validate(),
		"rules.S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED.parameters: are 2227 characters long as JSON, and AWS Config takes 1024")
}
