package stacks

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assetguard/internal/contract"
	"assetguard/internal/recorder"
	"assetguard/stacks/config"

	"github.com/stretchr/testify/require"
)

// runWith runs an example of stacks/config with its inspection changed.
func runWith(t *testing.T, stack string, inspection map[string]any) (*recorder.Recorder, error) {
	t.Helper()
	clearAWS(t)
	var settings map[string]any
	require.NoError(t, json.Unmarshal([]byte(settingsOf(t, "config/testdata/example."+stack+".yaml")[config.Key]), &settings))
	settings["inspection"] = inspection
	changed, err := json.Marshal(settings)
	require.NoError(t, err)
	return recorder.Run(recorder.Program{
		Stack: stack, Root: rootWithFunctions(t), Config: map[string]string{config.Key: string(changed)}, Run: Run,
	})
}

// with are the registrations whose type or name has a part.
func with(r *recorder.Recorder, part string) []string {
	return slices.DeleteFunc(r.Keys(), func(key string) bool { return !strings.Contains(key, part) })
}

// prod owns the account, dev is its guest: everything that exists once per account is made once.
func TestOwnerAndGuestOfOneAccount(t *testing.T) {
	owner, err := runWith(t, "prod", nil)
	require.NoError(t, err)
	guest, err := runWith(t, "dev", map[string]any{"guardDuty": map[string]any{"enabled": true}})
	require.NoError(t, err)
	for _, part := range []string{
		"assetguard:inspection:", "aws:cfg/", "aws:securityhub/", "aws:inspector2/", "aws:accessanalyzer/", "aws:guardduty/",
		"aws:ebs/encryptionByDefault", "aws:iam/accountPasswordPolicy", "aws:s3/accountPublicAccessBlock",
	} {
		require.Empty(t, with(guest, part), "a guest makes none of %s", part)
		if part != "aws:guardduty/" {
			require.NotEmpty(t, with(owner, part), part)
		}
	}
	for _, key := range with(owner, "assetguard:inspection:") {
		token, name, _ := strings.Cut(key, " ")
		options := owner.Options(t, token, name)
		require.True(t, options.Protect && options.RetainOnDelete, "%s is kept", key)
	}
}

func TestInspectionOfEachRegion(t *testing.T) {
	r, err := runWith(t, "prod", nil)
	require.NoError(t, err)
	home := r.Inputs(t, "aws:cfg/recorder:Recorder", "recorder")["recordingGroup"].(map[string]any)
	there := r.Inputs(t, "aws:cfg/recorder:Recorder", "recorder-us-east-1")["recordingGroup"].(map[string]any)
	require.Equal(t, true, home["includeGlobalResourceTypes"])
	require.Equal(t, false, there["includeGlobalResourceTypes"], "else each role is recorded and billed once per region")
	const bucket = "assetguard-prod-config-111122223333-ap-northeast-2"
	require.Equal(t, bucket, r.Inputs(t, "aws:cfg/deliveryChannel:DeliveryChannel", "recorder-us-east-1")["s3BucketName"])
	for _, name := range []string{"pack", "pack-us-east-1"} {
		require.Contains(t, strings.Join(r.Options(t, "assetguard:inspection:Pack", name).Dependencies, " ")+
			strings.Join(r.Options(t, "aws:cfg/conformancePack:ConformancePack", name).Dependencies, " "), "RecorderStatus", "rules need a recorder that runs")
	}
	require.Equal(t, []any{"us-east-1"}, r.Inputs(t, "aws:securityhub/findingAggregator:FindingAggregator", "aggregation")["specifiedRegions"])
	require.Equal(t, []any{"EC2", "ECR", "LAMBDA"}, r.Inputs(t, "aws:inspector2/enabler:Enabler", "inspector-us-east-1")["resourceTypes"])
	require.Equal(t, r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "importer")["eventPattern"],
		r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "compliance-us-east-1-0")["eventPattern"], "what is sent home is what is taken there")
	require.Empty(t, with(r, "DefaultSecurityGroup"), "closing the default group cuts off access, so it is asked for")
	require.Empty(t, with(r, "aws:guardduty/"))
}

