package client

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Function is a function that a queue feeds, as it is deployed.
type Function struct {
	Account, Name string
	queues        *sqs.Client
	queue, dead   *string // URLs
}

// Find finds a function by its event source mapping and the end of its name, as "-findings".
func Find(ctx context.Context, cfg aws.Config, suffix string) (Function, error) {
	d := Function{queues: sqs.NewFromConfig(cfg)}
	mappings := lambda.NewListEventSourceMappingsPaginator(lambda.NewFromConfig(cfg), &lambda.ListEventSourceMappingsInput{})
	for mappings.HasMorePages() {
		page, err := mappings.NextPage(ctx)
		if err != nil {
			return d, fmt.Errorf("event source mappings: %w", err)
		}
		for _, m := range page.EventSourceMappings {
			function := aws.ToString(m.FunctionArn)
			name := function[strings.LastIndexByte(function, ':')+1:]
			if !strings.HasSuffix(name, suffix) {
				continue
			}
			d.Name, d.Account = name, strings.Split(function, ":")[4]
			return d, d.findQueues(ctx, aws.ToString(m.EventSourceArn))
		}
	}
	return d, fmt.Errorf("no queue feeds a function named *%s: make up", suffix)
}

func (d *Function) findQueues(ctx context.Context, arn string) (err error) {
	if d.queue, err = d.url(ctx, arn); err != nil {
		return err
	}
	attributes, err := d.attributes(ctx, d.queue)
	if err != nil {
		return err
	}
	var redrive struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(attributes["RedrivePolicy"]), &redrive); err != nil {
		return fmt.Errorf("redrive policy of %s: %w", arn, err)
	}
	d.dead, err = d.url(ctx, redrive.DeadLetterTargetArn)
	return err
}

func (d *Function) url(ctx context.Context, arn string) (*string, error) {
	out, err := d.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(arn[strings.LastIndexByte(arn, ':')+1:])})
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", arn, err)
	}
	return out.QueueUrl, nil
}

func (d *Function) attributes(ctx context.Context, queue *string) (map[string]string, error) {
	out, err := d.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: queue, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", aws.ToString(queue), err)
	}
	return out.Attributes, nil
}

// Waiting is how many messages the function has yet to finish.
func (d *Function) Waiting(ctx context.Context) (int, error) { return d.messages(ctx, d.queue) }

// DeadLetters is how many messages it has given up.
func (d *Function) DeadLetters(ctx context.Context) (int, error) { return d.messages(ctx, d.dead) }

func (d *Function) messages(ctx context.Context, queue *string) (int, error) {
	attributes, err := d.attributes(ctx, queue)
	sum := 0
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		n, _ := strconv.Atoi(attributes[name]) // absent is none
		sum += n
	}
	return sum, err
}

// ShortenVisibility sets the queue's visibility timeout; restore sets what it was.
func (d *Function) ShortenVisibility(ctx context.Context, seconds string) (restore func(context.Context) error, err error) {
	attributes, err := d.attributes(ctx, d.queue)
	if err != nil {
		return nil, err
	}
	set := func(ctx context.Context, seconds string) error {
		_, err := d.queues.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
			QueueUrl: d.queue, Attributes: map[string]string{"VisibilityTimeout": seconds}})
		return err
	}
	restore = func(ctx context.Context) error { return set(ctx, attributes["VisibilityTimeout"]) }
	return restore, set(ctx, seconds)
}
