package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/account/deadletters"
	"assetguard/stacks/config"
)

func TestDeadLettersNamesEveryFault(t *testing.T) {
	_, err := parseDeadLetters([]string{"purge", "-stack", "No", "-most", "0", "more"})
	for _, part := range []string{`"purge": want list, show or redrive`, `unknown argument "more"`, `-stack is "No"`, "-most is 0", "usage:"} {
		assert.ErrorContains(t, err, part)
	}
	_, err = parseDeadLetters([]string{"show", "-stack", "prod"})
	require.ErrorContains(t, err, "-queue is missing")
	a, err := parseDeadLetters([]string{"redrive", "-stack", "prod", "-queue", "findings-dead", "-dry-run"})
	require.NoError(t, err)
	assert.Equal(t, deadLetterArguments{verb: "redrive", stack: "prod", queue: "findings-dead", most: 10, dry: true}, a)
	assert.Equal(t, 2, exitCode(run(t.Context(), []string{"deadletters"}, &bytes.Buffer{})))
}

func TestRegionsWithDeadLetters(t *testing.T) {
	for _, c := range []struct {
		home, role string
		others     []string
		want       []string
	}{
		{"ap-northeast-2", config.RoleOwner, nil, []string{"ap-northeast-2", "us-east-1"}},
		{"ap-northeast-2", config.RoleGuest, nil, []string{"ap-northeast-2"}},
		{"ap-northeast-2", config.RoleOwner, []string{"us-east-1", "eu-west-1"}, []string{"ap-northeast-2", "us-east-1", "eu-west-1"}},
		{"cn-northwest-1", config.RoleOwner, nil, []string{"cn-northwest-1", "cn-north-1"}},
		{"us-gov-east-1", config.RoleOwner, nil, []string{"us-gov-east-1", "us-gov-west-1"}},
	} {
		assert.Equal(t, c.want, regionsOf(&config.Settings{
			Account: config.Account{Role: c.role}, Regions: config.Regions{Home: c.home, Others: c.others},
		}), "%+v", c)
	}
}

// queues are two dead-letter queues, one with a message that an unknown sender left.
type queues struct {
	deadletters.Queues
	deadletters.Topics
	moved bool
}

const deadURL, emptyURL, findingsURL = "http://sqs/1/assetguard-prod-findings-dead", "http://sqs/1/assetguard-prod-slack-undelivered", "http://sqs/1/assetguard-prod-findings"

func (q *queues) ListQueues(context.Context, *sqs.ListQueuesInput, ...func(*sqs.Options)) (*sqs.ListQueuesOutput, error) {
	return &sqs.ListQueuesOutput{QueueUrls: []string{emptyURL, deadURL, findingsURL}}, nil
}

func (q *queues) ListDeadLetterSourceQueues(_ context.Context, in *sqs.ListDeadLetterSourceQueuesInput, _ ...func(*sqs.Options)) (*sqs.ListDeadLetterSourceQueuesOutput, error) {
	out := &sqs.ListDeadLetterSourceQueuesOutput{}
	if *in.QueueUrl == deadURL {
		out.QueueUrls = []string{findingsURL}
	}
	return out, nil
}

func (q *queues) GetQueueAttributes(_ context.Context, in *sqs.GetQueueAttributesInput, _ ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	count := "0"
	if *in.QueueUrl == deadURL && !q.moved {
		count = "1"
	}
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{
		"QueueArn": "arn:aws:sqs:r:1:" + (*in.QueueUrl)[len("http://sqs/1/"):], "ApproximateNumberOfMessages": count, "ApproximateNumberOfMessagesNotVisible": "0",
	}}, nil
}

