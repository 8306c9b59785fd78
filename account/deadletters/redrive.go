package deadletters

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Plan is what a redrive of a queue would do.
type Plan struct {
	Queue Queue
	// Where the messages go, for people: of a queue's own dead letters the queue; else one for each of the first ten.
	Where []string
	// Faults say which of these messages cannot be sent on, and why.
	Faults []string
}

// Plan looks where the messages of a queue would go. It changes nothing.
func (s *Stack) Plan(ctx context.Context, q Queue) (Plan, error) {
	plan := Plan{Queue: q}
	if q.Source != "" {
		plan.Where = []string{"queue " + q.Source[strings.LastIndexByte(q.Source, ':')+1:]}
		return plan, nil
	}
	letters, err := s.peek(ctx, q, batch)
	if err != nil {
		return plan, err
	}
	for _, letter := range letters {
		to, err := s.destinations(ctx, q, letter)
		if err != nil {
			plan.Faults = append(plan.Faults, letter.ID+": "+err.Error())
			continue
		}
		for _, d := range to {
			plan.Where = append(plan.Where, d.text)
		}
	}
	return plan, nil
}

// Redrive sends all messages of a queue back to where they were meant to go, and returns how many went. The error joins
// what happened to those that stay.
func (s *Stack) Redrive(ctx context.Context, q Queue) (int, error) {
	if q.Source != "" {
		return s.move(ctx, q)
	}
	return s.sendAll(ctx, q)
}

// pause is how long a move task is left alone between looks.
const pause = 2 * time.Second

// move has SQS move the messages to the queue that they came from, and waits until it has. The destination is named, since
// SQS would not know it for messages that a function put here itself.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
func (s *Stack) move(ctx context.Context, q Queue) (int, error) {
	client := s.Clients(q.Region).Queues
	if _, err := client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &q.ARN, DestinationArn: &q.Source}); err != nil {
		return 0, fmt.Errorf("start the move: %w", err)
	}
	for {
		out, err := client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &q.ARN, MaxResults: aws.Int32(1)})
		if err != nil {
			return 0, fmt.Errorf("look at the move: %w", err)
		}
		if len(out.Results) == 0 {
			return 0, errors.New("SQS knows nothing of the move that it started")
		}
		task := out.Results[0]
		moved := int(task.ApproximateNumberOfMessagesMoved)
		switch status := aws.ToString(task.Status); status {
		case "COMPLETED":
			return moved, nil
		case "RUNNING", "CANCELLING":
		default:
			return moved, fmt.Errorf("the move is %s: %s", status, cause(task))
		}
		if err := s.Wait(ctx, pause); err != nil {
			return moved, fmt.Errorf("SQS goes on moving: %w", err)
		}
	}
}

func cause(task types.ListMessageMoveTasksResultEntry) string {
	if task.FailureReason == nil {
		return "SQS gives no reason"
	}
	return *task.FailureReason
}

// sendAll sends message by message, each deleted once it was taken. What stays is shown to others again at the end, so
// that no message is tried twice.
func (s *Stack) sendAll(ctx context.Context, q Queue) (sent int, err error) {
	client := s.Clients(q.Region).Queues
	var faults []error
	stay := map[string]Letter{}
	defer func() {
		shown := context.WithoutCancel(ctx)
		for _, letter := range stay {
			release(shown, client, q.URL, letter)
		}
	}()
	for looks := 0; looks < emptyLooks; {
		letters, err := receive(ctx, client, q.URL, batch, sendHides)
		if err != nil {
			return sent, errors.Join(append(faults, err)...)
		}
		fresh := 0
		for _, letter := range letters {
			if _, tried := stay[letter.ID]; tried {
				stay[letter.ID] = letter // the newest handle is the one that counts
				continue
			}
			fresh++
			if err := s.sendOne(ctx, client, q, letter); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", letter.ID, err))
				stay[letter.ID] = letter
				continue
			}
			sent++
		}
		if fresh == 0 {
			looks++
		}
	}
	return sent, errors.Join(faults...)
}

func (s *Stack) sendOne(ctx context.Context, client Queues, q Queue, letter Letter) error {
	to, err := s.destinations(ctx, q, letter)
	if err != nil {
		return err
	}
	for _, d := range to {
		if err := d.send(ctx); err != nil {
			return fmt.Errorf("%s: %w", d.text, err)
		}
	}
	if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.URL, ReceiptHandle: &letter.handle}); err != nil {
		return fmt.Errorf("went on, but stays here too and will come twice: %w", err)
	}
	return nil
}
