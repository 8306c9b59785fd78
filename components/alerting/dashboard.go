package alerting

import (
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/board"
	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// DashboardArgs of a Dashboard.
type DashboardArgs struct {
	Place    place.Place // the home region
	Findings string      // name of the Findings that is shown
	// Slack is the name of the Slack that is shown. Optional: none, there is e-mail only.
	Slack string
}

// Dashboard is the CloudWatch dashboard of the alerting: what became of the findings and of the posts, and how long they
// waited. It is for the person whom an alarm has told.
type Dashboard struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"` // as in the console
}

func (a *DashboardArgs) validate(name string) error {
	var fault error
	if a.Findings == "" {
		fault = errors.New("findings are required")
	}
	return argument.Check("dashboard "+name, a.Place.Validate(), fault)
}

// NewDashboard declares the dashboard <project>-<stack>-<name>.
func NewDashboard(ctx *pulumi.Context, name string, args *DashboardArgs, opts ...pulumi.ResourceOption) (*Dashboard, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	d := &Dashboard{}
	if err := ctx.RegisterComponentResource("assetguard:alerting:Dashboard", name, d, opts...); err != nil {
		return nil, err
	}
	body, err := board.Body(args.Place.Region, args.graphs(ctx))
	if err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", name, err)
	}
	made, err := cloudwatch.NewDashboard(ctx, name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(naming.Of(ctx, naming.Board, name)), DashboardBody: pulumi.String(body),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", name, err)
	}
	d.Name = made.DashboardName
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{"name": d.Name})
}

const graphSeconds = 300

func (a *DashboardArgs) graphs(ctx *pulumi.Context) []board.Graph {
	queues := []string{a.Findings}
	graphs := []board.Graph{
		{Title: "Findings by outcome", Stacked: true, Metrics: outcomes(contract.MetricFindingOutcome,
			contract.OutcomeTold, contract.OutcomeFolded, contract.OutcomeDuplicate, contract.OutcomeSkipped, contract.OutcomeFailed)},
		{Title: "Findings that failed or are tried again, by reason", Stacked: true, Metrics: []board.Metric{
			byReason(contract.MetricFindingOutcome, contract.OutcomeFailed), byReason(contract.MetricFindingRetry, "")}},
		{Title: "Digests by outcome", Metrics: outcomes(contract.MetricDigests, contract.OutcomeTold, contract.OutcomeDuplicate, contract.OutcomeFailed)},
		{Title: "NOTIFIED in Security Hub", Metrics: outcomes(contract.MetricFindingMark, contract.OutcomeMarked, contract.OutcomeUnmarked)},
	}
	if a.Slack != "" {
		queues = append(queues, a.Slack)
		graphs = append(graphs,
			board.Graph{Title: "Slack: messages by outcome", Metrics: outcomes(contract.MetricSlackOutcome, contract.OutcomeDelivered, contract.OutcomeFailed)},
			board.Graph{Title: "Slack: tried again, by reason", Stacked: true, Metrics: []board.Metric{byReason(contract.MetricSlackRetry, "")}})
	}
	for i := range graphs {
		graphs[i].Stat = "Sum"
	}
	graphs = append(graphs,
		board.Graph{Title: "Age of the oldest message, in seconds", Stat: "Maximum", Metrics: ofQueues(ctx, "ApproximateAgeOfOldestMessage", queues, "")},
		board.Graph{Title: "Dead letters", Stat: "Maximum", Metrics: append(ofQueues(ctx, "ApproximateNumberOfMessagesVisible", queues, "-dead"),
			ofQueues(ctx, "ApproximateNumberOfMessagesVisible", queues, "-undelivered")...)})
	for i := range graphs {
		graphs[i].Period = graphSeconds
	}
	return graphs
}

// outcomes are a metric's values by outcome.
func outcomes(name string, values ...string) []board.Metric {
	var all []board.Metric
	for _, outcome := range values {
		all = append(all, board.Metric{
			Namespace: contract.MetricNamespace, Name: name, Dimensions: []string{contract.DimensionOutcome, outcome}, Options: board.Options{Label: outcome},
		})
	}
	return all
}

// byReason finds a metric's values by reason, of one outcome where one is given.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
func byReason(name, outcome string) board.Metric {
	schema, of := contract.DimensionReason, ""
	if outcome != "" {
		schema, of = contract.DimensionOutcome+","+contract.DimensionReason, fmt.Sprintf(" %s=\"%s\"", contract.DimensionOutcome, outcome)
	}
	return board.Metric{Search: fmt.Sprintf("SEARCH('{%s,%s} MetricName=\"%s\"%s', 'Sum', %d)", contract.MetricNamespace, schema, name, of, graphSeconds)}
}

// ofQueues are a metric of SQS for the queues of these names, with an end.
func ofQueues(ctx *pulumi.Context, name string, queues []string, end string) []board.Metric {
	var all []board.Metric
	for _, queue := range queues {
		all = append(all, board.Metric{
			Namespace: "AWS/SQS", Name: name, Dimensions: []string{"QueueName", naming.Of(ctx, naming.Queue, queue+end)}, Options: board.Options{Label: queue + end},
		})
	}
	return all
}
