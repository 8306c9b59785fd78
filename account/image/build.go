package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"assetguard/internal/contract"
	"assetguard/internal/place"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
)

// tail is how many lines of the log of a failed build are shown.
const tail = 20

// Build is how a build stands.
type Build struct {
	ARN    string
	State  types.ImageStatus
	Reason string // why it failed
	Began  time.Time
	Steps  []Step // in their order, without those that have not begun
	Bucket string // of its logs
	AMIs   []types.Ami
}

// Step is a step of a build.
type Step struct {
	Workflow, Name string
	Status         types.WorkflowStepExecutionStatus
	Message        string
	Began, Ended   time.Time // Ended is zero while it runs
}

// ErrFailed says that a build did not end well.
var ErrFailed = errors.New("the build did not end well")

// over are the states in which a build rests.
var over = []types.ImageStatus{
	types.ImageStatusAvailable, types.ImageStatusFailed, types.ImageStatusCancelled, types.ImageStatusDeprecated, types.ImageStatusDeleted, types.ImageStatusDisabled,
}

// Over tells whether nothing will happen any more.
func (b *Build) Over() bool { return slices.Contains(over, b.State) }

// Failed tells whether it ended without an image.
func (b *Build) Failed() bool {
	return b.State == types.ImageStatusFailed || b.State == types.ImageStatusCancelled
}

// Status is how a build stands; arn "" is the newest of the pipeline.
func (s *Stack) Status(ctx context.Context, arn string) (*Build, error) {
	p, err := s.pipeline(ctx)
	if err != nil {
		return nil, err
	}
	if arn == "" {
		all, err := s.summaries(ctx, p)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("pipeline %s has not built anything yet", s.Name)
		}
		arn = aws.ToString(all[0].Arn)
	}
	out, err := s.Builder.GetImage(ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: &arn})
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", arn, err)
	}
	b := &Build{ARN: arn, Began: moment(out.Image.DateCreated)}
	if out.Image.State != nil {
		b.State, b.Reason = out.Image.State.Status, aws.ToString(out.Image.State.Reason)
	}
	if out.Image.OutputResources != nil {
		b.AMIs = out.Image.OutputResources.Amis
	}
	if b.Bucket, err = s.bucket(ctx, p); err != nil {
		return nil, err
	}
	b.Steps, err = s.steps(ctx, arn)
	return b, err
}

func (s *Stack) steps(ctx context.Context, arn string) ([]Step, error) {
	var all []Step
	flows := imagebuilder.NewListWorkflowExecutionsPaginator(s.Builder, &imagebuilder.ListWorkflowExecutionsInput{ImageBuildVersionArn: &arn})
	for flows.HasMorePages() {
		page, err := flows.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("workflows of %s: %w", short(arn), err)
		}
		for _, flow := range page.WorkflowExecutions {
			steps := imagebuilder.NewListWorkflowStepExecutionsPaginator(s.Builder, &imagebuilder.ListWorkflowStepExecutionsInput{WorkflowExecutionId: flow.WorkflowExecutionId})
			for steps.HasMorePages() {
				page, err := steps.NextPage(ctx)
				if err != nil {
					return nil, fmt.Errorf("steps of %s: %w", short(arn), err)
				}
				for _, step := range page.Steps {
					if aws.ToString(step.StartTime) != "" {
						all = append(all, Step{
							Workflow: string(flow.Type), Name: aws.ToString(step.Name), Status: step.Status, Message: aws.ToString(step.Message),
							Began: moment(step.StartTime), Ended: moment(step.EndTime),
						})
					}
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Step) int { return a.Began.Compare(b.Began) })
	return all, nil
}

// moment is a time as Image Builder writes it; the zero time when it is none.
func moment(text *string) time.Time {
	at, err := time.Parse(time.RFC3339, aws.ToString(text))
	if err != nil {
		return time.Time{}
	}
	return at
}

// Tail are the last lines of a build's log, oldest first; none when the build failed before it had one.
func (s *Stack) Tail(ctx context.Context, arn string) ([]string, error) {
	group, stream := logOf(arn)
	out, err := s.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream, Limit: aws.Int32(tail), StartFromHead: aws.Bool(false),
	})
	if missing := new(logtypes.ResourceNotFoundException); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", short(arn), err)
	}
	var lines []string
	for _, event := range out.Events {
		lines = append(lines, strings.TrimRight(aws.ToString(event.Message), "\n"))
	}
	return lines, nil
}

