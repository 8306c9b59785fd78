package deadletters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// now is when the tests look.
var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// message is one in the fake's queues.
type message struct {
	id, body   string
	attributes map[string]string
	receives   int
	hidden     bool
}

// world is the fake of one region.
type world struct {
	region   string
	queues   map[string][]*message // by name
	sources  map[string]string     // dead-letter queue to source queue
	invoked  []string              // function and payload
	logged   []string              // group and entry
	topics   map[string][]snstypes.Subscription
	redrives map[string]string // subscription to the dead-letter queue's ARN
	notices  []string          // topic and message
	rules    map[string]string // name to the part that an event must contain
	targets  map[string]string // rule to target
	status   []string          // of the move task, one for each look
	refuse   func(call string) error
}

func (w *world) fails(call string) error {
	if w.refuse == nil {
		return nil
	}
	return w.refuse(call)
}

func (w *world) arn(service, name string) string {
	return "arn:aws:" + service + ":" + w.region + ":123456789012:" + name
}

func (w *world) url(name string) string { return "http://sqs/123456789012/" + name }

func nameOf(url *string) string { return (*url)[strings.LastIndexByte(*url, '/')+1:] }

func (w *world) ListQueues(_ context.Context, in *sqs.ListQueuesInput, _ ...func(*sqs.Options)) (*sqs.ListQueuesOutput, error) {
	out := &sqs.ListQueuesOutput{}
	for _, name := range slices.Sorted(maps.Keys(w.queues)) {
		if strings.HasPrefix(name, *in.QueueNamePrefix) {
			out.QueueUrls = append(out.QueueUrls, w.url(name))
		}
	}
	return out, w.fails("ListQueues")
}

func (w *world) ListDeadLetterSourceQueues(_ context.Context, in *sqs.ListDeadLetterSourceQueuesInput, _ ...func(*sqs.Options)) (*sqs.ListDeadLetterSourceQueuesOutput, error) {
	out := &sqs.ListDeadLetterSourceQueuesOutput{}
	for dead, source := range w.sources {
		if dead == nameOf(in.QueueUrl) {
			out.QueueUrls = append(out.QueueUrls, w.url(source))
		}
	}
	return out, nil
}

func (w *world) GetQueueUrl(_ context.Context, in *sqs.GetQueueUrlInput, _ ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error) {
	if _, there := w.queues[*in.QueueName]; !there {
		return nil, &sqstypes.QueueDoesNotExist{Message: aws.String("no queue " + *in.QueueName)}
	}
	return &sqs.GetQueueUrlOutput{QueueUrl: aws.String(w.url(*in.QueueName))}, nil
}

func (w *world) GetQueueAttributes(_ context.Context, in *sqs.GetQueueAttributesInput, _ ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	hidden := 0
	for _, m := range w.queues[nameOf(in.QueueUrl)] {
		if m.hidden {
			hidden++
		}
	}
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{
		"QueueArn":                              w.arn("sqs", nameOf(in.QueueUrl)),
		"ApproximateNumberOfMessages":           strconv.Itoa(len(w.queues[nameOf(in.QueueUrl)]) - hidden),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
	}}, nil
}

func (w *world) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	if in.VisibilityTimeout == 0 || !slices.Equal(in.MessageAttributeNames, []string{"All"}) {
		return nil, errors.New("the look must hide for a while, and read all attributes")
	}
	out := &sqs.ReceiveMessageOutput{}
	for i, m := range w.queues[nameOf(in.QueueUrl)] {
		if m.hidden || len(out.Messages) == int(in.MaxNumberOfMessages) {
			continue
		}
		m.hidden = true
		m.receives++
		attributes := map[string]sqstypes.MessageAttributeValue{}
		for name, value := range m.attributes {
			attributes[name] = sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		}
		out.Messages = append(out.Messages, sqstypes.Message{
			MessageId: aws.String(m.id), Body: aws.String(m.body), ReceiptHandle: aws.String(m.id), MessageAttributes: attributes,
			Attributes: map[string]string{
				"SentTimestamp":           strconv.FormatInt(now.Add(-time.Duration(i+1)*time.Hour).UnixMilli(), 10),
				"ApproximateReceiveCount": strconv.Itoa(m.receives),
			},
		})
	}
	return out, w.fails("ReceiveMessage")
}

func (w *world) ChangeMessageVisibility(_ context.Context, in *sqs.ChangeMessageVisibilityInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error) {
	for _, m := range w.queues[nameOf(in.QueueUrl)] {
		if m.id == *in.ReceiptHandle {
			m.hidden = in.VisibilityTimeout > 0
		}
	}
	return &sqs.ChangeMessageVisibilityOutput{}, nil
}

func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if err := w.fails("SendMessage"); err != nil {
		return nil, err
	}
	name := nameOf(in.QueueUrl)
	w.queues[name] = append(w.queues[name], &message{id: fmt.Sprintf("%s-%d", name, len(w.queues[name])), body: *in.MessageBody})
	return &sqs.SendMessageOutput{}, nil
}

