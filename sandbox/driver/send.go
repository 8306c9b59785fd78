package driver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"assetguard/sandbox/driver/layout"
)

// Send puts the event of a file (- is standard input) on the default event bus of its region, else of the home
// region, as the AWS service would that is its source. A finding in the AWS Security Finding Format goes to Security
// Hub, as the product would send it that it names, and to the bus from there.
func (d *Driver) Send(ctx context.Context, path string) error {
	if err := d.requireUp(ctx); err != nil {
		return err
	}
	text, err := read(path)
	if err != nil {
		return err
	}
	if finding := parseFinding(text); finding != nil {
		if err := d.server.SendFinding(ctx, finding); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		d.printer.Linef("sent finding %s to Security Hub", finding["Id"])
		return nil
	}
	event, err := parseEvent(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := d.server.Send(ctx, event); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	d.printer.Linef("sent %s from %s to the bus of %s", event["detail-type"], event["source"], event["region"])
	return nil
}

// Fire runs a schedule of the home region once, now: in the sandbox none comes due by itself.
func (d *Driver) Fire(ctx context.Context, name string) error {
	if err := d.requireUp(ctx); err != nil {
		return err
	}
	if err := d.server.Fire(ctx, name); err != nil {
		return fmt.Errorf("schedule %s: %w", name, err)
	}
	d.printer.Linef("fired %s", name)
	return nil
}

func read(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

// parseFinding reads a finding; nil for any other text.
func parseFinding(text []byte) map[string]any {
	var finding map[string]any
	if json.Unmarshal(text, &finding) != nil || finding["SchemaVersion"] == nil || finding["ProductArn"] == nil {
		return nil
	}
	return finding
}

// parseEvent reads one event as AWS documents it and as the fixtures of the functions hold it; every missing
// field is reported. An event without a region gets the home region.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/aws-events.html
func parseEvent(text []byte) (map[string]any, error) {
	var event map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a detail's numbers go on as they are
	if err := decoder.Decode(&event); err != nil {
		return nil, fmt.Errorf("not an event: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not an event: something follows the first JSON object; send one event at a time")
	}
	var missing []string
	for _, name := range []string{"detail", "detail-type", "source"} {
		if event[name] == nil || event[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, errors.New("not an event: it has no " + strings.Join(missing, ", "))
	}
	if event["region"] == nil || event["region"] == "" {
		event["region"] = layout.Region
	}
	return event, nil
}
