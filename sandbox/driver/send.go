package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// event is an EventBridge event as AWS documents it and as the fixtures of the functions hold it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/aws-events.html
type event struct {
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Time       *time.Time      `json:"time"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Send puts the event of a file (- is standard input) on the emulated default event bus.
func (d *Driver) Send(ctx context.Context, path string) error {
	if err := d.requireUp(ctx); err != nil {
		return err
	}
	text, err := read(path)
	if err != nil {
		return err
	}
	entry, err := parseEvent(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	answer, err := eventbridge.NewFromConfig(settings).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry}})
	if err != nil {
		return err
	}
	if answer.FailedEntryCount > 0 {
		return fmt.Errorf("the bus refused the event: %s", aws.ToString(answer.Entries[0].ErrorMessage))
	}
	d.printer.Linef("sent %s from %s", aws.ToString(entry.DetailType), aws.ToString(entry.Source))
	return nil
}

func read(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

// parseEvent reads one event; every missing field is reported.
func parseEvent(text []byte) (types.PutEventsRequestEntry, error) {
	var e event
	if err := json.Unmarshal(text, &e); err != nil {
		return types.PutEventsRequestEntry{}, fmt.Errorf("not an event: %w", err)
	}
	var missing []string
	for name, absent := range map[string]bool{"source": e.Source == "", "detail-type": e.DetailType == "", "detail": len(e.Detail) == 0} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return types.PutEventsRequestEntry{}, errors.New("not an event: it has no " + strings.Join(slices.Sorted(slices.Values(missing)), ", "))
	}
	return types.PutEventsRequestEntry{
		Source: &e.Source, DetailType: &e.DetailType, Time: e.Time, Resources: e.Resources, Detail: aws.String(string(e.Detail)),
	}, nil
}
