package topic_test

import (
	"testing"

	"assetguard/components/topic"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newTopic(args *topic.Args) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := topic.New(ctx, "notices", args)
		return err
	}})
}

func TestTopicIsEncryptedAndItsSubscriptionsHaveDeadLetters(t *testing.T) {
	r, err := newTopic(&topic.Args{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"),
		Publishers: []string{"cloudwatch.amazonaws.com"}, Emails: []string{"a@example.com", "b@example.com"},
	})
	require.NoError(t, err)
	require.Equal(t, "arn:key", r.Inputs(t, "aws:sns/topic:Topic", "notices")["kmsMasterKeyId"])
	policy := r.Document(t, "aws:sns/topicPolicy:TopicPolicy", "notices", "policy")
	require.Contains(t, policy, "cloudwatch.amazonaws.com")
	require.Contains(t, policy, "aws:SourceAccount")
	for _, address := range []string{"a@example.com", "b@example.com"} {
		in := r.Inputs(t, "aws:sns/topicSubscription:TopicSubscription", "notices-"+address)
		require.Equal(t, address, in["endpoint"])
		require.Contains(t, in["redrivePolicy"], "assetguard-test-notices-undelivered")
	}
}

func TestTopicWithoutReadersNeedsNoDeadLetters(t *testing.T) {
	r, err := newTopic(&topic.Args{Place: recorder.Place(), KeyArn: pulumi.String("arn:key")})
	require.NoError(t, err)
	require.NotContains(t, r.Keys(), "aws:sqs/queue:Queue notices-undelivered")
	require.NotContains(t, r.Document(t, "aws:sns/topicPolicy:TopicPolicy", "notices", "policy"), "PublishFromServices")
}

func TestTopicReportsEveryFault(t *testing.T) {
	r, err := newTopic(&topic.Args{})
	require.ErrorContains(t, err, "topic notices: place: partition is missing")
	require.ErrorContains(t, err, "KeyArn is required")
	require.Empty(t, r.Keys())
}
