package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"assetguard/sandbox/gateway"
	"assetguard/sandbox/inbox"
)

// Sandbox is the sandbox's own endpoint, /_sandbox/.
type Sandbox struct{ Endpoint string }

// seed makes the same calls meet the same faults in every run.
const seed = 1

// SetFaults replaces the faults that calls meet; nil ends them.
func (s Sandbox) SetFaults(ctx context.Context, faults []gateway.Fault) error {
	body, err := json.Marshal(gateway.Faults{Seed: seed, Faults: append([]gateway.Fault{}, faults...)})
	if err != nil {
		return err
	}
	return s.call(ctx, http.MethodPut, "faults", body, nil)
}

// Send puts an event on the bus of its region.
func (s Sandbox) Send(ctx context.Context, event []byte) error {
	return s.call(ctx, http.MethodPost, "events", event, nil)
}

// Count counts the calls of a service and an operation; "" stands for all.
func (s Sandbox) Count(ctx context.Context, service, operation string) (gateway.Count, error) {
	var count gateway.Count
	err := s.call(ctx, http.MethodGet, "calls?service="+url.QueryEscape(service)+"&operation="+url.QueryEscape(operation), nil, &count)
	return count, err
}

func (s Sandbox) call(ctx context.Context, method, path string, body []byte, into any) (err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.Endpoint+"/_sandbox/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("sandbox: %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusAccepted {
		return fmt.Errorf("sandbox: %s %s: %s: %s (a server of an earlier build? make down, then make up)", method, path, res.Status, bytes.TrimSpace(text))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// Inbox reads the messages of a kind after the one with the given ID.
func (s Sandbox) Inbox(ctx context.Context, after int, kind inbox.Kind) (inbox.Contents, error) {
	var contents inbox.Contents
	err := s.call(ctx, http.MethodGet, fmt.Sprintf("inbox/messages?after=%d&kind=%s", after, kind), nil, &contents)
	return contents, err
}

// Refusing refuses a share of an operation's calls, half as throttled and half as broken, in the words of its service.
func Refusing(percent float64, service, operation, throttled, broken string, throttledStatus int) []gateway.Fault {
	return []gateway.Fault{
		{Service: service, Operation: operation, Percent: percent / 2, Status: throttledStatus, Code: throttled},
		{Service: service, Operation: operation, Percent: percent / 2, Status: http.StatusInternalServerError, Code: broken},
	}
}

// callsAtOnce is how many calls go to the sandbox together.
const callsAtOnce = 16

// Each does something for 0 to n-1, some at a time, and stops at the first error.
func Each(ctx context.Context, n int, do func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range callsAtOnce {
		workers.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

// Pause waits; the error says that ctx ended before.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
