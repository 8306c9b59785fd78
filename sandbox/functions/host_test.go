package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/functions"
	"assetguard/sandbox/functions/functionstest"
)

// sink keeps log lines.
type sink struct {
	mu    sync.Mutex
	lines []string
}

func (s *sink) Write(region, group, stream string, line functions.Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, region+" "+group+" "+line.Text)
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

type fixture struct {
	host *functions.Host
	sink *sink
	dir  string
	keys map[string]string
	fn   functions.Function
}

func newFixture(t *testing.T, change func(*functions.Options)) *fixture {
	t.Helper()
	f := &fixture{sink: &sink{}, dir: t.TempDir(), keys: map[string]string{}}
	var mu sync.Mutex
	options := functions.Options{
		Dir: f.dir, Endpoint: "http://127.0.0.1:1", Sink: f.sink,
		Identity: func(key, arn string) { mu.Lock(); defer mu.Unlock(); f.keys[key] = arn },
	}
	if change != nil {
		change(&options)
	}
	f.host = functions.NewHost(options)
	t.Cleanup(func() { require.NoError(t, f.host.Close()); assert.Zero(t, f.host.Processes()) })
	f.fn = functions.Function{
		Region: "ap-northeast-2", AccountID: "123456789012", Name: "probe",
		ARN:  "arn:aws:lambda:ap-northeast-2:123456789012:function:probe",
		Role: "arn:aws:iam::123456789012:role/path/probe-role", Handler: "bootstrap",
		Timeout: 20 * time.Second, Zip: functionstest.Probe(t), CodeSHA256: "1",
	}
	return f
}

func (f *fixture) invoke(t *testing.T, payload string) functions.Result {
	t.Helper()
	result, err := f.host.Invoke(t.Context(), f.fn, []byte(payload))
	require.NoError(t, err)
	return result
}

func errorObject(t *testing.T, r functions.Result) (errorType, message string) {
	t.Helper()
	var body struct{ ErrorType, ErrorMessage string }
	require.NoError(t, json.Unmarshal(r.Payload, &body), "%s", r.Payload)
	return body.ErrorType, body.ErrorMessage
}

func TestInvokeAnswersAndReusesTheProcess(t *testing.T) {
	f := newFixture(t, nil)
	first := f.invoke(t, `{"do":"log","text":"hello"}`)
	assert.Empty(t, first.FunctionError)
	assert.JSONEq(t, `{"do":"log","text":"hello"}`, string(first.Payload))
	assert.NotZero(t, first.InitDuration)
	assert.NotZero(t, first.MaxMemoryMB)
	for _, want := range []string{"START RequestId: " + first.RequestID, "\nhello\n", "to stderr: hello", "END RequestId: ", "REPORT RequestId: ", "Max Memory Used: ", "Init Duration: "} {
		assert.Contains(t, string(first.LogTail), want)
	}
	pid := f.invoke(t, `{"do":"pid"}`)
	again := f.invoke(t, `{"do":"pid"}`)
	assert.Equal(t, pid.Payload, again.Payload, "a warm process is used again")
	assert.Zero(t, again.InitDuration)
	assert.Contains(t, f.sink.text(), "ap-northeast-2 /aws/lambda/probe hello")
	file, err := os.ReadFile(filepath.Join(f.dir, "logs", "ap-northeast-2", "probe.log"))
	require.NoError(t, err)
	assert.Contains(t, string(file), "hello")
	f.fn.Environment = map[string]string{"CHANGED": "1"}
	assert.NotEqual(t, pid.Payload, f.invoke(t, `{"do":"pid"}`).Payload, "a changed configuration starts anew")
}

