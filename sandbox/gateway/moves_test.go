package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDeadLettersAreMovedBack: to the queue that gave them up, with their attributes.
func TestDeadLettersAreMovedBack(t *testing.T) {
	c := newCloud(t)
	queues := sqs.NewFromConfig(c.config("test"))
	make := func(name string, attributes map[string]string) (*string, string) {
		made, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		require.NoError(t, err)
		return made.QueueUrl, "arn:aws:sqs:" + region + ":" + account + ":" + name
	}
	dead, deadARN := make("dead", nil)
	live, liveARN := make("live", map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, deadARN)})
	for i := range 12 {
		_, err := queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: dead, MessageBody: aws.String(fmt.Sprint(i)),
			MessageAttributes: map[string]sqstypes.MessageAttributeValue{"ERROR_CODE": {DataType: aws.String("String"), StringValue: aws.String("x")}}})
		require.NoError(t, err)
	}
	_, err := queues.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &liveARN})
	require.ErrorContains(t, err, "must be configured as a Dead Letter Queue")
	started, err := queues.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &deadARN})
	require.NoError(t, err)
	assert.NotEmpty(t, started.TaskHandle)
	require.Eventually(t, func() bool {
		got, err := queues.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: &deadARN})
		return err == nil && len(got.Results) == 1 && aws.ToString(got.Results[0].Status) == "COMPLETED" && got.Results[0].ApproximateNumberOfMessagesMoved == 12
	}, time.Minute, 50*time.Millisecond)
	got, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: live, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"}})
	require.NoError(t, err)
	require.Len(t, got.Messages, 10)
	assert.Equal(t, "x", aws.ToString(got.Messages[0].MessageAttributes["ERROR_CODE"].StringValue))
	_, err = queues.CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: started.TaskHandle})
	require.ErrorContains(t, err, "Task does not exist")
}
