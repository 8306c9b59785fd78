package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"assetguard/internal/contract"
	"assetguard/sandbox/bench/fakeaws"
	"assetguard/sandbox/functions"
)

// bench runs subjects.
type bench struct {
	endpoint *fakeaws.Server
	host     *functions.Host
	note     func(format string, args ...any)
}

// newBench starts the endpoint and the host, which keeps its files below dir.
func newBench(dir string, out io.Writer) (*bench, error) {
	endpoint, err := fakeaws.Start()
	if err != nil {
		return nil, err
	}
	host := functions.NewHost(functions.Options{Dir: filepath.Join(dir, "host"), Endpoint: endpoint.URL(),
		Log: slog.New(slog.NewTextHandler(out, nil))})
	return &bench{endpoint: endpoint, host: host, note: func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }}, nil
}

func (b *bench) close() error { return errors.Join(b.host.Close(), b.endpoint.Close()) }

// sample is one invocation.
type sample struct {
	init     time.Duration // process start to the first call of the Runtime API; 0 in a warm process
	duration time.Duration // the event handed out to its answer
	memoryMB int           // the most that was resident so far
	retries  int           // calls that the SDK made again
	effect   effect
}

// effect is what an invocation did; it does not depend on the language.
type effect struct {
	Calls    map[string]int
	Tags     map[string]map[string]string // written, by ARN
	Findings map[string]any               // imported or updated, by id
	Register [][]string                   // cells, without the ages in days
	Answer   any
}

// invoke runs a subject once.
func (b *bench) invoke(ctx context.Context, s subject, l load, n int) (sample, error) {
	b.endpoint.Reset(l.account)
	result, err := b.host.Invoke(ctx, s.function(), l.payload(n))
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", s.function().Name, err)
	}
	if result.FunctionError != "" {
		return sample{}, fmt.Errorf("%s failed: %s\n%s", s.function().Name, result.Payload, result.LogTail)
	}
	recorded := b.endpoint.Recording()
	if len(recorded.Unknown) > 0 {
		return sample{}, fmt.Errorf("%s makes calls that fakeaws has no answer for: %s", s.function().Name, strings.Join(recorded.Unknown, ", "))
	}
	e := effect{Calls: recorded.Calls, Tags: recorded.Tags, Findings: recorded.Findings}
	if err := json.Unmarshal(result.Payload, &e.Answer); err != nil {
		return sample{}, fmt.Errorf("answer of %s: %w", s.function().Name, err)
	}
	if e.Register, err = cells(recorded.Objects[contract.RegisterLatestCSV]); err != nil {
		return sample{}, fmt.Errorf("register of %s: %w", s.function().Name, err)
	}
	if len(e.Tags) != l.tagged {
		return sample{}, fmt.Errorf("%s tagged %d assets, not %d:\n%s", s.function().Name, len(e.Tags), l.tagged, result.LogTail)
	}
	if len(e.Findings) != l.findings {
		return sample{}, fmt.Errorf("%s wrote %d findings, not %d:\n%s", s.function().Name, len(e.Findings), l.findings, result.LogTail)
	}
	return sample{result.InitDuration, result.Duration, result.MaxMemoryMB, recorded.Retries, e}, nil
}

// cells reads a register. The column of ages is left out: a run before midnight and one after it differ there.
func cells(register []byte) ([][]string, error) {
	rows, err := csv.NewReader(strings.NewReader(string(register))).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	age := slices.Index(rows[0], "AgeDays")
	for i := range rows {
		rows[i] = slices.Delete(rows[i], age, age+1)
	}
	return rows, nil
}

// samples are those of one subject.
type samples struct {
	subject
	cold, warm []sample
}

// measure takes n cold starts and batches warm invocations of each subject of one function, in turns.
func (b *bench) measure(ctx context.Context, subjects []subject, n, batches int) ([]samples, error) {
	taken := make([]samples, len(subjects))
	for i, s := range subjects {
		taken[i].subject = s
	}
	for round := range n + 1 { // the first round only warms the machine's file cache
		for i := range inTurns(len(subjects), round) {
			b.host.Forget(fakeaws.Region, subjects[i].function().Name)
			one, err := b.invoke(ctx, subjects[i], subjects[i].cold, round)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				taken[i].cold = append(taken[i].cold, one)
			}
		}
	}
	for round := range batches + 1 { // the first round warms the processes
		for i := range inTurns(len(subjects), round) {
			one, err := b.invoke(ctx, subjects[i], subjects[i].warm, n+1+round)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				taken[i].warm = append(taken[i].warm, one)
			}
		}
	}
	return taken, sameEffects(taken)
}

// inTurns yields 0 to n-1, backwards in every other round: none of them is always the first.
func inTurns(n, round int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if round%2 == 1 {
				i = n - 1 - i
			}
			if !yield(i) {
				return
			}
		}
	}
}

// sameEffects reports the first invocation in which a subject did something else than the first one.
func sameEffects(taken []samples) error {
	for _, other := range taken[1:] {
		all, others := slices.Concat(taken[0].cold, taken[0].warm), slices.Concat(other.cold, other.warm)
		for i := range all {
			if err := sameEffect(taken[0].function().Name, other.function().Name, all[i].effect, others[i].effect); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameEffect says what two effects differ in.
func sameEffect(name, otherName string, a, other effect) error {
	var faults []string
	for _, call := range slices.Sorted(maps.Keys(joined(a.Calls, other.Calls))) {
		if a.Calls[call] != other.Calls[call] {
			faults = append(faults, fmt.Sprintf("%s: %d and %d times", call, a.Calls[call], other.Calls[call]))
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(joined(a.Tags, other.Tags))) {
		if !maps.Equal(a.Tags[arn], other.Tags[arn]) {
			faults = append(faults, fmt.Sprintf("tags of %s: %v and %v", arn, a.Tags[arn], other.Tags[arn]))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(joined(a.Findings, other.Findings))) {
		if !reflect.DeepEqual(a.Findings[id], other.Findings[id]) {
			faults = append(faults, fmt.Sprintf("finding %s: %v and %v", id, a.Findings[id], other.Findings[id]))
		}
	}
	for i := range max(len(a.Register), len(other.Register)) {
		if i >= len(a.Register) || i >= len(other.Register) {
			faults = append(faults, fmt.Sprintf("the registers have %d and %d rows", len(a.Register), len(other.Register)))
			break
		}
		if !slices.Equal(a.Register[i], other.Register[i]) {
			faults = append(faults, fmt.Sprintf("row %d of the register: %q and %q", i, a.Register[i], other.Register[i]))
		}
	}
	if !reflect.DeepEqual(a.Answer, other.Answer) {
		faults = append(faults, fmt.Sprintf("answers: %v and %v", a.Answer, other.Answer))
	}
	if len(faults) == 0 {
		return nil
	}
	const shown = 10
	if more := len(faults) - shown; more > 0 {
		faults = append(faults[:shown], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%s and %s do not do the same:\n  %s", name, otherName, strings.Join(faults, "\n  "))
}

func joined[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return all
}
