package importer

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/lambdas/internal/reason"
)

// deadlineReserve is the time kept at the end of an invocation to count and to answer: an answer that comes too late
// sends the whole batch back.
const deadlineReserve = 5 * time.Second

// Hub is the part of Security Hub that is used.
type Hub interface {
	BatchImportFindings(context.Context, *securityhub.BatchImportFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchImportFindingsOutput, error)
	BatchUpdateFindings(context.Context, *securityhub.BatchUpdateFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchUpdateFindingsOutput, error)
	GetFindings(context.Context, *securityhub.GetFindingsInput, ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error)
}

// Config is the part of AWS Config that is used.
type Config interface {
	DescribeConformancePacks(context.Context, *configservice.DescribeConformancePacksInput, ...func(*configservice.Options)) (*configservice.DescribeConformancePacksOutput, error)
	GetConformancePackComplianceDetails(context.Context, *configservice.GetConformancePackComplianceDetailsInput, ...func(*configservice.Options)) (*configservice.GetConformancePackComplianceDetailsOutput, error)
	BatchGetResourceConfig(context.Context, *configservice.BatchGetResourceConfigInput, ...func(*configservice.Options)) (*configservice.BatchGetResourceConfigOutput, error)
}

// Tagging reads tags by ARN.
type Tagging interface {
	GetResources(context.Context, *resourcegroupstaggingapi.GetResourcesInput, ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error)
}

// Queue takes the next steps of the chain.
type Queue interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Region is the clients of one region.
type Region struct {
	Hub     Hub
	Config  Config
	Tagging Tagging
}

// Settings say where the function works.
type Settings struct {
	Partition, Account string
	Regions            []string // those with the pack, the home region first
	Pack               string   // its name
	QueueURL           string   // the function's own queue
	Language           string   // ko or en
	MaxReceives        int      // the queue's maxReceiveCount, 0 if unknown (contract.EnvMaxReceives)
}

// Handler imports evaluations.
type Handler struct {
	partition, account string
	all                []string
	language           string
	maxReceives        int
	regions            func(string) Region
	queue              Queue
	queueURL           string
	packs              *packs
	metrics            io.Writer
	log                *slog.Logger
	now                func() time.Time
}

// New makes a handler. regions gives the clients of one region and is called once or more for each; out takes metrics
// and logs, a JSON object a line.
func New(s Settings, regions func(string) Region, queue Queue, out io.Writer) *Handler {
	h := &Handler{
		partition: s.Partition, account: s.Account, all: s.Regions, language: s.Language, maxReceives: s.MaxReceives,
		regions: regions, queue: queue, queueURL: s.QueueURL, metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)), now: time.Now,
	}
	h.packs = &packs{
		name: s.Pack, regions: regions, now: func() time.Time { return h.now() }, known: map[string][]pack{}, at: map[string]time.Time{},
	}
	return h
}

// Handle imports what one batch of messages says. The answer names the messages that are to come again.
func (h *Handler) Handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	work, cancel := withReserve(ctx)
	defer cancel()
	var tasks []*task
	for i := range event.Records {
		tasks = append(tasks, readTask(&event.Records[i]))
	}
	for _, t := range open(tasks) {
		h.sortOut(work, t)
	}
	supersede(open(tasks))
	evaluations := map[string][]*task{}
	for _, t := range open(tasks) {
		evaluations[t.region] = append(evaluations[t.region], t)
	}
	for _, region := range slices.Sorted(maps.Keys(evaluations)) {
		h.importTasks(work, region, evaluations[region])
	}
	for _, t := range tasks {
		if t.step != nil {
			h.run(work, t)
		}
	}
	return h.finish(tasks), nil
}

func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-deadlineReserve))
	}
	return context.WithCancel(ctx)
}

// task is a message of the queue: an event, or a step of the chain that imports everything.
type task struct {
	id       string
	receives int // how often it was received, this time included
	step     *step
	evaluation
	result result // zero while it is open
}

