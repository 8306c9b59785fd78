package main

import (
	"archive/zip"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"assetguard/internal/assetlist"
	"assetguard/internal/compliance"
	"assetguard/sandbox/bench/fakeaws"
	"assetguard/sandbox/functions"
)

// The languages of subjects.
const (
	langGo     = "go"
	langPython = "python"
)

// subject is a function in one language.
type subject struct {
	benchmark
	lang  string
	zip   string
	bytes int64 // of the package that would be deployed
}

// function is the subject as the host runs it.
func (s subject) function() functions.Function {
	name := s.benchmark.function + "-" + s.lang
	return functions.Function{
		Region: fakeaws.Region, AccountID: fakeaws.AccountID, Name: name, Handler: "bootstrap",
		ARN:         "arn:aws:lambda:" + fakeaws.Region + ":" + fakeaws.AccountID + ":function:" + name,
		Role:        "arn:aws:iam::" + fakeaws.AccountID + ":role/" + name,
		Environment: s.environment, Timeout: 5 * time.Minute, MemoryMB: s.memoryMB, Zip: s.zip,
	}
}

// deployedArch is the architecture of the functions on Lambda, whose package size counts.
const deployedArch = "arm64"

// goSubjects builds the functions for this machine and for Lambda.
func goSubjects(ctx context.Context, repository string, all []benchmark) ([]subject, error) {
	command := exec.CommandContext(ctx, "go", "run", "./internal/build")
	command.Dir = repository
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the functions: %w\n%s", err, out)
	}
	var subjects []subject
	for _, b := range all {
		built := func(arch string) string {
			return filepath.Join(repository, "build", "lambdas", arch, b.function+".zip")
		}
		deployed, err := os.Stat(built(deployedArch))
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, subject{benchmark: b, lang: langGo, zip: built(runtime.GOARCH), bytes: deployed.Size()})
	}
	return subjects, nil
}

//go:embed python/*.py
var handlers embed.FS

// python is an interpreter that has boto3.
type python struct {
	Executable string   `json:"-"`
	Version    string   `json:"version"`
	Boto3      string   `json:"boto3"`
	Files      []string `json:"-"` // of boto3 and what it needs
	Root       string   `json:"-"` // that the files are relative to
}

// inspect describes the interpreter and lists the files of boto3 and of what it requires.
const inspect = `
import importlib.metadata as m, json, os, re, sys
todo, seen, files = ["boto3"], set(), []
while todo:
    name = todo.pop()
    if name in seen: continue
    seen.add(name)
    d = m.distribution(name)
    files += [str(f) for f in d.files if not str(f).startswith("..") and "__pycache__" not in str(f)]
    todo += [re.match(r"[\w.-]+", r).group(0) for r in d.requires or [] if "extra ==" not in r]
print(json.dumps({"Executable": os.path.realpath(sys.executable), "version": sys.version.split()[0],
    "boto3": m.version("boto3"), "Files": files, "Root": str(m.distribution("boto3").locate_file(""))}))
`

// errNoPython says that the machine cannot run the Python handlers.
var errNoPython = errors.New("no python3 with boto3 on PATH: the comparison is left out (mend: pip install boto3)")

// findPython finds python3 on PATH.
func findPython(ctx context.Context) (*python, error) {
	var errs bytes.Buffer
	command := exec.CommandContext(ctx, "python3", "-I", "-c", inspect)
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %w %s", errNoPython, err, lastLine(errs.String()))
	}
	var found struct {
		python
		Executable, Root string
		Files            []string
	}
	if err := json.Unmarshal(out, &found); err != nil {
		return nil, fmt.Errorf("what python3 says of itself: %w", err)
	}
	p := found.python
	p.Executable, p.Root, p.Files = found.Executable, found.Root, found.Files
	return &p, nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// subjects packs the Python handlers below dir. A package holds compiled modules that Python takes unchecked:
