package driver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"time"

	"assetguard/sandbox/driver/deployment"
	"assetguard/sandbox/driver/progress"
	"assetguard/sandbox/driver/server"
	"assetguard/sandbox/emulator"
	"assetguard/sandbox/engine"
)

// Up checks the machine, builds what is missing, starts the server and deploys the platform to it. It may
// be repeated at any time, also after it was cut off.
func (d *Driver) Up(ctx context.Context) error {
	start := time.Now()
	return d.alone(ctx, func(lock *server.Lock) error {
		kind, err := d.check(ctx)
		if err != nil {
			return err
		}
		if err := d.build(ctx, kind); err != nil {
			return err
		}
		if err := d.bringUp(ctx, lock); err != nil {
			return err
		}
		if err := d.connectPeople(ctx); err != nil {
			return err
		}
		d.printer.Linef("up after %s", progress.Seconds(time.Since(start)))
		return d.report(ctx)
	})
}

// check finds everything that the machine lacks, and reports all of it at once.
func (d *Driver) check(ctx context.Context) (engine.Kind, error) {
	d.printer.Linef("checking this machine")
	kind, kindErr := engine.ParseKind(d.provider)
	_, goErr := exec.LookPath("go")
	if goErr != nil {
		goErr = errors.New("the Go toolchain is not on PATH\nmend: install Go (go.mod names the version) and put it on PATH")
	}
	portErr := d.server.CheckPort()
	emulatorErr := d.printer.Step("emulator: moto "+emulator.Version, func(func(string)) error {
		_, err := emulator.Find(ctx, d.venv(), slog.New(slog.DiscardHandler))
		return err
	})
	return kind, errors.Join(kindErr, goErr, portErr, emulatorErr)
}

// build makes the programs: one after the other, since each compiles on all processors.
func (d *Driver) build(ctx context.Context, kind engine.Kind) error {
	d.printer.Linef("building (minutes the first time, seconds later)")
	steps := []struct {
		title string
		do    func(note func(string)) error
	}{
		{"functions for " + runtime.GOARCH, func(func(string)) error {
			_, err := d.goRun(ctx, "./internal/build", "-arch", runtime.GOARCH)
			return err
		}},
		{"engine: the Pulumi CLI", func(note func(string)) error {
			origin, err := d.tools.CLI(ctx)
			note(origin)
			return err
		}},
		{"provider: AWS " + engine.ProviderVersion, func(note func(string)) error {
			got, err := d.tools.Provider(ctx, kind)
			note(string(got))
			return err
		}},
		{"program: the stacks", func(func(string)) error { return d.buildProgram(ctx) }},
	}
	for _, step := range steps {
		if err := d.printer.Step(step.title, step.do); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	return nil
}

func (d *Driver) buildProgram(ctx context.Context) error {
	_, err := d.tools.Build(ctx, "sandbox", "./driver/deploy", "deploy")
	return err
}

// goRun runs a command of the product's module.
func (d *Driver) goRun(ctx context.Context, pkg string, args ...string) (string, error) {
	out, err := d.tools.Run(ctx, engine.Command{
		Dir: d.layout.Repository, Env: d.tools.Env, Path: "go", Args: append([]string{"run", pkg}, args...),
	})
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return out, nil
}

// bringUp starts the server and deploys. When an update that was cut off within a create cannot be
// resumed, because what it made is there but not in the state, the sandbox starts once from nothing.
func (d *Driver) bringUp(ctx context.Context, lock *server.Lock) error {
	err := d.serveAndDeploy(ctx, lock)
	_, resumedErr := os.Stat(d.layout.Resumed())
	if !errors.Is(err, errDeploy) || ctx.Err() != nil || resumedErr != nil {
		return err
	}
	d.printer.Linef("the update that was cut off cannot be resumed; starting from an empty sandbox")
	if _, err := d.server.Stop(ctx); err != nil {
		return err
	}
	if err := deployment.Discard(d.layout); err != nil {
		return err
	}
	return d.serveAndDeploy(ctx, lock)
}

func (d *Driver) serveAndDeploy(ctx context.Context, lock *server.Lock) error {
	d.printer.Linef("starting")
	var health server.Health
	err := d.printer.Step("server on "+d.layout.Endpoint(), func(func(string)) error {
		var err error
		health, err = d.server.Start(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if outdated, err := d.server.Outdated(); err == nil && outdated {
		d.printer.Linef("  -- the server runs an earlier build of the sandbox: make down, then make up, starts the new one")
	}
	if err := d.settleState(health); err != nil {
		return err
	}
	return d.deploy(ctx, lock, "up")
}

// settleState makes the state belong to the running server.
func (d *Driver) settleState(health server.Health) error {
	recorded, err := readInstance(d.layout.Instance())
	if err != nil {
		return err
	}
	if judge(recorded, health.Instance, deployment.HasState(d.layout)) == discardState {
		d.printer.Linef("  -- the server was started anew and its memory is empty: the state of the earlier one is discarded")
		if err := deployment.Discard(d.layout); err != nil {
			return err
		}
	}
	return writeInstance(d.layout.Instance(), health.Instance)
}

// Preview shows what up would change; with expectNone it fails when that is anything.
func (d *Driver) Preview(ctx context.Context, expectNone bool) error {
	return d.alone(ctx, func(lock *server.Lock) error {
		if err := d.requireUp(ctx); err != nil {
			return err
		}
		if err := d.printer.Step("program: the stacks", func(func(string)) error { return d.buildProgram(ctx) }); err != nil {
			return err
		}
		if expectNone {
			return d.deploy(ctx, lock, "preview", "--expect-no-changes")
		}
		return d.deploy(ctx, lock, "preview")
	})
}

// Refresh brings the state to what there is; with expectNone it fails when they differed.
func (d *Driver) Refresh(ctx context.Context, expectNone bool) error {
	return d.alone(ctx, func(*server.Lock) error {
		if err := d.requireUp(ctx); err != nil {
			return err
		}
		opened, err := d.open(ctx)
		if err != nil {
			return err
		}
		changes, err := opened.Refresh(ctx)
		if err != nil {
			return err
		}
		if expectNone {
			return deployment.ExpectNone(changes)
		}
		return nil
	})
}
