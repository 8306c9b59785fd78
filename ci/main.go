package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	c := command{getenv: os.Getenv, run: execute, out: os.Stdout}
	err := c.do(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "ci:", err)
		os.Exit(1)
	}
}

const usage = `usage: go run ./ci preview -stack STACK -file FILE [-drift]
       go run ./ci comment -pull NUMBER FILE...
       go run ./ci issue FILE...`

// command is one call of this program and what it reaches outside.
type command struct {
	getenv func(string) string
	run    runner
	out    io.Writer
}

func (c command) do(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("no verb\n%s", usage)
	}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintln(flags.Output(), usage) }
	stack := flags.String("stack", "", "stack, such as dev or prod")
	file := flags.String("file", "", "where to write the result")
	drift := flags.Bool("drift", false, "compare with what really is in the account")
	pull := flags.Int("pull", 0, "number of the pull request")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	switch verb := arguments[0]; {
	case verb == "preview" && stackName.MatchString(*stack) && *file != "" && flags.NArg() == 0:
		return c.preview(ctx, *stack, *file, *drift)
	case verb == "comment" && *pull > 0 && flags.NArg() > 0:
		return c.each(flags.Args(), func(r *repository, p preview) error { return r.comment(ctx, *pull, p) })
	case verb == "issue" && flags.NArg() > 0:
		return c.each(flags.Args(), func(r *repository, p preview) error { return r.issue(ctx, p) })
	default:
		return fmt.Errorf("cannot do %q\n%s", arguments, usage)
	}
}

// preview prints Pulumi's output, puts the result into the file and into the job's summary, and fails when the
// preview did.
func (c command) preview(ctx context.Context, stack, file string, drift bool) error {
	commit := c.getenv("ASSETGUARD_COMMIT")
	if commit == "" {
		commit = c.getenv("GITHUB_SHA")
	}
	p, err := take(ctx, c.run, preview{
		Stack: stack, Drift: drift, Commit: commit,
		Run: fmt.Sprintf("%s/%s/actions/runs/%s", c.getenv("GITHUB_SERVER_URL"), c.getenv("GITHUB_REPOSITORY"), c.getenv("GITHUB_RUN_ID")),
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, p.Output)
	if err := p.write(file); err != nil {
		return err
	}
	if err := c.summarize(p); err != nil {
		return err
	}
	if p.Outcome == failed {
		return fmt.Errorf("the preview of %s failed", stack)
	}
	return nil
}

// summarize adds the result to the page of the workflow run, which whoever approves a deployment sees.
func (c command) summarize(p preview) error {
	path := c.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(p.markdown())
	return errors.Join(err, file.Close())
}

// each writes the result of each file to GitHub, also when one of them cannot be.
func (c command) each(files []string, write func(*repository, preview) error) error {
	github, err := newRepository(c.getenv)
	if err != nil {
		return err
	}
	var faults []error
	for _, file := range files {
		p, err := readPreview(file)
		if err == nil {
			err = write(github, p)
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		fmt.Fprintf(c.out, "%s: %s\n", p.title(), p.Outcome)
	}
	return errors.Join(faults...)
}