// The region of the global services is covered for tags without being configured: it is not inspected.
func TestInspectionInConfiguredRegionsOnly(t *testing.T) {
	sandboxEnvironment(t)
	r, err := run(t, "local", "../Pulumi.local.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, with(r, "forward-us-east-1"))
	for _, part := range []string{"assetguard:inspection:", "aws:cfg/", "aws:securityhub/"} {
		for _, key := range with(r, part) {
			require.NotContains(t, key, "us-east-1")
		}
	}
	require.Empty(t, with(r, "FindingAggregator"), "there is nothing to aggregate")
}

func TestInspectionWithEverythingOn(t *testing.T) {
	r, err := runWith(t, "prod", map[string]any{
		"inspector": map[string]any{"lambdaCode": true}, "config": map[string]any{"recording": "daily", "historyDays": 400},
		"checks": map[string]any{
			"standards": []string{"nist-800-53-r5"},
			"rules":     map[string]any{"IAM_PASSWORD_POLICY": map[string]any{"parameters": map[string]any{"MinimumPasswordLength": "16"}}},
		},
		"products":  []string{"aquasecurity/aquasecurity"},
		"guardDuty": map[string]any{"enabled": true, "features": []string{"RDS_LOGIN_EVENTS"}},
		"baseline":  map[string]any{"closeDefaultSecurityGroup": true, "passwordPolicy": false},
		"accepted": []any{map[string]any{
			"id": "website", "reason": "meant for everybody", "expires": "2999-03-31", "controls": []string{"S3.8"},
		}},
	})
	require.NoError(t, err)
	require.Equal(t, []any{"EC2", "ECR", "LAMBDA", "LAMBDA_CODE"}, r.Inputs(t, "aws:inspector2/enabler:Enabler", "inspector")["resourceTypes"])
	require.Equal(t, map[string]any{"recordingFrequency": "DAILY"}, r.Inputs(t, "aws:cfg/recorder:Recorder", "recorder")["recordingMode"])
	require.Contains(t, r.Inputs(t, "aws:cfg/conformancePack:ConformancePack", "pack")["templateBody"], `MinimumPasswordLength: "16"`)
	require.Equal(t, "ENABLED", r.Inputs(t, "aws:guardduty/detectorFeature:DetectorFeature", "detector-us-east-1-RDS_LOGIN_EVENTS")["status"])
	require.Equal(t, recorder.DefaultVPC, r.Inputs(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "region-baseline-us-east-1")["vpcId"])
	require.Empty(t, with(r, "accountPasswordPolicy"))
	require.Len(t, with(r, "-accepted-website"), 2, "rules see findings of their own region only")
	risks, err := contract.ParseAcceptedRisks(r.Inputs(t, "aws:ssm/parameter:Parameter", "suppression")["insecureValue"].(string))
	require.NoError(t, err)
	require.Len(t, risks.Accepted, 2)
}

// What exists is taken over or left alone; what builds on it is made all the same.
func TestInspectionOfWhatExists(t *testing.T) {
	const arn = "arn:aws:securityhub:ap-northeast-2:111122223333:finding-aggregator/abcd1234-abcd-1234-1234-abcdef123456"
	r, err := runWith(t, "prod", map[string]any{
		"guardDuty": map[string]any{"enabled": true},
		"existing": map[string]any{
			"ap-northeast-2": map[string]any{
				"securityHub": "import", "recorder": "import", "recorderName": "company", "configRole": "import", "analyzer": "import",
				"analyzerName": "company", "guardDuty": "import", "detectorId": "12abc34d567e8fa901bc2d34e56789f0",
				"findingAggregator": "import", "findingAggregatorArn": arn,
			},
			"us-east-1": map[string]any{
				"securityHub": "leave", "recorder": "leave", "analyzer": "leave", "guardDuty": "leave", "inspector": "leave",
			},
		},
	})
	require.NoError(t, err)
	for key, id := range map[[2]string]string{
		{"aws:securityhub/account:Account", "hub"}:                             "111122223333",
		{"aws:cfg/recorder:Recorder", "recorder"}:                              "company",
		{"aws:cfg/deliveryChannel:DeliveryChannel", "recorder"}:                "default",
		{"aws:accessanalyzer/analyzer:Analyzer", "analyzer"}:                   "company",
		{"aws:guardduty/detector:Detector", "detector"}:                        "12abc34d567e8fa901bc2d34e56789f0",
		{"aws:securityhub/findingAggregator:FindingAggregator", "aggregation"}: arn,
	} {
		require.Equal(t, id, r.Options(t, key[0], key[1]).ImportID, "%v", key)
	}
	for _, made := range []string{"Account hub-us-east-1", "Recorder recorder-us-east-1", "Analyzer analyzer-us-east-1", "Detector detector-us-east-1", "Enabler inspector-us-east-1"} {
		require.Empty(t, with(r, made))
	}
	require.NotEmpty(t, with(r, "ConformancePack pack-us-east-1"))
	require.NotEmpty(t, with(r, "StandardsSubscription hub-us-east-1-fsbp"))
}

func TestInspectionWithoutARecorderOfItsOwn(t *testing.T) {
	leave := map[string]any{"recorder": "leave"}
	r, err := runWith(t, "prod", map[string]any{"existing": map[string]any{"ap-northeast-2": leave, "us-east-1": leave}})
	require.NoError(t, err)
	require.Empty(t, with(r, "assetguard:inspection:History"))
	require.Empty(t, with(r, "aws:iam/serviceLinkedRole"))
	require.Len(t, with(r, "aws:cfg/conformancePack"), 2)
}

func TestDelegatedAdministratorOfAnOrganisation(t *testing.T) {
	r, err := runWith(t, "prod", map[string]any{
		"guardDuty":    map[string]any{"enabled": true},
		"organization": map[string]any{"role": "delegatedAdministrator", "id": "o-abcdefghij"},
	})
	require.NoError(t, err, "the policy gate lets the bucket of the organisation pass")
	for _, name := range []string{"members", "members-us-east-1"} {
		for _, service := range []string{"securityhub", "inspector2", "guardduty"} {
			r.Inputs(t, "aws:"+service+"/organizationConfiguration:OrganizationConfiguration", name)
		}
	}
	require.Equal(t, "ORGANIZATION", r.Inputs(t, "aws:accessanalyzer/analyzer:Analyzer", "analyzer")["type"])
	pack := r.Inputs(t, "aws:cfg/organizationConformancePack:OrganizationConformancePack", "organization-pack")
	require.Equal(t, []any{"111122223333"}, pack["excludedAccounts"], "this account has its own")
	require.True(t, strings.HasPrefix(pack["deliveryS3Bucket"].(string), "awsconfigconforms-"))
	aggregator := r.Inputs(t, "aws:cfg/configurationAggregator:ConfigurationAggregator", "organization")
	require.Equal(t, []any{"ap-northeast-2", "us-east-1"}, aggregator["organizationAggregationSource"].(map[string]any)["regions"])
	golden(t, "organization-bucket-policy.json", r.Document(t, "aws:s3/bucketPolicy:BucketPolicy", "organization-pack", "policy"))

	alone, err := runWith(t, "prod", nil)
	require.NoError(t, err)
	for _, part := range []string{"organizationConfiguration", "organizationConformancePack", "configurationAggregator"} {
		require.Empty(t, with(alone, part))
	}
}
