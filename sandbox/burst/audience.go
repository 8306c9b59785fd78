package burst

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
)

// audience is a subscriber of the security topic that gets every notice as the Slack function gets it.
type audience struct {
	queues       *sqs.Client
	topics       *sns.Client
	queue        *string
	subscription *string
}

// heard is what an audience was told.
type heard struct {
	Singles  map[string]int // by finding
	Digests  int
	InDigest int // findings in the digests
	Notices  int // of any kind
}

// listen subscribes to the topic that the function of findings publishes to.
func (r *run) listen(ctx context.Context) (*audience, error) {
	got, err := lambda.NewFromConfig(r.AWS).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &r.findings.Name})
	if err != nil {
		return nil, err
	}
	if got.Environment == nil || got.Environment.Variables[contract.EnvSecurityTopic] == "" {
		return nil, fmt.Errorf("function %s has no %s", r.findings.Name, contract.EnvSecurityTopic)
	}
	topic := got.Environment.Variables[contract.EnvSecurityTopic]
	a := &audience{queues: sqs.NewFromConfig(r.AWS), topics: sns.NewFromConfig(r.AWS)}
	arn := strings.Join([]string{"arn:aws:sqs", r.AWS.Region, r.findings.Account, r.id}, ":")
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":%q,"Condition":{"ArnEquals":{"aws:SourceArn":%q}}}]}`, arn, topic)
	made, err := a.queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &r.id, Attributes: map[string]string{"Policy": policy}})
	if err != nil {
		return nil, err
	}
	a.queue = made.QueueUrl
	subscribed, err := a.topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn, ReturnSubscriptionArn: true, Attributes: map[string]string{"RawMessageDelivery": "true"}})
	if err != nil {
		return nil, errors.Join(err, a.leave(ctx))
	}
	a.subscription = subscribed.SubscriptionArn
	return a, nil
}

// leave removes the subscription and the queue.
func (a *audience) leave(ctx context.Context) error {
	var err error
	if a.subscription != nil {
		_, err = a.topics.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: a.subscription})
	}
	_, queueErr := a.queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: a.queue})
	return errors.Join(err, queueErr)
}

// hear takes everything that was sent since the last time.
func (a *audience) hear(ctx context.Context) (heard, error) {
	all := heard{Singles: map[string]int{}}
	for {
		got, err := a.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: a.queue, MaxNumberOfMessages: 10, VisibilityTimeout: 300})
		if err != nil || len(got.Messages) == 0 {
			return all, err
		}
		entries := make([]sqstypes.DeleteMessageBatchRequestEntry, len(got.Messages))
		for i, m := range got.Messages {
			entries[i] = sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle}
			if err := all.take(aws.ToString(m.Body)); err != nil {
				return all, err
			}
		}
		if _, err := a.queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: a.queue, Entries: entries}); err != nil {
			return all, err
		}
	}
}

func (h *heard) take(body string) error {
	n, err := notice.Parse([]byte(body))
	if errors.Is(err, notice.ErrNotOurs) {
		return nil // an alarm
	}
	if err != nil {
		return err
	}
	h.Notices++
	switch {
	case n.Finding != nil:
		h.Singles[n.Finding.ID]++
	case n.Digest != nil:
		h.Digests++
		h.InDigest += n.Digest.Total
	}
	return nil
}
