package functions

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	apiPrefix      = "/2018-06-01/runtime/"
	maxPayload     = 6 << 20
	maxTail        = 4 << 10
	memoryInterval = 100 * time.Millisecond
)

// fault is Lambda's error object.
type fault struct {
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
	withRequest  bool   // the message is to name the request
	raw          []byte // the function's own error object, answered as it is
}

// payload is the error object as Lambda answers it.
func (f *fault) payload(requestID string) []byte {
	if f.raw != nil {
		return f.raw
	}
	message := f.ErrorMessage
	if f.withRequest {
		message = "RequestId: " + requestID + " Error: " + message
	}
	body, _ := json.Marshal(fault{ErrorType: f.ErrorType, ErrorMessage: message}) // two strings always encode
	return body
}

// invocation is one event on its way through a process.
type invocation struct {
	id      string
	trace   string
	payload []byte
	fn      Function
	cold    bool
	started time.Time
	answer  chan outcome // gets exactly one outcome from the Runtime API

	mu   sync.Mutex
	tail bytes.Buffer
}

// outcome is what the function posted: a response, or a fault.
type outcome struct {
	payload []byte
	fault   *fault
}

func newInvocation(fn Function, payload []byte) *invocation {
	if len(bytes.TrimSpace(payload)) == 0 {
		payload = []byte("{}")
	}
	return &invocation{
		id: newID(), trace: fmt.Sprintf("Root=1-%08x-%s", time.Now().Unix(), randomHex(12)),
		payload: payload, fn: fn, answer: make(chan outcome, 1),
	}
}

// process is one running bootstrap and its Runtime API server.
type process struct {
	fn        Function
	revision  string
	stream    string
	cmd       *exec.Cmd
	server    *http.Server
	listener  net.Listener
	logs      *logFiles
	sink      Sink
	born      time.Time
	idleSince time.Time

	ready     chan struct{} // closed at the first call of next
	readyOnce sync.Once
	initFault chan *fault
	next      chan *invocation
	asks      chan struct{} // holds a token while the process waits for an invocation
	gone      chan struct{} // closed when the process has ended
	exitError error         // set before gone is closed
	stopOnce  sync.Once
	initTime  time.Duration
	used      bool
	written   atomic.Int64 // log bytes read

	mu      sync.Mutex
	current *invocation
}

// newProcess opens the Runtime API server; the caller starts the bootstrap.
func newProcess(fn Function, logs *logFiles, sink Sink) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("runtime API of %s: %w", fn.Name, err)
	}
	p := &process{
		fn: fn, revision: fn.revision(), stream: streamName(fn), listener: listener, logs: logs, sink: sink,
		born: time.Now(), ready: make(chan struct{}), initFault: make(chan *fault, 1),
		next: make(chan *invocation), asks: make(chan struct{}, 1), gone: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+apiPrefix+"invocation/next", p.serveNext)
	mux.HandleFunc("POST "+apiPrefix+"invocation/{id}/response", p.serveResponse)
	mux.HandleFunc("POST "+apiPrefix+"invocation/{id}/error", p.serveError)
	mux.HandleFunc("POST "+apiPrefix+"init/error", p.serveInitError)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(listener) }() // ends with ErrServerClosed by closeServer
	return p, nil
}

func (p *process) address() string { return p.listener.Addr().String() }

func (p *process) closeServer() { _ = p.server.Close() }

// wait reaps the process.
func (p *process) wait() {
	p.exitError = p.cmd.Wait()
	close(p.gone)
	p.closeServer()
}

func (p *process) exited() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// stop kills the process with its children and waits until it is gone.
func (p *process) stop() {
	p.stopOnce.Do(func() { killGroup(p.cmd.Process) })
	<-p.gone
}

