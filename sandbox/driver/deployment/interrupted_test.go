package deployment

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/driver/progress"
)

const cutOff = `{"manifest":{"version":"v3.256.0"},"future":{"kept":1},"resources":[],"pending_operations":[
	{"type":"creating","resource":{"urn":"urn:pulumi:local::assetguard::aws:sqs/queue:Queue::tagging","type":"aws:sqs/queue:Queue"}},
	{"type":"updating","resource":{"urn":"urn:pulumi:local::assetguard::aws:iam/role:Role::role","type":"aws:iam/role:Role"}}]}`

func TestWithoutPending(t *testing.T) {
	cleared, creates, err := withoutPending(apitype.UntypedDeployment{Version: 3, Deployment: json.RawMessage(cutOff)})
	require.NoError(t, err)
	assert.Equal(t, []string{"sqs Queue tagging"}, creates, "an update that is done again does no harm")
	assert.JSONEq(t, `{"manifest":{"version":"v3.256.0"},"future":{"kept":1},"resources":[]}`, string(cleared.Deployment))
	assert.Equal(t, 3, cleared.Version)
}

func TestWithoutPendingLeavesACompleteStateAlone(t *testing.T) {
	for _, state := range []string{"", `{}`, `{"pending_operations":[]}`} {
		cleared, creates, err := withoutPending(apitype.UntypedDeployment{Deployment: json.RawMessage(state)})
		require.NoError(t, err)
		assert.Nil(t, cleared, state)
		assert.Empty(t, creates)
	}
	_, _, err := withoutPending(apitype.UntypedDeployment{Deployment: json.RawMessage(`{"pending_operations":5}`)})
	require.Error(t, err)
}

func TestLocks(t *testing.T) {
	backend := t.TempDir()
	pids, err := readLocks(backend)
	require.NoError(t, err)
	assert.Empty(t, pids, "no lock directory yet")

	dir := filepath.Join(backend, ".pulumi", "locks", "organization", "assetguard", "local")
	require.NoError(t, os.MkdirAll(dir, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{"pid":4711,"username":"me"}`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.json"), []byte(`{"pi`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.json.attrs"), nil, 0o600))

	pids, err = readLocks(backend)
	require.NoError(t, err)
	assert.Equal(t, []int{4711, 0}, pids)

	require.NoError(t, removeLocks(backend))
	pids, err = readLocks(backend)
	require.NoError(t, err)
	assert.Empty(t, pids)
}

// TestMain makes this test binary the engine that a test starts: one that only waits.
func TestMain(m *testing.M) {
	if os.Args[0] == engineProgram {
		time.Sleep(time.Minute)
		return
	}
	os.Exit(m.Run())
}

func TestAliveCountsEnginesOnly(t *testing.T) {
	running := &exec.Cmd{Path: os.Args[0], Args: []string{engineProgram, "up"}}
	require.NoError(t, running.Start())
	pid := running.Process.Pid

	// A process that begins shows no command line for a moment.
	require.Eventually(t, func() bool { return programOf(pid) != "" }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []int{pid}, alive([]int{pid, os.Getpid(), 0}), "this test has another's process id")

	require.NoError(t, running.Process.Kill())
	_ = running.Wait() // killed
	assert.Empty(t, alive([]int{pid}))
}

func TestSettleEndsPluginsWithoutAnEngine(t *testing.T) {
	l := layout.Layout{Dir: t.TempDir()}
	plugin := filepath.Join(l.PulumiHome(), "plugins", "resource-aws-v1", "pulumi-resource-aws")
	require.NoError(t, os.MkdirAll(filepath.Dir(plugin), 0o750))
	text, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(plugin, text, 0o700))
	running := &exec.Cmd{Path: plugin, Args: []string{engineProgram}} // waits, as TestMain makes it
	require.NoError(t, running.Start())
	require.Equal(t, []int{running.Process.Pid}, orphans(l), "its parent is this test")

	require.NoError(t, Settle(t.Context(), l, progress.New(io.Discard)))

	require.ErrorContains(t, running.Wait(), "terminated")
	assert.Empty(t, orphans(l))
}

func TestPrepareWorkspaceKeepsTheSaltOutOfTheRepository(t *testing.T) {
	repository := t.TempDir()
	committed := "config:\n  assetguard:settings: {}\n"
	require.NoError(t, os.WriteFile(filepath.Join(repository, "Pulumi.yaml"), []byte("name: assetguard\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(repository, "Pulumi.local.yaml"), []byte(committed), 0o600))
	l := layout.Layout{Repository: repository, Dir: filepath.Join(repository, ".sandbox"), Settings: filepath.Join(repository, "Pulumi.local.yaml")}
	require.NoError(t, prepareWorkspace(l))

	copied := filepath.Join(l.Workspace(), "Pulumi.local.yaml")
	require.NoError(t, os.WriteFile(copied, []byte("encryptionsalt: v1:abc\n"+committed), 0o600))
	changed := committed + "  # changed\n"
	require.NoError(t, os.WriteFile(filepath.Join(repository, "Pulumi.local.yaml"), []byte(changed), 0o600))
	require.NoError(t, prepareWorkspace(l))

	got, err := os.ReadFile(copied)
	require.NoError(t, err)
	assert.Equal(t, changed+"encryptionsalt: v1:abc\n", string(got))
}

// TestStateCutOffWhileWritten: the state before takes its place; where that is cut off too, none does.
func TestStateCutOffWhileWritten(t *testing.T) {
	for name, c := range map[string]struct {
		state, before, want string
	}{
		"whole":            {`{"version":3}`, `{"version":2}`, `{"version":3}`},
		"empty":            {"", `{"version":2}`, `{"version":2}`},
		"half":             {`{"vers`, `{"version":2}`, `{"version":2}`},
		"nothing is whole": {"", `{"ver`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := layout.Layout{Dir: t.TempDir()}
			stack := filepath.Join(l.Backend(), ".pulumi", "stacks", "assetguard", "local.json")
			require.NoError(t, os.MkdirAll(filepath.Dir(stack), 0o750))
			require.NoError(t, os.MkdirAll(filepath.Dir(l.Resumed()), 0o750))
			require.NoError(t, os.WriteFile(stack, []byte(c.state), 0o600))
			require.NoError(t, os.WriteFile(stack+".bak", []byte(c.before), 0o600))
			require.NoError(t, mendCheckpoints(l, progress.New(io.Discard)))
			content, err := os.ReadFile(stack)
			if c.want == "" {
				require.ErrorIs(t, err, os.ErrNotExist)
			} else {
				require.NoError(t, err)
				assert.Equal(t, c.want, string(content))
			}
			_, err = os.Stat(l.Resumed())
			assert.Equal(t, c.want != c.state || c.want == "", err == nil, "noted when something may be missing")
		})
	}
	require.NoError(t, mendCheckpoints(layout.Layout{Dir: t.TempDir()}, progress.New(io.Discard)), "no state yet")
}
