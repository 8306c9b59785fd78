package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
	"assetguard/sandbox/automation"
	"assetguard/sandbox/awsconfig"
	"assetguard/sandbox/emulator"
	"assetguard/sandbox/events"
	"assetguard/sandbox/gateway"
	"assetguard/sandbox/inbox"
	"assetguard/sandbox/port"
	"assetguard/sandbox/securityhub"
	"assetguard/sandbox/supplement"
)

const (
	// drainBound is how long events that wait may still be handed on at the end.
	drainBound = 5 * time.Second
	// closeBound is how long calls under way may take at the end.
	closeBound = 5 * time.Second
	// removedPeriod is how often the server looks whether its directory is still there.
	removedPeriod = 2 * time.Second
)

// Options say where the server is and what it emulates. All are required.
type Options struct {
	// Port is the loopback port; 0 takes a free one, for tests.
	Port int
	// Dir is the sandbox's state directory: Dir/venv holds the emulator's Python
	// environment when one is needed, Dir/run logs and code of functions.
	Dir string
	// Region is the home region, AccountID the emulated account.
	Region, AccountID string
	// Ready, if set, is called with the endpoint when it answers.
	Ready func(endpoint string)
}

// Serve runs the server until ctx ends and then stops everything: it hands on the
// events that wait, ends functions, calls and the emulator, each within a bound.
// It returns nil after such an end, and an error when it could not start or when
// the emulator ended by itself. The process's standard log gets its messages.
func Serve(ctx context.Context, o Options) (err error) {
	run := filepath.Join(o.Dir, "run")
	if err := os.MkdirAll(run, 0o755); err != nil {
		return fmt.Errorf("sandbox's directory: %w", err)
	}
	listener, err := port.Listen(o.Port)
	if err != nil {
		return err
	}
	// The functions of an earlier server are gone with the emulator's memory.
	if err := os.RemoveAll(filepath.Join(run, "functions")); err != nil {
		return errors.Join(fmt.Errorf("functions of an earlier server: %w", err), listener.Close())
	}
	logs, err := openLogs(run)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, logs.close()) }()
	moto, err := startEmulator(ctx, o, logs.moto)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, moto.Stop()) }()
	endpoint := fmt.Sprintf("http://%s", listener.Addr())
	made, err := assemble(o, endpoint, moto, run, logs.access)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve(ctx, o, listener, endpoint, moto, made)
}

func startEmulator(ctx context.Context, o Options, out io.Writer) (*emulator.Emulator, error) {
	found, err := emulator.Find(ctx, filepath.Join(o.Dir, "venv"), slog.Default())
	if err != nil {
		return nil, err
	}
	return emulator.Start(ctx, found, out, slog.Default())
}

// parts are what answers calls and what works beside them.
type parts struct {
	plane      *events.Plane
	gate       *gateway.Gateway
	config     *awsconfig.Service
	automation *automation.Service
}

