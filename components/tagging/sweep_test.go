package tagging_test

import (
	"os"
	"path/filepath"
	"testing"

	"assetguard/components/tagging"
	"assetguard/internal/contract"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newSweep(t *testing.T) *recorder.Recorder {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "sweep.zip"), []byte("zip"), 0o600))
	r, err := recorder.Run(recorder.Program{Stack: "test", Root: root, Run: func(ctx *pulumi.Context) error {
		_, err := tagging.NewSweep(ctx, "sweep", &tagging.SweepArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Zip: "sweep.zip", Architecture: "arm64", LogDays: 30,
			PolicyName: pulumi.String("/p"), OverridesName: pulumi.String("/o"),
			Regions: []string{"ap-northeast-2", "us-east-1"}, Schedule: "cron(0 4 * * ? *)", Timezone: "Asia/Seoul", RegisterDays: 365,
			RemovedKeys: contract.RemovedKeysReport,
		})
		return err
	}})
	require.NoError(t, err)
	return r
}

func TestSweep(t *testing.T) {
	r := newSweep(t)
	schedule := r.Inputs(t, "aws:scheduler/schedule:Schedule", "sweep")
	require.Equal(t, "cron(0 4 * * ? *)", schedule["scheduleExpression"])
	require.Equal(t, "Asia/Seoul", schedule["scheduleExpressionTimezone"])
	target := schedule["target"].(map[string]any)
	require.Equal(t, "arn:aws:sqs:ap-northeast-2:123456789012:assetguard-test-sweep", target["arn"])
	require.Contains(t, target["deadLetterConfig"].(map[string]any)["arn"], "sweep-undelivered")
	require.Contains(t, r.Document(t, "aws:iam/role:Role", "sweep-schedule", "assumeRolePolicy"), "scheduler.amazonaws.com")

	require.InDelta(t, 1, r.Inputs(t, "aws:lambda/eventSourceMapping:EventSourceMapping", "sweep")["batchSize"], 0)
	variables := r.Inputs(t, "aws:lambda/function:Function", "sweep")["environment"].(map[string]any)["variables"].(map[string]any)
	require.Equal(t, "ap-northeast-2,us-east-1", variables[contract.EnvSweepRegions])
	require.Contains(t, variables[contract.EnvRegisterBucket], "assetguard-test-sweep-register-")
	require.Contains(t, variables, contract.EnvSweepQueueURL)
	require.Equal(t, "report", variables[contract.EnvRemovedKeys])
	for _, name := range []string{contract.EnvPartition, contract.EnvAccountID, contract.EnvTimezone, contract.EnvPolicyParameter, contract.EnvOverridesParameter} {
		require.NotEmpty(t, variables[name], name)
	}
	silent := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "sweep-silent")
	require.Equal(t, contract.MetricSweepFinished, silent["metricName"])
	require.InDelta(t, 26, silent["evaluationPeriods"], 0)
	require.Equal(t, "breaching", silent["treatMissingData"])
}

func TestSweepReportsEveryFault(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := tagging.NewSweep(ctx, "sweep", &tagging.SweepArgs{Place: recorder.Place(), Regions: []string{"us-east-1"}, Schedule: "daily"})
		return err
	}})
	for _, want := range []string{
		"sweep sweep: KeyArn is required", "TopicArn is required", "PolicyName is required", "OverridesName is required",
		"RegisterDays is 0; give 90 to 36500", "give the place's own region first", `schedule is "daily"`, "timezone is no IANA name",
		`RemovedKeys is "": give restore or report`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}
