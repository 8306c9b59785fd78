package functions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

const (
	defaultConcurrency = 10
	defaultIdle        = 5 * time.Minute
	defaultInitTimeout = 10 * time.Second
)

// Options says where a Host keeps its files and whom its functions talk to.
type Options struct {
	// Dir holds unpacked code (Dir/code) and log files (Dir/logs).
	Dir string
	// Endpoint is AWS_ENDPOINT_URL of the functions.
	Endpoint string
	// Identity, if set, learns which access key stands for which principal
	// before a function uses it.
	Identity func(accessKey, arn string)
	// Sink, if set, receives every log line. It must not block.
	Sink Sink
	// Concurrency bounds the processes of one function without reserved
	// concurrency; invocations beyond it wait. 0 means 10.
	Concurrency int
	// Idle is how long an unused process is kept; 0 means five minutes.
	Idle time.Duration
	// Log receives the host's own messages; nil means slog.Default().
	Log *slog.Logger
}

// Host runs functions. It is safe for concurrent use.
type Host struct {
	options Options
	spawn   chan spawnRequest
	closed  chan struct{}
	workers sync.WaitGroup

	mu     sync.Mutex
	pools  map[string]*pool
	unpack sync.Mutex
	logs   *logFiles
}

// pool holds the processes of one function.
type pool struct {
	slots    chan struct{} // one token per invocation under way
	reserved bool
	idle     []*process // most recently used last
	busy     map[*process]bool
}

// NewHost starts a host. Close must be called.
func NewHost(options Options) *Host {
	if options.Concurrency <= 0 {
		options.Concurrency = defaultConcurrency
	}
	if options.Idle <= 0 {
		options.Idle = defaultIdle
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	h := &Host{
		options: options, spawn: make(chan spawnRequest), closed: make(chan struct{}),
		pools: map[string]*pool{}, logs: newLogFiles(filepath.Join(options.Dir, "logs"), options.Log),
	}
	h.workers.Go(h.spawner)
	h.workers.Go(h.janitor)
	return h
}

// Invoke runs fn once with payload and returns its result; a function that
// fails is a Result with FunctionError, not an error. Errors are ErrThrottled,
// ErrClosed, a context that ended, or a fault of this machine.
func (h *Host) Invoke(ctx context.Context, fn Function, payload []byte) (Result, error) {
	fn = fn.withDefaults()
	release, err := h.acquire(ctx, fn)
	if err != nil {
		return Result{}, err
	}
	defer release()
	call := newInvocation(fn, payload)
	p, failure, err := h.process(ctx, fn, call)
	switch {
	case err != nil:
		return Result{}, err
	case failure != nil:
		return *failure, nil
	}
	result, reusable := p.run(ctx, call)
	h.giveBack(p, reusable)
	if ctx.Err() != nil && !reusable {
		return result, ctx.Err()
	}
	return result, nil
}

// acquire takes one of the function's concurrency slots.
func (h *Host) acquire(ctx context.Context, fn Function) (release func(), err error) {
	pool, err := h.poolOf(fn)
	if err != nil {
		return nil, err
	}
	if pool.reserved {
		select {
		case pool.slots <- struct{}{}:
		default:
			return nil, ErrThrottled
		}
	} else {
		select {
		case pool.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-h.closed:
			return nil, ErrClosed
		}
	}
	return func() { <-pool.slots }, nil
}

// poolOf returns the function's pool, made anew when its concurrency changed.
func (h *Host) poolOf(fn Function) (*pool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isClosed() {
		return nil, ErrClosed
	}
	size, reserved := h.options.Concurrency, fn.ReservedConcurrency != nil
	if reserved {
		size = *fn.ReservedConcurrency
	}
	have := h.pools[fn.key()]
	if have == nil {
		have = &pool{slots: make(chan struct{}, size), busy: map[*process]bool{}}
		h.pools[fn.key()] = have
	}
	have.reserved = reserved
	if cap(have.slots) != size {
		have.slots = make(chan struct{}, size)
	}
	return &pool{slots: have.slots, reserved: reserved}, nil
}

func (h *Host) isClosed() bool {
	select {
	case <-h.closed:
		return true
	default:
		return false
	}
}

// process returns a warm process of this revision of fn, or starts one. A
// process that does not come up is a failed invocation.
func (h *Host) process(ctx context.Context, fn Function, call *invocation) (*process, *Result, error) {
	if p := h.warm(fn); p != nil {
		return p, nil, nil
	}
	root, err := h.unpacked(fn)
	if err != nil {
		return nil, nil, err
	}
	if h.options.Identity != nil {
		h.options.Identity(fn.accessKey(), fn.sessionARN())
	}
	p, err := h.start(ctx, fn, root)
	if err != nil {
		return nil, h.failedInit(fn, call, startFault(err, root)), nil
	}
	if fault := p.awaitReady(ctx); fault != nil {
		p.stop()
		h.giveBack(p, false)
		return nil, h.failedInit(fn, call, fault), nil
	}
	return p, nil, nil
}

// warm takes an idle process of this revision and stops those of older ones.
func (h *Host) warm(fn Function) *process {
	revision := fn.revision()
	h.mu.Lock()
	defer h.mu.Unlock()
	pool := h.pools[fn.key()]
	var found *process
	var kept []*process
	for i := len(pool.idle) - 1; i >= 0; i-- {
		p := pool.idle[i]
		switch {
		case p.revision != revision || p.exited():
			go p.stop()
		case found == nil:
			found = p
		default:
			kept = append([]*process{p}, kept...)
		}
	}
	pool.idle = kept
	if found != nil {
		pool.busy[found] = true
	}
	return found
}

// giveBack keeps a process for the next invocation, or ends it.
func (h *Host) giveBack(p *process, reusable bool) {
	h.mu.Lock()
	pool := h.pools[p.fn.key()]
	if pool != nil {
		delete(pool.busy, p)
	}
	keep := reusable && pool != nil && !h.isClosed() && !p.exited()
	if keep {
		p.idleSince = time.Now()
		pool.idle = append(pool.idle, p)
	}
	h.mu.Unlock()
	if !keep {
		p.stop()
	}
}

// Forget stops the idle processes of a function that was changed or deleted.
func (h *Host) Forget(region, name string) {
	h.mu.Lock()
	var idle []*process
	if pool := h.pools[region+"/"+name]; pool != nil {
		idle, pool.idle = pool.idle, nil
	}
	h.mu.Unlock()
	for _, p := range idle {
		p.stop()
	}
}

// Close ends every process and waits until they are gone. Invocations under way
// fail.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.isClosed() {
		h.mu.Unlock()
		return nil
	}
	close(h.closed)
	var all []*process
	for _, pool := range h.pools {
		all = append(all, pool.idle...)
		for p := range pool.busy {
			all = append(all, p)
		}
		pool.idle = nil
	}
	h.mu.Unlock()
	for _, p := range all {
		p.stop()
	}
	h.workers.Wait()
	return h.logs.close()
}

