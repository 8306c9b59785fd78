package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The committed hooks in a repository of their own, whose Makefile notes what it is asked for and fails on demand.
func TestHooks(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	require.NoError(t, os.CopyFS(filepath.Join(work, ".githooks"), os.DirFS("../.githooks")))
	makefile := "quick test:\n\t@echo $@ >>" + filepath.Join(dir, "asked") + "\n\t@[ -z \"$$GIT_INDEX_FILE$$GIT_DIR\" ]\n\t@[ ! -e broken ]\n"
	require.NoError(t, os.WriteFile(filepath.Join(work, "Makefile"), []byte(makefile), 0o600))
	git := func(arguments ...string) (string, error) {
		command := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com"}, arguments...)...)
		command.Dir = work
		command.Env = append(withoutGit(os.Environ()), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		out, err := command.CombinedOutput()
		return string(out), err
	}
	must := func(arguments ...string) {
		t.Helper()
		out, err := git(arguments...)
		require.NoError(t, err, out)
	}
	must("init", "-q", "--bare", filepath.Join(dir, "far"))
	must("init", "-q", "-b", "main")
	must("config", "core.hooksPath", ".githooks") // what `make hooks` does
	must("remote", "add", "origin", filepath.Join(dir, "far"))
	must("add", "Makefile")
	must("commit", "-q", "-m", "first")
	must("push", "-q", "origin", "main")
	asked, err := os.ReadFile(filepath.Join(dir, "asked"))
	require.NoError(t, err)
	assert.Equal(t, "quick\ntest\n", string(asked))

	require.NoError(t, os.WriteFile(filepath.Join(work, "broken"), nil, 0o600))
	must("add", "broken")
	out, err := git("commit", "-q", "-m", "second")
	require.Error(t, err, "a commit that fails the quick checks")
	assert.Contains(t, out, "Error 1")
	must("commit", "-q", "--no-verify", "-m", "second")
	_, err = git("push", "-q", "origin", "main")
	require.Error(t, err, "a push that fails the tests")

	text := read(t, "Makefile")
	assert.Contains(t, text, "\n\t@git config core.hooksPath .githooks\n")
	for _, target := range []string{"quick", "test"} {
		assert.Contains(t, text, "\n"+target+": ")
	}
}

// withoutGit leaves out what git tells a hook, in which this test may run.
func withoutGit(environ []string) []string {
	var kept []string
	for _, variable := range environ {
		if !strings.HasPrefix(variable, "GIT_") {
			kept = append(kept, variable)
		}
	}
	return kept
}
