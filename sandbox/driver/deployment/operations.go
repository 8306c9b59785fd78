package deployment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

// Up brings the stack to what the program declares.
func (d *Deployment) Up(ctx context.Context) error {
	_, err := d.run(ctx, "deploying", func(ctx context.Context, stream chan<- events.EngineEvent) error {
		_, err := d.stack.Up(ctx, optup.EventStreams(stream), optup.SuppressOutputs(), optup.SuppressProgress())
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Remove(d.layout.Resumed()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Preview returns what an update would change.
func (d *Deployment) Preview(ctx context.Context) ([]Change, error) {
	return d.run(ctx, "previewing", func(ctx context.Context, stream chan<- events.EngineEvent) error {
		_, err := d.stack.Preview(ctx, optpreview.EventStreams(stream), optpreview.SuppressProgress())
		return err
	})
}

// Refresh brings the state to what there is and returns where they differed.
func (d *Deployment) Refresh(ctx context.Context) ([]Change, error) {
	return d.run(ctx, "refreshing", func(ctx context.Context, stream chan<- events.EngineEvent) error {
		_, err := d.stack.Refresh(ctx, optrefresh.EventStreams(stream), optrefresh.SuppressOutputs(), optrefresh.SuppressProgress())
		return err
	})
}

// Destroy removes everything that the stack has, and fails when anything is left.
func (d *Deployment) Destroy(ctx context.Context) error {
	_, err := d.run(ctx, "destroying", func(ctx context.Context, stream chan<- events.EngineEvent) error {
		_, err := d.stack.Destroy(ctx, optdestroy.EventStreams(stream), optdestroy.SuppressOutputs(), optdestroy.SuppressProgress())
		return err
	})
	if err != nil {
		return err
	}
	left, err := d.Resources(ctx)
	if err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d resources are left after destroying", left)
	}
	return nil
}

// run executes one operation of the engine with its events shown.
func (d *Deployment) run(ctx context.Context, title string,
	operation func(context.Context, chan<- events.EngineEvent) error,
) ([]Change, error) {
	view := newView(d.printer)
	err := d.printer.Step(title, func(note func(string)) error {
		stream, ended := make(chan events.EngineEvent), make(chan struct{})
		var shown sync.WaitGroup
		shown.Go(func() { view.follow(stream, ended, note) })
		err := d.interruptible(ctx, func(ctx context.Context) error { return operation(ctx, stream) })
		close(ended)
		shown.Wait()
		return err
	})
	d.printer.Linef("     %s", view.totals())
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%s was cancelled; the next make up goes on from here", title)
	}
	if err != nil && view.errors > 0 {
		return nil, fmt.Errorf("%s failed: see the %d error(s) above", title, view.errors)
	}
	return view.changes, err
}

// interruptible lets the engine end in good order when ctx is cancelled: it is asked to start nothing new
// and given the time to finish what is in flight, which the Automation API by itself cuts off after ten
// seconds.
func (d *Deployment) interruptible(ctx context.Context, operation func(context.Context) error) error {
	inner, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	stop := context.AfterFunc(ctx, func() {
		d.printer.Linef("  -- cancelling: what is in flight is finished first")
		locks, err := readLocks(d.layout.Backend())
		engines := alive(locks)
		if err != nil || len(engines) == 0 {
			cutOff()
			return
		}
		for _, pid := range engines {
			if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
				cutOff()
			}
		}
	})
	defer stop()
	return operation(inner)
}
