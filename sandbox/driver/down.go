package driver

import (
	"context"
	"errors"
	"fmt"

	"assetguard/sandbox/driver/deployment"
	"assetguard/sandbox/driver/server"
)

// Down destroys the platform, stops the server with everything it started, and checks that nothing is
// left. Without anything to take down it says so and succeeds.
func (d *Driver) Down(ctx context.Context) error {
	return d.alone(ctx, func(*server.Lock) error {
		if err := deployment.Settle(ctx, d.layout, d.printer); err != nil {
			return err
		}
		destroyed, destroyErr := d.destroy(ctx)
		if ctx.Err() != nil {
			return destroyErr
		}
		stopped, stopErr := d.server.Stop(ctx)
		hadState := deployment.HasState(d.layout)
		if err := errors.Join(destroyErr, stopErr, deployment.Discard(d.layout)); err != nil {
			return err
		}
		if stopped { // else the port is none of ours, whoever has it
			if err := d.server.CheckPort(); err != nil {
				return err
			}
		}
		d.printer.Linef("%s", downSummary(destroyed, stopped, hadState))
		return nil
	})
}

// destroy removes the stack's resources where the server that has them runs; with any other server they
// are gone already.
func (d *Driver) destroy(ctx context.Context) (bool, error) {
	running := ""
	if health, err := d.server.Health(ctx); err == nil {
		running = health.Instance
	}
	recorded, err := readInstance(d.layout.Instance())
	if err != nil {
		return false, err
	}
	if judge(recorded, running, deployment.HasState(d.layout)) != keepState {
		return false, nil
	}
	opened, err := d.open(ctx)
	if err != nil {
		return false, fmt.Errorf("opening the stack to destroy it: %w", err)
	}
	return true, opened.Destroy(ctx)
}

// downSummary says what was done.
func downSummary(destroyed, stopped, hadState bool) string {
	switch {
	case destroyed && stopped:
		return "down: the platform is destroyed, the server and all it started are stopped; nothing is left running"
	case stopped:
		return "down: the server and all it started are stopped, and what it had in memory is gone; nothing is left running"
	case hadState:
		return "down: the server had ended before, and with it all that the platform had; its state is discarded"
	default:
		return "down: nothing was up"
	}
}
