package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"assetguard/account/deadletters"
	"assetguard/internal/naming"
	"assetguard/stacks/config"
)

// deadLetterArguments are the command line of deadletters.
type deadLetterArguments struct {
	verb, stack, queue string
	most               int
	dry, yes           bool
}

func parseDeadLetters(arguments []string) (deadLetterArguments, error) {
	var a deadLetterArguments
	if len(arguments) > 0 {
		a.verb, arguments = arguments[0], arguments[1:]
	}
	flags := flag.NewFlagSet("deadletters", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintln(flags.Output(), usage) }
	flags.StringVar(&a.stack, "stack", "", "stack, such as dev or prod; local is the sandbox's")
	flags.StringVar(&a.queue, "queue", "", "dead-letter queue as list shows it, such as findings-dead")
	flags.IntVar(&a.most, "most", 10, "messages to show, 1 to 1000")
	flags.BoolVar(&a.dry, "dry-run", false, "say what a redrive would do, and do nothing")
	flags.BoolVar(&a.yes, "yes", false, "do not ask; only where CI=true, or in the sandbox")
	if err := flags.Parse(arguments); err != nil {
		return a, err
	}
	var faults []error
	if !slices.Contains([]string{"list", "show", "redrive"}, a.verb) {
		faults = append(faults, fmt.Errorf("%q: want list, show or redrive", a.verb))
	}
	if flags.NArg() > 0 {
		faults = append(faults, fmt.Errorf("unknown argument %q", flags.Arg(0)))
	}
	if !stackName.MatchString(a.stack) {
		faults = append(faults, fmt.Errorf("-stack is %q: want at most 14 of a-z, 0-9 and hyphens, beginning with a letter", a.stack))
	}
	if a.verb == "show" && a.queue == "" {
		faults = append(faults, errors.New("-queue is missing: name one that list shows"))
	}
	if a.most < 1 || a.most > 1000 {
		faults = append(faults, fmt.Errorf("-most is %d: want 1 to 1000", a.most))
	}
	if len(faults) > 0 {
		return a, fmt.Errorf("%w\n%s", errors.Join(faults...), usage)
	}
	return a, nil
}

func runDeadLetters(ctx context.Context, arguments []string, out io.Writer) error {
	a, err := parseDeadLetters(arguments)
	if err != nil {
		return inputError{err}
	}
	settings, loaded, ask, err := enterToChange(ctx, a.stack, a.yes, out)
	if err != nil {
		return inputError{err}
	}
	stack := &deadletters.Stack{
		Prefix: naming.Join(naming.Queue, project, a.stack) + "-", Regions: regionsOf(settings), Now: time.Now, Wait: deadletters.Sleep,
		Clients: func(region string) deadletters.Region {
			there := loaded.Copy()
			there.Region = region
			return deadletters.Region{
				Queues: sqs.NewFromConfig(there), Topics: sns.NewFromConfig(there), Functions: lambda.NewFromConfig(there),
				Rules: eventbridge.NewFromConfig(there), Logs: cloudwatchlogs.NewFromConfig(there),
			}
		},
	}
	return a.do(ctx, stack, ask, out)
}

// regionsOf are the regions where the stack has queues: the configured ones, and for an owner that of the global services.
func regionsOf(settings *config.Settings) []string {
	regions := append([]string{settings.Regions.Home}, settings.Regions.Others...)
	global := "us-east-1"
	switch {
	case strings.HasPrefix(settings.Regions.Home, "cn-"):
		global = "cn-north-1"
	case strings.HasPrefix(settings.Regions.Home, "us-gov-"):
		global = "us-gov-west-1"
	}
	if settings.Account.Role == config.RoleOwner && !slices.Contains(regions, global) {
		regions = append(regions, global)
	}
	return regions
}

// do does what the verb says. confirm asks before anything is sent.
func (a deadLetterArguments) do(ctx context.Context, stack *deadletters.Stack, confirm func() error, out io.Writer) error {
	queues, err := stack.List(ctx)
	if err != nil {
		return err
	}
	if a.queue != "" {
		if queues, err = deadletters.Find(queues, a.queue); err != nil {
			return inputError{err}
		}
	}
	switch a.verb {
	case "show":
		return showLetters(ctx, stack, queues, a.most, out)
	case "redrive":
		return a.redrive(ctx, stack, queues, confirm, out)
	default:
		return listQueues(queues, out)
	}
}

