package queue_test

import (
	"testing"

	"assetguard/components/queue"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newQueue(args *queue.Args) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := queue.New(ctx, "work", args)
		return err
	}})
}

func TestQueueHasDeadLettersPoliciesAndAlarms(t *testing.T) {
	r, err := newQueue(&queue.Args{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
		Senders:           []queue.Sender{{Service: "events.amazonaws.com", SourceArns: []string{"arn:rule"}}},
		VisibilitySeconds: 360, MaxReceives: 5, MaxAgeSeconds: 900,
	})
	require.NoError(t, err)
	main := r.Inputs(t, "aws:sqs/queue:Queue", "work")
	require.Equal(t, "assetguard-test-work", main["name"])
	require.Equal(t, "arn:key", main["kmsMasterKeyId"])
	require.JSONEq(t, `{"deadLetterTargetArn":"arn:aws:sqs:ap-northeast-2:123456789012:assetguard-test-work-dead","maxReceiveCount":5}`,
		main["redrivePolicy"].(string))
	require.InDelta(t, 1209600, r.Inputs(t, "aws:sqs/queue:Queue", "work-dead")["messageRetentionSeconds"], 0)
	require.JSONEq(t, `{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:ap-northeast-2:123456789012:assetguard-test-work"]}`,
		r.Inputs(t, "aws:sqs/queue:Queue", "work-dead")["redriveAllowPolicy"].(string))

	policy := r.Document(t, "aws:sqs/queue:Queue", "work", "policy")
	require.Contains(t, policy, "arn:rule")
	require.NotContains(t, r.Document(t, "aws:sqs/queue:Queue", "work-dead", "policy"), "arn:rule")

	for alarm, metric := range map[string]string{
		"work-late":         "ApproximateAgeOfOldestMessage",
		"work-dead-waiting": "ApproximateNumberOfMessagesVisible",
	} {
		in := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", alarm)
		require.Equal(t, metric, in["metricName"])
		require.Equal(t, []any{"arn:topic"}, in["alarmActions"])
		require.Equal(t, "notBreaching", in["treatMissingData"])
	}
}

func TestQueueReportsEveryFault(t *testing.T) {
	r, err := newQueue(&queue.Args{Senders: []queue.Sender{{}}, VisibilitySeconds: 50000})
	for _, want := range []string{
		"queue work:", "region is missing", "KeyArn is required", "TopicArn is required",
		"sender 0: Service and SourceArns are both required", "VisibilitySeconds is 50000; give 1 to 43200",
		"MaxReceives is 0", "MaxAgeSeconds is 0",
	} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}
