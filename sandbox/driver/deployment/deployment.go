package deployment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/driver/progress"
)

// Deployment is the local stack, opened.
type Deployment struct {
	stack   auto.Stack
	layout  layout.Layout
	printer *progress.Printer
}

// Open prepares the workspace and selects the stack, making it when there is none. An update that was cut
// off before is cleared, so that the next operation may go on where it ended. program may be nil for
// operations that do not run it (Refresh, Destroy, Outputs, Resources). The process must have the
// layout's environment.
func Open(ctx context.Context, l layout.Layout, program pulumi.RunFunc, printer *progress.Printer) (*Deployment, error) {
	if err := Settle(ctx, l, printer); err != nil {
		return nil, err
	}
	if err := mendCheckpoints(l, printer); err != nil {
		return nil, fmt.Errorf("mending the state that was cut off: %w", err)
	}
	if err := prepareWorkspace(l); err != nil {
		return nil, fmt.Errorf("preparing the workspace: %w", err)
	}
	cli, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: l.Dir})
	if err != nil {
		return nil, err
	}
	options := []auto.LocalWorkspaceOption{auto.WorkDir(l.Workspace()), auto.PulumiHome(l.PulumiHome()), auto.Pulumi(cli), auto.EnvVars(proxies(l))}
	if program != nil {
		options = append(options, auto.Program(program))
	}
	workspace, err := auto.NewLocalWorkspace(ctx, options...)
	if err != nil {
		return nil, err
	}
	stack, err := auto.UpsertStack(ctx, layout.Stack, workspace)
	if err != nil {
		return nil, fmt.Errorf("opening the stack: %w", err)
	}
	d := &Deployment{stack: stack, layout: l, printer: printer}
	if err := d.clearPending(ctx); err != nil {
		return nil, fmt.Errorf("clearing the update that was cut off: %w", err)
	}
	return d, nil
}

// HasState says whether there is a stack to be opened.
func HasState(l layout.Layout) bool {
	entries, err := os.ReadDir(l.Backend())
	return err == nil && len(entries) > 0
}

// Discard forgets the stack, whatever state it is in.
func Discard(l layout.Layout) error {
	var faults []error
	for _, path := range []string{l.Backend(), l.Workspace(), l.Instance(), l.Resumed()} {
		faults = append(faults, os.RemoveAll(path))
	}
	return errors.Join(faults...)
}

// Outputs are the stack's outputs by name.
func (d *Deployment) Outputs(ctx context.Context) (map[string]any, error) {
	outputs, err := d.stack.Outputs(ctx)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for name, output := range outputs {
		values[name] = output.Value
	}
	return values, nil
}

// Resources counts what the stack has in the account: resources with an id, without providers.
func (d *Deployment) Resources(ctx context.Context) (int, error) {
	state, err := d.state(ctx)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, resource := range state.Resources {
		if resource.Custom && !isProvider(string(resource.Type)) {
			count++
		}
	}
	return count, nil
}

// LastUpdate is when the stack was last changed; zero when it never was.
func (d *Deployment) LastUpdate(ctx context.Context) (time.Time, error) {
	state, err := d.state(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return state.Manifest.Time, nil
}

// proxies sends plain HTTP to hosts that are not loopback to the gateway: the client of S3 Control puts the account
// before the endpoint's host, which then is no name that resolves, and no setting of the provider prevents it.
func proxies(l layout.Layout) map[string]string {
	return map[string]string{"HTTP_PROXY": l.Endpoint(), "http_proxy": l.Endpoint()}
}
