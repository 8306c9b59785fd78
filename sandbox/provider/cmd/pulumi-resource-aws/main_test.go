package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/provider/bridge"
	"assetguard/sandbox/provider/internal/real"
	"assetguard/sandbox/provider/terraform"
)

// role makes the test binary play a part: "plugin" is the command itself, "engine" starts a plugin, prints the
// plugin's process id when it serves, and waits to be killed.
const role = "TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "plugin":
		main()
	case "engine":
		engine()
	default:
		os.Exit(m.Run())
	}
}

func engine() {
	plugin := exec.Command(os.Args[0], "127.0.0.1:1") // nothing answers there, as when the engine is gone
	plugin.Env = append(os.Environ(), role+"=plugin")
	out, err := plugin.StdoutPipe()
	if err == nil {
		err = plugin.Start()
	}
	if err == nil {
		_, err = bufio.NewReader(out).ReadString('\n') // the port that it serves on
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(plugin.Process.Pid)
	select {}
}

// command runs this command with the argument and more environment.
func command(argument string, env ...string) (string, error) {
	cmd := exec.Command(os.Args[0], argument)
	cmd.Env = append(append(os.Environ(), role+"=plugin"), env...)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestVersion(t *testing.T) {
	out, err := command("-version")
	require.NoError(t, err)
	assert.Equal(t, bridge.Version, out)
}

func TestLocate(t *testing.T) {
	binary := real.Provider(t)
	out, err := command("-locate")
	require.NoError(t, err)
	assert.Equal(t, binary, out)

	out, err = command("-locate", terraform.PathVariable+"=/no/such/provider")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 1, exit.ExitCode())
	assert.Contains(t, out, "/no/such/provider")
	assert.Contains(t, out, "point it at the terraform-provider-aws")
}

func TestPluginEndsWithKilledEngine(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"=engine", terraform.PathVariable+"="+real.Provider(t))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	plugin, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	children, err := exec.Command("pgrep", "-P", strconv.Itoa(plugin)).Output()
	require.NoError(t, err, "the Terraform provider runs below the plugin")
	child, err := strconv.Atoi(strings.TrimSpace(string(children)))
	require.NoError(t, err)

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // reports the kill
	for name, pid := range map[string]int{"plugin": plugin, "Terraform provider": child} {
		ended := func() bool { return !running(pid) }
		assert.Eventually(t, ended, 30*time.Second, 50*time.Millisecond, "the %s still runs", name)
	}
}

// running reports whether the process exists and is more than a record of its end that nobody has read.
func running(pid int) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}
