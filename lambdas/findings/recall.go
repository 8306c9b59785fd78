package findings

import (
	"context"
	"errors"

	"assetguard/internal/contract"
)

// errUnread says that DynamoDB handed nothing out.
var errUnread = errors.New("the table handed nothing out")

// recall reads what the table has of the items, and of the digests that they went into when that can matter.
func (h *Handler) recall(ctx context.Context, items []*item) {
	if len(items) == 0 {
		return
	}
	keys := map[string]bool{}
	for _, i := range items {
		keys[i.key] = true
	}
	found, err := h.read(ctx, sortedKeys(keys))
	if err != nil {
		fail(items, err)
		return
	}
	digests := map[string]bool{}
	for _, i := range items {
		if attributes, there := found[i.key]; there {
			i.prior = readState(attributes)
		}
		if i.inDigest() && i.at.After(i.prior.told) {
			digests[contract.StateDigest+i.prior.digest] = true
		}
	}
	if len(digests) == 0 {
		return
	}
	ended, err := h.read(ctx, sortedKeys(digests))
	if err != nil {
		fail(items, err)
		return
	}
	for _, i := range items {
		// One that was refused then has a time of its own, or none.
		if i.inDigest() && i.prior.notified.IsZero() && !i.prior.unmarked {
			i.prior.notified = instant(ended[contract.StateDigest+i.prior.digest][attrNotified])
		}
	}
}

// inDigest says whether another message put the finding into a digest, which then says when it became NOTIFIED.
func (i *item) inDigest() bool {
	return i.prior != nil && i.prior.status == statusFolded && i.prior.holder != i.task.id
}

func fail(items []*item, err error) {
	for _, i := range items {
		if i.result.outcome == "" {
			i.result = again(because(err), err)
		}
	}
}

var errClaimed = errors.New("another message is about to tell it")

// decide gives a result to what people know, and leaves open what they are to hear. doc.go says why.
func (h *Handler) decide(i *item) {
	p := i.prior
	if p == nil {
		return
	}
	mine := p.holder == i.task.id
	i.known, i.version = p.told, p.version
	switch {
	case p.status == statusClaimed:
		if !mine && h.now().Before(p.lease) {
			i.result = again(reasonClaimed, errClaimed)
		}
	case mine && p.status == statusTold: // the attempt before got that far
		i.result = result{outcome: contract.OutcomeTold, reason: reasonNone}
		i.unmarked = p.notified.IsZero()
	case mine && p.status == statusFolded:
		i.result = result{outcome: contract.OutcomeFolded, reason: reasonNone}
	case !p.since(i).IsZero() && i.at.After(p.since(i).Add(settle)), i.severity > p.severity:
		// open again, or worse
	default:
		i.result = result{outcome: contract.OutcomeDuplicate, reason: reasonKnown}
		i.unmarked = h.unmarked(i)
	}
}

// unmarked says whether a finding that people know is to be made NOTIFIED even so. The message that told it may have been
// given up before, or Security Hub refused. Where both Security Hubs are on, the second one to send the finding shows it as
// NEW until it is told otherwise.
func (h *Handler) unmarked(i *item) bool {
	p := i.prior
	given := p.status == statusTold && h.now().After(p.told.Add(lease))
	return p.since(i).IsZero() && (given || p.unmarked || p.elsewhere(i))
}

// why is the reason of telling: news, or what was known and changed.
func (i *item) why() string {
	switch {
	case i.known.IsZero():
		return reasonNone
	case i.prior != nil && i.severity > i.prior.severity:
		return reasonWorse
	}
	return reasonReopened
}
