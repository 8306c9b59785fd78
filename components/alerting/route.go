package alerting

import (
	"fmt"

	"assetguard/components/alarm"
	"assetguard/components/queue"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// route sends the findings that a filter takes to one target whose policy lets the rule in.
type route struct {
	place            place.Place
	keyArn, topicArn pulumi.StringInput
	description      string
	pattern          string
	targetID         string
	targetArn        pulumi.StringInput
	after            []pulumi.Resource // stand before the target
}

// declare makes the rule, its target, the dead letters <name>-undelivered and the alarm <name>-lost below parent.
func (r *route) declare(ctx *pulumi.Context, name string, parent pulumi.Resource) error {
	undelivered, err := queue.NewDeadLetter(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: r.place, KeyArn: r.keyArn, TopicArn: r.topicArn, Senders: []queue.Sender{ruleSender(ctx, r.place, name)},
	}, pulumi.Parent(parent))
	if err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
		Name: pulumi.String(ruleName(ctx, name)), Description: pulumi.String(r.description), EventPattern: pulumi.String(r.pattern),
	}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("rule: %w", err)
	}
	if _, err := cloudwatch.NewEventTarget(ctx, name, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String(r.targetID), Arn: r.targetArn.ToStringOutput(),
		DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
	}, pulumi.Parent(parent), pulumi.DependsOn(r.after)); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
	if _, err := alarm.New(ctx, name+"-lost", &alarm.Args{
		Description: "Findings are lost: the rule " + ruleName(ctx, name) + " reaches neither its target nor its dead letters. Look at the " +
			"policies of both and of their key. Security Hub still has the findings: docs/runbooks/findings-lost.md.",
		Namespace: "AWS/Events", Metric: "InvocationsFailedToBeSentToDlq",
		Dimensions: pulumi.StringMap{"RuleName": pulumi.String(ruleName(ctx, name))},
		Statistic:  "Sum", Period: 60, Threshold: 0, TopicArn: r.topicArn,
	}, pulumi.Parent(parent)); err != nil {
		return fmt.Errorf("alarm: %w", err)
	}
	return nil
}

func ruleName(ctx *pulumi.Context, name string) string { return naming.Of(ctx, naming.Rule, name) }

// ruleARN is known before the rule is made, so that the policy of its target can stand before it.
func ruleARN(ctx *pulumi.Context, p place.Place, name string) string {
	return p.ARN("events", "rule/"+ruleName(ctx, name))
}

func ruleSender(ctx *pulumi.Context, p place.Place, name string) queue.Sender {
	return queue.Sender{Service: "events.amazonaws.com", SourceArns: []string{ruleARN(ctx, p, name)}}
}