func readTask(raw *events.SQSMessage) *task {
	receives, _ := strconv.Atoi(raw.Attributes["ApproximateReceiveCount"])
	t := &task{id: raw.MessageId, receives: max(receives, 1)}
	var source struct {
		Source string `json:"source"`
	}
	if json.Unmarshal([]byte(raw.Body), &source) == nil && source.Source == contract.ImportAllSource {
		step, err := parseStep(raw.Body)
		if err != nil {
			t.result = again(reasonMalformed, err)
		}
		t.step = &step
		return t
	}
	v, err := parseEvent(raw.Body)
	if err != nil {
		t.result = again(reasonMalformed, err)
	}
	t.evaluation = v
	return t
}

// open are the events without a result yet.
func open(tasks []*task) []*task {
	var left []*task
	for _, t := range tasks {
		if t.step == nil && t.result.outcome == "" {
			left = append(left, t)
		}
	}
	return left
}

// sortOut finds the check of an event, or says why it is none of ours.
func (h *Handler) sortOut(ctx context.Context, t *task) {
	check, known, id := compliance.PackOfRule(t.rule)
	if t.account != h.account {
		t.result = result{outcome: contract.OutcomeIgnored, reason: reasonOtherAccount}
		return
	}
	if id == "" {
		t.result = result{outcome: contract.OutcomeIgnored, reason: reasonNoPack}
		return
	}
	ours, err := h.packs.ours(ctx, t.region, id)
	switch {
	case err != nil:
		t.result = again(reason.Of(err), err)
	case !ours:
		t.result = result{outcome: contract.OutcomeIgnored, reason: reasonOtherPack}
	case !known:
		t.result = result{outcome: contract.OutcomeIgnored, reason: reasonUnknownRule}
	default:
		t.check = check
	}
}

// supersede gives a result to all but the latest evaluation of each finding: a batch may not name a finding twice.
func supersede(tasks []*task) {
	latest := map[string]*task{}
	for _, t := range tasks {
		other, there := latest[t.evaluation.id()]
		if !there {
			latest[t.evaluation.id()] = t
			continue
		}
		older := t
		if !t.updated.Before(other.updated) {
			older, latest[t.evaluation.id()] = other, t
		}
		older.result = result{outcome: contract.OutcomeSuperseded, reason: reasonNone}
	}
}

func (h *Handler) importTasks(ctx context.Context, region string, tasks []*task) {
	var evaluations []*evaluation
	for _, t := range tasks {
		evaluations = append(evaluations, &t.evaluation)
	}
	failed := h.importAll(ctx, region, evaluations)
	for _, t := range tasks {
		if why, fails := failed[t.evaluation.id()]; fails {
			t.result = why
			continue
		}
		t.result = result{outcome: t.outcome(), reason: reasonNone}
	}
}

// importAll imports evaluations of one region, each of another finding, and says which failed, by id of the finding.
func (h *Handler) importAll(ctx context.Context, region string, evaluations []*evaluation) map[string]result {
	keys := map[resourceKey]bool{}
	for _, v := range evaluations {
		keys[resourceKey{v.resourceType, v.resourceID}] = true
	}
	resources := h.describe(ctx, region, slices.SortedFunc(maps.Keys(keys), func(a, b resourceKey) int {
		return strings.Compare(a.resourceType+"/"+a.id, b.resourceType+"/"+b.id)
	}))
	var findings []hubtypes.AwsSecurityFinding
	for _, v := range evaluations {
		findings = append(findings, h.finding(v, resources[resourceKey{v.resourceType, v.resourceID}]))
	}
	return h.send(ctx, region, findings)
}

// outcome is how an evaluation counts once it is imported.
func (v *evaluation) outcome() string {
	if v.archives() {
		return contract.OutcomeArchived
	}
	return contract.OutcomeImported
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
