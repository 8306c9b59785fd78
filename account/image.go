package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"assetguard/account/deadletters"
	"assetguard/account/image"
	"assetguard/internal/contract"
	"assetguard/stacks/config"
)

// How often a build is looked at while it is watched: in AWS it takes most of an hour, in the sandbox seconds.
const (
	lookEvery      = 15 * time.Second
	lookEveryLocal = time.Second
)

// imageArguments are the command line of image.
type imageArguments struct {
	verb, stack, ami, build, unproven string
	watch, yes                        bool
}

// maxReason is the most bytes of -unproven, which becomes a tag's value.
const maxReason = 256

var amiSyntax = regexp.MustCompile(`^ami-[0-9a-f]{8,17}$`)

func parseImage(arguments []string) (imageArguments, error) {
	var a imageArguments
	if len(arguments) > 0 {
		a.verb, arguments = arguments[0], arguments[1:]
	}
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintln(flags.Output(), usage) }
	flags.StringVar(&a.stack, "stack", "", "stack that builds the image, such as prod; local is the sandbox's")
	flags.StringVar(&a.ami, "ami", "", "promote: the image, by its AMI id in the home region; the newest if it is not given")
	flags.StringVar(&a.build, "build", "", "status: the build, by its ARN; the newest if it is not given")
	flags.BoolVar(&a.watch, "watch", false, "start, status: follow the build to its end")
	flags.StringVar(&a.unproven, "unproven", "", "promote: why an image that nobody tested or scanned is promoted; in the sandbox only, where no instance runs")
	flags.BoolVar(&a.yes, "yes", false, "promote: do not ask; only where CI=true, or in the sandbox")
	if err := flags.Parse(arguments); err != nil {
		return a, err
	}
	var faults []error
	if !slices.Contains([]string{"start", "status", "list", "promote"}, a.verb) {
		faults = append(faults, fmt.Errorf("%q: want start, status, list or promote", a.verb))
	}
	if flags.NArg() > 0 {
		faults = append(faults, fmt.Errorf("unknown argument %q", flags.Arg(0)))
	}
	if !stackName.MatchString(a.stack) {
		faults = append(faults, fmt.Errorf("-stack is %q: want at most 14 of a-z, 0-9 and hyphens, beginning with a letter", a.stack))
	}
	if a.ami != "" && !amiSyntax.MatchString(a.ami) {
		faults = append(faults, fmt.Errorf("-ami is %q: want ami- and hex digits", a.ami))
	}
	if a.unproven != "" && (a.verb != "promote" || a.stack != config.StackLocal) {
		faults = append(faults, errors.New("-unproven is for promote in the sandbox (-stack local) only: build the image anew, and its test proves it"))
	}
	if len(a.unproven) > maxReason {
		faults = append(faults, fmt.Errorf("-unproven has %d bytes: a tag takes %d", len(a.unproven), maxReason))
	}
	if len(faults) > 0 {
		return a, fmt.Errorf("%w\n%s", errors.Join(faults...), usage)
	}
	return a, nil
}

func runImage(ctx context.Context, arguments []string, out io.Writer) error {
	a, err := parseImage(arguments)
	if err != nil {
		return inputError{err}
	}
	settings, loaded, ask, err := enterToChange(ctx, a.stack, a.yes, out)
	if err != nil {
		return inputError{err}
	}
	return a.do(ctx, imageStack(a.stack, settings, loaded), ask, out)
}

// imageStack is what the settings say of the stack's golden image.
func imageStack(name string, settings *config.Settings, loaded aws.Config) *image.Stack {
	every := lookEvery
	if name == config.StackLocal {
		every = lookEveryLocal
	}
	scan := settings.GoldenImage.Scan
	return &image.Stack{
		Name:   contract.GoldenImageName(project, name),
		Newest: contract.ParameterNewestImage(project, name), Promoted: contract.ParameterPromotedImage(project, name),
		Reports: contract.GoldenImageReports, Environment: settings.Classification.Environment, Home: settings.Regions.Home,
		Scanned: scan.Enabled, Limits: image.Limits{Critical: scan.MaxCritical, High: scan.MaxHigh},
		Builder: imagebuilder.NewFromConfig(loaded), Logs: cloudwatchlogs.NewFromConfig(loaded),
		Objects: s3.NewFromConfig(loaded, func(o *s3.Options) {
			o.UsePathStyle = name == config.StackLocal
			o.DisableLogOutputChecksumValidationSkipped = true // reports are read whole and strictly
		}),
		Regions: func(region string) image.Region {
			there := loaded.Copy()
			there.Region = region
			return image.Region{Parameters: ssm.NewFromConfig(there), Machines: ec2.NewFromConfig(there)}
		},
		Now: time.Now, Wait: deadletters.Sleep, Every: every,
	}
}

// do does what the verb says. confirm asks before an image is promoted.
func (a imageArguments) do(ctx context.Context, stack *image.Stack, confirm func() error, out io.Writer) error {
	switch a.verb {
	case "start":
		arn, err := stack.Start(ctx, rand.Text())
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "started %s\n", arn)
		if a.watch {
			return stack.Watch(ctx, arn, out)
		}
		return nil
	case "status":
		return a.status(ctx, stack, out)
	case "promote":
		return a.promote(ctx, stack, confirm, out)
	default:
		images, err := stack.List(ctx)
		if err != nil {
			return err
		}
		return image.WriteTable(images, stack.Now(), out)
	}
}

func (a imageArguments) status(ctx context.Context, stack *image.Stack, out io.Writer) error {
	if a.watch {
		return stack.Watch(ctx, a.build, out)
	}
	build, err := stack.Status(ctx, a.build)
	if err != nil {
		return err
	}
	return stack.Show(ctx, build, out)
}

func (a imageArguments) promote(ctx context.Context, stack *image.Stack, confirm func() error, out io.Writer) error {
	images, err := stack.List(ctx)
	if err != nil {
		return err
	}
	chosen, err := stack.Candidate(images, a.ami, a.unproven != "")
	if err != nil {
		return inputError{err}
	}
	if err := image.WriteTable([]image.Image{chosen}, stack.Now(), out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nbecomes the image that production launches from, by the parameter %s\n\n", stack.Promoted)
	if err := confirm(); err != nil {
		return err
	}
	if err := stack.Promote(ctx, chosen, a.unproven); err != nil {
		return err
	}
	fmt.Fprintf(out, "promoted %s, built %s\n", chosen.AMI, chosen.Built.Format(time.DateOnly))
	return nil
}
