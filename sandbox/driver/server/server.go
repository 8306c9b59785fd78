package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/port"
)

const (
	healthBound = 2 * time.Second
	// startBound holds the making of a Python environment too, which may download moto.
	startBound   = 5 * time.Minute
	stopBound    = 20 * time.Second
	pollPeriod   = 100 * time.Millisecond
	healthPath   = "/_sandbox/health"
	eventsPath   = "/_sandbox/events"
	findingsPath = "/_sandbox/findings"
	logTailSize  = 3000

	schedulesPath = "/_sandbox/schedules"
	actionsPath   = "/_sandbox/actions"
	inboxPath     = "/_sandbox/inbox"
	// webhookPath stands for the path of an incoming webhook at Slack's hooks.slack.com.
	webhookPath = "/_sandbox/slack/services/T00000000/B00000000/sandbox"
)

// Health is what the server says of itself. Instance is made at its start: another instance has none of
// the resources that were made before, since the emulator keeps them in memory.
type Health struct {
	Instance string `json:"instance"`
}

// Server is the background process of one sandbox.
type Server struct {
	Layout  layout.Layout
	Program string   // this very program
	Env     []string // of the process
}

func (s Server) buildPath() string { return filepath.Join(s.Layout.Run(), "serve.build") }

// Outdated says whether the running server was started from another build of this program.
func (s Server) Outdated() (bool, error) {
	started, err := os.ReadFile(s.buildPath())
	if err != nil {
		return false, err
	}
	now, err := s.build()
	return now != string(started), err
}

// build tells one build of the program from another by its content: `go build` gives the file a new time even
// when nothing changed.
func (s Server) build() (string, error) {
	program, err := os.Open(s.Program)
	if err != nil {
		return "", err
	}
	defer program.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, program); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (s Server) lockPath() string { return filepath.Join(s.Layout.Run(), "serve.pid") }

// Hold takes the lock by which the others see that this process is the server. It is called by
// `sandbox serve`, and fails when another server of this sandbox runs.
func (s Server) Hold() (*Lock, error) {
	lock, owner, err := TryLock(s.lockPath())
	if lock == nil && err == nil {
		err = fmt.Errorf("the sandbox's server already runs (pid %d)", owner)
	}
	return lock, err
}

// Pid is the process id of this sandbox's server, 0 when none runs.
func (s Server) Pid() (int, error) { return Owner(s.lockPath()) }

// Health asks the server; the error says that nothing, or something else, answers there.
func (s Server) Health(ctx context.Context) (Health, error) {
	ctx, cancel := context.WithTimeout(ctx, healthBound)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Layout.Endpoint()+healthPath, nil)
	if err != nil {
		return Health{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Health{}, err
	}
	defer response.Body.Close()
	var health Health
	if err := json.NewDecoder(response.Body).Decode(&health); err != nil || health.Instance == "" {
		return Health{}, fmt.Errorf("%s is not a sandbox", s.Layout.Endpoint())
	}
	return health, nil
}

// Send hands the running server an event for the bus of the event's region.
func (s Server) Send(ctx context.Context, event map[string]any) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return s.post(ctx, eventsPath, body)
}

// SendFinding has the running server take a finding into Security Hub; one whose product names no region goes to the
// home region.
func (s Server) SendFinding(ctx context.Context, finding map[string]any) error {
	body, err := json.Marshal(finding)
	if err != nil {
		return err
	}
	return s.post(ctx, findingsPath+"?"+url.Values{"region": {layout.Region}}.Encode(), body)
}

// Choose has the running server do what a person does who chooses a custom action of Security Hub for findings, all by
// their IDs, in the console of the home region.
func (s Server) Choose(ctx context.Context, action string, findings []string) error {
	body, err := json.Marshal(map[string]any{"action": action, "findings": findings})
	if err != nil {
		return err
	}
	return s.post(ctx, actionsPath+"?"+url.Values{"region": {layout.Region}}.Encode(), body)
}

// Fire has the running server run a schedule once: a rule's of the home region, or one of EventBridge Scheduler
// (name or group/name).
func (s Server) Fire(ctx context.Context, name string) error {
	return s.post(ctx, schedulesPath+"?"+url.Values{"name": {name}}.Encode(), nil)
}

