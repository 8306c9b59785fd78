package sweep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"
	"assetguard/lambdas/internal/emf"
)

const (
	windowAssets = 500   // decided and tagged together
	partRows     = 20000 // in memory, gzipped: some megabytes
)

// reasonKeyRemoved: somebody removed required keys, which are not put back.
const reasonKeyRemoved = "key-removed"

// youngAge is how long an asset is left to its create event, which knows the creator: the queue of the events
// tries for about half an hour.
const youngAge = 45 * time.Minute

// pass is the decision of one part.
type pass struct {
	policy, overrides *tagpolicy.Policy
	at                time.Time
	before            time.Time // when the run before this one started; zero if there was none
	young             bool
	reportsRemoved    bool

	mutex  sync.Mutex
	denied map[string]bool // region and type of what may not be tagged
}

// item is an asset on its way to its row.
type item struct {
	asset
	decision tagpolicy.Decision
	missing  map[string]string // the tags to write
	outcome  string            // one of contract.Outcome*, "" while the item is open
	reason   string
	passing  bool // the failure may go away by itself
}

// decide merges the chunks, tags what lacks tags, and puts away one part of the register's rows.
func (h *Handler) decide(ctx context.Context, step Step) (Step, error) {
	policy, overrides, err := h.policies.Load(ctx)
	if err != nil {
		return step, fmt.Errorf("tag policy: %w", err)
	}
	p := &pass{policy: policy, overrides: overrides, at: step.At, young: step.Young,
		reportsRemoved: h.config.ReportsRemoved, denied: map[string]bool{}}
	if p.before, err = h.newest(ctx); err != nil {
		return step, err
	}
	found, seen, err := h.openStreams(ctx, step)
	if err != nil {
		return step, err
	}
	defer found.close()
	defer seen.close()
	var body bytes.Buffer
	rows, written, last, ended := newLines(&body), 0, step.After, false
	for !ended && written < partRows && (written == 0 || !h.timeUp(ctx)) {
		var window []*item
		if window, ended, err = nextWindow(found, step.After); err != nil {
			return step, err
		}
		h.decideWindow(ctx, p, window)
		for _, i := range window {
			last = i.ARN
			if i.reason == reasonGone {
				continue
			}
			firstSeen, err := seen.firstSeen(i.ARN)
			if err != nil {
				return step, err
			}
			if err := rows.write(newRow(i, step.At, firstSeen)); err != nil {
				return step, err
			}
		}
		written += len(window)
	}
	if err := rows.close(); err != nil {
		return step, err
	}
	return h.putPart(ctx, step, &body, last, ended)
}

// openStreams opens the chunks that were found, and the register before this one.
func (h *Handler) openStreams(ctx context.Context, step Step) (*merged, *earlier, error) {
	keys, err := h.store.List(ctx, step.foundPrefix())
	if err != nil {
		return nil, nil, err
	}
	seen, err := openEarlier(ctx, h.store)
	if err != nil {
		return nil, nil, err
	}
	found, err := mergeChunks(ctx, h.store, keys)
	if err != nil {
		seen.close()
		return nil, nil, err
	}
	return found, seen, nil
}

// putPart names the part after what it holds: two deliveries of one step never mix their parts.
func (h *Handler) putPart(ctx context.Context, step Step, body io.Reader, last string, ended bool) (Step, error) {
	sum := sha256.Sum256([]byte(step.After + "\n" + last))
	key := fmt.Sprintf("%s%06d-%x.jsonl.gz", step.rowsPrefix(), len(step.Parts), sum[:6])
	if err := h.store.Put(ctx, key, typeLines, body); err != nil {
		return step, err
	}
	step.Parts = append(step.Parts, key)
	step.After = last
	if ended {
		step.Stage = stageWrite
	}
	return step, nil
}

// nextWindow takes the next assets after an ARN.
func nextWindow(found *merged, after string) (window []*item, ended bool, err error) {
	for len(window) < windowAssets {
		a, err := found.next()
		if errors.Is(err, io.EOF) {
			return window, true, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("read what was found: %w", err)
		}
		if a.ARN > after {
			window = append(window, &item{asset: a})
		}
	}
	return window, false, nil
}

