package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"assetguard/account/evidence"
	"assetguard/internal/compliance"
	report "assetguard/internal/compliance/evidence"
	"assetguard/internal/naming"
	"assetguard/stacks/config"
)

// The company's time zone, and the project's name.
const (
	timezone = "Asia/Seoul"
	project  = "assetguard"
)

// attempts is how often one API call is tried: Security Hub takes three reads a second.
const attempts = 8

// evidenceArguments are the command line of evidence.
type evidenceArguments struct {
	stack, out, language string
}

func parseEvidence(arguments []string) (evidenceArguments, error) {
	var a evidenceArguments
	flags := flag.NewFlagSet("evidence", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintln(flags.Output(), usage) }
	flags.StringVar(&a.stack, "stack", "", "stack, such as dev or prod; local is the sandbox's")
	flags.StringVar(&a.out, "out", "", "directory for evidence.md, evidence.csv and evidence.json")
	flags.StringVar(&a.language, "language", "", "ko or en; the stack's language if it is not given")
	if err := flags.Parse(arguments); err != nil {
		return a, err
	}
	var faults []error
	if flags.NArg() > 0 {
		faults = append(faults, fmt.Errorf("unknown argument %q", flags.Arg(0)))
	}
	if !stackName.MatchString(a.stack) {
		faults = append(faults, fmt.Errorf("-stack is %q: want at most 14 of a-z, 0-9 and hyphens, beginning with a letter", a.stack))
	}
	if a.out == "" {
		faults = append(faults, errors.New("-out is missing: name a directory for the report"))
	}
	if a.language != "" && !slices.Contains([]string{config.LanguageKorean, config.LanguageEnglish}, a.language) {
		faults = append(faults, fmt.Errorf("-language is %q: want ko or en", a.language))
	}
	if len(faults) > 0 {
		return a, fmt.Errorf("%w\n%s", errors.Join(faults...), usage)
	}
	return a, nil
}

func runEvidence(ctx context.Context, arguments []string, out io.Writer) error {
	a, err := parseEvidence(arguments)
	if err != nil {
		return inputError{err}
	}
	settings, loaded, err := enterToRead(ctx, a.stack, os.Environ())
	if err != nil {
		return inputError{err}
	}
	caller, err := verify(ctx, sts.NewFromConfig(loaded), settings)
	if err != nil {
		return inputError{err}
	}
	fmt.Fprintf(os.Stderr, "reading account %s as %s\n", settings.Account.ID, caller)
	zone, err := time.LoadLocation(timezone)
	if err != nil {
		return fmt.Errorf("time zone of the report: %w", err)
	}
	stack := stackToRead(a.stack, settings, zone)
	in, err := stack.Read(ctx, time.Now(), func(region string) evidence.Region {
		there := loaded.Copy()
		there.Region = region
		return evidence.Region{Config: configservice.NewFromConfig(there), Hub: securityhub.NewFromConfig(there)}
	}, ssm.NewFromConfig(loaded), os.Stderr)
	if err != nil {
		return inputError{err}
	}
	if ctx.Err() != nil { // half of it would be read
		return ctx.Err()
	}
	if a.language == "" {
		a.language = settings.Language
	}
	return writeEvidence(in, a.out, report.Words{Language: a.language, Location: zone}, out)
}

// enterToRead reads the settings of a stack and makes a configuration for its home region. Nothing is called yet.
func enterToRead(ctx context.Context, stack string, environ []string) (*config.Settings, aws.Config, error) {
	settings, err := config.LoadFile("Pulumi." + stack + ".yaml")
	if err != nil {
		return nil, aws.Config{}, err
	}
	guard := config.CheckAccount
	if stack == config.StackLocal {
		guard = config.CheckLocal
	}
	if err := guard(environ); err != nil {
		return nil, aws.Config{}, err
	}
	loaded, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(settings.Regions.Home),
		awsconfig.WithRetryMode(aws.RetryModeAdaptive), awsconfig.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, aws.Config{}, fmt.Errorf("AWS configuration of this machine: %w", err)
	}
	return settings, loaded, nil
}

// enterToChange is enterToRead for a command that may also change something: the credentials are seen to be of the
// stack's account, and ask is the question to put before a change, which the sandbox answers as CI does.
func enterToChange(ctx context.Context, stack string, yes bool, out io.Writer) (_ *config.Settings, loaded aws.Config, ask func() error, err error) {
	settings, loaded, err := enterToRead(ctx, stack, os.Environ())
	if err != nil {
		return nil, aws.Config{}, nil, err
	}
	who := sts.NewFromConfig(loaded)
	if _, err := verify(ctx, who, settings); err != nil {
		return nil, aws.Config{}, nil, err
	}
	q := newQuestion(stack, settings, yes, out)
	q.ci = q.ci || stack == config.StackLocal
	return settings, loaded, func() error { return q.ask(ctx, who, iam.NewFromConfig(loaded)) }, nil
}

// stackToRead is what the settings say of the stack's checks.
func stackToRead(name string, settings *config.Settings, zone *time.Location) *evidence.Stack {
	return &evidence.Stack{
		Name: name, Account: settings.Account.ID, Regions: append([]string{settings.Regions.Home}, settings.Regions.Others...),
		Pack:   naming.Join(naming.ConformancePack, project, name, compliance.PackBaseName),
		Checks: settings.Inspection.Checks.Settings(), Tags: compliance.ClassificationTags(settings.TagPolicy()), Zone: zone,
	}
}

// writeEvidence judges what was read and writes the report's three files.
func writeEvidence(in report.Input, dir string, words report.Words, out io.Writer) error {
	judged, err := report.Evaluate(in)
	if err != nil {
		return fmt.Errorf("judge the evidence: %w", err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return inputError{err}
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"evidence.md", func(w io.Writer) error { return judged.WriteMarkdown(w, words) }},
		{"evidence.csv", func(w io.Writer) error { return judged.WriteCSV(w, words) }},
		{"evidence.json", judged.WriteJSON},
	} {
		path := filepath.Join(dir, file.name)
		if err := writeFile(path, file.write); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Fprintln(out, path)
	}
	counts := map[report.Verdict]int{}
	for _, code := range judged.Codes {
		counts[code.Verdict]++
	}
	fmt.Fprintf(out, "met %d, not met %d, not assessed %d; parts that could not be read: %d\n",
		counts[report.Met], counts[report.NotMet], counts[report.NotAssessed], len(judged.Unread))
	return nil
}

// writeFile writes a file that only its owner reads: it names what is wrong in the account.
func writeFile(path string, write func(io.Writer) error) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}
