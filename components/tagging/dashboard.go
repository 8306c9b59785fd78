package tagging

import (
	"errors"
	"fmt"
	"slices"

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
	Place   place.Place // the home region, whose metrics it shows first
	Autotag string      // name of the Autotag that is shown
	Sweep   string      // name of the Sweep that is shown
	// Forwards are those that send to the Autotag. Optional: none, the home region alone is tagged.
	Forwards []ForwardShown
}

// ForwardShown is a Forward as the dashboard shows it.
type ForwardShown struct {
	Name   string // of the Forward
	Region string // where it stands
}

// Dashboard is the CloudWatch dashboard of the tagging: what became of the assets, how the way there fares, and how
// much of the account the daily sweep finds tagged. It is for the person whom an alarm has told, and shows all that
// the alarms watch.
type Dashboard struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"` // as in the console
}

func (a *DashboardArgs) validate(name string) error {
	errs := []error{a.Place.Validate()}
	if a.Autotag == "" {
		errs = append(errs, errors.New("Autotag is required"))
	}
	if a.Sweep == "" {
		errs = append(errs, errors.New("Sweep is required"))
	}
	return argument.Check("dashboard "+name, errs...)
}

// NewDashboard declares the dashboard <project>-<stack>-<name>. Dashboards are global; this one says in which region
// each metric is.
func NewDashboard(ctx *pulumi.Context, name string, args *DashboardArgs, opts ...pulumi.ResourceOption) (*Dashboard, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	d := &Dashboard{}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Dashboard", name, d, opts...); err != nil {
		return nil, err
	}
	body, err := board.Body(args.Place.Region, args.graphs(ctx))
	if err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", name, err)
	}
	made, err := cloudwatch.NewDashboard(ctx, name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(naming.Of(ctx, naming.Board, name)),
		DashboardBody: pulumi.String(body),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", name, err)
	}
	d.Name = made.DashboardName
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{"name": d.Name})
}

// The metric of a graph, and how it shows it.
type (
	graph         = board.Graph
	metric        = board.Metric
	metricOptions = board.Options
)

const (
	graphPeriod = 300
	sweepPeriod = 24 * 3600 // the sweep runs once a day
)

func (a *DashboardArgs) graphs(ctx *pulumi.Context) []graph {
	return slices.Concat(
		every(graphPeriod, a.eventGraphs(ctx), workGraphs(ctx, a.Autotag)),
		every(sweepPeriod, sweepGraphs()),
		every(graphPeriod, workGraphs(ctx, a.Sweep)))
}

// every gives graphs one point in so many seconds.
func every(period int, groups ...[]graph) []graph {
	graphs := slices.Concat(groups...)
	for i := range graphs {
		graphs[i].Period = period
	}
	return graphs
}

// eventGraphs show the tagging by create events.
func (a *DashboardArgs) eventGraphs(ctx *pulumi.Context) []graph {
	return []graph{
		{Title: "Assets by outcome", Stat: "Sum", Stacked: true, Metrics: outcomesOf(contract.MetricAutotagOutcome,
			contract.OutcomeTagged, contract.OutcomeAlreadyTagged, contract.OutcomeExcluded, contract.OutcomeNotTaggable,
			contract.OutcomeReported, contract.OutcomeUnknownEvent, contract.OutcomeFailed)},
		{Title: "Failed, by service and reason", Stat: "Sum", Stacked: true, Metrics: byService(contract.OutcomeFailed)},
		{Title: "Unknown events, by service", Stat: "Sum", Stacked: true, Metrics: byService(contract.OutcomeUnknownEvent)},
		{Title: "Attempts that are tried again, by service and reason", Stat: "Sum", Stacked: true, Metrics: []metric{
			found("Sum", graphPeriod, fmt.Sprintf("{%s,%s,%s} MetricName=\"%s\"", contract.MetricNamespace, contract.DimensionService,
				contract.DimensionReason, contract.MetricAutotagRetry)),
		}},
		{Title: "Dead letters", Stat: "Maximum", Metrics: a.deadLetters(ctx)},
		{Title: "Assets that lost a required tag", Stat: "Sum", Metrics: []metric{
			{Namespace: contract.MetricNamespace, Name: contract.MetricRequiredKeyRemoved, Options: metricOptions{Label: "removed"}},
		}},
		{Title: "Loads of invalid overrides of the tag policy", Stat: "Sum", Metrics: []metric{
			{Namespace: contract.MetricNamespace, Name: contract.MetricOverridesInvalid, Options: metricOptions{Label: "invalid"}},
		}},
	}
}

// workGraphs show a function that works on a queue, and the queue.
func workGraphs(ctx *pulumi.Context, name string) []graph {
	queue, function := naming.Of(ctx, naming.Queue, name), naming.Of(ctx, naming.Function, name)
	return []graph{
		{Title: name + ": messages that wait", Stat: "Maximum", Metrics: []metric{
			ofQueue("ApproximateNumberOfMessagesVisible", queue, metricOptions{Label: "waiting"}),
			ofQueue("ApproximateNumberOfMessagesNotVisible", queue, metricOptions{Label: "in work"}),
		}},
		{Title: name + ": age of the oldest message, in seconds", Stat: "Maximum", Metrics: []metric{
			ofQueue("ApproximateAgeOfOldestMessage", queue, metricOptions{Label: "oldest"}),
		}},
		{Title: name + ": duration, in milliseconds", Stat: "p95", Metrics: []metric{
			ofFunction("Duration", function, metricOptions{Label: "p95"}),
			ofFunction("Duration", function, metricOptions{Label: "longest", Stat: "Maximum"}),
		}},
		{Title: name + ": calls", Stat: "Sum", Metrics: []metric{
			ofFunction("Invocations", function, metricOptions{Label: "calls"}),
			ofFunction("Errors", function, metricOptions{Label: "errors"}),
			ofFunction("Throttles", function, metricOptions{Label: "throttles"}),
		}},
	}
}

