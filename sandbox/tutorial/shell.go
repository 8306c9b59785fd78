package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// shell is one bash in which commands run one after the other, so that a variable that one sets is there for the
// next, as at a reader's terminal.
type shell struct {
	command *exec.Cmd
	in      io.WriteCloser
	lines   *bufio.Reader
	mark    string // a line that begins with it ends the output of a command
}

func start(ctx context.Context) (*shell, error) {
	command := exec.CommandContext(ctx, "bash", "--noprofile", "--norc")
	// What a command starts in the background must not outlive an interrupted run.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("bash: %w", err)
	}
	return &shell{command: command, in: in, lines: bufio.NewReader(out), mark: "mark-" + uuid.NewString()}, nil
}

// do runs a command and returns what it printed on both streams, and its status. The command has no input.
func (s *shell) do(ctx context.Context, text string) (printed string, status int, err error) {
	// The command gets lines of its own, so that a here-document or a remark at its end ends there.
	if _, err := fmt.Fprintf(s.in, "{\n%s\n} </dev/null\nprintf '\\n%s %%s\\n' \"$?\"\n", text, s.mark); err != nil {
		return "", 0, fmt.Errorf("the shell is gone: %w", errors.Join(err, ctx.Err()))
	}
	var out strings.Builder
	for {
		line, err := s.lines.ReadString('\n')
		if rest, ok := strings.CutPrefix(line, s.mark+" "); ok {
			status, err := strconv.Atoi(strings.TrimSpace(rest))
			return strings.TrimSuffix(out.String(), "\n"), status, err
		}
		out.WriteString(line)
		if err != nil {
			return out.String(), 0, fmt.Errorf("the shell ended: %w", errors.Join(err, ctx.Err()))
		}
	}
}

// end closes the shell's input, upon which it ends.
func (s *shell) end() {
	_ = s.in.Close()     // it may be gone already
	_ = s.command.Wait() // and its status is that of its last command, which was judged
}
