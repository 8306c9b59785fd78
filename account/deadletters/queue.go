package deadletters

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Stack is a deployment whose dead letters are looked at.
type Stack struct {
	Prefix  string   // of the names of its queues, topics and rules, such as assetguard-prod-
	Regions []string // the home region first
	Clients func(region string) Region
	Now     func() time.Time
	Wait    func(context.Context, time.Duration) error // between looks at a move task
}

// suffixes end the names of dead-letter queues (components/queue, components/topic, components/schedule).
var suffixes = []string{"-dead", "-undelivered"}

// Queue is a dead-letter queue.
type Queue struct {
	Region string
	Name   string // as in AWS
	Short  string // without the stack's prefix: unique in a region
	URL    string
	ARN    string
	// Waiting are messages that can be received, Hidden those that somebody looks at. Both are approximate, as SQS says them.
	Waiting, Hidden int
	Source          string        // ARN of the queue whose dead letters these are; "" for those of rules, functions and topics
	Oldest          time.Duration // age of the oldest message that a look at ten of them showed; 0 where there is none
}

// List returns all dead-letter queues of the stack, by region and name. A region that cannot be read is an error: a list
// without it would look complete.
func (s *Stack) List(ctx context.Context) ([]Queue, error) {
	var all []Queue
	for _, region := range s.Regions {
		queues, err := s.listRegion(ctx, region)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", region, err)
		}
		all = append(all, queues...)
	}
	return all, nil
}

func (s *Stack) listRegion(ctx context.Context, region string) ([]Queue, error) {
	client := s.Clients(region).Queues
	var all []Queue
	pages := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{QueueNamePrefix: aws.String(s.Prefix), MaxResults: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list queues: %w", err)
		}
		for _, url := range page.QueueUrls {
			name := url[strings.LastIndexByte(url, '/')+1:]
			if !slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) }) {
				continue
			}
			q := Queue{Region: region, Name: name, Short: strings.TrimPrefix(name, s.Prefix), URL: url}
			if err := s.fill(ctx, client, &q); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, q)
		}
	}
	slices.SortFunc(all, func(a, b Queue) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// fill reads what AWS says of a queue.
func (s *Stack) fill(ctx context.Context, client Queues, q *Queue) error {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &q.URL, AttributeNames: []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible, types.QueueAttributeNameQueueArn,
	}})
	if err != nil {
		return fmt.Errorf("attributes: %w", err)
	}
	q.ARN = out.Attributes[string(types.QueueAttributeNameQueueArn)]
	if q.Waiting, err = strconv.Atoi(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)]); err != nil {
		return fmt.Errorf("number of messages: %w", err)
	}
	if q.Hidden, err = strconv.Atoi(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)]); err != nil {
		return fmt.Errorf("number of hidden messages: %w", err)
	}
	if q.Source, err = source(ctx, client, q.URL); err != nil || q.Waiting == 0 {
		return err
	}
	letters, err := s.peek(ctx, *q, batch)
	if err != nil {
		return err
	}
	for _, letter := range letters {
		q.Oldest = max(q.Oldest, s.Now().Sub(letter.Sent))
	}
	return nil
}

// source is the ARN of the queue that gives its failed messages to the one at the URL; "" where there is none.
func source(ctx context.Context, client Queues, url string) (string, error) {
	out, err := client.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &url})
	if err != nil {
		return "", fmt.Errorf("source queues: %w", err)
	}
	switch len(out.QueueUrls) {
	case 0:
		return "", nil
	case 1:
	default:
		return "", fmt.Errorf("%d queues give their dead letters here; this stack's queues have one each", len(out.QueueUrls))
	}
	attributes, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &out.QueueUrls[0], AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return "", fmt.Errorf("source queue: %w", err)
	}
	return attributes.Attributes[string(types.QueueAttributeNameQueueArn)], nil
}

// Find returns the queues that a name means: a whole name, or one without the stack's prefix, in every region that has it.
func Find(queues []Queue, name string) ([]Queue, error) {
	var found []Queue
	var names []string
	for _, q := range queues {
		names = append(names, q.Short)
		if q.Name == name || q.Short == name {
			found = append(found, q)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there is no dead-letter queue %q; there are: %s", name, strings.Join(slices.Compact(names), ", "))
	}
	return found, nil
}
