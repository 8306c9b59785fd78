package slack

import (
	"context"
	"time"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
)

// strikes is how many posts in a row may fail before the rest of a batch is not tried: Slack is down. One alone may be
// about its message.
const strikes = 2

// batch is what the messages of one batch learn from each other.
type batch struct {
	failed int     // posts in a row without an answer of use
	halt   *result // what the rest of the batch ends in
	reread bool    // the webhook was read anew
}

// deliver posts one message and says how that ended.
func (h *Handler) deliver(ctx context.Context, t *task, run *batch) result {
	if run.halt != nil {
		return *run.halt
	}
	post := notice.Slack(t.message, h.settings.Locale)
	plain := false
	for {
		if late := h.await(ctx); late != nil {
			run.halt = late
			return *late
		}
		a := h.webhook.post(ctx, post)
		h.next, h.waits = h.now().Add(max(h.settings.Pace, a.after)), reasonNoTime
		switch a.kind {
		case taken:
			run.failed = 0
			return delivered(plain)
		case throttled:
			h.waits = a.reason
		case messageRefused:
			run.failed = 0
			if plain {
				return poison(a.reason, a.detail)
			}
			plain, post = true, notice.SlackText(t.message, h.settings.Locale)
		case webhookRefused:
			if h.webhook.forget(); !run.reread && h.webhook.changed(ctx) {
				run.reread = true
				continue
			}
			r := again(a.reason, a.detail)
			run.halt = &r
			return r
		default:
			r := again(a.reason, a.detail)
			if run.failed++; run.failed >= strikes {
				run.halt = &r
			}
			return r
		}
	}
}

// await waits until the next post may go. Where that, and the post, is beyond the time of the invocation, it says how
// the messages that are left end.
func (h *Handler) await(ctx context.Context) *result {
	wait := max(h.next.Sub(h.now()), 0)
	deadline, bounded := ctx.Deadline()
	late := bounded && h.now().Add(wait+postTimeout).After(deadline)
	if !late && h.sleep(ctx, wait) == nil {
		return nil
	}
	r := again(h.waits, "the invocation ends before the next post may go")
	r.after = max(wait, time.Second)
	return &r
}

func delivered(plain bool) result {
	if plain {
		return result{outcome: contract.OutcomeDelivered, reason: reasonAsText}
	}
	return result{outcome: contract.OutcomeDelivered, reason: reasonNone}
}
