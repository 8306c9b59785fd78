package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"assetguard/internal/console"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tutorial:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	if len(arguments) != 1 {
		return errors.New("usage: tutorial FILE")
	}
	data, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	blocks, err := runnable(string(data))
	if err != nil {
		return fmt.Errorf("%s: %w", arguments[0], err)
	}
	session, err := start(ctx)
	if err != nil {
		return err
	}
	defer session.end()
	for _, block := range blocks {
		if err := follow(ctx, session, block, out); err != nil {
			return fmt.Errorf("%s: %w", arguments[0], err)
		}
	}
	return nil
}

// step is a block to run. The commands of one with patience are tried again until all hold.
type step struct {
	console.Block
	patience time.Duration
}

// runnable are the blocks marked sandbox. Every other one must say why it is none of them: it needs a real account,
// or it is what the reader does on his machine before.
func runnable(markdown string) ([]step, error) {
	blocks, err := console.Parse(markdown)
	if err != nil {
		return nil, err
	}
	var steps []step
	var faults []error
	for _, block := range blocks {
		_, account := block.Words["account"]
		_, machine := block.Words["machine"]
		if _, sandbox := block.Words["sandbox"]; !sandbox {
			if !account && !machine {
				faults = append(faults, fmt.Errorf("line %d: the block is not marked: want sandbox, account or machine", block.Line))
			}
			continue
		}
		s := step{Block: block}
		if within, ok := block.Words["within"]; ok {
			if s.patience, err = time.ParseDuration(within); err != nil {
				faults = append(faults, fmt.Errorf("line %d: %w", block.Line, err))
			}
		}
		steps = append(steps, s)
	}
	if len(steps) == 0 {
		faults = append(faults, errors.New("no block is marked sandbox"))
	}
	return steps, errors.Join(faults...)
}

// follow runs the commands of a block, again and again while it has patience.
func follow(ctx context.Context, session *shell, s step, out io.Writer) error {
	const pause = 500 * time.Millisecond
	begun := time.Now()
	for {
		err := once(ctx, session, s.Commands, out)
		if err == nil || time.Since(begun) > s.patience || ctx.Err() != nil {
			return err
		}
		time.Sleep(pause)
	}
}

func once(ctx context.Context, session *shell, commands []console.Command, out io.Writer) error {
	for _, command := range commands {
		fmt.Fprintf(out, "$ %s\n", command.Text)
		printed, status, err := session.do(ctx, command.Text)
		fmt.Fprint(out, printed)
		switch {
		case err != nil:
			return fmt.Errorf("line %d: %s: %w", command.Line, command.Text, err)
		case status != 0:
			return fmt.Errorf("line %d: %s: exit status %d", command.Line, command.Text, status)
		case !command.Matches(printed):
			return fmt.Errorf("line %d: %s: the document says that it prints\n%s\nand it printed\n%s",
				command.Line, command.Text, strings.Join(command.Output, "\n"), printed)
		}
	}
	return nil
}
