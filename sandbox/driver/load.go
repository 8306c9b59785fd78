package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/load"
)

// loadPatience bounds the wait for the last outcome of a load.
const loadPatience = 10 * time.Minute

// loadRegions are where the assets of a load are.
var loadRegions = []string{layout.Region, "us-east-1"}

// Load sends create events for the auto-tag function, a tenth of whose calls fail meanwhile, and fails when their
// outcomes do not add up. The report is printed, and kept as JSON beside the logs.
func (d *Driver) Load(ctx context.Context, events int, over time.Duration) error {
	if events < 1 || events > 20000 || over <= 0 || over > 10*time.Minute {
		return fmt.Errorf("%d events over %s: send 1 to 20000 within ten minutes", events, over)
	}
	if err := d.requireUp(ctx); err != nil {
		return err
	}
	report, err := load.Run(ctx, load.Options{
		AWS: d.aws(), Endpoint: d.layout.Endpoint(), LogDir: d.functionLogDir(), Regions: loadRegions,
		Events: events, Over: over, Patience: loadPatience, FaultPercent: 10, Say: d.printer.Linef,
	})
	if report == nil {
		return err
	}
	text, jsonErr := json.MarshalIndent(report, "", "  ")
	kept := filepath.Join(d.layout.Run(), "load.json")
	err = errors.Join(err, jsonErr, os.WriteFile(kept, append(text, '\n'), 0o600), report.Write(d.out))
	d.printer.Linef("kept in %s", kept)
	return errors.Join(err, report.Err())
}
