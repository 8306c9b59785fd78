package emulator

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const (
	// startBound is how long moto may take to answer; it takes half a second on
	// an idle machine.
	startBound = 60 * time.Second
	// stopBound is how long moto may take to end before it is killed.
	stopBound = 5 * time.Second
)

// server starts moto's server with its arguments.
//
//go:embed server.py
var server string

// Emulator is a running moto.
type Emulator struct {
	Installation
	// URL is where it answers, such as "http://127.0.0.1:40123".
	URL string

	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; read after done
}

// Start runs moto on a free loopback port and returns when it answers. Its output
// goes to out. The process ends with Stop, and also when this process dies.
func Start(ctx context.Context, found *Installation, out io.Writer, log *slog.Logger) (*Emulator, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("moto: no free loopback port: %w", err)
	}
	e := &Emulator{Installation: *found, URL: fmt.Sprintf("http://127.0.0.1:%d", port), done: make(chan struct{})}
	e.cmd = exec.Command(found.Python, "-c", server, "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	e.cmd.Env = append(environment(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_ACM_VALIDATION_WAIT=1", "PYTHONUNBUFFERED=1")
	e.cmd.Stdout, e.cmd.Stderr = out, out
	e.cmd.SysProcAttr = childAttributes()
	if err := e.run(); err != nil {
		return nil, fmt.Errorf("moto did not start: %w", err)
	}
	if err := e.await(ctx); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	log.Info("emulator runs", "url", e.URL, "pid", e.cmd.Process.Pid, "moto", e.Moto, "botocore", e.Botocore)
	return e, nil
}

// run starts the process and waits for it on one operating-system thread of its
// own: Linux sends Pdeathsig when the thread that made the child ends, which in
// Go may be long before the process does.
func (e *Emulator) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := e.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		e.err = e.cmd.Wait()
		close(e.done)
	}()
	return <-started
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// await returns when moto answers, or with the reason why it will not.
func (e *Emulator) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if e.Healthy(ctx) {
			return nil
		}
		select {
		case <-e.done:
			return fmt.Errorf("moto ended at once: %w; see its log", e.err)
		case <-ctx.Done():
			return fmt.Errorf("moto did not answer at %s: %w; see its log", e.URL, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// Healthy says whether moto answers now.
func (e *Emulator) Healthy(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+"/moto-api/config", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close()) == nil && res.StatusCode < http.StatusBadRequest
}

// Done is closed when the process has ended, by Stop or by itself.
func (e *Emulator) Done() <-chan struct{} { return e.done }

// Stop ends the process and its children and returns when they are gone. It may
// be called again.
func (e *Emulator) Stop() error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		select {
		case <-e.done:
			return nil
		default:
		}
		if err := syscall.Kill(-e.cmd.Process.Pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop moto (pid %d): %w", e.cmd.Process.Pid, err)
		}
		select {
		case <-e.done:
			return nil
		case <-time.After(stopBound):
		}
	}
	return fmt.Errorf("moto (pid %d) did not end", e.cmd.Process.Pid)
}
