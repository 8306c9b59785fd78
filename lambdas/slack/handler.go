package slack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/notice"
)

// Secrets reads the webhook.
type Secrets interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Queue is told when failed messages come again, and takes what no retry mends.
type Queue interface {
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Settings say where the function works.
type Settings struct {
	Secret         string        // ARN of the secret with the webhook's URL
	QueueURL       string        // the function's own queue
	DeadLettersURL string        // the queue beside it
	Locale         notice.Locale // of the posts
	MaxReceives    int           // the queue's maxReceiveCount
	Pace           time.Duration // between posts of one process
}

// Handler posts messages. It is for one batch at a time, as Lambda calls it.
type Handler struct {
	settings Settings
	webhook  webhook
	queue    Queue
	metrics  io.Writer
	log      *slog.Logger
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	next     time.Time // before which nothing is posted
	waits    string    // why: reasonNoTime for the pace, or that Slack asked for it
}

// New makes a handler. out takes metrics and logs, a JSON object a line.
func New(s Settings, secrets Secrets, queue Queue, out io.Writer) *Handler {
	return &Handler{
		settings: s, webhook: webhook{secrets: secrets, secret: s.Secret, client: newClient(http.DefaultTransport)}, queue: queue,
		metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)), now: time.Now, sleep: sleep, waits: reasonNoTime,
	}
}

// deadlineReserve is the time kept at the end of an invocation to tell the queue and to answer.
const deadlineReserve = 5 * time.Second

// Handle posts one batch of messages, one after the other. The answer names those that are to come again.
func (h *Handler) Handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	work, cancel := withReserve(ctx)
	defer cancel()
	var tasks []*task
	run := batch{}
	for i := range event.Records {
		t := readTask(&event.Records[i])
		if t.result.outcome == "" {
			t.result = h.deliver(work, t, &run)
		}
		if t.result.poison {
			t.result = h.bury(ctx, t)
		}
		t.ended = h.now()
		tasks = append(tasks, t)
	}
	return h.finish(ctx, tasks), nil
}

func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-deadlineReserve))
	}
	return context.WithCancel(ctx)
}

// task is a message of the queue.
type task struct {
	raw      *events.SQSMessage
	receives int // how often it was received, this time included
	message  notice.Message
	result   result    // zero while it is open
	ended    time.Time // when it had its result
}

func readTask(raw *events.SQSMessage) *task {
	receives, _ := strconv.Atoi(raw.Attributes["ApproximateReceiveCount"])
	t := &task{raw: raw, receives: max(receives, 1)}
	message, err := notice.Read(raw.Body)
	switch {
	case err == nil:
		t.message = message
	case errors.Is(err, notice.ErrOtherVersion) && t.receives < versionReceives:
		t.result = again(reasonMalformed, err.Error())
	default:
		t.result = poison(reasonMalformed, err.Error())
	}
	return t
}

// versionReceives is how often a notice is tried that another version wrote, some five minutes in all (contract.SlackDelay):
// a deployment replaces the functions one after the other.
const versionReceives = 6

// about is what the message is, for the log.
func (t *task) about() string {
	if t.message == nil {
		return ""
	}
	return t.message.About()
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
