package events

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"assetguard/sandbox/functions"
	"assetguard/sandbox/inbox"
)

// maxDeliveries bounds the events and asynchronous invocations under way.
const maxDeliveries = 64

// Options says where the plane finds the emulator and keeps its files.
type Options struct {
	// Upstream is the emulator's address, such as http://127.0.0.1:5000.
	Upstream string
	// Endpoint is the gateway's address: AWS_ENDPOINT_URL of the functions, and
	// where metrics are sent.
	Endpoint string
	// Region is used where a call names none; AccountID is the only account.
	Region, AccountID string
	// Dir holds code and logs of functions.
	Dir string
	// Log receives what the plane drops or refuses; nil means slog.Default().
	Log *slog.Logger
	// Identity, if set, learns the access keys of functions.
	Identity func(accessKey, arn string)
	// Mail, if set, takes the e-mails of topics.
	Mail func(inbox.Email)
	// RetryWaits are the pauses before the repeated attempts of an asynchronous
	// invocation; nil means 1 s and 2 s, where AWS waits 1 and 2 minutes.
	RetryWaits []time.Duration
	// DeliveryWaits are the pauses before the repeated attempts of a delivery to
	// a target; nil means 0.2 s and 1 s, where AWS tries for up to 24 hours.
	DeliveryWaits []time.Duration
}

// Plane carries events. It is safe for concurrent use.
type Plane struct {
	options Options
	log     *slog.Logger
	host    *functions.Host
	aws     *services
	known   *memory
	codes   *codes
	maps    *mappings
	stats   *stats
	logs    *logShipper
	people  *people

	ctx    context.Context // ends when the plane closes
	cancel context.CancelFunc
	limit  chan struct{}

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
	once   sync.Once
	err    error
}

// New returns a plane that works at once; Run waits for its end.
func New(options Options) *Plane {
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.Mail == nil {
		options.Mail = func(inbox.Email) {}
	}
	if options.RetryWaits == nil {
		options.RetryWaits = []time.Duration{time.Second, 2 * time.Second}
	}
	if options.DeliveryWaits == nil {
		options.DeliveryWaits = []time.Duration{200 * time.Millisecond, time.Second}
	}
	p := &Plane{
		options: options, log: options.Log, aws: newServices(options.Upstream, options.Endpoint, &http.Client{Timeout: time.Minute}),
		known: newMemory(), codes: newCodes(filepath.Join(options.Dir, "zips")), maps: newMappings(),
		stats: newStats(), people: newPeople(), limit: make(chan struct{}, maxDeliveries),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.logs = newLogShipper(p.aws, p.log)
	p.host = functions.NewHost(functions.Options{
		Dir: options.Dir, Endpoint: options.Endpoint, Identity: options.Identity, Sink: p.logs, Log: options.Log,
	})
	return p
}

// Close stops pollers, deliveries and functions and waits until they are gone.
// Events that have not been delivered are lost.
func (p *Plane) Close() error {
	p.once.Do(func() {
		p.mu.Lock()
		p.closed = true
		p.mu.Unlock()
		p.cancel()
		p.err = p.host.Close()
		p.work.Wait()
		p.logs.close()
	})
	return p.err
}

// background runs work beside the caller, some at a time. After Close it is
// dropped.
func (p *Plane) background(work func(ctx context.Context)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.work.Go(func() {
		select {
		case p.limit <- struct{}{}:
			defer func() { <-p.limit }()
			work(p.ctx)
		case <-p.ctx.Done():
		}
	})
}

// pause waits and reports whether the time has passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// region is the region of a call, or the plane's own.
func (p *Plane) region(of string) string {
	if of == "" {
		return p.options.Region
	}
	return of
}