// decideWindow gives every item of the window its outcome, and counts it.
func (h *Handler) decideWindow(ctx context.Context, p *pass, window []*item) {
	for _, i := range window {
		p.decide(i)
	}
	h.look(ctx, stillOpen(window))
	for _, i := range stillOpen(window) {
		p.decide(i) // rules may match the tags that only now are seen
	}
	h.tag(ctx, p, window)
	h.countMissed(p, window)
	type tally struct{ outcome, service, reason string }
	tallies := map[tally]int{}
	for _, i := range window {
		tallies[tally{i.outcome, i.Service, i.reason}]++
	}
	for t, n := range tallies {
		if t.reason == "" {
			t.reason = reasonNone
		}
		h.count(emf.Count{Name: contract.MetricSweepOutcome, Value: n,
			Dimensions: map[string]string{contract.DimensionOutcome: t.outcome, contract.DimensionService: t.service, contract.DimensionReason: t.reason},
			Sets:       [][]string{{contract.DimensionOutcome}, {contract.DimensionOutcome, contract.DimensionService, contract.DimensionReason}}})
	}
}

// decide asks the policy. No rule that names creators can match: an asset that is found does not say who
// made it. CreatedAt is left to the events too, since the services' own dates can change later.
func (p *pass) decide(i *item) {
	i.decision = tagpolicy.Decide(p.policy, p.overrides, tagpolicy.Asset{
		Service: i.Service, ResourceType: i.Type, ARN: i.ARN, Region: i.Region, Account: i.Account,
		Names: i.Names, Tags: i.Tags,
	})
	i.missing = i.decision.Missing(i.Tags)
	switch {
	case i.decision.Excluded != "":
		i.outcome, i.reason = contract.OutcomeExcluded, reasonPolicy
	case len(i.missing) == 0:
		i.outcome = contract.OutcomeAlreadyTagged
	case p.reportsRemoved && i.lostKeys():
		i.outcome, i.reason = contract.OutcomeReported, reasonKeyRemoved
	case !p.young && !i.CreatedAt.IsZero() && p.at.Sub(i.CreatedAt) < youngAge:
		i.outcome = contract.OutcomeLeftToEvents
	}
}

// lostKeys reports whether somebody removed required keys from the asset. The create event gives an asset all of them
// and CreatedAt in one call, so that one with CreatedAt and without a key has lost it. Of an asset that no event
// tagged nobody can tell: it is filled (docs/adr/0010-removed-keys.md).
func (i *item) lostKeys() bool {
	if _, tagged := i.Tags[contract.TagCreatedAt]; !tagged {
		return false
	}
	return slices.ContainsFunc(contract.ClassificationTags(), func(key string) bool {
		_, there := i.Tags[key]
		_, decided := i.missing[key]
		return decided && !there
	})
}

// carried are the tags that the asset carries in the end.
func (i *item) carried() map[string]string {
	tags := maps.Clone(i.Tags)
	if i.outcome == contract.OutcomeTagged {
		tags = noNil(tags)
		maps.Copy(tags, i.missing)
	}
	return tags
}

// earlier is the register of the run before, read beside the assets in the same order.
type earlier struct {
	rows *reader[row]
	row  row
}

// openEarlier opens the latest register; there may be none yet.
func openEarlier(ctx context.Context, store Store) (*earlier, error) {
	rows, err := open[row](ctx, store, contract.RegisterLatestLines)
	if errors.Is(err, ErrNoObject) {
		return &earlier{}, nil
	}
	return &earlier{rows: rows}, err
}

// firstSeen is when an earlier register named the asset first, zero if none did. The ARNs asked for ascend.
func (e *earlier) firstSeen(arn string) (at time.Time, err error) {
	for e.rows != nil && e.row.ARN < arn {
		if e.row, err = e.rows.next(); errors.Is(err, io.EOF) {
			e.close()
			break
		}
		if err != nil {
			return at, fmt.Errorf("read %s: %w", contract.RegisterLatestLines, err)
		}
	}
	if e.row.ARN == arn {
		at = e.row.FirstSeen
	}
	return at, nil
}

func (e *earlier) close() {
	if e.rows != nil {
		e.rows.close()
		e.rows = nil
	}
}
