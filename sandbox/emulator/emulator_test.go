package emulator

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShebang(t *testing.T) {
	dir := t.TempDir()
	python := filepath.Join(dir, "python3.12")
	require.NoError(t, os.WriteFile(python, []byte("#!/bin/sh\n"), 0o755))
	t.Setenv("PATH", dir)
	for name, c := range map[string]struct{ script, want string }{
		"interpreter":       {"#!/opt/venv/bin/python3.11\nimport re\n", "/opt/venv/bin/python3.11"},
		"with an argument":  {"#!/opt/venv/bin/python3 -s\n", "/opt/venv/bin/python3"},
		"by env":            {"#!/usr/bin/env python3.12\n", python},
		"by env, not there": {"#!/usr/bin/env python9\n", ""},
		"no shebang":        {"import re\n", ""},
		"empty":             {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			script := filepath.Join(t.TempDir(), "script")
			require.NoError(t, os.WriteFile(script, []byte(c.script), 0o755))
			assert.Equal(t, c.want, shebang(script))
		})
	}
}

func TestFindNamesWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Find(t.Context(), filepath.Join(t.TempDir(), "venv"), slog.New(slog.DiscardHandler))
	require.Error(t, err)
	assert.ErrorContains(t, err, "moto "+Version)
	assert.ErrorContains(t, err, "python3 is not on PATH; install Python 3.10 or newer")
}

func TestFindNamesAnotherVersionAndAFailedVenv(t *testing.T) {
	dir := t.TempDir()
	python := "#!/bin/sh\nif [ \"$1\" = -c ]; then echo '{\"moto\":\"4.0.0\"}'; else echo 'no module named venv' >&2; exit 1; fi\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "python3"), []byte(python), 0o755))
	t.Setenv("PATH", dir)
	_, err := Find(t.Context(), filepath.Join(t.TempDir(), "venv"), slog.New(slog.DiscardHandler))
	require.Error(t, err)
	assert.ErrorContains(t, err, "has moto 4.0.0, the sandbox needs "+Version)
	assert.ErrorContains(t, err, "apt-get install python3-venv")
	assert.ErrorContains(t, err, "no module named venv")
}

func TestStartAndStop(t *testing.T) {
	t.Setenv("AWS_PROFILE", "a-real-account")
	log := slog.New(slog.DiscardHandler)
	found, err := Find(t.Context(), filepath.Join(t.TempDir(), "venv"), log)
	require.NoError(t, err)
	assert.Equal(t, Version, found.Moto)
	assert.DirExists(t, filepath.Join(found.Models, "ec2"))

	var out bytes.Buffer
	e, err := Start(t.Context(), found, &out, log)
	require.NoError(t, err, out.String())
	assert.True(t, e.Healthy(t.Context()))
	for _, v := range e.cmd.Env {
		assert.NotContains(t, v, "a-real-account")
	}
	require.NoError(t, e.Stop())
	require.NoError(t, e.Stop(), "a second stop has nothing to do")
	assert.False(t, e.Healthy(t.Context()))
	select {
	case <-e.Done():
	default:
		t.Fatal("the process has not ended")
	}
}
