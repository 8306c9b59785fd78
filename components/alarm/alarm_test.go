package alarm_test

import (
	"testing"

	"assetguard/components/alarm"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestAlarmReportsEveryFault(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := alarm.New(ctx, "late", &alarm.Args{Period: 90})
		return err
	}})
	for _, want := range []string{
		"alarm late: Description is required", "Namespace is required", "Metric is required", "Statistic is required",
		"period is 90; give 60 seconds or a multiple", "TopicArn is required",
	} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}

func TestSilence(t *testing.T) {
	run := func(change func(*alarm.Args)) (*recorder.Recorder, error) {
		return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
			args := &alarm.Args{Description: "d", Namespace: "n", Metric: "m", Statistic: "Sum", SilentHours: 26, TopicArn: pulumi.String("arn:topic")}
			change(args)
			_, err := alarm.New(ctx, "silent", args)
			return err
		}})
	}
	r, err := run(func(*alarm.Args) {})
	require.NoError(t, err)
	in := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "silent")
	require.Equal(t, "breaching", in["treatMissingData"])
	require.Equal(t, "LessThanThreshold", in["comparisonOperator"])
	require.InDelta(t, 26, in["evaluationPeriods"], 0)
	require.InDelta(t, 3600, in["period"], 0)
	require.InDelta(t, 1, in["threshold"], 0)
	for want, change := range map[string]func(*alarm.Args){
		"SilentHours is 168; give 1 to 167": func(a *alarm.Args) { a.SilentHours = 168 },
		"neither Period nor Threshold":      func(a *alarm.Args) { a.Period = 60 },
		"needs the statistic Sum":           func(a *alarm.Args) { a.Statistic = "Maximum" },
	} {
		_, err := run(change)
		require.ErrorContains(t, err, want)
	}
}
