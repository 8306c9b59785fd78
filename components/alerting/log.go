package alerting

import (
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// LogArgs of a Log.
type LogArgs struct {
	Place    place.Place        // the home region
	KeyArn   pulumi.StringInput // encrypts the log group and the dead letters
	TopicArn pulumi.StringInput // told by the alarms
	LogDays  int                // retention of the log group, in days
	// Filter says which findings are kept. Each update of a finding is an event and is paid by its size.
	Filter Filter
}

// Log keeps findings as they change in a log group, for CloudWatch Logs Insights and Grafana. EventBridge writes it
// itself: no function runs for each of an account's many updates.
type Log struct {
	pulumi.ResourceState

	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"` // below /aws/events/
}

func (a *LogArgs) validate(name string) (pattern string, err error) {
	pattern, fault := a.Filter.Pattern()
	return pattern, argument.Check("findings log "+name, a.Place.Validate(), argument.Required("KeyArn", a.KeyArn),
		argument.Required("TopicArn", a.TopicArn), argument.Within("LogDays", a.LogDays, 1, 3653), fault)
}

// NewLog declares the log group /aws/events/<project>-<stack>-<name>, the policy that lets the rule write it, and the
// rule. A region takes ten such policies.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
func NewLog(ctx *pulumi.Context, name string, args *LogArgs, opts ...pulumi.ResourceOption) (*Log, error) {
	pattern, err := args.validate(name)
	if err != nil {
		return nil, err
	}
	l := &Log{}
	if err := ctx.RegisterComponentResource("assetguard:alerting:Log", name, l, opts...); err != nil {
		return nil, err
	}
	group := "/aws/events/" + naming.Of(ctx, naming.LogGroup, name)
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name: pulumi.String(group), RetentionInDays: pulumi.Int(args.LogDays), KmsKeyId: args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(l))
	if err != nil {
		return nil, fmt.Errorf("findings log %s: %w", name, err)
	}
	policy, err := cloudwatch.NewLogResourcePolicy(ctx, name, &cloudwatch.LogResourcePolicyArgs{
		PolicyName:     pulumi.String(naming.Of(ctx, naming.Policy, name)),
		PolicyDocument: iampolicy.JSON(logStatements(args.Place.ARN("logs", "log-group:"+group+":*"), ruleARN(ctx, args.Place, name))),
	}, pulumi.Parent(l))
	if err != nil {
		return nil, fmt.Errorf("findings log %s: policy: %w", name, err)
	}
	written := route{
		place: args.Place, keyArn: args.KeyArn, topicArn: args.TopicArn, pattern: pattern,
		description: "Findings of Security Hub into " + group, targetID: "log",
		targetArn: pulumi.String(args.Place.ARN("logs", "log-group:"+group)), after: []pulumi.Resource{logs, policy},
	}
	if err := written.declare(ctx, name, l); err != nil {
		return nil, fmt.Errorf("findings log %s: %w", name, err)
	}
	l.LogGroupName = logs.Name
	return l, ctx.RegisterResourceOutputs(l, pulumi.Map{"logGroupName": l.LogGroupName})
}

// logStatements let EventBridge make streams, and write what the one rule sends.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
func logStatements(streams, rule string) []iampolicy.Statement {
	writers := iampolicy.Principals{Services: []string{"delivery.logs.amazonaws.com", "events.amazonaws.com"}}
	return []iampolicy.Statement{
		{Sid: "MakeStreams", Principals: writers, Actions: []string{"logs:CreateLogStream"}, Resources: iampolicy.Values(streams)},
		{Sid: "WriteFindings", Principals: writers, Actions: []string{"logs:PutLogEvents"}, Resources: iampolicy.Values(streams),
			Conditions: iampolicy.Conditions{"ArnEquals": {"aws:SourceArn": iampolicy.Values(rule)}}},
	}
}
