package driver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"assetguard/sandbox/driver/deployment"
	"assetguard/sandbox/driver/server"
)

// How many log lines a person gets: of each function in status, of one in logs.
const (
	statusLines = 3
	logLines    = 200
)

// report says what is there and what to try.
func (d *Driver) report(ctx context.Context) error {
	opened, err := d.open(ctx)
	if err != nil {
		return err
	}
	outputs, err := opened.Outputs(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(d.out, "\nwhat is there\n", table(outputs), next(d.layout.Endpoint()))
	return nil
}

// next is what a newcomer may try, ready to be pasted.
func next(endpoint string) string {
	return fmt.Sprintf(`
what to try next
  aws='aws --endpoint-url %s'; eval "$(make -s env)"   # dummy keys and the region, for this shell only
  $aws ec2 run-instances --image-id "$($aws ec2 describe-images --query 'Images[0].ImageId' --output text)" --instance-type t3.micro
  $aws ec2 describe-tags                               # within seconds: instance, volume and interface carry their tags
  make inbox     the e-mails and Slack posts that left the platform; %s/_sandbox/inbox shows them as people see them
  make demo      the same for assets of a dozen services and another region, checked
  make status    what runs, and what the functions said
  make down      destroy everything and stop
`, endpoint, endpoint)
}

// table writes named values in columns, sorted by name. A list or an object is JSON on one line.
func table(values map[string]any) string {
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, isText := values[name].(string)
		if !isText {
			encoded, err := json.Marshal(values[name])
			if err != nil {
				encoded = fmt.Append(nil, values[name])
			}
			value = string(encoded)
		}
		fmt.Fprintf(columns, "  %s\t%s\n", name, value)
	}
	_ = columns.Flush() // a strings.Builder takes everything
	return text.String()
}

// Status shows the server, the stack and the ends of the functions' logs.
func (d *Driver) Status(ctx context.Context) error {
	pid, err := d.server.Pid()
	if err != nil {
		return err
	}
	if pid == 0 {
		fmt.Fprintf(d.out, "server  none at %s: make up\n", d.layout.Endpoint())
		return nil
	}
	health, err := d.server.Health(ctx)
	if err != nil {
		return fmt.Errorf("the server (pid %d) does not answer: %w\nmend: make down, then make up; its log is %s", pid, err, d.layout.ServerLog())
	}
	fmt.Fprintf(d.out, "server  %s, pid %d, log %s\n", d.layout.Endpoint(), pid, d.layout.ServerLog())
	if err := d.stackStatus(ctx, health); err != nil {
		return err
	}
	return d.functionStatus()
}

// stackStatus leaves a stack alone that another command works on.
func (d *Driver) stackStatus(ctx context.Context, health server.Health) error {
	lock, owner, err := server.TryLock(d.lockPath())
	if err != nil {
		return err
	}
	if lock == nil {
		fmt.Fprintf(d.out, "stack   another command works on it (pid %d)\n", owner)
		return nil
	}
	return errors.Join(d.showStack(ctx, health), lock.Release())
}

func (d *Driver) showStack(ctx context.Context, health server.Health) error {
	recorded, err := readInstance(d.layout.Instance())
	if err != nil {
		return err
	}
	if judge(recorded, health.Instance, deployment.HasState(d.layout)) != keepState {
		fmt.Fprintln(d.out, "stack   nothing is deployed in this server: make up")
		return nil
	}
	opened, err := d.open(ctx)
	if err != nil {
		return err
	}
	resources, countErr := opened.Resources(ctx)
	updated, updateErr := opened.LastUpdate(ctx)
	outputs, outputErr := opened.Outputs(ctx)
	if err := errors.Join(countErr, updateErr, outputErr); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "stack   local, %d resources, last update %s\n%s",
		resources, updated.Local().Format(time.DateTime), table(outputs))
	return nil
}

func (d *Driver) functionStatus() error {
	logs, err := d.functionLogs()
	if err != nil {
		return err
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.out, "function %s, %d log lines, the last:\n%s", functionName(log), bytes.Count(text, []byte("\n")), tail(string(text), statusLines))
	}
	return nil
}

// Logs shows the end of one function's log, of all when name is empty.
func (d *Driver) Logs(name string) error {
	logs, err := d.functionLogs()
	if err != nil {
		return err
	}
	shown := 0
	for _, log := range logs {
		if name != "" && functionName(log) != name && !strings.Contains(functionName(log), name) {
			continue
		}
		text, err := os.ReadFile(log)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.out, "== %s\n%s", functionName(log), tail(string(text), logLines))
		shown++
	}
	if shown == 0 {
		return fmt.Errorf("no function whose name holds %q has run yet; functions with a log: %s", name, functionNames(logs))
	}
	return nil
}

// functionLogs are the log files that the function host keeps: <region>/<function>.log.
func (d *Driver) functionLogs() ([]string, error) {
	return filepath.Glob(filepath.Join(d.functionLogDir(), "*", "*.log"))
}

func functionName(log string) string { return strings.TrimSuffix(filepath.Base(log), ".log") }

func functionNames(logs []string) string {
	names := make([]string, len(logs))
	for i, log := range logs {
		names[i] = functionName(log)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// tail is the last lines of a text, each ended by a line feed.
func tail(text string, count int) string {
	lines := slices.Collect(strings.Lines(text))
	return strings.Join(lines[max(0, len(lines)-count):], "")
}
