package goldenami

import (
	"errors"
	"fmt"

	"assetguard/components/alarm"
	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// LogMetric is a count that is made of a log group's lines, and the alarm on it.
type LogMetric struct {
	Name     string // of the metric
	LogGroup string // one of LogsArgs.LogGroups
	Pattern  string // filter pattern of CloudWatch Logs
	// Alarm says what happened and what to do. Optional: no alarm.
	Alarm string
	// Threshold of lines in Period, above which the alarm fires.
	Threshold float64
	Period    int // seconds: 60 or a multiple
}

// LogsArgs of Logs.
type LogsArgs struct {
	Place     place.Place        // where the log groups stand
	KeyArn    pulumi.StringInput // encrypts the log groups
	TopicArn  pulumi.StringInput // told by the alarms
	LogDays   int                // retention, in days
	LogGroups []string           // names that the agents write to: the same in each account
	Namespace string             // of the agents' metrics
	Metrics   []LogMetric        // what is counted in the log groups
}

// Logs are what instances born from the image report: log groups, counts of what matters in them with alarms, a
// dashboard, and the policy that their roles need to report.
type Logs struct {
	pulumi.ResourceState

	PolicyArn     pulumi.StringOutput `pulumi:"policyArn"`     // to be attached to the roles of instances born from the image
	DashboardName pulumi.StringOutput `pulumi:"dashboardName"` // as in the console
}

func (a *LogsArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn),
		iampolicy.Validate(a.permissions())}
	if len(a.LogGroups) == 0 || a.Namespace == "" || a.LogDays == 0 {
		errs = append(errs, errors.New("LogGroups, Namespace and LogDays are required"))
	}
	return argument.Check("logs "+name, errs...)
}

// NewLogs declares all of it.
func NewLogs(ctx *pulumi.Context, name string, args *LogsArgs, opts ...pulumi.ResourceOption) (*Logs, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	l := &Logs{}
	if err := ctx.RegisterComponentResource("assetguard:goldenami:Logs", name, l, opts...); err != nil {
		return nil, err
	}
	groups := map[string]*cloudwatch.LogGroup{}
	for _, group := range args.LogGroups {
		made, err := cloudwatch.NewLogGroup(ctx, group, &cloudwatch.LogGroupArgs{
			Name: pulumi.String(group), RetentionInDays: pulumi.Int(args.LogDays), KmsKeyId: args.KeyArn.ToStringOutput(),
		}, pulumi.Parent(l))
		if err != nil {
			return nil, fmt.Errorf("logs %s: %s: %w", name, group, err)
		}
		groups[group] = made
	}
	for _, metric := range args.Metrics {
		if err := l.newMetric(ctx, name, metric, groups, args); err != nil {
			return nil, fmt.Errorf("logs %s: metric %s: %w", name, metric.Name, err)
		}
	}
	policy, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
		Name:        pulumi.String(naming.Of(ctx, naming.Policy, name, args.Place.Region)),
		Description: pulumi.String("Lets instances born from the golden image report logs and metrics"),
		Policy:      iampolicy.JSON(args.permissions()),
	}, pulumi.Parent(l))
	if err != nil {
		return nil, fmt.Errorf("logs %s: policy: %w", name, err)
	}
	board, err := l.newDashboard(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("logs %s: dashboard: %w", name, err)
	}
	l.PolicyArn, l.DashboardName = policy.Arn, board.DashboardName
	return l, ctx.RegisterResourceOutputs(l, pulumi.Map{"policyArn": l.PolicyArn, "dashboardName": l.DashboardName})
}

func (l *Logs) newMetric(ctx *pulumi.Context, name string, m LogMetric, groups map[string]*cloudwatch.LogGroup, args *LogsArgs) error {
	group, known := groups[m.LogGroup]
	if !known {
		return fmt.Errorf("%q is none of LogGroups", m.LogGroup)
	}
	if _, err := cloudwatch.NewLogMetricFilter(ctx, name+"-"+m.Name, &cloudwatch.LogMetricFilterArgs{
		Name: pulumi.String(m.Name), LogGroupName: group.Name, Pattern: pulumi.String(m.Pattern),
		MetricTransformation: &cloudwatch.LogMetricFilterMetricTransformationArgs{
			Name: pulumi.String(m.Name), Namespace: pulumi.String(args.Namespace), Value: pulumi.String("1"),
			DefaultValue: pulumi.String("0"), Unit: pulumi.String("Count"),
		},
	}, pulumi.Parent(l)); err != nil {
		return err
	}
	if m.Alarm == "" {
		return nil
	}
	_, err := alarm.New(ctx, name+"-"+m.Name, &alarm.Args{
		Description: m.Alarm, Namespace: args.Namespace, Metric: m.Name, Statistic: "Sum",
		Period: m.Period, Threshold: m.Threshold, TopicArn: args.TopicArn,
	}, pulumi.Parent(l))
	return err
}

// permissions of the CloudWatch agent on an instance. The log groups stand, so it makes none.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/create-iam-roles-for-cloudwatch-agent.html
func (a *LogsArgs) permissions() []iampolicy.Statement {
	var groups []string
	for _, group := range a.LogGroups {
		groups = append(groups, a.Place.ARN("logs", "log-group:"+group+":*"))
	}
	return []iampolicy.Statement{
		{Sid: "WriteLogs", Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}, Resources: iampolicy.Values(groups...)},
		{
			Sid: "PublishMetrics", Actions: []string{"cloudwatch:PutMetricData"}, AnyResource: true,
			Reason:     "metrics are no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html",
			Conditions: iampolicy.Conditions{"StringEquals": {"cloudwatch:namespace": iampolicy.Values(a.Namespace)}},
		},
	}
}
