package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"assetguard/sandbox/driver/layout"
	"assetguard/sandbox/driver/server"
)

// programResult are the figures of the Pulumi program.
type programResult struct {
	// Evaluation is the program of prod under mocks, by how many regions it works in.
	Evaluation []evaluation `json:"evaluation,omitempty"`
	// Fit is the line through Evaluation.
	Fit *fit `json:"fit,omitempty"`
	// Preview is a preview of the sandbox with nothing changed, EditPreview one after an edit of a stacks file:
	// compiling and linking included.
	Preview     *spread `json:"previewSeconds,omitempty"`
	EditPreview *spread `json:"editToPreviewSeconds,omitempty"`
}

// evaluation is one size of the program.
type evaluation struct {
	Regions       int     `json:"regions"`
	Registrations int     `json:"registrations"`
	Milliseconds  float64 `json:"milliseconds"` // median
}

// fit is a line by least squares: milliseconds = Base + PerRegion * regions.
type fit struct {
	Base      float64 `json:"baseMilliseconds"`
	PerRegion float64 `json:"millisecondsPerRegion"`
	// Determination is R²: 1 where the points lie on the line.
	Determination float64 `json:"r2"`
}

// evaluationRuns is how often the benchmark runs; each takes some evaluations.
const evaluationRuns = 5

// evaluate runs the benchmark of the program.
func evaluate(ctx context.Context, repository string) ([]evaluation, error) {
	var errs bytes.Buffer
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkProgram$", "-benchtime", "10x",
		"-count", strconv.Itoa(evaluationRuns), "./stacks")
	command.Dir, command.Stderr = repository, &errs
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("benchmark of the program: %w\n%s%s", err, out, errs.Bytes())
	}
	return parseEvaluations(out)
}

// benchmarkLine is what go test prints: name, iterations, then figures with their units, by name.
var benchmarkLine = regexp.MustCompile(`(?m)^BenchmarkProgram/regions=(\d+)\S*\s+\d+\s+([\d.]+) ns/op\s+([\d.]+) registrations$`)

func parseEvaluations(out []byte) ([]evaluation, error) {
	var all []evaluation
	times := map[int][]float64{}
	for _, line := range benchmarkLine.FindAllStringSubmatch(string(out), -1) {
		regions, err1 := strconv.Atoi(line[1])
		nanoseconds, err2 := strconv.ParseFloat(line[2], 64)
		registrations, err3 := strconv.ParseFloat(line[3], 64)
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, err
		}
		if times[regions] == nil {
			all = append(all, evaluation{Regions: regions, Registrations: int(registrations)})
		}
		times[regions] = append(times[regions], nanoseconds/1e6)
	}
	if len(all) < 3 {
		return nil, fmt.Errorf("benchmark of the program: too few figures for a line in\n%s", out)
	}
	for i := range all {
		all[i].Milliseconds = spreadOf(times[all[i].Regions]).Median
	}
	return all, nil
}

func fitOf(points []evaluation) *fit {
	var n, x, y, xx, xy, yy float64
	for _, p := range points {
		r, t := float64(p.Regions), p.Milliseconds
		n, x, y, xx, xy, yy = n+1, x+r, y+t, xx+r*r, xy+r*t, yy+t*t
	}
	covariance, varianceX, varianceY := n*xy-x*y, n*xx-x*x, n*yy-y*y
	slope := covariance / varianceX
	return &fit{Base: (y - slope*x) / n, PerRegion: slope, Determination: covariance * covariance / (varianceX * varianceY)}
}

// errNoSandbox says that there is nothing to preview.
var errNoSandbox = errors.New("no sandbox is up: previews are left out (mend: make up)")

// previews measures n previews of each kind in the sandbox of the working directory. program is the sandbox
// command; dir is for scratch files.
func previews(ctx context.Context, program, dir string, n int) (unchanged, edited spread, err error) {
	here, err := layout.Find(".", os.Getenv)
	if err != nil {
		return spread{}, spread{}, err
	}
	if _, err := (server.Server{Layout: here}).Health(ctx); err != nil {
		return spread{}, spread{}, errNoSandbox
	}
	if _, err := preview(ctx, program, ""); err != nil { // builds what is not built yet
		return spread{}, spread{}, err
	}
	var plain, after []float64
	for i := range n {
		seconds, err := preview(ctx, program, "")
		if err != nil {
			return spread{}, spread{}, err
		}
		plain = append(plain, seconds)
		flags, err := edit(here.Repository, dir, i)
		if err != nil {
			return spread{}, spread{}, err
		}
		if seconds, err = preview(ctx, program, flags); err != nil {
			return spread{}, spread{}, err
		}
		after = append(after, seconds)
	}
	_, err = preview(ctx, program, "") // leaves the program as the files say
	return spreadOf(plain), spreadOf(after), err
}

// preview takes the time of one preview, in seconds; goFlags are flags for the Go command.
func preview(ctx context.Context, program, goFlags string) (float64, error) {
	command := exec.CommandContext(ctx, program, "preview")
	if goFlags != "" {
		command.Env = append(os.Environ(), "GOFLAGS="+goFlags)
	}
	begun := time.Now()
	if out, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("preview: %w\n%s", err, out)
	}
	return time.Since(begun).Seconds(), nil
}

// edit makes a changed copy of a file of package stacks and returns the Go flag that compiles the copy in its
// place: the checkout is not touched. No two edits are equal, so that none is in the build cache.
func edit(repository, dir string, n int) (goFlags string, err error) {
	file := filepath.Join(repository, "stacks", "run.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, fmt.Sprintf("run-%d.go", n))
	text = fmt.Appendf(text, "\nfunc init() { println(%q) }\n", "edited at "+time.Now().Format(time.RFC3339Nano))
	if err := os.WriteFile(changed, text, 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, fmt.Sprintf("overlay-%d.json", n))
	return "-overlay=" + path, os.WriteFile(path, overlay, 0o600)
}
