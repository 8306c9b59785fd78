package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"assetguard/sandbox/driver/deployment"
	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/driver/progress"
	"assetguard/sandbox/driver/server"
	"assetguard/sandbox/engine"
)

// Driver runs commands on one sandbox. Its process has the layout's environment.
type Driver struct {
	layout   layout.Layout
	out      io.Writer
	printer  *progress.Printer
	tools    engine.Tools
	server   server.Server
	provider string // the user's choice of provider
}

// New finds the sandbox of the working directory and makes its environment that of this process, so that
// nothing that is run from here can reach a real account.
func New(out io.Writer) (*Driver, error) {
	workingDir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	here, err := layout.Find(workingDir, os.Getenv)
	if err != nil {
		return nil, err
	}
	usersHome, err := usersPulumiHome()
	if err != nil {
		return nil, err
	}
	if err := here.Apply(); err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	tools := engine.Tools{
		Repository: here.Repository, Bin: here.Bin(), Home: here.PulumiHome(), UserHome: usersHome,
		Scratch: filepath.Join(here.Run(), "download"), Env: os.Environ(), Run: engine.Exec, LookPath: exec.LookPath,
	}
	return &Driver{
		layout: here, out: out, printer: progress.New(out), tools: tools,
		server:   server.Server{Layout: here, Program: program, Env: os.Environ()},
		provider: os.Getenv(engine.EnvProvider),
	}, nil
}

// usersPulumiHome is where the user's own Pulumi keeps its plugins.
func usersPulumiHome() (string, error) {
	if home := os.Getenv("PULUMI_HOME"); home != "" {
		return home, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".pulumi"), err
}

// alone runs do while no other command changes this sandbox.
func (d *Driver) alone(ctx context.Context, do func(lock *server.Lock) error) error {
	lock, err := server.Acquire(ctx, d.lockPath(), func(owner int) {
		d.printer.Linef("another command works on this sandbox (pid %d); waiting for it", owner)
	})
	if err != nil {
		return err
	}
	return errors.Join(do(lock), lock.Release())
}

// lockPath is the lock of whoever works on this sandbox.
func (d *Driver) lockPath() string { return filepath.Join(d.layout.Run(), "driver.pid") }

// open opens the stack for what does not run the program. The caller holds the lock: opening settles what an
// earlier command left, and would take an update that runs for one that was cut off.
func (d *Driver) open(ctx context.Context) (*deployment.Deployment, error) {
	return deployment.Open(ctx, d.layout, nil, d.printer)
}

// deploy runs the deploy command, which holds the program. It inherits the lock: should this process be
// killed, the next command waits until that one has ended too. It is in a process group of its own, so
// that a ctrl-C reaches it once, from here.
func (d *Driver) deploy(ctx context.Context, lock *server.Lock, args ...string) error {
	command := exec.Command(filepath.Join(d.layout.Bin(), "deploy"), args...)
	command.Dir = d.layout.Repository
	command.Stdout, command.Stderr = d.out, os.Stderr
	command.ExtraFiles = []*os.File{lock.File()}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting the deployment: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = command.Process.Signal(os.Interrupt) }) // it may have ended
	defer stop()
	if err := command.Wait(); err != nil {
		return fmt.Errorf("%w: %s %w", errDeploy, args[0], err)
	}
	return nil
}

// errDeploy marks a failure that the deploy command has told already.
var errDeploy = errors.New("the deployment did not succeed")

// requireUp fails when there is nothing that a command could work on.
func (d *Driver) requireUp(ctx context.Context) error {
	health, err := d.server.Health(ctx)
	if err != nil {
		return fmt.Errorf("the sandbox is not up (%w)\nmend: make up", err)
	}
	recorded, err := readInstance(d.layout.Instance())
	if err != nil {
		return err
	}
	if judge(recorded, health.Instance, deployment.HasState(d.layout)) != keepState {
		return errors.New("the platform is not deployed in the running sandbox\nmend: make up")
	}
	return nil
}
