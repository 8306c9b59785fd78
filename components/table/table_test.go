package table_test

import (
	"testing"

	"assetguard/components/table"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newTable(args *table.Args) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := table.New(ctx, "state", args)
		return err
	}})
}

func TestTable(t *testing.T) {
	r, err := newTable(&table.Args{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
		Key: "Key", Expires: "ExpiresAt", DeletionProtection: true,
	})
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"name": "assetguard-test-state", "billingMode": "PAY_PER_REQUEST", "hashKey": "Key",
		"attributes":                []any{map[string]any{"name": "Key", "type": "S"}},
		"ttl":                       map[string]any{"attributeName": "ExpiresAt", "enabled": true},
		"deletionProtectionEnabled": true,
		"pointInTimeRecovery":       map[string]any{"enabled": true},
		"serverSideEncryption":      map[string]any{"enabled": true, "kmsKeyArn": "arn:key"},
	}, r.Inputs(t, "aws:dynamodb/table:Table", "state"))
	for alarm, metric := range map[string]string{"state-reads-throttled": "ReadThrottleEvents", "state-writes-throttled": "WriteThrottleEvents"} {
		in := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", alarm)
		require.Equal(t, metric, in["metricName"])
		require.Equal(t, map[string]any{"TableName": "assetguard-test-state"}, in["dimensions"])
		require.Equal(t, []any{"arn:topic"}, in["alarmActions"])
	}
}

func TestTableWithoutExpiry(t *testing.T) {
	r, err := newTable(&table.Args{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), Key: "Key",
	})
	require.NoError(t, err)
	require.NotContains(t, r.Inputs(t, "aws:dynamodb/table:Table", "state"), "ttl")
}

func TestTableReportsEveryFault(t *testing.T) {
	r, err := newTable(&table.Args{})
	for _, want := range []string{"table state: place: partition is missing", "KeyArn is required", "TopicArn is required", "key is required"} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}
