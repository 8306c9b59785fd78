package driver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/platform"
)

// Serve is the background server, until ctx ends. make up starts it.
func (d *Driver) Serve(ctx context.Context) error {
	// Pulumi's SDK silences the standard log, which slog writes to unless it is given a handler.
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	lock, err := d.server.Hold()
	if err != nil {
		return err
	}
	err = platform.Serve(ctx, platform.Options{
		Port: d.layout.Port, Dir: d.layout.Dir, Region: layout.Region, AccountID: layout.AccountID,
	})
	return errors.Join(err, lock.Release())
}

// Env prints shell lines that point an AWS client at the sandbox.
func (d *Driver) Env() error {
	_, err := fmt.Fprint(d.out, d.layout.Exports())
	return err
}

// Where the platform keeps its things below its directory.
func (d *Driver) venv() string           { return filepath.Join(d.layout.Dir, "venv") }
func (d *Driver) functionLogDir() string { return filepath.Join(d.layout.Run(), "functions", "logs") }
