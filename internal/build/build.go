package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// source is the checkout whose functions are built.
type source struct {
	root      string
	toolchain string // go1.26.8
}

// findSource finds the module around the working directory.
func findSource(ctx context.Context) (*source, error) {
	path, err := output(ctx, ".", "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	modfile := strings.TrimSpace(string(path))
	if filepath.Base(modfile) != "go.mod" {
		return nil, errors.New("no go.mod around the working directory: run it inside the repository")
	}
	return openSource(ctx, filepath.Dir(modfile))
}

func openSource(ctx context.Context, root string) (*source, error) {
	text, err := output(ctx, root, "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	var mod struct{ Go, Toolchain string }
	if err := json.Unmarshal(text, &mod); err != nil {
		return nil, fmt.Errorf("go.mod: %w", err)
	}
	if mod.Toolchain == "" {
		return nil, errors.New("go.mod has no toolchain line: add one, the packages' bytes depend on it")
	}
	return &source{root: root, toolchain: mod.Toolchain}, nil
}

func output(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	var errs bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, errs.Bytes())
	}
	return out, nil
}

// functions returns the names of all commands below lambdas/cmd, or those wanted.
func (s *source) functions(wanted []string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.root, "lambdas", "cmd"))
	if err != nil {
		return nil, fmt.Errorf("functions: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	var faults []error
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			faults = append(faults, fmt.Errorf("no function %q below lambdas/cmd: there are %s", w, strings.Join(names, ", ")))
		}
	}
	if len(wanted) > 0 {
		names = wanted
	}
	return names, errors.Join(faults...)
}

// bundle is one package of a function.
type bundle struct {
	path    string // from the repository's root
	size    int
	sha256  string
	written bool // false when the file was there, equal
}

func (b bundle) String() string {
	state := "unchanged"
	if b.written {
		state = "written"
	}
	return fmt.Sprintf("%-34s %5.1f MB  sha256 %s  %s", b.path, float64(b.size)/1e6, b.sha256, state)
}

// build makes the packages of the named functions for one architecture.
func (s *source) build(ctx context.Context, arch string, names []string) ([]bundle, error) {
	if arch != "arm64" && arch != "amd64" {
		return nil, fmt.Errorf("architecture %q: Lambda runs arm64 and amd64", arch)
	}
	dir, err := os.MkdirTemp("", "assetguard-build-")
	if err != nil {
		return nil, err
	}
	bundles, err := s.buildIn(ctx, dir, arch, names)
	return bundles, errors.Join(err, os.RemoveAll(dir))
}

// buildIn compiles into dir and packs what is there.
func (s *source) buildIn(ctx context.Context, dir, arch string, names []string) ([]bundle, error) {
	if err := s.compile(ctx, arch, names, dir); err != nil {
		return nil, err
	}
	var bundles []bundle
	for _, name := range names {
		executable, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		zipped, err := pack(executable)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b, err := s.put(filepath.Join("build", "lambdas", arch, name+".zip"), zipped)
		if err != nil {
			return nil, err
		}
		bundles = append(bundles, b)
	}
	return bundles, nil
}

func (s *source) compile(ctx context.Context, arch string, names []string, dir string) error {
	args := []string{"build", "-o", dir + string(filepath.Separator), "-trimpath", "-buildvcs=false",
		"-tags", "lambda.norpc", "-ldflags", "-s -w -buildid="}
	for _, name := range names {
		args = append(args, "./lambdas/cmd/"+name)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	var errs bytes.Buffer
	cmd.Dir, cmd.Stderr = s.root, &errs
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0",
		"GOEXPERIMENT=none", "GOFIPS140=off", "GOTOOLCHAIN="+s.toolchain, "GOWORK=off",
		"GOFLAGS=-mod=readonly") // the default; empty would let flags of the machine's own Go settings in
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compile for %s: %w\n%s", arch, err, errs.Bytes())
	}
	return nil
}

// zipTime is the oldest time that a zip can say.
var zipTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// pack makes the zip of an executable; equal executables give equal bytes.
func pack(executable []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: zipTime}
	header.SetMode(0o755)
	f, err := w.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(executable); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// put writes the package unless it is there, equal: an untouched file tells other tools that nothing changed.
func (s *source) put(path string, content []byte) (bundle, error) {
	b := bundle{path: path, size: len(content), sha256: fmt.Sprintf("%x", sha256.Sum256(content))}
	full := filepath.Join(s.root, path)
	if old, err := os.ReadFile(full); err == nil && bytes.Equal(old, content) {
		return b, nil
	}
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return b, err
	}
	half, err := os.CreateTemp(filepath.Dir(full), ".half-")
	if err != nil {
		return b, err
	}
	_, err = half.Write(content)
	err = errors.Join(err, half.Chmod(0o644), half.Close())
	if err == nil {
		err = os.Rename(half.Name(), full)
	}
	if err != nil {
		return b, errors.Join(err, os.Remove(half.Name()))
	}
	b.written = true
	return b, nil
}