func TestEnvironmentIsTheFunctionsOwn(t *testing.T) {
	t.Setenv("HOST_SECRET", "leak")
	f := newFixture(t, nil)
	f.fn.Environment = map[string]string{"OWN": "yes", "AWS_REGION": "ignored"}
	var vars []string
	require.NoError(t, json.Unmarshal(f.invoke(t, `{"do":"environment"}`).Payload, &vars))
	values := map[string]string{}
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		values[name] = value
	}
	assert.NotContains(t, values, "HOST_SECRET")
	assert.NotContains(t, values, "HOME")
	assert.Equal(t, "yes", values["OWN"])
	assert.Equal(t, "ap-northeast-2", values["AWS_REGION"])
	assert.Equal(t, "http://127.0.0.1:1", values["AWS_ENDPOINT_URL"])
	assert.Equal(t, "128", values["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
	assert.Equal(t, "arn:aws:sts::123456789012:assumed-role/probe-role/probe", f.keys[values["AWS_ACCESS_KEY_ID"]])
	expected := []string{"AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "OWN", "PATH", "TZ", "_HANDLER", "_X_AMZN_TRACE_ID"}
	var names []string
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	assert.Equal(t, expected, names)
}

func TestContextCarriesDeadlineAndARN(t *testing.T) {
	f := newFixture(t, nil)
	r := f.invoke(t, `{"do":"context"}`)
	var c struct {
		ARN, ID string
		Left    int
	}
	require.NoError(t, json.Unmarshal(r.Payload, &c))
	assert.Equal(t, f.fn.ARN, c.ARN)
	assert.Equal(t, r.RequestID, c.ID)
	assert.Positive(t, c.Left)
	assert.LessOrEqual(t, c.Left, 20000)
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name, payload, errorType, message string
		change                            func(*functions.Function)
	}{
		{"error", `{"do":"fail"}`, "errorString", "told to fail", nil},
		{"panic", `{"do":"panic"}`, "string", "told to panic", nil},
		{"crash", `{"do":"crash"}`, "Runtime.ExitError", "Runtime exited with error: exit status 3", nil},
		{"timeout", `{"do":"sleep","ms":60000}`, "Sandbox.Timedout", "Task timed out after 1.00 seconds", func(fn *functions.Function) { fn.Timeout = time.Second }},
		{"memory", `{"do":"memory","mb":160,"ms":60000}`, "Runtime.ExitError", "signal: killed", nil},
		{"memory at the end", `{"do":"memory","mb":160}`, "Runtime.ExitError", "signal: killed", nil},
		{"crash in init", `{}`, "Runtime.ExitError", "exit status 4", func(fn *functions.Function) { fn.Environment = map[string]string{"PROBE_INIT": "crash"} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			if tt.change != nil {
				tt.change(&f.fn)
			}
			r := f.invoke(t, tt.payload)
			assert.Equal(t, "Unhandled", r.FunctionError)
			errorType, message := errorObject(t, r)
			assert.Equal(t, tt.errorType, errorType)
			assert.Contains(t, message, tt.message)
			assert.Equal(t, tt.errorType, r.ErrorType)
			if tt.name != "crash in init" {
				assert.Contains(t, string(r.LogTail), "REPORT RequestId: "+r.RequestID)
				f.fn.Timeout = 20 * time.Second
				assert.Empty(t, f.invoke(t, `{"do":"pid"}`).FunctionError, "the next invocation gets a fresh process")
			}
		})
	}
}

func TestCodeThatCannotStart(t *testing.T) {
	armHeader := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	armHeader = append(armHeader, 2, 0, 0xF7, 0, 1, 0, 0, 0) // executable, EM_BPF
	armHeader = append(armHeader, make([]byte, 40)...)
	for name, tt := range map[string]struct{ file, content, message string }{
		"wrong machine": {"bootstrap", string(armHeader), "exec format error"},
		"no bootstrap":  {"main", "x", "no file named bootstrap"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.fn.Zip = functionstest.Zip(t, tt.file, []byte(tt.content))
			r := f.invoke(t, `{}`)
			errorType, message := errorObject(t, r)
			assert.Equal(t, "Runtime.InvalidEntrypoint", errorType)
			assert.Contains(t, message, tt.message)
		})
	}
	f := newFixture(t, nil)
	f.fn.Zip = functionstest.Zip(t, "../escape", []byte("x"))
	_, err := f.host.Invoke(t.Context(), f.fn, nil)
	assert.ErrorContains(t, err, "leaves the archive")
}

func TestConcurrency(t *testing.T) {
	f := newFixture(t, func(o *functions.Options) { o.Concurrency = 3 })
	pids := make(chan string, 6)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			r, err := f.host.Invoke(t.Context(), f.fn, []byte(`{"do":"sleep","ms":300}`))
			assert.NoError(t, err)
			pids <- string(r.Payload)
		})
	}
	all.Wait()
	close(pids)
	distinct := map[string]bool{}
	for pid := range pids {
		distinct[pid] = true
	}
	assert.LessOrEqual(t, len(distinct), 3)
	assert.Greater(t, len(distinct), 1)
	assert.LessOrEqual(t, f.host.Processes(), 3)
}

func TestReservedConcurrencyThrottles(t *testing.T) {
	f := newFixture(t, nil)
	zero := 0
	f.fn.ReservedConcurrency = &zero
	_, err := f.host.Invoke(t.Context(), f.fn, nil)
	require.ErrorIs(t, err, functions.ErrThrottled)
	one := 1
	f.fn.ReservedConcurrency = &one
	assert.Empty(t, f.invoke(t, `{}`).FunctionError)
}

func TestIdleForgottenAndClosedProcessesEnd(t *testing.T) {
	f := newFixture(t, func(o *functions.Options) { o.Idle = 50 * time.Millisecond })
	pid := f.invoke(t, `{"do":"pid"}`)
	gone := func() bool { return !alive(string(pid.Payload)) }
	assert.Eventually(t, gone, 20*time.Second, 10*time.Millisecond, "idle processes end")

	f = newFixture(t, nil)
	pid = f.invoke(t, `{"do":"pid"}`)
	assert.False(t, gone())
	f.host.Forget("ap-northeast-2", "probe")
	assert.True(t, gone())

	pid = f.invoke(t, `{"do":"pid"}`)
	require.NoError(t, f.host.Close())
	assert.True(t, gone())
	_, err := f.host.Invoke(t.Context(), f.fn, nil)
	assert.ErrorIs(t, err, functions.ErrClosed)
}

func TestCloseEndsAnInvocationUnderWay(t *testing.T) {
	f := newFixture(t, nil)
	done := make(chan functions.Result, 1)
	go func() {
		r, _ := f.host.Invoke(context.Background(), f.fn, []byte(`{"do":"sleep","ms":60000}`))
		done <- r
	}()
	require.Eventually(t, func() bool { return strings.Contains(f.sink.text(), "START") }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, f.host.Close())
	r := <-done
	assert.Equal(t, "Runtime.ExitError", r.ErrorType)
}

func alive(pid string) bool {
	var n int
	if _, err := fmt.Sscan(pid, &n); err != nil {
		return false
	}
	return syscall.Kill(n, 0) == nil
}
