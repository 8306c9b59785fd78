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
