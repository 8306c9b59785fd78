package deadletters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsarn "github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// target is what EventBridge and EventBridge Scheduler write into a dead letter beside the body: where it was meant to go.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
const target = "TARGET_ARN"

// destination is where a message goes back to.
type destination struct {
	text string // for people
	send func(context.Context) error
}

// destinations are where a letter goes back to: mostly one. None is an error that says why.
func (s *Stack) destinations(ctx context.Context, q Queue, l Letter) ([]destination, error) {
	if arn := l.Attributes[target]; arn != "" {
		return s.toTarget(ctx, q, arn, l.Body)
	}
	if arn, payload, found := failedCall(l.Body); found {
		return s.toTarget(ctx, q, arn, payload)
	}
	return s.toSubscribers(ctx, q, l.Body)
}

// failedCall reads what Lambda writes for a call that it gave up on: the function and what it was given.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
func failedCall(body string) (function, payload string, found bool) {
	var record struct {
		RequestContext struct {
			FunctionARN string `json:"functionArn"`
		} `json:"requestContext"`
		RequestPayload json.RawMessage `json:"requestPayload"`
	}
	if json.Unmarshal([]byte(body), &record) != nil || record.RequestContext.FunctionARN == "" || record.RequestPayload == nil {
		return "", "", false
	}
	return strings.TrimSuffix(record.RequestContext.FunctionARN, ":$LATEST"), string(record.RequestPayload), true
}

// toTarget sends a body to what an ARN names, if that is the stack's: whoever may write dead letters writes the ARN too, and
// the one who redrives may do more than they.
func (s *Stack) toTarget(ctx context.Context, q Queue, text, body string) ([]destination, error) {
	arn, err := awsarn.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	if !s.owns(q, arn) {
		return nil, fmt.Errorf("%s is none of the stack's: send it there by hand if it belongs there", text)
	}
	there := s.Clients(arn.Region)
	switch arn.Service {
	case "sqs":
		return []destination{{"queue " + arn.Resource, func(ctx context.Context) error { return toQueue(ctx, there.Queues, arn.Resource, body) }}}, nil
	case "lambda":
		return []destination{{strings.Replace(arn.Resource, ":", " ", 1), func(ctx context.Context) error {
			_, err := there.Functions.Invoke(ctx, &lambda.InvokeInput{FunctionName: &text, InvocationType: lambdatypes.InvocationTypeEvent, Payload: []byte(body)})
			return err
		}}}, nil
	case "logs":
		group := strings.TrimSuffix(strings.TrimPrefix(arn.Resource, "log-group:"), ":*")
		return []destination{{"log group " + group, func(ctx context.Context) error { return s.toLog(ctx, there.Logs, group, body) }}}, nil
	case "sns":
		return []destination{toTopic(there.Topics, text, body)}, nil
	case "events":
		return s.toRules(ctx, q, arn.Region, body)
	}
	return nil, fmt.Errorf("nothing here sends to %s", text)
}

// owns says that an ARN names something of the stack, in the account of a queue. An event bus is shared; of its rules only
// the stack's are asked.
func (s *Stack) owns(q Queue, arn awsarn.ARN) bool {
	here, err := awsarn.Parse(q.ARN)
	if err != nil || arn.AccountID != here.AccountID || !slices.Contains(s.Regions, arn.Region) {
		return false
	}
	name := strings.TrimSuffix(arn.Resource, ":*")
	name = name[strings.LastIndexAny(name, ":/")+1:]
	return arn.Service == "events" || strings.HasPrefix(name, s.Prefix)
}

func toQueue(ctx context.Context, client Queues, name, body string) error {
	url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return err
	}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url.QueueUrl, MessageBody: &body})
	return err
}

func toTopic(client Topics, arn, body string) destination {
	return destination{"topic " + arn[strings.LastIndexByte(arn, ':')+1:] + " (all its subscribers receive it)", func(ctx context.Context) error {
		_, err := client.Publish(ctx, &sns.PublishInput{TopicArn: &arn, Message: &body})
		return err
	}}
}

// toLog writes an entry at the present time: CloudWatch Logs takes none that is older than its retention or two weeks.
func (s *Stack) toLog(ctx context.Context, client Logs, group, body string) error {
	now := s.Now()
	stream := "redriven-" + now.UTC().Format("2006-01-02T15.04.05.000000000")
	if _, err := client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}); err != nil {
		return err
	}
	out, err := client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream,
		LogEvents: []logtypes.InputLogEvent{{Message: &body, Timestamp: aws.Int64(now.UnixMilli())}}})
	if err == nil && out.RejectedLogEventsInfo != nil {
		return errors.New("CloudWatch Logs rejected the entry")
	}
	return err
}

