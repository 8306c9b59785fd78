// Command build makes the packages of the Lambda functions: for each command below lambdas/cmd one
// build/lambdas/<arch>/<name>.zip that holds the executable `bootstrap`.
//
// The same source gives the same bytes on any machine: the toolchain is the one that go.mod names, nothing
// of the machine enters the executable, and the zip has fixed times and modes. So a package whose hash
// changed has changed, and an unchanged one makes no deployment.
//
//	go run ./internal/build                          all functions, for arm64 and the host
//	go run ./internal/build -arch arm64 -only autotag
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "build:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.SetOutput(errs)
	arch := flags.String("arch", "arm64,"+runtime.GOARCH, "architectures to build for: arm64, amd64")
	only := flags.String("only", "", "functions to build, by name; all when empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := findSource(ctx)
	if err != nil {
		return err
	}
	if runtime.Version() != s.toolchain {
		return rerun(ctx, s, args, out, errs)
	}
	names, err := s.functions(list(*only))
	if err != nil {
		return err
	}
	for _, arch := range list(*arch) {
		packages, err := s.build(ctx, arch, names)
		if err != nil {
			return err
		}
		for _, p := range packages {
			fmt.Fprintln(out, p)
		}
	}
	return nil
}

// rerun runs this command again with the toolchain of go.mod: another one compresses to other bytes.
func rerun(ctx context.Context, s *source, args []string, out, errs io.Writer) error {
	const guard = "ASSETGUARD_BUILD_RERUN"
	if os.Getenv(guard) != "" {
		return fmt.Errorf("runs on %s although go.mod names %s: install that toolchain", runtime.Version(), s.toolchain)
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"run", "./internal/build"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.root, out, errs
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+s.toolchain, guard+"=1")
	return cmd.Run()
}

// list splits a comma-separated flag, each element once.
func list(text string) []string {
	var elements []string
	for _, e := range strings.Split(text, ",") {
		if e = strings.TrimSpace(e); e != "" && !slices.Contains(elements, e) {
			elements = append(elements, e)
		}
	}
	return elements
}
