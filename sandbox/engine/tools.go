package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tools is where the programs come from and where they go.
type Tools struct {
	Repository string   // root of the checkout
	Bin        string   // programs that were built
	Home       string   // the sandbox's PULUMI_HOME
	UserHome   string   // the user's PULUMI_HOME, only read
	Scratch    string   // downloads in progress
	Env        []string // environment of everything that is run
	Run        Run
	LookPath   func(program string) (string, error)
}

// Command is one program to be run.
type Command struct {
	Dir  string
	Env  []string
	Path string
	Args []string
}

// Run runs a command and returns what it printed on both streams; the error of a command that failed
// says so without repeating the output.
type Run func(ctx context.Context, c Command) (string, error)

// Exec is Run by os/exec.
func Exec(ctx context.Context, c Command) (string, error) {
	command := exec.CommandContext(ctx, c.Path, c.Args...)
	command.Dir, command.Env = c.Dir, c.Env
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w", filepath.Base(c.Path), strings.Join(c.Args, " "), err)
	}
	return string(out), err
}

// Build compiles a main package of the module in dir (relative to the repository) to Bin/name. Go's build
// cache decides what has to be compiled again, so that a call without changes takes a second.
func (t Tools) Build(ctx context.Context, dir, pkg, name string, flags ...string) (string, error) {
	target := filepath.Join(t.Bin, name)
	if err := os.MkdirAll(t.Bin, 0o750); err != nil {
		return "", err
	}
	args := append([]string{"build"}, flags...)
	args = append(args, "-o", target, pkg)
	out, err := t.Run(ctx, Command{Dir: filepath.Join(t.Repository, dir), Env: t.Env, Path: "go", Args: args})
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, lastLines(out, 15))
	}
	return target, nil
}

// link makes target a symbolic link to source, replacing what was there.
func link(source, target string) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
		return err
	}
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	return os.Symlink(source, target)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// lastLines is the end of a program's output, where it says what went wrong.
func lastLines(output string, count int) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	if len(lines) > count {
		lines = lines[len(lines)-count:]
	}
	return strings.Join(lines, "\n")
}