// what it would find in __pycache__ without looking at dates.
func (p *python) subjects(ctx context.Context, dir string, all []benchmark) ([]subject, error) {
	sources := filepath.Join(dir, "python")
	if err := os.CopyFS(dir, handlers); err != nil {
		return nil, err
	}
	// The kinds that Cloud Control lists are the program's own table.
	if err := os.WriteFile(filepath.Join(sources, "kinds.json"), encode(controlledKinds()), 0o600); err != nil {
		return nil, err
	}
	// So are the checks.
	if err := os.WriteFile(filepath.Join(sources, "checks.json"), encode(allChecks()), 0o600); err != nil {
		return nil, err
	}
	compile := exec.CommandContext(ctx, p.Executable, "-I", "-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash", sources)
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the Python handlers: %w\n%s", err, out)
	}
	var subjects []subject
	for _, b := range all {
		if _, err := os.Stat(filepath.Join(sources, b.function+".py")); err != nil {
			return nil, fmt.Errorf("function %s has no Python handler: add sandbox/bench/python/%s.py", b.function, b.function)
		}
		path := filepath.Join(dir, b.function+"-python.zip")
		size, err := p.pack(path, sources, b.function)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", path, err)
		}
		subjects = append(subjects, subject{benchmark: b, lang: langPython, zip: path, bytes: size})
	}
	return subjects, nil
}

// kind is an assetlist.Kind as the Python handler reads it.
type kind struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Model  string `json:"model"`
	Global bool   `json:"global"`
}

// controlledKinds are the kinds that Cloud Control lists. One that is listed for each of its parents stands with
// the parent's type: there are none in the benchmark's account, so that no further call follows.
func controlledKinds() []kind {
	var kinds []kind
	for _, k := range assetlist.Kinds() {
		switch {
		case k.By() != assetlist.ByCloudControl:
		case k.Parent != "":
			kinds = append(kinds, kind{Name: k.Name, Type: k.Parent, Global: k.Global})
		default:
			kinds = append(kinds, kind{k.Name, k.Type, k.Model, k.Global})
		}
	}
	return kinds
}

// check is a compliance.Check as the Python handler reads it, in the language of the benchmark.
type check struct {
	ID           string            `json:"id"`
	Title        string            `json:"title"`
	Severity     string            `json:"severity"`
	URL          string            `json:"url"`
	Codes        []string          `json:"codes"`
	Requirements []string          `json:"requirements"`
	Fields       map[string]string `json:"fields"`
}

// allChecks are the checks by the name of their rule.
func allChecks() map[string]check {
	all := map[string]check{}
	for _, c := range compliance.Checks() {
		one := check{ID: c.ID, Title: c.Title.Ko, Severity: string(c.Severity), URL: c.URL(),
			Requirements: compliance.RelatedRequirements(compliance.CodesOfCheck(c.ID)),
			Fields:       compliance.UserDefinedFields(compliance.CodesOfCheck(c.ID))}
		for _, code := range compliance.CodesOfCheck(c.ID) {
			one.Codes = append(one.Codes, code.String())
		}
		all[c.Name] = one
	}
	return all
}

// bootstrap starts a handler; -I keeps the caller's settings and directories out.
const bootstrap = `#!%s -I
import os
import sys

sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
import %[2]s
import runtime

runtime.serve(%[2]s.handle)
`

// pack makes the package of a handler.
func (p *python) pack(path, sources, name string) (size int64, err error) {
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return 0, err
	}
	if _, err := fmt.Fprintf(entry, bootstrap, p.Executable, name); err != nil {
		return 0, err
	}
	for _, file := range []string{name + ".pyc", "policy.pyc", "runtime.pyc", "kinds.json", "checks.json"} {
		if err := addFile(archive, filepath.Join(sources, file), file); err != nil {
			return 0, err
		}
	}
	if err := archive.Close(); err != nil {
		return 0, err
	}
	return int64(b.Len()), os.WriteFile(path, b.Bytes(), 0o600)
}

// bundled is the size of boto3 and what it requires as a package.
func (p *python) bundled() (int64, error) {
	var size counter
	archive := zip.NewWriter(&size)
	for _, file := range p.Files {
		if err := addFile(archive, filepath.Join(p.Root, file), file); err != nil {
			return 0, err
		}
	}
	err := archive.Close()
	return int64(size), err
}

func addFile(archive *zip.Writer, path, name string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	entry, err := archive.Create(filepath.ToSlash(name))
	if err != nil {
		return err
	}
	_, err = entry.Write(content)
	return err
}

// counter counts what is written to it.
type counter int64

var _ io.Writer = (*counter)(nil)

func (c *counter) Write(data []byte) (int, error) {
	*c += counter(len(data))
	return len(data), nil
}