func (q *queues) ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	return &sqs.ReceiveMessageOutput{Messages: []types.Message{{
		MessageId: aws.String("m-1"), ReceiptHandle: aws.String("h"), Body: aws.String(`{"detail":{"findings":[]}}`),
		Attributes:        map[string]string{"SentTimestamp": "1795338000000", "ApproximateReceiveCount": "11"},
		MessageAttributes: map[string]types.MessageAttributeValue{"Reason": {StringValue: aws.String("no \x1b[31mtopic")}},
	}}}, nil
}

func (q *queues) ChangeMessageVisibility(context.Context, *sqs.ChangeMessageVisibilityInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error) {
	return &sqs.ChangeMessageVisibilityOutput{}, nil
}

func (q *queues) StartMessageMoveTask(context.Context, *sqs.StartMessageMoveTaskInput, ...func(*sqs.Options)) (*sqs.StartMessageMoveTaskOutput, error) {
	q.moved = true
	return &sqs.StartMessageMoveTaskOutput{}, nil
}

func (q *queues) ListMessageMoveTasks(context.Context, *sqs.ListMessageMoveTasksInput, ...func(*sqs.Options)) (*sqs.ListMessageMoveTasksOutput, error) {
	return &sqs.ListMessageMoveTasksOutput{Results: []types.ListMessageMoveTasksResultEntry{{Status: aws.String("COMPLETED"), ApproximateNumberOfMessagesMoved: 1}}}, nil
}

func deadLetters(t *testing.T, q *queues, confirm func() error, arguments ...string) (string, error) {
	t.Helper()
	a, err := parseDeadLetters(append(arguments, "-stack", "prod"))
	require.NoError(t, err)
	stack := &deadletters.Stack{
		Prefix: "assetguard-prod-", Regions: []string{"ap-northeast-2"}, Wait: deadletters.Sleep,
		Now:     func() time.Time { return time.UnixMilli(1795338000000).Add(90 * time.Minute) },
		Clients: func(string) deadletters.Region { return deadletters.Region{Queues: q, Topics: q} },
	}
	var out bytes.Buffer
	err = a.do(t.Context(), stack, confirm, &out)
	return out.String(), err
}

func TestDeadLettersListShowRedrive(t *testing.T) {
	never := func() error { return errors.New("asked") }
	q := &queues{}
	out, err := deadLetters(t, q, never, "list")
	require.NoError(t, err)
	assert.Equal(t, "QUEUE              REGION          MESSAGES  OLDEST  REDRIVE\n"+
		"findings-dead      ap-northeast-2  1         1h30m   back to assetguard-prod-findings\n"+
		"slack-undelivered  ap-northeast-2  0         -       each to where it was meant to go\n\n"+
		"1 of 2 dead-letter queues hold 1 messages\n", out)

	out, err = deadLetters(t, q, never, "show", "-queue", "findings-dead")
	require.NoError(t, err)
	assert.Equal(t, "findings-dead in ap-northeast-2: 1 of 1 messages\n\nm-1  sent 2026-11-22T09:00:00Z, received 11 times\n"+
		"  Reason: no [31mtopic\n{\n  \"detail\": {\n    \"findings\": []\n  }\n}\n", out)
	_, err = deadLetters(t, q, never, "show", "-queue", "gone")
	require.Equal(t, 2, exitCode(err))

	out, err = deadLetters(t, q, never, "redrive", "-dry-run")
	require.NoError(t, err)
	assert.Equal(t, "findings-dead in ap-northeast-2: 1 messages\n  all to queue assetguard-prod-findings\n\ndry run: nothing was sent\n", out)
	_, err = deadLetters(t, q, never, "redrive")
	require.ErrorContains(t, err, "asked")
	require.False(t, q.moved, "nothing without the answer")

	out, err = deadLetters(t, q, func() error { return nil }, "redrive")
	require.NoError(t, err)
	assert.Contains(t, out, "findings-dead in ap-northeast-2: 1 sent on\n")
	out, err = deadLetters(t, q, never, "redrive")
	require.NoError(t, err)
	assert.Equal(t, "nothing waits there\n", out)
}