// awaitReady waits for the process to ask for its first invocation.
func (p *process) awaitReady(ctx context.Context) *fault {
	limit := time.NewTimer(max(defaultInitTimeout, p.fn.Timeout))
	defer limit.Stop()
	p.say("INIT_START Runtime Version: provided.al2023 (sandbox)")
	select {
	case <-p.ready:
		p.initTime = time.Since(p.born)
		return nil
	case f := <-p.initFault:
		return f
	case <-p.gone:
		select {
		case f := <-p.initFault:
			return f
		default:
			return p.exitFault()
		}
	case <-limit.C:
		return timeoutFault(max(defaultInitTimeout, p.fn.Timeout))
	case <-ctx.Done():
		return &fault{ErrorType: "Sandbox.Failure", ErrorMessage: ctx.Err().Error(), withRequest: true}
	}
}

// run hands the invocation to the process and waits for its end. It reports
// whether the process can take another one.
func (p *process) run(ctx context.Context, call *invocation) (Result, bool) {
	call.cold, p.used = !p.used, true
	p.setCurrent(call)
	defer p.setCurrent(nil)
	call.started = time.Now()
	p.say(fmt.Sprintf("START RequestId: %s Version: %s", call.id, p.fn.Version))
	out, reusable := p.exchange(ctx, call)
	if reusable && out.fault != nil {
		reusable = p.goesOn()
	}
	duration := min(time.Since(call.started), p.fn.Timeout)
	memory := residentMB(p.cmd.Process.Pid, true)
	if reusable && memory > p.fn.MemoryMB {
		out, reusable = outcome{fault: p.memoryFault()}, false
	}
	if !reusable {
		p.stop()
	}
	p.settleLog()
	result := p.result(call, out, duration, memory)
	p.report(call, &result)
	return result, reusable
}

// exchange is run without the bookkeeping: one of an answer, the end of the
// process, the timeout, too much memory, or the end of ctx.
func (p *process) exchange(ctx context.Context, call *invocation) (outcome, bool) {
	timeout := time.NewTimer(p.fn.Timeout)
	defer timeout.Stop()
	memory := time.NewTicker(memoryInterval)
	defer memory.Stop()
	next := p.next
	for {
		select {
		case next <- call:
			next = nil
		case out := <-call.answer:
			return out, true
		case <-p.gone:
			select {
			case out := <-call.answer:
				return out, false
			default:
				return outcome{fault: p.exitFault()}, false
			}
		case <-timeout.C:
			p.say(fmt.Sprintf("%s %s Task timed out after %.2f seconds", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), call.id, p.fn.Timeout.Seconds()))
			return outcome{fault: timeoutFault(p.fn.Timeout)}, false
		case <-memory.C:
			if residentMB(p.cmd.Process.Pid, false) > p.fn.MemoryMB {
				return outcome{fault: p.memoryFault()}, false
			}
		case <-ctx.Done():
			return outcome{fault: &fault{ErrorType: "Sandbox.Failure", ErrorMessage: ctx.Err().Error(), withRequest: true}}, false
		}
	}
}

// goesOn reports whether the process asks for another invocation after an error, which may have been its last word:
// after a panic it ends.
func (p *process) goesOn() bool {
	limit := time.NewTimer(time.Second)
	defer limit.Stop()
	select {
	case <-p.asks:
		p.asks <- struct{}{}
		return true
	case <-p.gone:
	case <-limit.C:
	}
	return false
}

func (p *process) result(call *invocation, out outcome, duration time.Duration, memory int) Result {
	r := Result{RequestID: call.id, Version: p.fn.Version, Payload: out.payload, Duration: duration, MaxMemoryMB: memory}
	if call.cold {
		r.InitDuration = p.initTime
	}
	if out.fault != nil {
		r.FunctionError, r.ErrorType, r.Payload = "Unhandled", out.fault.ErrorType, out.fault.payload(call.id)
	}
	return r
}

