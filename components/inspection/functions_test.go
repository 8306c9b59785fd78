package inspection_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"assetguard/components/inspection"
	"assetguard/internal/contract"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// rooted runs a program in a root where function.zip is built.
func rooted(t *testing.T, run func(*pulumi.Context) error) *recorder.Recorder {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "function.zip"), []byte("zip"), 0o600))
	r, err := recorder.Run(recorder.Program{Stack: "test", Root: root, Run: run})
	require.NoError(t, err)
	return r
}

func TestImporter(t *testing.T) {
	r := rooted(t, func(ctx *pulumi.Context) error {
		_, err := inspection.NewImporter(ctx, "importer", &inspection.ImporterArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Zip: "function.zip", Architecture: "arm64", LogDays: 30,
			Regions: []string{"ap-northeast-2", "us-east-1"}, PackName: pulumi.String("pack"), Language: "ko",
			Schedule: "cron(0 6 * * ? *)", Timezone: "Asia/Seoul",
		})
		return err
	})
	variables := r.Inputs(t, "aws:lambda/function:Function", "importer")["environment"].(map[string]any)["variables"].(map[string]any)
	delete(variables, contract.EnvImportQueueURL)
	require.Equal(t, map[string]any{
		contract.EnvInspectionRegions: "ap-northeast-2,us-east-1", contract.EnvConformancePack: "pack", contract.EnvLanguage: "ko",
		contract.EnvPartition: "aws", contract.EnvAccountID: "123456789012", contract.EnvMaxReceives: "5",
	}, variables)
	require.JSONEq(t, `{"source":["aws.config"],"detail-type":["Config Rules Compliance Change"],"detail":{"configRuleARN":[
		{"wildcard":"arn:aws:config:*:123456789012:config-rule/aws-service-rule/config-conforms.amazonaws.com/*"}]}}`,
		r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "importer")["eventPattern"].(string))
	target := r.Inputs(t, "aws:scheduler/schedule:Schedule", "importer-daily")["target"].(map[string]any)
	require.Equal(t, contract.ImportAllMessage, target["input"])
	require.Contains(t, r.Document(t, "aws:iam/rolePolicy:RolePolicy", "importer", "policy"),
		"arn:aws:securityhub:*:123456789012:product/123456789012/default", "findings of our own product only")
	refused(t, inspection.NewImporter, "importer", &inspection.ImporterArgs{Place: recorder.Place(), Regions: []string{"us-east-1"}},
		"importer importer: KeyArn is required", "PackName is required", "give the place's own region first", "schedule, timezone and language are required")
}

func TestSuppressionKnowsTheRulesOfAllRegions(t *testing.T) {
	day := time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)
	r := rooted(t, func(ctx *pulumi.Context) error {
		_, err := inspection.NewSuppression(ctx, "suppression", &inspection.SuppressionArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Zip: "function.zip", Architecture: "arm64", LogDays: 30, Language: "ko",
			Rules: []inspection.SuppressedBy{
				{ID: "website", LastDay: day, RuleArn: pulumi.String("arn:home").ToStringOutput()},
				{ID: "website", LastDay: day, RuleArn: pulumi.String("arn:there").ToStringOutput()},
			},
			ControlsOff: map[string][]string{"ap-northeast-2": {"IAM.7"}, "us-east-1": {}},
			Schedule:    "cron(15 0 * * ? *)", Timezone: "Asia/Seoul",
		})
		return err
	})
	parameter := r.Inputs(t, "aws:ssm/parameter:Parameter", "suppression")
	require.Equal(t, contract.ParameterAccepted, parameter["name"])
	risks, err := contract.ParseAcceptedRisks(parameter["insecureValue"].(string))
	require.NoError(t, err, "the function reads it")
	require.Equal(t, []contract.AcceptedRisk{
		{ID: "website", RuleARN: "arn:home", Expires: "2027-03-31"},
		{ID: "website", RuleARN: "arn:there", Expires: "2027-03-31"},
	}, risks.Accepted)
	require.Equal(t, map[string][]string{"ap-northeast-2": {"IAM.7"}, "us-east-1": {}}, risks.ControlsOff)
	require.Equal(t, "arn:aws:lambda:ap-northeast-2:123456789012:assetguard-test-suppression",
		r.Inputs(t, "aws:scheduler/schedule:Schedule", "suppression-daily")["target"].(map[string]any)["arn"])
	require.Equal(t, "arn:aws:scheduler:ap-northeast-2:123456789012:schedule/default/assetguard-test-suppression-daily",
		r.Inputs(t, "aws:lambda/permission:Permission", "suppression")["sourceArn"])
	require.Equal(t, map[string]any{"State": "expiring"}, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "suppression-expiring")["dimensions"])
	refused(t, inspection.NewSuppression, "suppression", &inspection.SuppressionArgs{Place: recorder.Place()},
		"suppression suppression: KeyArn is required", "TopicArn is required", "schedule, timezone and language are required")
}

func TestSuppressionWithoutAcceptedRisks(t *testing.T) {
	r := rooted(t, func(ctx *pulumi.Context) error {
		_, err := inspection.NewSuppression(ctx, "suppression", &inspection.SuppressionArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Zip: "function.zip", Architecture: "arm64", LogDays: 30, Language: "en", Schedule: "cron(15 0 * * ? *)", Timezone: "Asia/Seoul",
		})
		return err
	})
	require.Equal(t, `{"accepted":[]}`, r.Inputs(t, "aws:ssm/parameter:Parameter", "suppression")["insecureValue"])
}