// assemble makes the parts, which know each other.
func assemble(o Options, endpoint string, moto *emulator.Emulator, run string, access io.Writer) (*parts, error) {
	library, err := apimodel.Open(moto.Models)
	if err != nil {
		return nil, err
	}
	var gate *gateway.Gateway // set before the first function can run
	box := &inbox.Box{}
	plane := events.New(events.Options{
		Upstream: moto.URL, Endpoint: endpoint, Region: o.Region, AccountID: o.AccountID,
		Dir: filepath.Join(run, "functions"), Log: slog.Default(),
		Identity: func(accessKey, arn string) { gate.Register(accessKey, arn) }, Mail: box.Deliver,
	})
	extra := supplement.Options{Upstream: moto.URL, AccountID: o.AccountID}
	hub := securityhub.New(securityhub.Options{AccountID: o.AccountID, Bus: plane})
	config := awsconfig.New(awsconfig.Options{
		AccountID: o.AccountID, Bus: plane, Log: slog.Default(), Emulator: extra.Emulator, Judged: hub.Judge,
		Gateway: supplement.Options{Upstream: endpoint}.Emulator,
	})
	images := supplement.ImageBuilder(supplement.BuilderOptions{
		AccountID: o.AccountID, Gateway: supplement.Options{Upstream: endpoint}, Bus: plane, Log: slog.Default(),
		Refuse: func(c *api.Call) (string, bool) { return gate.Refuse(c) },
	})
	auto := automation.New(automation.Options{
		AccountID: o.AccountID, Bus: plane, Log: slog.Default(), Emulator: extra.Emulator,
		Gateway:  supplement.Options{Upstream: endpoint}.Emulator,
		Identity: func(accessKey, arn string) { gate.Register(accessKey, arn) },
	})
	hub.Link = config.Link
	gate, err = gateway.New(gateway.Options{
		Upstream: moto.URL, Library: library, Bus: plane, Findings: hub, AccountID: o.AccountID, AccessLog: access, Log: slog.Default(),
		Supplements: slices.Concat(plane.Supplements(), supplement.Tables(extra), supplement.TagChanges(extra, o.AccountID, plane, slog.Default()), []api.Supplement{images}, hub.Supplements(), config.Supplements(), auto.Supplements()),
		Own:         map[string]http.Handler{"inbox": box, "sns": plane.Links()},
		Slack:       box,
		Versions:    map[string]string{"moto": moto.Moto, "botocore": moto.Botocore},
	})
	if err != nil {
		return nil, errors.Join(err, plane.Close())
	}
	return &parts{plane, gate, config, auto}, nil
}

// serve answers until ctx, the server or the emulator ends. Functions call the
// gateway, so it is the last to stop before the emulator.
func serve(ctx context.Context, o Options, listener net.Listener, endpoint string, moto *emulator.Emulator, made *parts) error {
	server := &http.Server{Handler: made.gate, ReadHeaderTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	running, stop := context.WithCancel(ctx)
	delivered := make(chan error, 1)
	go func() { delivered <- made.gate.Run(running, drainBound) }()
	var evaluating sync.WaitGroup
	evaluating.Go(func() { made.config.Run(running) })
	slog.Info("sandbox serves", "endpoint", endpoint, "account", o.AccountID, "region", o.Region)
	if o.Ready != nil {
		o.Ready(endpoint)
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
		err = fmt.Errorf("sandbox's server: %w", err)
	case <-removed(running, filepath.Join(o.Dir, "run")):
		err = errors.New("the sandbox's directory was removed while it ran")
	case <-moto.Done():
		err = errors.New("the emulator ended by itself and all resources with it; see moto.log beside this log, then run the sandbox again")
	}
	stop()
	evaluating.Wait()
	made.automation.Close()
	err = errors.Join(err, <-delivered, made.plane.Close())
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeBound)
	defer cancel()
	if late := server.Shutdown(closing); late != nil {
		err = errors.Join(err, server.Close())
	}
	slog.Info("sandbox stopped")
	return err
}

// removed is closed when dir is gone: nobody could find the server to stop it any more.
func removed(ctx context.Context, dir string) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(removedPeriod):
			}
			if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
				close(gone)
				return
			}
		}
	}()
	return gone
}

// logs are the server's files below Dir/run, each begun anew.
type logs struct{ access, moto *os.File }

func openLogs(run string) (logs, error) {
	access, err := os.Create(filepath.Join(run, "access.log"))
	if err != nil {
		return logs{}, fmt.Errorf("access log: %w", err)
	}
	moto, err := os.Create(filepath.Join(run, "moto.log"))
	if err != nil {
		return logs{}, errors.Join(fmt.Errorf("emulator's log: %w", err), access.Close())
	}
	return logs{access, moto}, nil
}

func (l logs) close() error { return errors.Join(l.access.Close(), l.moto.Close()) }
