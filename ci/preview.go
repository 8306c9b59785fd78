package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// What a preview found.
const (
	unchanged = "unchanged"
	changes   = "changes"
	failed    = "failed"
)

// preview is the result of one `pulumi preview`, as it is handed from the job that may read the account to the job
// that may write to GitHub.
type preview struct {
	Stack   string `json:"stack"`
	Drift   bool   `json:"drift"`  // compared with what really is there, not with the state alone
	Commit  string `json:"commit"` // that was previewed
	Run     string `json:"run"`    // address of the workflow run
	Outcome string `json:"outcome"`
	Output  string `json:"output"` // of Pulumi, masked
}

// runner runs a command and returns everything that it wrote. The error is an *exec.ExitError when the command
// ran and failed.
type runner func(ctx context.Context, name string, arguments ...string) (string, error)

func execute(ctx context.Context, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := command.CombinedOutput()
	return string(out), err
}

// take runs the preview of a stack. A preview that fails is a result too; an error means that there was none.
func take(ctx context.Context, run runner, p preview) (preview, error) {
	arguments := []string{
		"preview", "--stack", p.Stack, "--diff", "--non-interactive", "--suppress-progress", "--color", "never",
	}
	if p.Drift {
		arguments = append(arguments, "--refresh", "--expect-no-changes")
	}
	out, err := run(ctx, "pulumi", arguments...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return preview{}, fmt.Errorf("run pulumi: %w", err)
	}
	p.Output = mask(strings.TrimSpace(out))
	p.Outcome = outcome(p.Output, err == nil)
	return p, nil
}

// noneExpected is how Pulumi says that --expect-no-changes did not hold.
const noneExpected = "no changes were expected"

// outcome reads the result off Pulumi's output. A drift check that found something fails as a command, though it
// did its work.
func outcome(output string, succeeded bool) string {
	switch {
	case !succeeded && !strings.Contains(output, noneExpected):
		return failed
	case !succeeded || len(planned(output)) > 0:
		return changes
	default:
		return unchanged
	}
}

var count = regexp.MustCompile(`^\s+[-+~=<>]*\s*(\d+ to [a-z-]+)$`)

// planned are the counts of resources that would change, off Pulumi's closing summary: "2 to create".
func planned(output string) []string {
	start := strings.LastIndex(output, "\nResources:\n")
	if start < 0 {
		return nil
	}
	var found []string
	for line := range strings.Lines(output[start:]) {
		if match := count.FindStringSubmatch(strings.TrimRight(line, "\r\n")); match != nil {
			found = append(found, match[1])
		}
	}
	return found
}

// step is the first line of a resource in Pulumi's diff, such as "    ~ aws:sqs/queue:Queue: (update)".
var step = regexp.MustCompile(`^\s*[-+~=<>]*\s*[\w-]+:[\w/.-]*:\w+: \((\S+)\)$`)

// provider is a line that names the provider of a resource.
var provider = regexp.MustCompile(`^\s+\[provider=urn:\S+\]$`)

// plan is the diff for a reader: without the providers, and without what the refresh read, which names every value
// that AWS adds by itself. What differs from the program is among the steps that follow.
func plan(output string) string {
	var kept strings.Builder
	reading := false
	for line := range strings.Lines(output) {
		text := strings.TrimRight(line, "\r\n")
		if match := step.FindStringSubmatch(text); match != nil {
			reading = match[1] == "refresh"
		} else if text == "Resources:" || text == "Diagnostics:" {
			reading = false
		}
		if !reading && !provider.MatchString(text) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func (p preview) write(path string) error {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o600)
}

var (
	stackName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,13}$`)
	commitID  = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
	runURL    = regexp.MustCompile(`^https://[\w.-]+(?::\d+)?/[\w.-]+/[\w.-]+/actions/runs/\d+$`)
)

// readPreview reads the result of another job, and trusts it no further than it must: that job ran code of a
// pull request. What stands outside the fenced diff has a form that can hold no Markdown.
func readPreview(path string) (preview, error) {
	file, err := os.Open(path)
	if err != nil {
		return preview{}, err
	}
	defer file.Close()
	const limit = 8 << 20
	data, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil {
		return preview{}, fmt.Errorf("%s: %w", path, err)
	}
	var p preview
	if err := json.Unmarshal(data, &p); err != nil {
		return preview{}, fmt.Errorf("%s: %w", path, err)
	}
	if !stackName.MatchString(p.Stack) {
		return preview{}, fmt.Errorf("%s: stack %q: want a-z, 0-9 and hyphens", path, p.Stack)
	}
	if !slices.Contains([]string{unchanged, changes, failed}, p.Outcome) {
		return preview{}, fmt.Errorf("%s: outcome %q: want %s, %s or %s", path, p.Outcome, unchanged, changes, failed)
	}
	if !commitID.MatchString(p.Commit) {
		return preview{}, fmt.Errorf("%s: commit %q: want a hash", path, p.Commit)
	}
	if !runURL.MatchString(p.Run) {
		return preview{}, fmt.Errorf("%s: run %q: want the address of a workflow run", path, p.Run)
	}
	p.Output = mask(p.Output)
	return p, nil
}