// report writes END and REPORT and fills the log tail.
func (p *process) report(call *invocation, r *Result) {
	if r.FunctionError != "" && strings.HasPrefix(r.ErrorType, "Runtime.") {
		p.say(string(r.Payload))
	}
	p.say("END RequestId: " + call.id)
	milliseconds := float64(r.Duration.Microseconds()) / 1000
	line := fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\tMax Memory Used: %d MB",
		call.id, milliseconds, math.Ceil(milliseconds), p.fn.MemoryMB, r.MaxMemoryMB)
	if call.cold {
		line += fmt.Sprintf("\tInit Duration: %.2f ms", float64(r.InitDuration.Microseconds())/1000)
	}
	if r.ErrorType == "Sandbox.Timedout" {
		line += "\tStatus: timeout"
	} else if r.FunctionError != "" {
		line += "\tStatus: error\tError Type: " + r.ErrorType
	}
	p.say(line)
	call.mu.Lock()
	defer call.mu.Unlock()
	tail := call.tail.Bytes()
	r.LogTail = append([]byte{}, tail[max(0, len(tail)-maxTail):]...)
}

func timeoutFault(after time.Duration) *fault {
	return &fault{ErrorType: "Sandbox.Timedout", ErrorMessage: fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds()), withRequest: true}
}

func (p *process) memoryFault() *fault {
	p.say(fmt.Sprintf("the process used more than its %d MB and was killed", p.fn.MemoryMB))
	return &fault{ErrorType: "Runtime.ExitError", ErrorMessage: "Runtime exited with error: signal: killed", withRequest: true}
}

// exitFault describes the end of a process that owed an answer.
func (p *process) exitFault() *fault {
	message := "Runtime exited without providing a reason"
	var exit *exec.ExitError
	if errors.As(p.exitError, &exit) {
		message = "Runtime exited with error: " + exit.Error()
	}
	return &fault{ErrorType: "Runtime.ExitError", ErrorMessage: message, withRequest: true}
}

func (p *process) setCurrent(call *invocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = call
}

func (p *process) serveNext(w http.ResponseWriter, r *http.Request) {
	p.readyOnce.Do(func() { close(p.ready) })
	select {
	case p.asks <- struct{}{}:
	default:
	}
	select {
	case call := <-p.next:
		select {
		case <-p.asks:
		default:
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", call.id)
		h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(call.started.Add(p.fn.Timeout).UnixMilli()))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", p.fn.ARN)
		h.Set("Lambda-Runtime-Trace-Id", call.trace)
		_, _ = w.Write(call.payload) // a process that hangs up is seen by its end
	case <-r.Context().Done():
	case <-p.gone:
	}
}

// taken returns the invocation in the path when it is the one under way.
func (p *process) taken(w http.ResponseWriter, r *http.Request) *invocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil || p.current.id != r.PathValue("id") {
		http.Error(w, `{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}`, http.StatusBadRequest)
		return nil
	}
	return p.current
}

func (p *process) serveResponse(w http.ResponseWriter, r *http.Request) {
	call := p.taken(w, r)
	if call == nil {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := outcome{payload: body}
	status := http.StatusAccepted
	if len(body) > maxPayload {
		out = outcome{fault: &fault{ErrorType: "Function.ResponseSizeTooLarge", ErrorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}}
		status = http.StatusRequestEntityTooLarge
	}
	call.settle(out)
	w.WriteHeader(status)
}

func (p *process) serveError(w http.ResponseWriter, r *http.Request) {
	call := p.taken(w, r)
	if call == nil {
		return
	}
	call.settle(outcome{fault: postedFault(r)})
	w.WriteHeader(http.StatusAccepted)
}

func (p *process) serveInitError(w http.ResponseWriter, r *http.Request) {
	select {
	case p.initFault <- postedFault(r):
	default:
	}
	w.WriteHeader(http.StatusAccepted)
}

// settle keeps the first outcome of an invocation.
func (c *invocation) settle(out outcome) {
	select {
	case c.answer <- out:
	default:
	}
}

// postedFault reads the error object that a function posts.
func postedFault(r *http.Request) *fault {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxPayload)) // what arrived is what can be told
	f := &fault{raw: body}
	if err := json.Unmarshal(body, f); err != nil || f.ErrorType == "" {
		f.ErrorType = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	if f.ErrorType == "" {
		f.ErrorType = "Unhandled"
	}
	return f
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (Go 1.24)
	return hex.EncodeToString(b)
}

// newID is a random UUID.
func newID() string {
	s := randomHex(16)
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:]
}