func (w *world) DeleteMessage(_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	if err := w.fails("DeleteMessage"); err != nil {
		return nil, err
	}
	name := nameOf(in.QueueUrl)
	w.queues[name] = slices.DeleteFunc(w.queues[name], func(m *message) bool { return m.id == *in.ReceiptHandle })
	return &sqs.DeleteMessageOutput{}, nil
}

func (w *world) StartMessageMoveTask(_ context.Context, in *sqs.StartMessageMoveTaskInput, _ ...func(*sqs.Options)) (*sqs.StartMessageMoveTaskOutput, error) {
	if err := w.fails("StartMessageMoveTask"); err != nil {
		return nil, err
	}
	from, to := (*in.SourceArn)[strings.LastIndexByte(*in.SourceArn, ':')+1:], (*in.DestinationArn)[strings.LastIndexByte(*in.DestinationArn, ':')+1:]
	w.queues[to] = append(w.queues[to], w.queues[from]...)
	w.queues[from] = nil
	return &sqs.StartMessageMoveTaskOutput{}, nil
}

func (w *world) ListMessageMoveTasks(context.Context, *sqs.ListMessageMoveTasksInput, ...func(*sqs.Options)) (*sqs.ListMessageMoveTasksOutput, error) {
	if len(w.status) == 0 {
		return &sqs.ListMessageMoveTasksOutput{}, nil
	}
	status := w.status[0]
	w.status = w.status[1:]
	entry := sqstypes.ListMessageMoveTasksResultEntry{Status: &status, ApproximateNumberOfMessagesMoved: 2}
	if status == "FAILED" {
		entry.FailureReason = aws.String("AccessDenied")
	}
	return &sqs.ListMessageMoveTasksOutput{Results: []sqstypes.ListMessageMoveTasksResultEntry{entry}}, nil
}

func (w *world) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	w.invoked = append(w.invoked, *in.FunctionName+" "+string(in.InvocationType)+" "+string(in.Payload))
	return &lambda.InvokeOutput{}, w.fails("Invoke")
}

func (w *world) CreateLogStream(_ context.Context, in *cloudwatchlogs.CreateLogStreamInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogStreamOutput, error) {
	if strings.ContainsAny(*in.LogStreamName, ":*") {
		return nil, errors.New("invalid name of a stream")
	}
	return &cloudwatchlogs.CreateLogStreamOutput{}, nil
}

func (w *world) PutLogEvents(_ context.Context, in *cloudwatchlogs.PutLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutLogEventsOutput, error) {
	w.logged = append(w.logged, *in.LogGroupName+" "+*in.LogEvents[0].Message)
	return &cloudwatchlogs.PutLogEventsOutput{}, nil
}

func (w *world) ListTopics(context.Context, *sns.ListTopicsInput, ...func(*sns.Options)) (*sns.ListTopicsOutput, error) {
	out := &sns.ListTopicsOutput{}
	for _, name := range slices.Sorted(maps.Keys(w.topics)) {
		out.Topics = append(out.Topics, snstypes.Topic{TopicArn: aws.String(w.arn("sns", name))})
	}
	return out, nil
}

func (w *world) ListSubscriptionsByTopic(_ context.Context, in *sns.ListSubscriptionsByTopicInput, _ ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error) {
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: w.topics[(*in.TopicArn)[strings.LastIndexByte(*in.TopicArn, ':')+1:]]}, nil
}

func (w *world) GetSubscriptionAttributes(_ context.Context, in *sns.GetSubscriptionAttributesInput, _ ...func(*sns.Options)) (*sns.GetSubscriptionAttributesOutput, error) {
	return &sns.GetSubscriptionAttributesOutput{Attributes: map[string]string{
		"RedrivePolicy": `{"deadLetterTargetArn":"` + w.redrives[*in.SubscriptionArn] + `"}`,
	}}, nil
}

func (w *world) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	w.notices = append(w.notices, *in.TopicArn+" "+*in.Message)
	return &sns.PublishOutput{}, w.fails("Publish")
}

func (w *world) ListRules(_ context.Context, in *eventbridge.ListRulesInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListRulesOutput, error) {
	out := &eventbridge.ListRulesOutput{}
	for _, name := range slices.Sorted(maps.Keys(w.rules)) {
		if strings.HasPrefix(name, cmp.Or(aws.ToString(in.NamePrefix), "none")) {
			out.Rules = append(out.Rules, eventtypes.Rule{Name: aws.String(name), EventPattern: aws.String(w.rules[name])})
		}
	}
	return out, nil
}

func (w *world) TestEventPattern(_ context.Context, in *eventbridge.TestEventPatternInput, _ ...func(*eventbridge.Options)) (*eventbridge.TestEventPatternOutput, error) {
	return &eventbridge.TestEventPatternOutput{Result: strings.Contains(*in.Event, *in.EventPattern)}, nil
}

func (w *world) ListTargetsByRule(_ context.Context, in *eventbridge.ListTargetsByRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error) {
	return &eventbridge.ListTargetsByRuleOutput{Targets: []eventtypes.Target{{Arn: aws.String(w.targets[*in.Rule])}}}, nil
}
