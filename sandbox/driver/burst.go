package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"assetguard/sandbox/burst"
)

// burstPatience bounds each wait of a burst.
const burstPatience = 15 * time.Minute

// Burst imports findings into Security Hub, some one by one and then many at once, while a tenth of the functions' calls
// and of the posts to Slack fail, and fails when what people were told does not add up. The report is printed, and kept
// as JSON beside the logs.
func (d *Driver) Burst(ctx context.Context, findings, singles int) error {
	if findings < 1 || findings > 20000 || singles < 1 || singles > 200 {
		return fmt.Errorf("%d findings and %d singles: import 1 to 20000 at once, and 1 to 200 one by one", findings, singles)
	}
	if err := d.requireUp(ctx); err != nil {
		return err
	}
	report, err := burst.Run(ctx, burst.Options{
		AWS: d.aws(), Endpoint: d.layout.Endpoint(), LogDir: d.functionLogDir(),
		Findings: findings, Singles: singles, Patience: burstPatience, FaultPercent: 10, Say: d.printer.Linef,
	})
	if report == nil {
		return err
	}
	text, jsonErr := json.MarshalIndent(report, "", "  ")
	kept := filepath.Join(d.layout.Run(), "burst.json")
	err = errors.Join(err, jsonErr, os.WriteFile(kept, append(text, '\n'), 0o600), report.Write(d.out))
	d.printer.Linef("kept in %s", kept)
	return errors.Join(err, report.Err())
}