// logOf is where Image Builder keeps the log of a build.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/monitor-cwlogs.html
func logOf(arn string) (group, stream string) {
	name, version, _ := strings.Cut(short(arn), "/")
	return "/aws/imagebuilder/" + name, version
}

// Show writes how a build stands, and for one that failed the end of its log.
func (s *Stack) Show(ctx context.Context, b *Build, out io.Writer) error {
	fmt.Fprintf(out, "image   %s\nstate   %s\n", short(b.ARN), b.State)
	if b.Reason != "" {
		fmt.Fprintf(out, "reason  %s\n", b.Reason)
	}
	for _, ami := range b.AMIs {
		fmt.Fprintf(out, "AMI     %s in %s\n", aws.ToString(ami.Image), aws.ToString(ami.Region))
	}
	group, stream := logOf(b.ARN)
	fmt.Fprintf(out, "log     %s, stream %s\n        %s\n        s3://%s/%s/%s\n", group, stream, logLink(b.ARN), b.Bucket, contract.GoldenImageLogs, short(b.ARN))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, step := range b.Steps {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", step.Workflow, step.Name, step.Status, step.elapsed(s.Now()), step.Message)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if !b.Failed() {
		return nil
	}
	lines, err := s.Tail(ctx, b.ARN)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "the last %d lines of the log:\n", len(lines))
	for _, line := range lines {
		fmt.Fprintf(out, "  | %s\n", line)
	}
	return nil
}

// logLink is the page of a build's log in the console, which wants a double escape.
func logLink(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	group, stream := logOf(arn)
	escape := func(text string) string { return strings.ReplaceAll(text, "/", "$252F") }
	return place.Place{Partition: parts[1], Region: parts[3]}.Console("cloudwatch/home") +
		"#logsV2:log-groups/log-group/" + escape(group) + "/log-events/" + escape(stream)
}

func (s Step) elapsed(now time.Time) time.Duration {
	end := s.Ended
	if end.IsZero() {
		end = now
	}
	return end.Sub(s.Began).Round(time.Second)
}

// Watch follows a build to its end: a line when its state changes and when a step begins or ends. The error is ErrFailed
// when there is no image in the end.
func (s *Stack) Watch(ctx context.Context, arn string, out io.Writer) error {
	state := types.ImageStatus("")
	seen := map[string]types.WorkflowStepExecutionStatus{}
	for {
		b, err := s.Status(ctx, arn)
		if err != nil {
			return err
		}
		arn = b.ARN // the newest may be another one later
		since := s.Now().Sub(b.Began).Round(time.Second)
		if state == "" {
			fmt.Fprintln(out, short(b.ARN))
		}
		for _, step := range b.Steps {
			if seen[step.Workflow+step.Name] != step.Status {
				seen[step.Workflow+step.Name] = step.Status
				fmt.Fprintf(out, "  %6s  %-12s  %-26s %-9s %s\n", since, step.Workflow, step.Name, step.Status, step.elapsed(s.Now()))
			}
		}
		if b.State != state {
			state = b.State
			fmt.Fprintf(out, "%8s  %s\n", since, state)
		}
		if b.Over() {
			if err := s.Show(ctx, &Build{ARN: b.ARN, State: b.State, Reason: b.Reason, AMIs: b.AMIs, Bucket: b.Bucket}, out); err != nil {
				return err
			}
			if b.Failed() {
				return fmt.Errorf("%s: %w", short(b.ARN), ErrFailed)
			}
			return nil
		}
		if err := s.Wait(ctx, s.Every); err != nil {
			return err
		}
	}
}

func newestFirst(all []types.ImageSummary) {
	slices.SortStableFunc(all, func(a, b types.ImageSummary) int {
		return cmp.Compare(aws.ToString(b.DateCreated), aws.ToString(a.DateCreated))
	})
}
