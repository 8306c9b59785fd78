package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"assetguard/sandbox/driver/layout"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	cold, warm, previews int
	skip                 string
	sandbox              string
	out                  string
	strict               bool
}

// What can be skipped.
const (
	skipFunctions = "functions"
	skipProgram   = "program"
)

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.cold, "cold", 20, "cold starts of each function and language")
	flags.IntVar(&o.warm, "warm", 20, "warm invocations of each function and language")
	flags.IntVar(&o.previews, "previews", 3, "previews of each kind")
	flags.StringVar(&o.skip, "skip", "", skipFunctions+" or "+skipProgram+": leave these figures out")
	flags.StringVar(&o.sandbox, "sandbox", "", "the sandbox command; .sandbox/bin/sandbox of the repository when empty")
	flags.StringVar(&o.out, "out", "", "the JSON file; build/bench/results.json of the repository when empty")
	flags.BoolVar(&o.strict, "strict", false, "fail when an aim is missed")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("arguments %q: there are only flags", flags.Args())
	case o.cold < 1 || o.warm < 1 || o.previews < 1:
		return o, errors.New("-cold, -warm and -previews are at least 1")
	case o.skip != "" && o.skip != skipFunctions && o.skip != skipProgram:
		return o, fmt.Errorf("-skip %s: write %s or %s", o.skip, skipFunctions, skipProgram)
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	here, err := layout.Find(".", os.Getenv)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join(here.Repository, "build", "bench", "results.json")
	}
	if o.sandbox == "" {
		o.sandbox = filepath.Join(here.Repository, ".sandbox", "bin", "sandbox")
	}
	dir, err := os.MkdirTemp("", "assetguard-bench-")
	if err != nil {
		return err
	}
	r, err := take(ctx, o, here.Repository, dir, out)
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return err
	}
	if err := errors.Join(r.print(out), r.save(o.out)); err != nil {
		return err
	}
	return r.verdict(o.strict)
}

// take takes all figures; dir is for scratch files.
func take(ctx context.Context, o options, repository, dir string, out io.Writer) (*results, error) {
	r := &results{Taken: time.Now().UTC().Truncate(time.Second), Machine: thisMachine(repository)}
	if o.skip != skipFunctions {
		if err := r.takeFunctions(ctx, o, repository, dir, out); err != nil {
			return nil, err
		}
	}
	if o.skip != skipProgram {
		if err := r.takeProgram(ctx, o, repository, dir, out); err != nil {
			return nil, err
		}
	}
	r.Machine.LoadEnded = loadAverage()
	return r, nil
}

// takeFunctions measures every function. Without Python it measures Go alone and says so.
func (r *results) takeFunctions(ctx context.Context, o options, repository, dir string, out io.Writer) (err error) {
	all, err := declared(repository)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "building the functions")
	subjects, err := goSubjects(ctx, repository, all)
	if err != nil {
		return err
	}
	var others []subject
	var bundled int64
	r.Python, err = findPython(ctx)
	switch {
	case errors.Is(err, errNoPython):
		r.Notes = append(r.Notes, err.Error())
	case err != nil:
		return err
	default:
		if others, err = r.Python.subjects(ctx, dir, all); err != nil {
			return err
		}
		if bundled, err = r.Python.bundled(); err != nil {
			return fmt.Errorf("size of boto3: %w", err)
		}
	}
	b, err := newBench(dir, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for i, s := range subjects {
		rivals := []subject{s}
		if len(others) > 0 {
			rivals = append(rivals, others[i])
		}
		fmt.Fprintf(out, "%s: %d cold starts, %d warm invocations of %d %s, in %d languages\n",
			s.benchmark.function, o.cold, o.warm, s.warm.units, s.unit, len(rivals))
		taken, err := b.measure(ctx, rivals, o.cold, o.warm)
		if err != nil {
			return err
		}
		f := resultOf(taken, bundled)
		r.Functions, r.Aims = append(r.Functions, f), append(r.Aims, f.aims()...)
	}
	return nil
}

// takeProgram measures the program. Without a sandbox it leaves the previews out and says so.
func (r *results) takeProgram(ctx context.Context, o options, repository, dir string, out io.Writer) (err error) {
	r.Program = &programResult{}
	fmt.Fprintln(out, "the program under mocks")
	if r.Program.Evaluation, err = evaluate(ctx, repository); err != nil {
		return err
	}
	r.Program.Fit = fitOf(r.Program.Evaluation)
	fmt.Fprintf(out, "%d previews with nothing changed, %d after an edit\n", o.previews, o.previews)
	unchanged, edited, err := previews(ctx, o.sandbox, dir, o.previews)
	switch {
	case errors.Is(err, errNoSandbox):
		r.Notes = append(r.Notes, err.Error())
	case err != nil:
		return err
	default:
		r.Program.Preview, r.Program.EditPreview = &unchanged, &edited
	}
	return nil
}

// save writes the JSON file.
func (r *results) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

// verdict is an error when strict and an aim is missed.
func (r *results) verdict(strict bool) error {
	var missed []error
	for _, a := range r.Aims {
		if !a.Met {
			missed = append(missed, fmt.Errorf("missed: %s %.3g %s: %.3g", a.What, a.Want, a.Unit, a.Got))
		}
	}
	if strict {
		return errors.Join(missed...)
	}
	return nil
}
