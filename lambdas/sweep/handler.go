package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"
	"assetguard/lambdas/internal/emf"
)

// deadlineReserve is the time kept at the end of an invocation to put away what was found and to send the
// next step.
const deadlineReserve = 30 * time.Second

// Policies gives the two tag policy documents, valid.
type Policies interface {
	Load(context.Context) (policy, overrides *tagpolicy.Policy, err error)
}

// Queue takes the next step.
type Queue interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Config says what a Handler works on.
type Config struct {
	Partition, Account string
	Regions            []string // the home region first: it finds the global assets too
	QueueURL           string
	Zone               *time.Location // says which day a run belongs to
	// ReportsRemoved leaves required keys away that somebody removed; the register names them (ADR 10).
	ReportsRemoved bool
}

// Handler runs the steps of a sweep.
type Handler struct {
	config   Config
	policies Policies
	regions  func(region string) Region
	queue    Queue
	store    Store
	metrics  io.Writer
	log      *slog.Logger
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
}

// New makes a handler. regions gives the clients of one region; out takes metrics and logs, a JSON object a line.
func New(config Config, policies Policies, regions func(region string) Region, queue Queue, store Store, out io.Writer) *Handler {
	return &Handler{config: config, policies: policies, regions: regions, queue: queue, store: store,
		metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)), now: time.Now, sleep: sleep}
}

// The stages of a run.
const (
	stageList   = "list"
	stageDecide = "decide"
	stageWrite  = "write"
	stageDone   = "done"
)

// Step is where a run stands: the body of a message. The zero step starts a run.
type Step struct {
	Run   string    `json:"run,omitempty"` // names the run's objects
	At    time.Time `json:"at,omitzero"`   // when the run started
	Stage string    `json:"stage,omitempty"`

	Region  int    `json:"region,omitempty"`  // index of the region that is listed
	Source  int    `json:"source,omitempty"`  // index of its source
	Token   string `json:"token,omitempty"`   // the source's next page
	Attempt int    `json:"attempt,omitempty"` // how often that page failed

	Sequence int      `json:"sequence,omitempty"` // number of the next chunk
	After    string   `json:"after,omitempty"`    // the last ARN that is decided
	Parts    []string `json:"parts,omitempty"`    // the objects that hold the rows up to there

	// Young has assets tagged too that are minutes old and so the events' own: for a first run, or while the
	// events are off.
	Young bool `json:"young,omitempty"`

	Faults []Fault `json:"faults,omitempty"`
	Gaps   []gap   `json:"gaps,omitempty"`
	wait   time.Duration
}

// Fault is a source that could not be read to its end.
type Fault struct {
	Region string `json:"region"`
	Source string `json:"source"`
	Error  string `json:"error"`
}

// Answer says where a run stands after an invocation: Stage is "done", or the stage that a message continues.
type Answer struct {
	Run      string  `json:"run"`
	Stage    string  `json:"stage"`
	Register string  `json:"register,omitempty"` // prefix of the day's register, once it is written
	Faults   []Fault `json:"faults,omitempty"`
	// SQSEventResponse names no message to come again: what fails is an error.
	events.SQSEventResponse
}

// Handle takes one message of the queue, or the call of a person: {} starts a run. A step that fails is an
// error, so that its message comes again.
func (h *Handler) Handle(ctx context.Context, event json.RawMessage) (Answer, error) {
	var message events.SQSEvent
	if err := json.Unmarshal(event, &message); err != nil {
		return Answer{}, fmt.Errorf("event: %w", err)
	}
	body, id := []byte(event), requestID(ctx)
	switch len(message.Records) {
	case 0:
	case 1:
		body, id = []byte(message.Records[0].Body), message.Records[0].MessageId
	default:
		return Answer{}, fmt.Errorf("%d messages at once: set the batch size to 1", len(message.Records))
	}
	var step Step
	if err := json.Unmarshal(body, &step); err != nil {
		return Answer{}, fmt.Errorf("step: %w", err)
	}
	if step.Stage == "" {
		step = h.start(id, step.Young)
	}
	next, err := h.run(ctx, step)
	if err != nil {
		h.log.Error("step failed", "run", step.Run, "stage", step.Stage, "error", err.Error())
		return Answer{}, fmt.Errorf("sweep %s: %s: %w", step.Run, step.Stage, err)
	}
	return h.answer(next), nil
}

// start names the run after the message that starts it, so that a second delivery is the same run.
func (h *Handler) start(id string, young bool) Step {
	at := h.now().UTC()
	return Step{Run: at.In(h.config.Zone).Format(time.DateOnly) + "-" + id, At: at, Stage: stageList, Young: young}
}

// requestID names a run that no message starts.
func requestID(ctx context.Context) string {
	if call, ok := lambdacontext.FromContext(ctx); ok {
		return call.AwsRequestID
	}
	return "manual"
}

// run works until the run is done or the time is up; then a message takes it further.
func (h *Handler) run(ctx context.Context, step Step) (Step, error) {
	if finished, err := h.finished(ctx, step); err != nil || finished {
		step.Stage = stageDone
		return step, err
	}
	for step.Stage != stageDone && step.wait == 0 && !h.timeUp(ctx) {
		stage, known := map[string]func(context.Context, Step) (Step, error){
			stageList: h.list, stageDecide: h.decide, stageWrite: h.write,
		}[step.Stage]
		if !known {
			return step, errors.New("no such stage")
		}
		next, err := stage(ctx, step)
		if err != nil {
			return step, err
		}
		step = next
	}
	if step.Stage == stageDone {
		return step, nil
	}
	return step, h.send(ctx, step)
}

func (h *Handler) send(ctx context.Context, step Step) error {
	body, err := json.Marshal(step)
	if err != nil {
		return err
	}
	_, err = h.queue.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &h.config.QueueURL,
		MessageBody: aws.String(string(body)), DelaySeconds: int32(step.wait / time.Second)})
	if err != nil {
		return fmt.Errorf("send the next step: %w", err)
	}
	return nil
}

func (h *Handler) timeUp(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return limited && time.Until(deadline) < deadlineReserve
}

func (h *Handler) answer(step Step) Answer {
	a := Answer{Run: step.Run, Stage: step.Stage, Faults: step.Faults}
	a.BatchItemFailures = []events.SQSBatchItemFailure{}
	if step.Stage == stageDone {
		a.Register = h.day(step)
	}
	return a
}

func (h *Handler) day(step Step) string { return contract.RegisterDay(step.At.In(h.config.Zone)) }

func (h *Handler) count(c emf.Count) {
	c.Namespace = contract.MetricNamespace
	if err := emf.Write(h.metrics, h.now(), c); err != nil {
		h.log.Error("metric lost", "metric", c.Name, "error", err.Error())
	}
}
