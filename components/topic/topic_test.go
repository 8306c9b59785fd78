package topic_test

import (
	"encoding/json"
	"testing"

	"assetguard/components/queue"
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
		Publishers: []topic.Publisher{topic.Alarms(recorder.Place())}, Emails: []string{"a@example.com", "b@example.com"},
	})
	require.NoError(t, err)
	require.Equal(t, "arn:key", r.Inputs(t, "aws:sns/topic:Topic", "notices")["kmsMasterKeyId"])
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
	require.NotContains(t, r.Document(t, "aws:sns/topicPolicy:TopicPolicy", "notices", "policy"), "Service")
}

func TestEachServicePublishesForItsOwnResourcesOnly(t *testing.T) {
	r, err := newTopic(&topic.Args{Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), Publishers: []topic.Publisher{
		topic.Alarms(recorder.Place()), topic.Budgets(recorder.Place()), topic.Prometheus(recorder.Place()),
	}})
	require.NoError(t, err)
	var policy struct{ Statement []json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(r.Inputs(t, "aws:sns/topicPolicy:TopicPolicy", "notices")["policy"].(string)), &policy))
	const topicArn = "arn:aws:sns:ap-northeast-2:123456789012:assetguard-test-notices"
	for i, want := range []struct{ sid, service, actions, source string }{
		{"PublishAlarms", "cloudwatch", `"sns:Publish"`, "arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:*"},
		{"PublishBudgets", "budgets", `"sns:Publish"`, "arn:aws:budgets::123456789012:*"},
		{"PublishAlerts", "aps", `"sns:Publish","sns:GetTopicAttributes"`, "arn:aws:aps:ap-northeast-2:123456789012:workspace/*"},
	} {
		require.JSONEq(t, `{"Sid":"`+want.sid+`","Effect":"Allow","Principal":{"Service":["`+want.service+`.amazonaws.com"]},
			"Action":[`+want.actions+`],"Resource":["`+topicArn+`"],"Condition":{
			"StringEquals":{"aws:SourceAccount":["123456789012"]},"ArnLike":{"aws:SourceArn":["`+want.source+`"]}}}`,
			string(policy.Statement[2+i]))
	}
}

func TestReaderPutsNoticesAsTheyAreIntoTheQueue(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		var topics []*topic.Topic
		for _, name := range []string{"security", "devops"} {
			made, err := topic.New(ctx, name, &topic.Args{Place: recorder.Place(), KeyArn: pulumi.String("arn:key")})
			if err != nil {
				return err
			}
			topics = append(topics, made)
		}
		q, err := queue.New(ctx, "posts", &queue.Args{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Senders: []queue.Sender{topic.Sender(topics...)}, VisibilitySeconds: 360, MaxReceives: 5, MaxAgeSeconds: 900,
		})
		if err != nil {
			return err
		}
		_, err = topic.NewReader(ctx, "posts", &topic.ReaderArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), Topics: topics, Queue: q,
		})
		return err
	}})
	require.NoError(t, err)
	const sns, sqs = "arn:aws:sns:ap-northeast-2:123456789012:assetguard-test-", "arn:aws:sqs:ap-northeast-2:123456789012:assetguard-test-"
	for _, name := range []string{"security", "devops"} {
		require.Equal(t, map[string]any{
			"topic": sns + name, "protocol": "sqs", "endpoint": sqs + "posts", "rawMessageDelivery": true,
			"redrivePolicy": `{"deadLetterTargetArn":"` + sqs + `posts-undelivered"}`,
		}, r.Inputs(t, "aws:sns/topicSubscription:TopicSubscription", "posts-"+name))
		for _, queue := range []string{"posts", "posts-undelivered"} {
			require.Contains(t, r.Document(t, "aws:sqs/queue:Queue", queue, "policy"), sns+name)
		}
	}
}

func TestReaderReportsEveryFault(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := topic.NewReader(ctx, "posts", &topic.ReaderArgs{})
		return err
	}})
	for _, want := range []string{"reader posts: place: partition is missing", "KeyArn is required", "TopicArn is required", "topics and queue are required"} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}

func TestTopicReportsEveryFault(t *testing.T) {
	r, err := newTopic(&topic.Args{Publishers: []topic.Publisher{{Service: "cloudwatch.amazonaws.com"}}})
	require.ErrorContains(t, err, "topic notices: ")
	require.ErrorContains(t, err, "place: partition is missing")
	require.ErrorContains(t, err, "KeyArn is required")
	require.ErrorContains(t, err, "publisher 0: Sid, Service and SourceArn are all required")
	require.Empty(t, r.Keys())
}
