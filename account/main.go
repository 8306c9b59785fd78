package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/term"

	"assetguard/stacks/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "account:", err)
		os.Exit(exitCode(err))
	}
}

const usage = `usage: go run ./account bootstrap -stack STACK [-yes]
       go run ./account confirm -stack STACK [-yes]
       go run ./account evidence -stack STACK -out DIR [-language ko|en]
       go run ./account deadletters list -stack STACK
       go run ./account deadletters show -stack STACK -queue QUEUE [-most N]
       go run ./account deadletters redrive -stack STACK [-queue QUEUE] [-dry-run] [-yes]
       go run ./account image start -stack STACK [-watch]
       go run ./account image status -stack STACK [-build ARN] [-watch]
       go run ./account image list -stack STACK
       go run ./account image promote -stack STACK [-ami AMI] [-yes] [-unproven REASON]`

// inputError says that the command line, the configuration or the credentials are wrong: the process ends with 2, and
// with 1 for everything else.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func exitCode(err error) int {
	if errors.As(err, new(inputError)) {
		return 2
	}
	return 1
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	if len(arguments) == 0 {
		return inputError{errors.New("no verb\n" + usage)}
	}
	verb := arguments[0]
	switch verb {
	case "evidence":
		return runEvidence(ctx, arguments[1:], out)
	case "deadletters":
		return runDeadLetters(ctx, arguments[1:], out)
	case "image":
		return runImage(ctx, arguments[1:], out)
	}
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintln(flags.Output(), usage) }
	stack := flags.String("stack", "", "stack, such as dev or prod")
	yes := flags.Bool("yes", false, "do not ask; only where CI=true")
	if err := flags.Parse(arguments[1:]); err != nil {
		return inputError{err}
	}
	if flags.NArg() > 0 {
		return inputError{fmt.Errorf("unknown argument %q\n%s", flags.Arg(0), usage)}
	}
	switch verb {
	case "bootstrap":
		return runBootstrap(ctx, *stack, *yes, out)
	case "confirm":
		return runConfirm(ctx, *stack, *yes, out)
	default:
		return inputError{fmt.Errorf("unknown verb %q\n%s", verb, usage)}
	}
}

func runBootstrap(ctx context.Context, stack string, yes bool, out io.Writer) error {
	settings, clients, err := enter(ctx, stack, os.Environ())
	if err != nil {
		return err
	}
	if err := newQuestion(stack, settings, yes, out).ask(ctx, clients.sts, clients.iam); err != nil {
		return err
	}
	return bootstrap(ctx, clients.iam, clients.stacks, stack, settings, out)
}

func runConfirm(ctx context.Context, stack string, yes bool, out io.Writer) error {
	settings, clients, err := enter(ctx, stack, os.Environ())
	if err != nil {
		return err
	}
	return newQuestion(stack, settings, yes, out).ask(ctx, clients.sts, clients.iam)
}

// newQuestion is the question on this process's standard input.
func newQuestion(stack string, settings *config.Settings, yes bool, out io.Writer) question {
	return question{
		stack:    stack,
		settings: settings,
		yes:      yes,
		ci:       os.Getenv("CI") == "true",
		terminal: term.IsTerminal(int(os.Stdin.Fd())),
		in:       bufio.NewReader(os.Stdin),
		out:      out,
	}
}

// clients are the AWS clients of one account and region.
type clients struct {
	sts    *sts.Client
	iam    *iam.Client
	stacks *cloudformation.Client
}

// stackName is the form of stack names that the bootstrap template takes.
var stackName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,13}$`)

// enter reads the settings of a real stack and makes clients for its region. Nothing is called yet.
func enter(ctx context.Context, stack string, environ []string) (*config.Settings, *clients, error) {
	switch {
	case stack == "":
		return nil, nil, errors.New("no stack: add -stack dev or -stack prod")
	case stack == config.StackLocal:
		return nil, nil, errors.New("the stack local lives in the sandbox and has no account: run `make up`")
	case !stackName.MatchString(stack):
		return nil, nil, fmt.Errorf("stack %q: want at most 14 of a-z, 0-9 and hyphens, beginning with a letter", stack)
	}
	settings, err := config.LoadFile("Pulumi." + stack + ".yaml")
	if err != nil {
		return nil, nil, err
	}
	if err := config.CheckAccount(environ); err != nil {
		return nil, nil, err
	}
	loaded, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(settings.Regions.Home))
	if err != nil {
		return nil, nil, fmt.Errorf("AWS configuration of this machine: %w", err)
	}
	return settings, &clients{
		sts:    sts.NewFromConfig(loaded),
		iam:    iam.NewFromConfig(loaded),
		stacks: cloudformation.NewFromConfig(loaded),
	}, nil
}
