package deadletters

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	batch      = 10 // the most messages that SQS gives at once
	lookHides  = 30 // seconds for which a look hides messages from others, if it is cut off before it shows them again
	sendHides  = 300
	emptyLooks = 2 // receives without a new message after which a queue counts as read: SQS asks some of its servers only
)

// Letter is a message in a dead-letter queue.
type Letter struct {
	ID         string
	Sent       time.Time // when it was first sent
	Receives   int       // how often it was received, also where it was tried
	Body       string
	Attributes map[string]string // why it is here, and where it was meant to go, as its sender says

	handle string
}

// Show returns up to so many messages of a queue. They stay there, and are hidden from others for a moment only.
func (s *Stack) Show(ctx context.Context, q Queue, most int) ([]Letter, error) {
	return s.peek(ctx, q, most)
}

// peek receives messages and shows them to others again.
func (s *Stack) peek(ctx context.Context, q Queue, most int) (letters []Letter, err error) {
	client := s.Clients(q.Region).Queues
	defer func() {
		shown := context.WithoutCancel(ctx) // a reader who stops looking hides nothing
		for _, letter := range letters {
			release(shown, client, q.URL, letter)
		}
	}()
	seen := map[string]bool{}
	for looks := 0; looks < emptyLooks && len(letters) < most; {
		got, err := receive(ctx, client, q.URL, min(batch, most-len(letters)), lookHides)
		if err != nil {
			return letters, err
		}
		fresh := 0
		for _, letter := range got {
			if !seen[letter.ID] {
				seen[letter.ID] = true
				letters, fresh = append(letters, letter), fresh+1
			}
		}
		if fresh == 0 {
			looks++
		}
	}
	return letters, nil
}

// release shows a message to others at once. Should that fail, SQS does it by itself a little later.
func release(ctx context.Context, client Queues, url string, letter Letter) {
	_, _ = client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: &letter.handle, VisibilityTimeout: 0})
}

func receive(ctx context.Context, client Queues, url string, most int, hidden int32) ([]Letter, error) {
	out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: int32(most), VisibilityTimeout: hidden,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp, types.MessageSystemAttributeNameApproximateReceiveCount},
	})
	if err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	letters := make([]Letter, 0, len(out.Messages))
	for i := range out.Messages {
		letters = append(letters, letterOf(&out.Messages[i]))
	}
	return letters, nil
}

func letterOf(m *types.Message) Letter {
	letter := Letter{ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), handle: aws.ToString(m.ReceiptHandle), Attributes: map[string]string{}}
	for name, value := range m.MessageAttributes {
		letter.Attributes[name] = aws.ToString(value.StringValue)
	}
	if ms, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64); err == nil {
		letter.Sent = time.UnixMilli(ms).UTC()
	}
	letter.Receives, _ = strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	return letter
}

// Pretty is the body as people read it: JSON with line breaks, also where it stands as text in JSON, as SNS and Lambda
// hand it on. What a terminal would take for a command is left out: others wrote the message.
func (l Letter) Pretty() string {
	var tree any
	decoder := json.NewDecoder(strings.NewReader(l.Body))
	decoder.UseNumber()
	if decoder.Decode(&tree) != nil || decoder.More() {
		return printable(l.Body)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(opened(tree)); err != nil {
		return printable(l.Body)
	}
	return printable(strings.TrimSuffix(out.String(), "\n"))
}

// opened replaces texts that are JSON objects by the objects.
func opened(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = opened(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = opened(inner)
		}
	case string:
		var inner map[string]any
		decoder := json.NewDecoder(strings.NewReader(v))
		decoder.UseNumber()
		if decoder.Decode(&inner) == nil && inner != nil && !decoder.More() {
			return opened(inner)
		}
	}
	return value
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}
