// Package functionstest builds Lambda zips for the sandbox's tests.
package functionstest

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	once    sync.Once
	program []byte
	failure error
)

// Probe returns the path of a zip with the probe function as its bootstrap,
// built for this machine.
func Probe(t testing.TB) string {
	t.Helper()
	once.Do(func() { program, failure = build() })
	require.NoError(t, failure)
	return Zip(t, "bootstrap", program)
}

// Zip returns the path of a zip that holds one file, without its executable bit.
func Zip(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "function.zip")
	file, err := os.Create(path)
	require.NoError(t, err)
	archive := zip.NewWriter(file)
	entry, err := archive.Create(name)
	require.NoError(t, err)
	_, err = entry.Write(content)
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	require.NoError(t, file.Close())
	return path
}

func build() ([]byte, error) {
	dir, err := os.MkdirTemp("", "probe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "bootstrap")
	cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", out, "assetguard/sandbox/functions/probe")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}
