package gateway

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// event is an envelope on its way to a region's default bus.
type event struct {
	region   string
	envelope map[string]any
}

// queue holds events in order, without bound: an event is never dropped.
type queue struct {
	mu      sync.Mutex
	waiting []event
	arrived chan struct{} // holds one token when events may be waiting
}

func newQueue() *queue { return &queue{arrived: make(chan struct{}, 1)} }

func (q *queue) put(e event) {
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	q.mu.Unlock()
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

// take returns everything that waits.
func (q *queue) take() []event {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.waiting
	q.waiting = nil
	return taken
}

// deliver hands events to put one after the other until ctx ends, then what is
// left within the time that drain gives.
func (q *queue) deliver(ctx context.Context, drain time.Duration, put func(context.Context, event)) error {
	work := context.WithoutCancel(ctx)
	for {
		select {
		case <-q.arrived:
			left := q.take()
			for i, e := range left {
				if ctx.Err() != nil {
					q.putBack(left[i:])
					break
				}
				put(work, e)
			}
		case <-ctx.Done():
			return q.drain(work, drain, put)
		}
	}
}

func (q *queue) putBack(events []event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(append([]event{}, events...), q.waiting...)
}

func (q *queue) drain(ctx context.Context, bound time.Duration, put func(context.Context, event)) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	left := q.take()
	for i, e := range left {
		if ctx.Err() != nil {
			return fmt.Errorf("%d events were not delivered within %s", len(left)-i, bound)
		}
		put(ctx, e)
	}
	return nil
}
