package autotag

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
)

// deadlineReserve is the time kept at the end of an invocation to count and to answer: an answer that comes
// too late sends the whole batch back.
const deadlineReserve = 3 * time.Second

// Handler tags the assets of a batch of events: what was created, and what lost a required tag.
type Handler struct {
	policies    *Policies
	regions     func(region string) Region
	metrics     io.Writer
	log         *slog.Logger
	maxReceives int
	restores    bool // removed keys are put back, not only reported
	now         func() time.Time
	sleep       func(context.Context, time.Duration) error
}

// New makes a handler. regions gives the clients of one region and is called once or more for each; out
// takes metrics and logs, a JSON object a line; maxReceives is the queue's maxReceiveCount, 0 if unknown
// (contract.EnvMaxReceives); restores says whether removed required keys are put back or only reported
// (contract.EnvRemovedKeys).
func New(policies *Policies, regions func(region string) Region, out io.Writer, maxReceives int, restores bool) *Handler {
	return &Handler{
		policies: policies, regions: regions, metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)),
		maxReceives: maxReceives, restores: restores, now: time.Now, sleep: sleep,
	}
}

// Handle tags what one batch of messages created, and sees to the required keys that others took away. The answer
// names the messages that are to come again; an error means that none could be handled, since the tag policy cannot
// be read.
func (h *Handler) Handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	work, cancel := withReserve(ctx)
	defer cancel()
	b := readBatch(event.Records)
	if len(b.open()) > 0 {
		policy, overrides, err := h.policies.Load(work)
		if err != nil {
			h.log.Error("batch goes back to the queue", "messages", len(event.Records), "error", err.Error())
			return events.SQSEventResponse{}, fmt.Errorf("tag policy: %w", err)
		}
		h.findBornWith(work, b)
		h.readTags(work, b)
		h.readParents(work, b)
		h.decide(b, policy, overrides)
		h.write(work, b)
	}
	return h.finish(b), nil
}

func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-deadlineReserve))
	}
	return context.WithCancel(ctx)
}

// asset is one asset of the batch on its way to a result.
type asset struct {
	tagpolicy.Asset
	record   *record    // the event that made it, or changed its tags; nil when the message could not be read
	bornWith *asset     // the instance of a volume or interface that the launch made; else nil
	messages []*message // those that wait for it
	decision tagpolicy.Decision
	puts     bool              // the event may be of a change
	given    map[string]string // the tags that the event gives
	removed  []string          // required keys that somebody took away
	missing  map[string]string // the tags to write
	result   result            // zero while the asset is open
}

// message is one message of the queue.
type message struct {
	id       string
	receives int // how often it was received, this time included
	assets   []*asset
}

// batch is what one invocation works on.
type batch struct {
	messages []*message
	assets   []*asset
	byARN    map[string]*asset
	parents  map[parent]map[string]string // the tags of what made the assets
}

// readBatch finds the assets that the messages' events made. An asset that several messages name is there
// once and finishes all of them.
func readBatch(records []events.SQSMessage) *batch {
	b := &batch{byARN: map[string]*asset{}}
	for i := range records {
		receives, _ := strconv.Atoi(records[i].Attributes["ApproximateReceiveCount"])
		m := &message{id: records[i].MessageId, receives: max(receives, 1)}
		b.messages = append(b.messages, m)
		b.readMessage(m, &records[i])
	}
	return b
}

func (b *batch) readMessage(m *message, raw *events.SQSMessage) {
	switch sourceOf(raw.Body) {
	case contract.TagChangeSource:
		b.readTagChange(m, raw.Body)
		return
	case createevent.ReadySource:
		b.readReady(m, raw.Body)
		return
	}
	r, err := parseRecord(raw.Body, raw.EventSourceARN)
	if err != nil {
		b.close(m, nil, again(reasonMalformed, err))
		return
	}
	w, known := rows[r.event]
	switch {
	case !known:
		b.close(m, r, result{outcome: contract.OutcomeUnknownEvent})
		return
	case r.errorCode != "":
		b.close(m, r, result{outcome: contract.OutcomeNotTaggable, reason: reasonCallFailed, detail: r.errorCode})
		return
	case w.managed != "" && r.text(w.managed) == "AWS":
		b.close(m, r, result{outcome: contract.OutcomeNotTaggable, reason: reasonManaged})
		return
	}
	assets := w.assets(r)
	if len(assets) == 0 {
		b.close(m, r, again(reasonIncompleteEvent, fmt.Errorf("the event names no %s", w.kind)))
	}
	for _, a := range assets {
		a.record = r
		b.add(a, m)
	}
}

