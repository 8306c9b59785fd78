package supplement

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"assetguard/sandbox/api"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/uuid"
)

// statuses of a move.
const (
	moveRunning   = "RUNNING"
	moveCompleted = "COMPLETED"
	moveCancelled = "CANCELLED"
	moveFailed    = "FAILED"
)

// moves are the tasks that bring dead letters back, which moto lacks.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
type moves struct {
	Options
	mu    sync.Mutex
	tasks []*move // in the order of their start
}

// move is one task as ListMessageMoveTasks shows it.
type move struct {
	TaskHandle                        string `json:",omitempty"` // only while it runs
	Status                            string
	SourceArn                         string
	DestinationArn                    string `json:",omitempty"`
	MaxNumberOfMessagesPerSecond      int    `json:",omitempty"`
	ApproximateNumberOfMessagesMoved  int
	ApproximateNumberOfMessagesToMove int
	FailureReason                     string `json:",omitempty"`
	StartedTimestamp                  int64

	to string // ARN of the queue that gets the messages
}

func messageMoves(o Options) api.Supplement {
	m := &moves{Options: o}
	return api.Supplement{Service: "sqs", Handle: map[string]api.Handler{
		"StartMessageMoveTask": m.start, "ListMessageMoveTasks": m.list, "CancelMessageMoveTask": m.cancel,
	}}
}

func invalidMove(format string, args ...any) error {
	return &api.Error{Code: "InvalidParameterValue", Message: fmt.Sprintf(format, args...)}
}

// start begins to move the messages that are in a dead-letter queue now, to the queue whose dead letters they are
// unless another is named.
func (m *moves) start(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var in struct {
		SourceArn, DestinationArn    string
		MaxNumberOfMessagesPerSecond int
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	client := sqs.NewFromConfig(m.Emulator(c.Region))
	to, err := m.destination(ctx, client, in.SourceArn, in.DestinationArn)
	if err != nil {
		return nil, err
	}
	waiting, err := m.waiting(ctx, client, in.SourceArn)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tasks {
		if t.SourceArn == in.SourceArn && t.Status == moveRunning {
			return nil, &api.Error{Code: "AWS.SimpleQueueService.UnsupportedOperation", Message: "There is already a task running. Only one active task is allowed for a source queue arn at a given time."}
		}
	}
	handle := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"taskId":%q,"sourceArn":%q}`, uuid.NewString(), in.SourceArn))
	task := &move{
		TaskHandle: handle, Status: moveRunning, SourceArn: in.SourceArn, DestinationArn: in.DestinationArn, to: to,
		MaxNumberOfMessagesPerSecond: in.MaxNumberOfMessagesPerSecond, ApproximateNumberOfMessagesToMove: waiting, StartedTimestamp: time.Now().UnixMilli(),
	}
	m.tasks = append(m.tasks, task)
	go m.run(context.WithoutCancel(ctx), client, task)
	return api.JSON(http.StatusOK, map[string]string{"TaskHandle": handle}), nil
}

// destination is where messages go. Messages do not say here which queue gave them up, so a queue that keeps the dead
// letters of several needs a destination.
func (m *moves) destination(ctx context.Context, client *sqs.Client, source, wanted string) (string, error) {
	got, err := client.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: m.queueURL(source)})
	if err != nil {
		return "", &api.Error{Code: "ResourceNotFoundException", Message: "The resource that you specified for the SourceArn parameter doesn't exist.", Status: http.StatusBadRequest}
	}
	switch {
	case len(got.QueueUrls) == 0:
		return "", invalidMove("Source queue must be configured as a Dead Letter Queue.")
	case wanted != "":
		return wanted, nil
	case len(got.QueueUrls) > 1:
		return "", invalidMove("the sandbox does not know which of %d queues each message came from: name the DestinationArn", len(got.QueueUrls))
	}
	parts := strings.Split(source, ":")
	parts[len(parts)-1] = lastPart(got.QueueUrls[0])
	return strings.Join(parts, ":"), nil
}

func (m *moves) queueURL(arn string) *string {
	return aws.String(strings.TrimRight(m.Upstream, "/") + "/" + m.AccountID + "/" + arn[strings.LastIndex(arn, ":")+1:])
}

func (m *moves) waiting(ctx context.Context, client *sqs.Client, source string) (int, error) {
	got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: m.queueURL(source), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages}})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(got.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)])
}

// run moves messages until none is left, or until the task is cancelled.
func (m *moves) run(ctx context.Context, client *sqs.Client, t *move) {
	pause := time.Duration(0)
	if t.MaxNumberOfMessagesPerSecond > 0 {
		pause = time.Second / time.Duration(t.MaxNumberOfMessagesPerSecond)
	}
	for m.isRunning(t) {
		got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: m.queueURL(t.SourceArn), MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"}, VisibilityTimeout: 60})
		if err != nil {
			m.end(t, moveFailed, err.Error())
			return
		}
		if len(got.Messages) == 0 {
			m.end(t, moveCompleted, "")
			return
		}
		for _, message := range got.Messages {
			if err := m.carry(ctx, client, t, message); err != nil {
				m.end(t, moveFailed, err.Error())
				return
			}
			time.Sleep(pause)
		}
	}
}

// carry moves one message: it is in both queues for a moment, and never in none.
func (m *moves) carry(ctx context.Context, client *sqs.Client, t *move, message types.Message) error {
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: m.queueURL(t.to), MessageBody: message.Body, MessageAttributes: message.MessageAttributes}); err != nil {
		return err
	}
	if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: m.queueURL(t.SourceArn), ReceiptHandle: message.ReceiptHandle}); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t.ApproximateNumberOfMessagesMoved++
	return nil
}

func (m *moves) isRunning(t *move) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return t.Status == moveRunning
}

func (m *moves) end(t *move, status, reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.Status == moveRunning {
		t.Status, t.FailureReason, t.TaskHandle = status, reason, ""
	}
}

// list answers ListMessageMoveTasks: the latest first, one unless more are wanted.
func (m *moves) list(_ context.Context, c *api.Call) (*api.Answer, error) {
	var in struct {
		SourceArn  string
		MaxResults int
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := []json.RawMessage{}
	for i := len(m.tasks) - 1; i >= 0 && len(found) < cmp.Or(in.MaxResults, 1); i-- {
		if m.tasks[i].SourceArn == in.SourceArn {
			shown, err := json.Marshal(m.tasks[i])
			if err != nil {
				return nil, err
			}
			found = append(found, shown)
		}
	}
	return api.JSON(http.StatusOK, map[string]any{"Results": found}), nil
}

func (m *moves) cancel(_ context.Context, c *api.Call) (*api.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tasks {
		if t.Status == moveRunning && t.TaskHandle == text(c, "TaskHandle") {
			t.Status, t.TaskHandle = moveCancelled, ""
			return api.JSON(http.StatusOK, map[string]int{"ApproximateNumberOfMessagesMoved": t.ApproximateNumberOfMessagesMoved}), nil
		}
	}
	return nil, &api.Error{Code: "ResourceNotFoundException", Message: "Task does not exist."}
}
