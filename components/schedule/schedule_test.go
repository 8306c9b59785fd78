package schedule_test

import (
	"testing"

	"assetguard/components/schedule"
	"assetguard/internal/place"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newSchedule(args *schedule.Args) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := schedule.New(ctx, "daily", args)
		return err
	}})
}

func args(p place.Place) *schedule.Args {
	return &schedule.Args{
		Place: p, KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), Description: "Starts the day",
		Expression: "cron(0 6 * * ? *)", Timezone: "Asia/Seoul", Message: "{}",
		TargetArn: pulumi.String("arn:function").ToStringOutput(), Action: "lambda:InvokeFunction",
	}
}

func TestSchedule(t *testing.T) {
	p := recorder.Place()
	p.RoleBoundary = "arn:boundary"
	r, err := newSchedule(args(p))
	require.NoError(t, err)
	in := r.Inputs(t, "aws:scheduler/schedule:Schedule", "daily")
	require.Equal(t, "cron(0 6 * * ? *)", in["scheduleExpression"])
	require.Equal(t, "Asia/Seoul", in["scheduleExpressionTimezone"])
	target := in["target"].(map[string]any)
	require.Equal(t, "arn:function", target["arn"])
	require.Equal(t, "{}", target["input"])
	require.Contains(t, target["deadLetterConfig"].(map[string]any)["arn"], "assetguard-test-daily-undelivered")
	require.Equal(t, "arn:boundary", r.Inputs(t, "aws:iam/role:Role", "daily-schedule")["permissionsBoundary"])
	require.Contains(t, r.Document(t, "aws:iam/rolePolicy:RolePolicy", "daily-schedule", "policy"), "lambda:InvokeFunction")
	require.Contains(t, r.Keys(), "aws:cloudwatch/metricAlarm:MetricAlarm daily-undelivered-waiting")
	require.NotEmpty(t, r.Options(t, "aws:scheduler/schedule:Schedule", "daily").Dependencies, "on the role's policy")
}

func TestARNIsKnownBefore(t *testing.T) {
	var arn string
	_, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		arn = schedule.ARN(ctx, recorder.Place(), "daily")
		return nil
	}})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:scheduler:ap-northeast-2:123456789012:schedule/default/assetguard-test-daily", arn)
}

func TestScheduleReportsEveryFault(t *testing.T) {
	r, err := newSchedule(&schedule.Args{Action: "sns:Publish"})
	for _, want := range []string{
		"schedule daily: place: partition is missing", "KeyArn is required", "TopicArn is required", "expression and message are required",
		"timezone is no IANA name", `action is "sns:Publish"; give sqs:SendMessage or lambda:InvokeFunction`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}
