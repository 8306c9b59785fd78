package findings

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
)

// deadlineReserve is the time kept at the end of an invocation to count and to answer: an answer that comes too late
// sends the whole batch back.
const deadlineReserve = 5 * time.Second

// Table keeps the state.
type Table interface {
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Topics take notices.
type Topics interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Hub is the part of Security Hub that is used.
type Hub interface {
	BatchUpdateFindings(context.Context, *securityhub.BatchUpdateFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsOutput, error)
	BatchUpdateFindingsV2(context.Context, *securityhub.BatchUpdateFindingsV2Input, ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsV2Output, error)
}

// Queue takes the messages that end digests.
type Queue interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Tagging reads tags by ARN.
type Tagging interface {
	GetResources(context.Context, *resourcegroupstaggingapi.GetResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error)
}

// Store has the asset register.
type Store interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Clients are what the function calls. Tagging gives the client of one region and is called once or more for each.
type Clients struct {
	Table   Table
	Topics  Topics
	Hub     Hub // of the home region
	Queue   Queue
	Store   Store
	Tagging func(region string) Tagging
}

// Settings say what the function works by.
type Settings struct {
	Stack              string // names the deployment in notices
	Partition, Account string
	Home               string // the home region
	Table              string
	QueueURL           string // the function's own queue
	Bucket             string // of the asset register
	Topics             map[contract.Audience]string
	Rules              Rules
	Locale             notice.Locale
	MaxReceives        int // the queue's maxReceiveCount (contract.EnvMaxReceives)
}

// Handler tells of findings.
type Handler struct {
	Settings
	clients  Clients
	tags     *tagCache
	register *register
	metrics  io.Writer
	log      *slog.Logger
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	name     func() string // a random part of names
}

// New makes a handler; out takes metrics and logs, a JSON object a line.
func New(s Settings, clients Clients, out io.Writer) *Handler {
	h := &Handler{Settings: s, clients: clients, metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)),
		now: time.Now, sleep: sleep, name: randomName}
	clock := func() time.Time { return h.now() }
	h.tags = &tagCache{now: clock, known: map[string]taken{}}
	h.register = &register{store: clients.Store, bucket: s.Bucket, now: clock}
	return h
}

// Handle does what one batch of messages asks for. The answer names the messages that are to come again.
func (h *Handler) Handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	work, cancel := withReserve(ctx)
	defer cancel()
	var tasks []*task
	var items []*item
	for i := range event.Records {
		t := h.receive(&event.Records[i])
		tasks = append(tasks, t)
		items = append(items, t.items...)
	}
	h.tell(work, items)
	for _, t := range tasks {
		if t.digest != "" {
			h.end(work, t)
		}
	}
	return h.finish(tasks), nil
}

// tell gives every item a result.
func (h *Handler) tell(ctx context.Context, items []*item) {
	for _, i := range items {
		i.skip()
	}
	supersede(open(items))
	h.classify(ctx, open(items))
	for _, i := range open(items) {
		h.route(i)
	}
	h.recall(ctx, open(items))
	for _, i := range open(items) {
		h.decide(i)
	}
	singles, folded, w := h.divide(ctx, open(items))
	for _, i := range singles {
		h.tellSingly(ctx, i)
	}
	h.fold(ctx, w, folded)
	h.markTold(ctx, items)
}

// worstFirst is the order in which people hear of findings.
func worstFirst(a, b *item) int {
	return cmp.Or(cmp.Compare(b.severity, a.severity), cmp.Compare(b.exploited(), a.exploited()), a.at.Compare(b.at), cmp.Compare(a.key, b.key))
}

// supersede leaves the latest event of each finding: an earlier one says nothing that is not known already.
func supersede(items []*item) {
	latest := map[string]*item{}
	for _, i := range items {
		other, there := latest[i.key]
		if !there {
			latest[i.key] = i
			continue
		}
		older := i
		// Events say their time to the second: of one second the worse counts, as a rule may have rated the finding anew.
		if i.at.After(other.at) || (i.at.Equal(other.at) && i.Severity > other.Severity) {
			older, latest[i.key] = other, i
		}
		// Were the later one not told in the end, its message would come again or stay in the dead letters.
		older.result = result{outcome: contract.OutcomeDuplicate, reason: reasonSameBatch}
	}
}

func open(items []*item) []*item {
	return slices.DeleteFunc(slices.Clone(items), func(i *item) bool { return i.result.outcome != "" })
}

func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-deadlineReserve))
	}
	return context.WithCancel(ctx)
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

func randomName() string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	name := make([]byte, 10)
	for i := range name {
		name[i] = letters[rand.IntN(len(letters))] //nolint:gosec // G404: a name that is not taken, no secret
	}
	return string(name)
}
