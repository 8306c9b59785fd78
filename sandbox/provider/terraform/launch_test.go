package terraform_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/provider/internal/real"
	"assetguard/sandbox/provider/terraform"
)

// launcher, set to the provider's path, makes the test binary a program that launches it, prints its process id and
// waits to be killed.
const launcher = "TEST_LAUNCH_PROVIDER"

func TestMain(m *testing.M) {
	path := os.Getenv(launcher)
	if path == "" {
		os.Exit(m.Run())
	}
	p, err := terraform.Launch(context.Background(), path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(p.PID())
	select {}
}

// alive reports whether the process runs; one that ended and was not waited for does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func gone(t *testing.T, pid int) {
	t.Helper()
	assert.Eventually(t, func() bool { return !alive(pid) }, 30*time.Second, 20*time.Millisecond, "the provider still runs")
}

func TestProviderEndsWithKilledParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a parent-death signal")
	}
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), launcher+"="+real.Provider(t))
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.True(t, alive(pid))

	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait() // reports the kill
	gone(t, pid)
}

func TestLaunchAndClose(t *testing.T) {
	p, err := terraform.Launch(context.Background(), real.Provider(t))
	require.NoError(t, err)
	defer p.Close()
	require.True(t, alive(p.PID()))

	schema, err := p.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	require.NoError(t, err)
	topic := schema.ResourceSchemas["aws_sns_topic"]
	require.NotNil(t, topic)
	var names []string
	for _, a := range topic.Block.Attributes {
		names = append(names, a.Name)
	}
	assert.Contains(t, names, "kms_master_key_id")
	assert.NotEmpty(t, schema.DataSourceSchemas["aws_region"])

	_, err = p.GetFunctions(context.Background(), &tfprotov6.GetFunctionsRequest{})
	assert.ErrorContains(t, err, "GetFunctions is not part of the offline bridge")

	p.Close()
	p.Close()
	gone(t, p.PID())
}

func TestLaunchFails(t *testing.T) {
	script := filepath.Join(t.TempDir(), "not-a-provider")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nexit 3\n"), 0o755))
	for name, path := range map[string]string{"absent": "/no/such/provider", "not a provider": script} {
		t.Run(name, func(t *testing.T) {
			_, err := terraform.Launch(context.Background(), path)
			assert.ErrorContains(t, err, "start "+path)
		})
	}
}
