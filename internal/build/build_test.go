package main

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hello is a module with one small function, made in a directory of its own.
func hello(t *testing.T, dir string) *source {
	t.Helper()
	here, err := findSource(t.Context())
	require.NoError(t, err)
	write(t, filepath.Join(dir, "go.mod"), "module hello\n\ngo 1.26\n\ntoolchain "+here.toolchain+"\n")
	write(t, filepath.Join(dir, "lambdas/cmd/hello/main.go"), "package main\n\nfunc main() { println(\"hello\") }\n")
	s, err := openSource(t.Context(), dir)
	require.NoError(t, err)
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func TestPack(t *testing.T) {
	zipped, err := pack([]byte("code"))
	require.NoError(t, err)
	again, err := pack([]byte("code"))
	require.NoError(t, err)
	assert.Equal(t, zipped, again)

	r, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	require.NoError(t, err)
	require.Len(t, r.File, 1)
	f := r.File[0]
	assert.Equal(t, "bootstrap", f.Name)
	assert.Equal(t, os.FileMode(0o755), f.Mode())
	assert.True(t, f.Modified.Equal(zipTime), "%v", f.Modified)
	content, err := f.Open()
	require.NoError(t, err)
	text, err := io.ReadAll(content)
	require.NoError(t, err)
	assert.Equal(t, "code", string(text))
}

func TestBuildWritesOnce(t *testing.T) {
	s := hello(t, t.TempDir())
	first, err := s.build(t.Context(), "arm64", []string{"hello"})
	require.NoError(t, err)
	require.Len(t, first, 1)
	assert.True(t, first[0].written)
	assert.FileExists(t, filepath.Join(s.root, "build/lambdas/arm64/hello.zip"))
	assert.Contains(t, first[0].String(), "sha256 "+first[0].sha256+"  written")

	second, err := s.build(t.Context(), "arm64", []string{"hello"})
	require.NoError(t, err)
	assert.False(t, second[0].written)
	assert.Equal(t, first[0].sha256, second[0].sha256)

	write(t, filepath.Join(s.root, "lambdas/cmd/hello/main.go"), "package main\n\nfunc main() { println(\"changed\") }\n")
	third, err := s.build(t.Context(), "arm64", []string{"hello"})
	require.NoError(t, err)
	assert.True(t, third[0].written)
	assert.NotEqual(t, first[0].sha256, third[0].sha256)

	left, err := filepath.Glob(filepath.Join(s.root, "build/lambdas/arm64/.half-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestBuildIsTheSameEverywhere builds the real function from two copies of the repository.
func TestBuildIsTheSameEverywhere(t *testing.T) {
	here, err := findSource(t.Context())
	require.NoError(t, err)
	names, err := here.functions(nil)
	require.NoError(t, err)
	hashes := map[string][]string{}
	for i, below := range []string{"a", "another/place/with a longer name"} {
		if i == 1 { // what a machine may have set must not matter
			t.Setenv("GOFLAGS", "-ldflags=-X=main.mark=1")
			t.Setenv("GOAMD64", "v3")
			t.Setenv("CGO_ENABLED", "1")
		}
		dir := filepath.Join(t.TempDir(), below)
		copyTree(t, here.root, dir, "go.mod", "go.sum", "lambdas", "internal")
		s, err := openSource(context.Background(), dir)
		require.NoError(t, err)
		bundles, err := s.build(t.Context(), "amd64", names)
		require.NoError(t, err)
		for _, b := range bundles {
			hashes[b.path] = append(hashes[b.path], b.sha256)
			assert.Less(t, b.size, 8_000_000, b.path)
		}
	}
	require.NotEmpty(t, hashes)
	for path, h := range hashes {
		assert.Equal(t, h[0], h[1], path)
	}
}

func copyTree(t *testing.T, from, to string, paths ...string) {
	t.Helper()
	for _, path := range paths {
		require.NoError(t, filepath.WalkDir(filepath.Join(from, path), func(at string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || (strings.HasSuffix(at, "_test.go")) {
				return err
			}
			relative, err := filepath.Rel(from, at)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(at)
			if err == nil {
				write(t, filepath.Join(to, relative), string(content))
			}
			return err
		}))
	}
}

func TestFaults(t *testing.T) {
	s := hello(t, t.TempDir())
	_, err := s.functions([]string{"helo", "hello", "x"})
	assert.ErrorContains(t, err, `no function "helo" below lambdas/cmd: there are hello`)
	assert.ErrorContains(t, err, `no function "x"`)

	_, err = s.build(t.Context(), "x86_64", []string{"hello"})
	assert.ErrorContains(t, err, `architecture "x86_64": Lambda runs arm64 and amd64`)

	write(t, filepath.Join(s.root, "lambdas/cmd/hello/main.go"), "package main\n\nfunc main() { nothing() }\n")
	_, err = s.build(t.Context(), "arm64", []string{"hello"})
	assert.ErrorContains(t, err, "compile for arm64")
	assert.ErrorContains(t, err, "undefined: nothing")

	bare := t.TempDir()
	write(t, filepath.Join(bare, "go.mod"), "module bare\n")
	_, err = openSource(t.Context(), bare)
	assert.ErrorContains(t, err, "no toolchain line")
}

func TestRunReportsFlags(t *testing.T) {
	var errs bytes.Buffer
	assert.ErrorContains(t, run(t.Context(), []string{"-only", "nothing"}, io.Discard, &errs), `no function "nothing"`)
	assert.Error(t, run(t.Context(), []string{"-wrong"}, io.Discard, &errs))
	assert.Contains(t, errs.String(), "-only")
	assert.Equal(t, []string{"arm64", "amd64"}, list(" arm64,amd64,,arm64"))
}
