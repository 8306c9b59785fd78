package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func document(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document.md")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestRunHolds(t *testing.T) {
	t.Chdir(t.TempDir())
	path := document(t, "# T\n```console machine\n$ exit 9\n```\n```console sandbox\n$ name=web-1   # remembered\n$ eval 'export OTHER=\"two words\"'\n"+
		"$ echo \"$name $OTHER\" >&2\nweb-… two words\n$ cat <<'END'\na $name\nEND\na $name\n$ cat\n$ printf 'no newline'\nno newline\n```\n"+
		"```console sandbox within=30s\n$ echo x >>tries; [ \"$(grep -c x tries)\" -ge 3 ] && echo there\nthere\n```\n"+
		"```console account\n$ false\n```\n")
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{path}, &out))
	assert.Contains(t, out.String(), "there")
	assert.NotContains(t, out.String(), "$ false")
}

func TestRunFails(t *testing.T) {
	tests := map[string]struct{ text, fault string }{
		"a command fails":   {"```console sandbox\n$ true\n$ (exit 3)\n```\n", "line 3: (exit 3): exit status 3"},
		"another output":    {"```console sandbox\n$ echo a\nb\n```\n", "says that it prints\nb\nand it printed\na"},
		"never in time":     {"```console sandbox within=1ms\n$ echo a\nb\n```\n", "says that it prints"},
		"the shell ends":    {"```console sandbox\n$ exit 0\n```\n", "the shell ended"},
		"nothing to run":    {"```console account\n$ true\n```\n", "no block is marked sandbox"},
		"not marked":        {"```console sandbox\n$ true\n```\n```console\n$ true\n```\n", "line 4: the block is not marked"},
		"no duration":       {"```console sandbox within=soon\n$ true\n```\n", "line 1: time: invalid duration"},
		"output of nothing": {"```console sandbox\nout\n```\n", "line 2: the block begins with what no command printed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, run(t.Context(), []string{document(t, test.text)}, &bytes.Buffer{}), test.fault)
		})
	}
	assert.ErrorContains(t, run(t.Context(), nil, &bytes.Buffer{}), "usage")
	assert.Error(t, run(t.Context(), []string{"none.md"}, &bytes.Buffer{}))
}