// listQueues shows every queue, the fullest first.
func listQueues(queues []deadletters.Queue, out io.Writer) error {
	slices.SortStableFunc(queues, func(a, b deadletters.Queue) int { return b.Waiting + b.Hidden - a.Waiting - a.Hidden })
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "QUEUE\tREGION\tMESSAGES\tOLDEST\tREDRIVE")
	messages, full := 0, 0
	for _, q := range queues {
		oldest, how := "-", "each to where it was meant to go"
		switch {
		case q.Oldest >= time.Minute:
			oldest = strings.TrimSuffix(q.Oldest.Truncate(time.Minute).String(), "0s")
		case q.Waiting > 0:
			oldest = "under 1m"
		}
		if q.Source != "" {
			how = "back to " + q.Source[strings.LastIndexByte(q.Source, ':')+1:]
		}
		count := fmt.Sprint(q.Waiting)
		if q.Hidden > 0 {
			count += fmt.Sprintf(" (and %d being looked at)", q.Hidden)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", q.Short, q.Region, count, oldest, how)
		if messages += q.Waiting + q.Hidden; q.Waiting+q.Hidden > 0 {
			full++
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d of %d dead-letter queues hold %d messages\n", full, len(queues), messages)
	return nil
}

func showLetters(ctx context.Context, stack *deadletters.Stack, queues []deadletters.Queue, most int, out io.Writer) error {
	for _, q := range queues {
		letters, err := stack.Show(ctx, q, most)
		if err != nil {
			return fmt.Errorf("%s: %w", q.Name, err)
		}
		fmt.Fprintf(out, "%s in %s: %d of %d messages\n", q.Short, q.Region, len(letters), max(q.Waiting, len(letters)))
		for _, letter := range letters {
			fmt.Fprintf(out, "\n%s  sent %s, received %d times\n", letter.ID, letter.Sent.Format(time.RFC3339), letter.Receives)
			for _, name := range slices.Sorted(maps.Keys(letter.Attributes)) {
				fmt.Fprintf(out, "  %s: %s\n", name, deadletters.Letter{Body: letter.Attributes[name]}.Pretty())
			}
			fmt.Fprintln(out, letter.Pretty())
		}
	}
	return nil
}

// redrive tells where the messages of the queues would go, asks, and sends them there. It goes on with the other queues
// when one fails.
func (a deadLetterArguments) redrive(ctx context.Context, stack *deadletters.Stack, queues []deadletters.Queue, confirm func() error, out io.Writer) error {
	var full []deadletters.Queue
	for _, q := range queues {
		if q.Waiting == 0 {
			continue
		}
		full = append(full, q)
		plan, err := stack.Plan(ctx, q)
		if err != nil {
			return fmt.Errorf("%s: %w", q.Name, err)
		}
		tellPlan(plan, out)
	}
	if len(full) == 0 {
		fmt.Fprintln(out, "nothing waits there")
		return nil
	}
	if a.dry {
		fmt.Fprintln(out, "\ndry run: nothing was sent")
		return nil
	}
	fmt.Fprintln(out)
	if err := confirm(); err != nil {
		return inputError{err}
	}
	var faults []error
	for _, q := range full {
		sent, err := stack.Redrive(ctx, q)
		fmt.Fprintf(out, "%s in %s: %d sent on\n", q.Short, q.Region, sent)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s in %s: %w", q.Short, q.Region, err))
		}
	}
	return errors.Join(faults...)
}

func tellPlan(plan deadletters.Plan, out io.Writer) {
	fmt.Fprintf(out, "%s in %s: %d messages\n", plan.Queue.Short, plan.Queue.Region, plan.Queue.Waiting)
	counts := map[string]int{}
	for _, where := range plan.Where {
		counts[where]++
	}
	for _, where := range slices.Sorted(maps.Keys(counts)) {
		switch {
		case plan.Queue.Source != "":
			fmt.Fprintf(out, "  all to %s\n", where)
		default:
			fmt.Fprintf(out, "  %d of the first %d to %s\n", counts[where], len(plan.Where)+len(plan.Faults), where)
		}
	}
	for _, fault := range plan.Faults {
		fmt.Fprintf(out, "  stays: %s\n", fault)
	}
}