// add puts an asset into the batch for the given messages, or these messages to the asset that is there.
func (b *batch) add(a *asset, messages ...*message) {
	if there, ok := b.byARN[a.ARN]; ok {
		there.join(a)
		a = there
	} else {
		b.byARN[a.ARN] = a
		b.assets = append(b.assets, a)
	}
	for _, m := range messages {
		a.messages = append(a.messages, m)
		m.assets = append(m.assets, a)
	}
}

// close gives a message without a known asset its result.
func (b *batch) close(m *message, r *record, res result) {
	a := &asset{record: r, result: res}
	a.Service = "unknown"
	if r != nil {
		a.Service, a.Region = r.service(), r.region
	}
	b.settle(m, a)
}

// settle puts an asset that has its result into the batch, apart from others with its ARN.
func (b *batch) settle(m *message, a *asset) {
	a.messages = []*message{m}
	b.assets = append(b.assets, a)
	m.assets = append(m.assets, a)
}

// open are the assets without a result yet.
func (b *batch) open() []*asset {
	var open []*asset
	for _, a := range b.assets {
		if a.result.outcome == "" {
			open = append(open, a)
		}
	}
	return open
}

// decide asks the policy which tags each open asset lacks; those that lack none are done. Assets that others made
// come last, so that they inherit what is decided about those of the same batch.
func (h *Handler) decide(b *batch, policy, overrides *tagpolicy.Policy) {
	open := b.open()
	slices.SortStableFunc(open, func(x, y *asset) int { return cmp.Compare(generation(x), generation(y)) })
	for _, a := range open {
		a.Inherited = b.inherited(a)
		if a.onlyLost() || a.onlyReady() {
			a.Creator = a.Tags[contract.TagCreator] // so that rules that name creators decide as they did at first
		}
		a.decision = tagpolicy.Decide(policy, overrides, a.placed())
		a.missing = a.decision.Missing(a.Tags)
		if a.existed() { // then the event is not its creation, and the caller not its creator
			delete(a.missing, contract.TagCreator)
			delete(a.missing, contract.TagCreatedAt)
		}
		switch {
		case a.decision.Excluded != "":
			a.result = result{outcome: contract.OutcomeExcluded, reason: reasonPolicy, detail: a.decision.Excluded}
		case a.onlyLost():
			h.decideLost(a)
		case a.onlyReady():
			h.decideReady(a)
		case len(a.missing) == 0 && a.taggedBefore():
			a.result = result{outcome: contract.OutcomeTagged}
		case len(a.missing) == 0:
			a.result = result{outcome: contract.OutcomeAlreadyTagged}
		}
	}
}

// generation is 1 for an asset that another made, 0 for others.
func generation(a *asset) int {
	if a.hasParent() {
		return 1
	}
	return 0
}

// placed is the asset in the region that rules know it by, which is not always the one where its tags are written.
func (a *asset) placed() tagpolicy.Asset {
	placed := a.Asset
	if regionOf(a.ARN) == "" && a.Service != "s3" { // a bucket's ARN has no region, but the bucket has
		placed.Region = contract.GlobalRegion
	}
	return placed
}

// existed reports whether the asset was there before its event: it carries required tags that the event did not give.
func (a *asset) existed() bool {
	return a.puts && slices.ContainsFunc(contract.ClassificationTags(), func(key string) bool {
		_, carried := a.Tags[key]
		_, given := a.given[key]
		return carried && !given
	})
}

// taggedBefore reports whether an earlier attempt at the same messages tagged the asset: its outcome was
// not counted then.
func (a *asset) taggedBefore() bool {
	for _, m := range a.messages {
		if m.receives > 1 {
			return a.Tags[contract.TagCreatedAt] == a.decision.Tags[contract.TagCreatedAt]
		}
	}
	return false
}

// groups splits items by a key, in the order of first appearance.
func groups[T any, K comparable](items []T, key func(T) K) [][]T {
	at := map[K]int{}
	var split [][]T
	for _, item := range items {
		k := key(item)
		i, ok := at[k]
		if !ok {
			i = len(split)
			at[k], split = i, append(split, nil)
		}
		split[i] = append(split[i], item)
	}
	return split
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
