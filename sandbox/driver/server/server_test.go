package server

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/driver/layout"
)

// TestMain makes this test binary the server that the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve(os.Getenv("TEST_SERVER"))
		return
	}
	os.Exit(m.Run())
}

// serve is a server with one child, as the real one has moto: it ends on SIGTERM ("gentle"), never by
// itself ("stubborn"), or before it answers ("broken").
func serve(mode string) {
	if mode == "broken" {
		println("moto is missing")
		os.Exit(1)
	}
	here, err := layout.Find(".", os.Getenv)
	must(err)
	_, err = Server{Layout: here}.Hold()
	must(err)
	child := exec.Command("sleep", "300")
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(child.Start())
	http.HandleFunc(healthPath, func(w http.ResponseWriter, _ *http.Request) {
		must(json.NewEncoder(w).Encode(Health{Instance: "i-" + strconv.Itoa(os.Getpid())}))
	})
	go func() { must(http.ListenAndServe("127.0.0.1:"+strconv.Itoa(here.Port), nil)) }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	for range signals {
		if mode == "gentle" {
			must(child.Process.Kill())
			_ = child.Wait() // killed
			return
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func sandbox(t *testing.T, mode string) Server {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module assetguard\n"), 0o600))
	here := layout.Layout{Repository: dir, Dir: filepath.Join(dir, ".sandbox"), Port: freePort(t)}
	s := Server{Layout: here, Program: os.Args[0], Env: append(here.Environment(os.Environ()), "TEST_SERVER="+mode)}
	t.Cleanup(func() {
		if pid, _ := s.Pid(); pid != 0 {
			_ = signalSession(pid, syscall.SIGKILL)
		}
	})
	return s
}

func TestStartFindStop(t *testing.T) {
	s := sandbox(t, "gentle")
	first, err := s.Start(t.Context())
	require.NoError(t, err)
	second, err := s.Start(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first, second, "the running server is found, not started again")
	require.NoError(t, s.CheckPort(), "its own port is fine")
	again := s
	again.Program = filepath.Join(t.TempDir(), "sandbox")
	content, err := os.ReadFile(s.Program)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(again.Program, content, 0o600))
	outdated, err := again.Outdated()
	require.NoError(t, err)
	assert.False(t, outdated, "the same build, written again")
	rebuilt := s
	rebuilt.Program = filepath.Join(t.TempDir(), "sandbox")
	require.NoError(t, os.WriteFile(rebuilt.Program, []byte("another build"), 0o600))
	outdated, err = rebuilt.Outdated()
	require.NoError(t, err)
	assert.True(t, outdated)

	pid, err := s.Pid()
	require.NoError(t, err)
	assert.Len(t, session(pid), 2, "the server and its child")

	stopped, err := s.Stop(t.Context())
	require.NoError(t, err)
	assert.True(t, stopped)
	assert.Empty(t, session(pid))
	stopped, err = s.Stop(t.Context())
	require.NoError(t, err)
	assert.False(t, stopped, "a second stop has nothing to do")
}

func TestStopAfterTheServerWasKilled(t *testing.T) {
	s := sandbox(t, "gentle")
	_, err := s.Start(t.Context())
	require.NoError(t, err)
	pid, err := s.Pid()
	require.NoError(t, err)
	require.NoError(t, signalSession(pid, syscall.SIGKILL))
	require.True(t, s.gone(t.Context(), pid))

	got, err := s.Pid()
	require.NoError(t, err)
	assert.Zero(t, got, "what the dead server wrote counts no more")
	stopped, err := s.Stop(t.Context())
	require.NoError(t, err)
	assert.False(t, stopped)
}

func TestKillLeavesNothing(t *testing.T) {
	s := sandbox(t, "stubborn")
	_, err := s.Start(t.Context())
	require.NoError(t, err)
	pid, err := s.Pid()
	require.NoError(t, err)
	require.NoError(t, signalSession(pid, syscall.SIGKILL))
	assert.True(t, s.gone(t.Context(), pid), "the child is killed with its parent")
}

func TestStartReportsWhyTheServerEnded(t *testing.T) {
	_, err := sandbox(t, "broken").Start(t.Context())
	require.ErrorContains(t, err, "moto is missing")
}

func TestCheckPort(t *testing.T) {
	s := sandbox(t, "gentle")
	require.NoError(t, s.CheckPort())
	listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(s.Layout.Port))
	require.NoError(t, err)
	defer listener.Close()
	require.ErrorContains(t, s.CheckPort(), "is in use by")
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "lock")
	held, _, err := TryLock(path)
	require.NoError(t, err)
	other, owner, err := TryLock(path)
	require.NoError(t, err)
	assert.Nil(t, other)
	assert.Equal(t, os.Getpid(), owner)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = Acquire(ctx, path, func(owner int) {
		assert.Equal(t, os.Getpid(), owner)
		cancel()
	})
	require.ErrorIs(t, err, context.Canceled)

	require.NoError(t, held.Release())
	owner, err = Owner(path)
	require.NoError(t, err)
	assert.Zero(t, owner)
}
