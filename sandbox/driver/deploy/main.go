// Command deploy runs up or preview of the local stack. It is the one part of the sandbox that holds the
// platform's program; the driver builds and starts it with the sandbox's environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"assetguard/sandbox/driver/deployment"
	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/driver/progress"
	"assetguard/stacks"
)

// lockFile is the file descriptor of the driver's lock, which this process holds together with it.
const lockFile = 3

func main() {
	syscall.CloseOnExec(lockFile) // an engine that outlives this process is found by its own lock
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	here, err := layout.Find(".", os.Getenv)
	if err != nil {
		return err
	}
	if err := here.Apply(); err != nil {
		return err
	}
	opened, err := deployment.Open(ctx, here, stacks.Run, progress.New(os.Stdout))
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "up":
		return opened.Up(ctx)
	case len(args) >= 1 && args[0] == "preview":
		changes, err := opened.Preview(ctx)
		if err != nil || len(args) == 1 {
			return err
		}
		return deployment.ExpectNone(changes)
	default:
		return errors.New("usage: deploy up | preview [--expect-no-changes]; make up and make preview call it")
	}
}