// janitor stops processes that have been idle for too long.
func (h *Host) janitor() {
	ticker := time.NewTicker(max(h.options.Idle/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-h.closed:
			return
		case <-ticker.C:
			h.stopIdle(time.Now().Add(-h.options.Idle))
		}
	}
}

func (h *Host) stopIdle(before time.Time) {
	h.mu.Lock()
	var old []*process
	for _, pool := range h.pools {
		var kept []*process
		for _, p := range pool.idle {
			if p.idleSince.Before(before) {
				old = append(old, p)
			} else {
				kept = append(kept, p)
			}
		}
		pool.idle = kept
	}
	h.mu.Unlock()
	for _, p := range old {
		p.stop()
	}
}

// Processes tells how many processes are alive, idle ones among them.
func (h *Host) Processes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, pool := range h.pools {
		n += len(pool.idle) + len(pool.busy)
	}
	return n
}

type spawnRequest struct {
	cmd  *exec.Cmd
	done chan error
}

// spawner starts all processes from one thread that lives as long as the host:
// the kernel ties the death signal of a child to the thread that started it.
func (h *Host) spawner() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for {
		select {
		case <-h.closed:
			return
		case request := <-h.spawn:
			request.done <- request.cmd.Start()
		}
	}
}

// startCommand starts cmd on the spawner's thread.
func (h *Host) startCommand(cmd *exec.Cmd) error {
	request := spawnRequest{cmd: cmd, done: make(chan error, 1)}
	select {
	case h.spawn <- request:
		return <-request.done
	case <-h.closed:
		return ErrClosed
	}
}

// start makes the Runtime API server and the process of fn.
func (h *Host) start(ctx context.Context, fn Function, root string) (*process, error) {
	p, err := newProcess(fn, h.logs, h.options.Sink)
	if err != nil {
		return nil, err
	}
	p.cmd = exec.Command(filepath.Join(root, "bootstrap"))
	p.cmd.Dir = root
	p.cmd.Env = environment(fn, root, h.options.Endpoint, p.address(), p.stream)
	p.cmd.SysProcAttr = processAttributes()
	p.cmd.WaitDelay = time.Second
	p.cmd.Stdout, p.cmd.Stderr = p.output(), p.output()
	if err := errors.Join(ctx.Err(), h.startCommand(p.cmd)); err != nil {
		p.closeServer()
		return nil, err
	}
	go p.wait()
	h.mu.Lock()
	h.pools[fn.key()].busy[p] = true
	closed := h.isClosed()
	h.mu.Unlock()
	if closed {
		p.stop()
		return nil, ErrClosed
	}
	return p, nil
}

// unpacked returns the directory with the function's code, unpacking it once.
func (h *Host) unpacked(fn Function) (string, error) {
	h.unpack.Lock()
	defer h.unpack.Unlock()
	root, err := unpack(fn.Zip, filepath.Join(h.options.Dir, "code"))
	if err != nil {
		return "", fmt.Errorf("function %s: unpack %s: %w", fn.Name, fn.Zip, err)
	}
	return root, nil
}

// failedInit is the result of an invocation whose process did not come up.
func (h *Host) failedInit(fn Function, call *invocation, f *fault) *Result {
	line := fmt.Sprintf("INIT_REPORT Status: error\tError Type: %s\tMessage: %s", f.ErrorType, f.ErrorMessage)
	h.logs.write(fn, line)
	if h.options.Sink != nil {
		h.options.Sink.Write(fn.Region, fn.LogGroup, streamName(fn), Line{At: time.Now(), Text: line})
	}
	return &Result{
		RequestID: call.id, Version: fn.Version, Payload: f.payload(call.id),
		FunctionError: "Unhandled", ErrorType: f.ErrorType, LogTail: []byte(line + "\n"),
	}
}

// startFault explains why the kernel refused to start a bootstrap.
func startFault(err error, root string) *fault {
	reason := err.Error()
	if isExecFormat(err) {
		reason += ": " + machineOf(filepath.Join(root, "bootstrap"))
	} else if errors.Is(err, os.ErrNotExist) {
		reason = "Couldn't find valid bootstrap(s): the zip has no file named bootstrap at its root"
	}
	return &fault{ErrorType: "Runtime.InvalidEntrypoint", ErrorMessage: reason, withRequest: true}
}