// post asks the server for what it does later or elsewhere, and reports what it says when it does not.
func (s Server) post(ctx context.Context, path string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Layout.Endpoint()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusAccepted {
		return nil
	}
	said, err := io.ReadAll(io.LimitReader(response.Body, logTailSize))
	return errors.Join(fmt.Errorf("the server refused: %s", bytes.TrimSpace(said)), err)
}

// CheckPort reports when the port belongs to another process than this sandbox's server.
func (s Server) CheckPort() error {
	pid, err := s.Pid()
	if err != nil || pid != 0 {
		return err
	}
	listener, err := port.Listen(s.Layout.Port)
	if err != nil {
		return err
	}
	return listener.Close()
}

// Start returns the health of the running server, starting it when there is none.
func (s Server) Start(ctx context.Context) (Health, error) {
	pid, err := s.Pid()
	if err != nil {
		return Health{}, err
	}
	if pid != 0 {
		return s.await(ctx, pid, nil)
	}
	ended, pid, err := s.launch()
	if err != nil {
		return Health{}, fmt.Errorf("starting the server: %w", err)
	}
	return s.await(ctx, pid, ended)
}

// launch runs `sandbox serve` in a session of its own, so that it outlives this command and no ctrl-C of
// the terminal reaches it. The channel is closed when it ends while this command still runs.
func (s Server) launch() (<-chan struct{}, int, error) {
	if err := os.MkdirAll(s.Layout.Run(), 0o750); err != nil {
		return nil, 0, err
	}
	build, err := s.build()
	if err != nil {
		return nil, 0, err
	}
	if err := os.WriteFile(s.buildPath(), []byte(build), 0o600); err != nil {
		return nil, 0, err
	}
	log, err := os.Create(s.Layout.ServerLog())
	if err != nil {
		return nil, 0, err
	}
	defer log.Close()
	command := exec.Command(s.Program, "serve")
	command.Dir, command.Env = s.Layout.Repository, s.Env
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return nil, 0, err
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // its log says why
		close(ended)
	}()
	return ended, command.Process.Pid, nil
}

// await polls until the server is healthy.
func (s Server) await(ctx context.Context, pid int, ended <-chan struct{}) (Health, error) {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	for {
		health, err := s.Health(ctx)
		if err == nil {
			return health, nil
		}
		select {
		case <-ended:
			return Health{}, fmt.Errorf("the server ended at once; its log %s says:\n%s", s.Layout.ServerLog(), s.logTail())
		case <-ctx.Done():
			return Health{}, fmt.Errorf("the server (pid %d) does not answer: %w; last error %w\nmend: make down, then make up; its log is %s",
				pid, context.Cause(ctx), err, s.Layout.ServerLog())
		case <-time.After(pollPeriod):
		}
	}
}

func (s Server) logTail() string {
	text, err := os.ReadFile(s.Layout.ServerLog())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-logTailSize):])
}

// Stop ends the server and everything it started, gently first, and returns whether there was one. It
// fails when anything of it is left.
func (s Server) Stop(ctx context.Context) (bool, error) {
	pid, err := s.Pid()
	if err != nil || pid == 0 {
		return false, err
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := signalSession(pid, signal); err != nil {
			return true, fmt.Errorf("stopping the server (pid %d): %w", pid, err)
		}
		if s.gone(ctx, pid) {
			return true, nil
		}
	}
	return true, fmt.Errorf("processes of the sandbox's server are left: %v\nmend: kill -9 %d", session(pid), pid)
}

// signalSession signals the leader; what it started is its own to stop, unless the signal is the last word.
func signalSession(leader int, signal syscall.Signal) error {
	pids := []int{leader}
	if signal == syscall.SIGKILL {
		pids = session(leader)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

// gone waits until no process of the session is left and the lock is free. A leader that is dying shows
// as gone a moment before its threads let go of the lock.
func (s Server) gone(ctx context.Context, leader int) bool {
	ctx, cancel := context.WithTimeout(ctx, stopBound)
	defer cancel()
	for {
		if pid, err := s.Pid(); err == nil && pid == 0 && len(session(leader)) == 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pollPeriod):
		}
	}
}
