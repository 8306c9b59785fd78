package deployment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"assetguard/sandbox/driver/progress"
)

// Change is one resource that an operation changed, or would.
type Change struct {
	Op         string // create, update, replace, delete
	Resource   string // service, type and name, as in describe
	Properties []string
}

// String is the change on one line.
func (c Change) String() string {
	if len(c.Properties) == 0 {
		return c.Op + " " + c.Resource
	}
	return fmt.Sprintf("%s %s: %s", c.Op, c.Resource, strings.Join(c.Properties, ", "))
}

// ExpectNone is an error that lists the changes, nil when there are none.
func ExpectNone(changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	lines := make([]string, len(changes))
	for i, change := range changes {
		lines[i] = "  " + change.String()
	}
	return fmt.Errorf("no changes were expected, but there are %d:\n%s", len(changes), strings.Join(lines, "\n"))
}

// marks of the operations that change something. Of the steps of a replacement only the replacement
// itself is shown.
var marks = map[apitype.OpType]string{
	apitype.OpCreate: "+", apitype.OpUpdate: "~", apitype.OpDelete: "-", apitype.OpReplace: "+-", apitype.OpImport: "=",
}

// view turns engine events into lines.
type view struct {
	printer *progress.Printer
	now     func() time.Time

	mu      sync.Mutex
	started map[string]time.Time // by URN: what is in flight
	done    int
	same    int
	errors  int
	changes []Change
	counts  map[apitype.OpType]int
}

func newView(printer *progress.Printer) *view {
	return &view{printer: printer, now: time.Now, started: map[string]time.Time{}, counts: map[apitype.OpType]int{}}
}

// follow shows events until the stream is closed. The Automation API closes it only when the engine got as
// far as to open it, hence ended. The engine ends after its last event was taken, so that none is lost.
func (v *view) follow(stream <-chan events.EngineEvent, ended <-chan struct{}, note func(string)) {
	for {
		select {
		case event, open := <-stream:
			if !open {
				return
			}
			v.show(event)
			note(v.standing())
		case <-ended:
			return
		}
	}
}

func (v *view) show(event events.EngineEvent) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case event.Error != nil:
		v.printer.Linef("     event stream: %v", event.Error)
	case event.ResourcePreEvent != nil:
		v.begin(event.ResourcePreEvent)
	case event.ResOutputsEvent != nil:
		v.end(event.ResOutputsEvent)
	case event.ResOpFailedEvent != nil:
		step := event.ResOpFailedEvent.Metadata
		v.printer.Linef("     !! %s (%s)", describe(step.Type, nameOf(step.URN)), v.elapsed(step.URN))
		delete(v.started, step.URN)
	case event.DiagnosticEvent != nil:
		v.diagnose(event.DiagnosticEvent)
	}
}

func (v *view) begin(event *apitype.ResourcePreEvent) {
	if step := event.Metadata; isCustom(step) && !event.Planning {
		v.started[step.URN] = v.now()
	}
}

// end shows a finished step. In a refresh, the engine gives as operation what it found: same, update or
// delete.
func (v *view) end(event *apitype.ResOutputsEvent) {
	step := event.Metadata
	elapsed := v.elapsed(step.URN)
	delete(v.started, step.URN)
	v.done++
	mark, changes := marks[step.Op]
	if !changes {
		if step.Op == apitype.OpSame {
			v.same++
		}
		return
	}
	v.counts[step.Op]++
	change := Change{Op: string(step.Op), Resource: describe(step.Type, nameOf(step.URN)), Properties: properties(step)}
	v.changes = append(v.changes, change)
	if !isCustom(step) {
		return
	}
	if event.Planning {
		v.printer.Linef("     %-2s %s", mark, change.Resource)
		return
	}
	v.printer.Linef("     %-2s %s (%s)", mark, change.Resource, elapsed)
}

func (v *view) diagnose(event *apitype.DiagnosticEvent) {
	if event.Ephemeral || (event.Severity != "error" && event.Severity != "warning") {
		return
	}
	if event.Severity == "error" {
		v.errors++
	}
	about := ""
	if event.URN != "" {
		about = " " + nameOf(event.URN)
	}
	message := strings.TrimSpace(colors.Never.Colorize(event.Message))
	v.printer.Linef("     %s%s: %s", event.Severity, about, strings.ReplaceAll(message, "\n", "\n       "))
}

func (v *view) elapsed(urn string) string {
	start, ok := v.started[urn]
	if !ok {
		start = v.now()
	}
	return progress.Seconds(v.now().Sub(start))
}

// standing says in a few words how far the operation is.
func (v *view) standing() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	text := fmt.Sprintf("%d done", v.done)
	if len(v.started) == 0 {
		return text
	}
	oldest := slices.MinFunc(slices.Collect(maps.Keys(v.started)), func(a, b string) int {
		return v.started[a].Compare(v.started[b])
	})
	return fmt.Sprintf("%s, %d at work, the oldest is %s", text, len(v.started), nameOf(oldest))
}

// totals sums up the operation.
func (v *view) totals() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var parts []string
	for _, op := range slices.Sorted(maps.Keys(v.counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", op, v.counts[op]))
	}
	if len(parts) == 0 {
		parts = append(parts, "no changes")
	}
	return fmt.Sprintf("%s, same %d", strings.Join(parts, ", "), v.same)
}

// properties are the paths that differ, sorted.
func properties(step apitype.StepEventMetadata) []string {
	if step.Op != apitype.OpUpdate && step.Op != apitype.OpReplace {
		return nil
	}
	if len(step.DetailedDiff) > 0 {
		return slices.Sorted(maps.Keys(step.DetailedDiff))
	}
	return slices.Sorted(slices.Values(step.Diffs))
}

// isCustom says whether a step touches the account: no component, no provider, no stack.
func isCustom(step apitype.StepEventMetadata) bool {
	state := step.New
	if state == nil {
		state = step.Old
	}
	return state != nil && state.Custom && !isProvider(step.Type)
}

func isProvider(token string) bool { return strings.HasPrefix(token, "pulumi:") }

// describe shortens a type token: aws:sqs/queue:Queue, tagging is "sqs Queue tagging".
func describe(token, name string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return token + " " + name
	}
	module, _, _ := strings.Cut(parts[1], "/")
	if parts[0] != "aws" {
		module = parts[0]
	}
	return module + " " + parts[2] + " " + name
}
