package inspection_test

import (
	"testing"

	"assetguard/components/inspection"
	"assetguard/internal/compliance"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestMembersGetWhatIsOn(t *testing.T) {
	r := made(t, inspection.NewMembers, "members", &inspection.MembersArgs{
		Place: recorder.Place(), Scans: []string{"EC2", "LAMBDA"}, DetectorID: pulumi.String("detector"),
	})
	require.Equal(t, map[string]any{
		"autoEnable": true, "autoEnableStandards": "DEFAULT", "organizationConfiguration": map[string]any{"configurationType": "LOCAL"},
	}, r.Inputs(t, "aws:securityhub/organizationConfiguration:OrganizationConfiguration", "members"))
	require.Equal(t, map[string]any{"autoEnable": map[string]any{"ec2": true, "ecr": false, "lambda": true, "lambdaCode": false}},
		r.Inputs(t, "aws:inspector2/organizationConfiguration:OrganizationConfiguration", "members"))
	require.Equal(t, map[string]any{"detectorId": "detector", "autoEnableOrganizationMembers": "ALL"},
		r.Inputs(t, "aws:guardduty/organizationConfiguration:OrganizationConfiguration", "members"))
	refused(t, inspection.NewMembers, "members", &inspection.MembersArgs{}, "members members: place: partition is missing")
}

func TestAggregatorReadsTheOrganisation(t *testing.T) {
	r := made(t, inspection.NewAggregator, "organization", &inspection.AggregatorArgs{Place: recorder.Place(), Regions: []string{"ap-northeast-2"}})
	require.Equal(t, "arn:aws:iam::aws:policy/service-role/AWSConfigRoleForOrganizations",
		r.Inputs(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "organization")["policyArn"])
	source := r.Inputs(t, "aws:cfg/configurationAggregator:ConfigurationAggregator", "organization")["organizationAggregationSource"].(map[string]any)
	require.Equal(t, []any{"ap-northeast-2"}, source["regions"])
	refused(t, inspection.NewAggregator, "organization", &inspection.AggregatorArgs{Place: recorder.Place()}, "regions are required")
}

func TestOrganizationPackIsDeliveredToABucketThatMembersReach(t *testing.T) {
	pack := rendered(t, compliance.Settings{})
	args := inspection.OrganizationPackArgs{
		Place: recorder.Place(), Pack: pack, KeyArn: pulumi.String("arn:key"), OrganizationID: "o-abcdefghij", Excluded: []string{recorder.Account},
	}
	r := made(t, inspection.NewOrganizationPack, "pack", &args)
	bucket := r.Inputs(t, "aws:s3/bucketV2:BucketV2", "pack")["bucket"].(string)
	require.Regexp(t, `^awsconfigconforms-assetguard-test-pack-`, bucket)
	require.Equal(t, map[string]any{
		"name": "assetguard-test-k-isms-organization", "templateBody": pack.Body,
		"deliveryS3Bucket": bucket, "excludedAccounts": []any{recorder.Account},
	}, r.Inputs(t, "aws:cfg/organizationConformancePack:OrganizationConformancePack", "pack"))
	policy := r.Document(t, "aws:s3/bucketPolicy:BucketPolicy", "pack", "policy")
	require.Contains(t, policy, `"aws:PrincipalOrgID": [
            "o-abcdefghij"
          ]`)
	require.Contains(t, policy, "arn:aws:iam::*:role/aws-service-role/config-conforms.amazonaws.com/AWSServiceRoleForConfigConforms")
	refused(t, inspection.NewOrganizationPack, "pack", &inspection.OrganizationPackArgs{Place: recorder.Place(), OrganizationID: "o-1"},
		"organization pack pack: KeyArn is required", "Pack is empty", `OrganizationID is "o-1"`)
}