// toRules sends an event that was meant for an event bus to the targets of the stack's rules there that take it. It cannot
// be put on the bus: nobody but AWS sends events of AWS's services.
func (s *Stack) toRules(ctx context.Context, q Queue, region, event string) ([]destination, error) {
	client := s.Clients(region).Rules
	var all []destination
	for input := (&eventbridge.ListRulesInput{NamePrefix: &s.Prefix}); ; {
		page, err := client.ListRules(ctx, input)
		if err != nil {
			return nil, fmt.Errorf("rules of %s: %w", region, err)
		}
		for _, rule := range page.Rules {
			if rule.EventPattern == nil {
				continue
			}
			fits, err := client.TestEventPattern(ctx, &eventbridge.TestEventPatternInput{Event: &event, EventPattern: rule.EventPattern})
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", aws.ToString(rule.Name), err)
			}
			if !fits.Result {
				continue
			}
			targets, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: rule.Name})
			if err != nil {
				return nil, fmt.Errorf("targets of %s: %w", aws.ToString(rule.Name), err)
			}
			for _, t := range targets.Targets {
				to, err := s.toTarget(ctx, q, aws.ToString(t.Arn), event)
				if err != nil {
					return nil, err
				}
				all = append(all, to...)
			}
		}
		if input.NextToken = page.NextToken; input.NextToken == nil {
			break
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no rule of the stack in %s takes the event any more", region)
	}
	return all, nil
}

// toSubscribers sends a notice to what did not take it: the subscription whose dead letters are in the queue. SNS does not
// say in the message which one that was.
func (s *Stack) toSubscribers(ctx context.Context, q Queue, body string) ([]destination, error) {
	subscriptions, err := s.subscriptions(ctx, q)
	if err != nil {
		return nil, err
	}
	var queues, topics []string
	for _, sub := range subscriptions {
		if sub.protocol == "sqs" {
			queues = append(queues, sub.endpoint)
		} else {
			topics = append(topics, sub.topic)
		}
	}
	slices.Sort(queues)
	slices.Sort(topics)
	queues, topics = slices.Compact(queues), slices.Compact(topics)
	switch {
	case len(queues)+len(topics) == 0:
		return nil, errors.New("neither the message nor a subscription says where it was meant to go")
	case len(queues) == 1 && len(topics) == 0:
		return s.toTarget(ctx, q, queues[0], body)
	case len(topics) == 1 && len(queues) == 0:
		return []destination{toTopic(s.Clients(q.Region).Topics, topics[0], body)}, nil
	}
	return nil, errors.New("several subscriptions share these dead letters, and the message does not say which failed")
}

type subscription struct{ topic, protocol, endpoint string }

// subscriptions are those of the stack's topics whose dead letters go to the queue.
func (s *Stack) subscriptions(ctx context.Context, q Queue) ([]subscription, error) {
	client := s.Clients(q.Region).Topics
	var all []subscription
	topics := sns.NewListTopicsPaginator(client, &sns.ListTopicsInput{})
	for topics.HasMorePages() {
		page, err := topics.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list topics: %w", err)
		}
		for _, t := range page.Topics {
			if arn := aws.ToString(t.TopicArn); strings.HasPrefix(arn[strings.LastIndexByte(arn, ':')+1:], s.Prefix) {
				found, err := subscriptionsOf(ctx, client, arn, q.ARN)
				if err != nil {
					return nil, fmt.Errorf("subscriptions of %s: %w", arn, err)
				}
				all = append(all, found...)
			}
		}
	}
	return all, nil
}

func subscriptionsOf(ctx context.Context, client Topics, topic, deadLetters string) ([]subscription, error) {
	var all []subscription
	pages := sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, sub := range page.Subscriptions {
			if !strings.HasPrefix(aws.ToString(sub.SubscriptionArn), "arn:") { // PendingConfirmation, Deleted
				continue
			}
			attributes, err := client.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: sub.SubscriptionArn})
			if err != nil {
				return nil, err
			}
			var redrive struct {
				Target string `json:"deadLetterTargetArn"`
			}
			if json.Unmarshal([]byte(attributes.Attributes["RedrivePolicy"]), &redrive) == nil && redrive.Target == deadLetters {
				all = append(all, subscription{topic, aws.ToString(sub.Protocol), aws.ToString(sub.Endpoint)})
			}
		}
	}
	return all, nil
}

// Sleep waits, or returns the context's error when that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