// sweepGraphs show what the daily sweep measures of the register, and how it fares.
func sweepGraphs() []graph {
	own := func(name, label string) metric {
		return metric{Namespace: contract.MetricNamespace, Name: name, Options: metricOptions{Label: label}}
	}
	return []graph{
		{Title: "Coverage: assets in the register", Stat: "Maximum", Metrics: []metric{
			own(contract.MetricAssets, "all"), own(contract.MetricAssetsTagged, "tagged"),
			own(contract.MetricAssetsUnclassified, "unclassified"), own(contract.MetricAssetsMissing, "without a required tag"),
		}},
		{Title: "Assets in the register, by classification", Stat: "Maximum", Stacked: true,
			Metrics: register(contract.MetricAssets, contract.DimensionClassification)},
		{Title: "Unclassified assets, by service", Stat: "Maximum", Stacked: true,
			Metrics: register(contract.MetricAssetsUnclassified, contract.DimensionService)},
		{Title: "Assets without a required tag, by service", Stat: "Maximum", Stacked: true,
			Metrics: register(contract.MetricAssetsMissing, contract.DimensionService)},
		{Title: "Assets of the sweep by outcome", Stat: "Sum", Stacked: true, Metrics: outcomesOf(contract.MetricSweepOutcome,
			contract.OutcomeTagged, contract.OutcomeAlreadyTagged, contract.OutcomeExcluded, contract.OutcomeNotTaggable,
			contract.OutcomeReported, contract.OutcomeLeftToEvents, contract.OutcomeFailed)},
		{Title: "Runs of the sweep, sources that it could not read, assets that the events missed", Stat: "Sum", Metrics: []metric{
			own(contract.MetricSweepFinished, "registers written"), own(contract.MetricSweepFault, "sources not read"),
			own(contract.MetricKindsNotListed, "kinds not listed"), own(contract.MetricMissedByEvents, "assets missed by events"),
		}},
	}
}

// register are the values of a metric of the register, for each value of a dimension that there is.
func register(name, dimension string) []metric {
	return []metric{found("Maximum", sweepPeriod, fmt.Sprintf("{%s,%s} MetricName=\"%s\"", contract.MetricNamespace, dimension, name))}
}

// outcomesOf are the assets of each outcome.
func outcomesOf(name string, values ...string) []metric {
	var metrics []metric
	for _, outcome := range values {
		metrics = append(metrics, metric{
			Namespace: contract.MetricNamespace, Name: name,
			Dimensions: []string{contract.DimensionOutcome, outcome}, Options: metricOptions{Label: outcome},
		})
	}
	return metrics
}

// byService are the assets of one outcome, for each service and reason that there is.
func byService(outcome string) []metric {
	return []metric{found("Sum", graphPeriod, fmt.Sprintf("{%s,%s,%s,%s} MetricName=\"%s\" %s=\"%s\"", contract.MetricNamespace,
		contract.DimensionOutcome, contract.DimensionReason, contract.DimensionService,
		contract.MetricAutotagOutcome, contract.DimensionOutcome, outcome))}
}

// found are the values of all metrics that a search finds, by a statistic.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
func found(statistic string, period int, search string) metric {
	return metric{Search: fmt.Sprintf("SEARCH('%s', '%s', %d)", search, statistic, period)}
}

func ofQueue(name, queue string, options metricOptions) metric {
	return metric{Namespace: "AWS/SQS", Name: name, Dimensions: []string{"QueueName", queue}, Options: options}
}

func ofFunction(name, function string, options metricOptions) metric {
	return metric{Namespace: "AWS/Lambda", Name: name, Dimensions: []string{"FunctionName", function}, Options: options}
}

// deadLetters are the queues where events wait for a person: those that a function gave up on, and those that
// EventBridge could not deliver, in each region.
func (a *DashboardArgs) deadLetters(ctx *pulumi.Context) []metric {
	waiting := func(name string, options metricOptions) metric {
		return ofQueue("ApproximateNumberOfMessagesVisible", naming.Of(ctx, naming.Queue, name), options)
	}
	metrics := []metric{
		waiting(a.Autotag+"-dead", metricOptions{Label: "given up"}),
		waiting(undeliveredName(a.Autotag), metricOptions{Label: "undelivered"}),
		waiting(a.Sweep+"-dead", metricOptions{Label: "steps of the sweep"}),
		waiting(undeliveredName(a.Sweep), metricOptions{Label: "sweep not started"}),
	}
	for _, f := range a.Forwards {
		metrics = append(metrics, waiting(undeliveredName(f.Name), metricOptions{Label: "not forwarded from " + f.Region, Region: f.Region}))
	}
	return metrics
}
