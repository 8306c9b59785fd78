package remediation

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
)

// deadlineReserve is the time kept at the end of an invocation to count and to answer.
const deadlineReserve = 5 * time.Second

// settingsLive is how long settings are used before they are read again.
const settingsLive = 5 * time.Minute

// Hub tells how findings stand and takes notes at them. That of the home region knows the findings of all linked regions and accounts.
type Hub interface {
	GetFindings(context.Context, *securityhub.GetFindingsInput, ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error)
	BatchUpdateFindings(context.Context, *securityhub.BatchUpdateFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsOutput, error)
}

// Topic takes notices.
type Topic interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Queue takes the function's own next steps.
type Queue interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Automation starts and reads executions in one region of the deployment's own account.
type Automation interface {
	StartAutomationExecution(context.Context, *ssm.StartAutomationExecutionInput, ...func(*ssm.Options)) (*ssm.StartAutomationExecutionOutput, error)
	GetAutomationExecution(context.Context, *ssm.GetAutomationExecutionInput, ...func(*ssm.Options)) (*ssm.GetAutomationExecutionOutput, error)
}

// Parameters reads the settings.
type Parameters interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Settings say where the function works.
type Settings struct {
	Partition, Account, Home string // Home is the home region
	Stack                    string // as notices name the deployment
	Parameter                string // path of contract.Remediation
	Table                    string // the state table
	TopicARN                 string // of the security audience
	QueueURL                 string // the function's own queue
	MaxReceives              int    // of the queue
	Locale                   notice.Locale
	Language                 string // ko or en
	Zone                     *time.Location
}

// Clients are what the function calls.
type Clients struct {
	Hub        Hub
	Topic      Topic
	Queue      Queue
	Table      Table
	Parameters Parameters
	Automation func(region string) Automation
	Services   func(account, region string) Services // read only; in member accounts by the reader's role
}

// Handler repairs findings.
type Handler struct {
	Settings
	Clients
	store   store
	mutex   sync.Mutex
	config  contract.Remediation
	read    time.Time
	metrics io.Writer
	log     *slog.Logger
	now     func() time.Time
}

// New makes a handler. out takes metrics and logs, a JSON object a line.
func New(s Settings, c Clients, out io.Writer) *Handler {
	h := &Handler{Settings: s, Clients: c, metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)), now: time.Now}
	h.store = store{table: c.Table, name: s.Table, now: func() time.Time { return h.now() }}
	return h
}

// Handle works a batch of messages off, one after the other. The answer names the messages that are to come again.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-deadlineReserve))
		defer cancel()
	}
	if err := h.configure(ctx); err != nil {
		return events.SQSEventResponse{}, err // nothing was done: the whole batch comes again
	}
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i := range batch.Records {
		m := readMessage(&batch.Records[i])
		result := h.handle(ctx, m)
		h.count(m, result)
		if result.again {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.queued})
		}
	}
	return response, nil
}

// configure reads the settings anew when they are old.
func (h *Handler) configure(ctx context.Context) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if !h.read.IsZero() && h.now().Sub(h.read) < settingsLive {
		return nil
	}
	out, err := h.Parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(h.Parameter)})
	if err != nil {
		return fmt.Errorf("remediation settings: %w", err)
	}
	if out.Parameter == nil {
		return fmt.Errorf("remediation settings: %s has no value", h.Parameter)
	}
	config, err := contract.ParseRemediation(aws.ToString(out.Parameter.Value))
	if err != nil {
		return fmt.Errorf("%s: %w", h.Parameter, err)
	}
	h.config, h.read = config, h.now()
	return nil
}

func (h *Handler) handle(ctx context.Context, m *message) result {
	switch {
	case m.fault != nil:
		return again(reasonMalformed, m.fault)
	case m.kind == kindWindow:
		return h.window(ctx)
	case m.kind == kindStart:
		return h.startDeferred(ctx, m)
	case m.kind == kindStatus:
		return h.ended(ctx, m)
	case len(m.event.Findings) > 1:
		return h.split(ctx, m)
	default:
		return h.decide(ctx, m)
	}
}
