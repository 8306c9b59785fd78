package tagging

import (
	"fmt"

	"assetguard/components/alarm"
	"assetguard/components/queue"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// rules are one rule for each pattern, all with the same target, and where events go that EventBridge cannot
// deliver.
type rules struct {
	place       place.Place
	keyArn      pulumi.StringInput
	topicArn    pulumi.StringInput
	patterns    []string
	description string // of each rule
	targetID    string
	targetArn   pulumi.StringInput
	roleArn     pulumi.StringPtrInput // with which EventBridge sends to the target; nil where the target's policy lets it
	lost        string                // for the person who is told that events are lost: where to look, and what that means
}

// declare makes the rules <name>-0, <name>-1, ... and the dead letters <name>-undelivered below parent.
func (r *rules) declare(ctx *pulumi.Context, name string, parent pulumi.Resource) (*queue.DeadLetter, error) {
	undelivered, err := queue.NewDeadLetter(ctx, undeliveredName(name), &queue.DeadLetterArgs{
		Place: r.place, KeyArn: r.keyArn, TopicArn: r.topicArn, Senders: senders(ctx, name, r.place, len(r.patterns)),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	for i, pattern := range r.patterns {
		rule, err := cloudwatch.NewEventRule(ctx, ruleSuffix(name, i), &cloudwatch.EventRuleArgs{
			Name:         pulumi.String(ruleName(ctx, name, i)),
			Description:  pulumi.String(r.description),
			EventPattern: pulumi.String(pattern),
		}, pulumi.Parent(parent))
		if err != nil {
			return nil, fmt.Errorf("rule %d: %w", i, err)
		}
		if _, err := cloudwatch.NewEventTarget(ctx, ruleSuffix(name, i), &cloudwatch.EventTargetArgs{
			Rule:             rule.Name,
			TargetId:         pulumi.String(r.targetID),
			Arn:              r.targetArn.ToStringOutput(),
			RoleArn:          r.roleArn,
			DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
		}, pulumi.Parent(parent)); err != nil {
			return nil, fmt.Errorf("target %d: %w", i, err)
		}
		if err := r.watch(ctx, name, i, parent); err != nil {
			return nil, fmt.Errorf("alarm of rule %d: %w", i, err)
		}
	}
	return undelivered, nil
}

// watch declares the alarm on events that EventBridge could neither deliver nor put into the dead letters.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
func (r *rules) watch(ctx *pulumi.Context, name string, i int, parent pulumi.Resource) error {
	rule := ruleName(ctx, name, i)
	_, err := alarm.New(ctx, ruleSuffix(name, i)+"-lost", &alarm.Args{
		Description: "Events of the rule " + rule + " are lost: EventBridge reaches neither the target nor the dead letters. " +
			r.lost + ".",
		Namespace: "AWS/Events", Metric: "InvocationsFailedToBeSentToDlq",
		Dimensions: pulumi.StringMap{"RuleName": pulumi.String(rule)},
		Statistic:  "Sum", Period: 60, Threshold: 0, TopicArn: r.topicArn,
	}, pulumi.Parent(parent))
	return err
}

// senders are the rules as the queues' policies name them. Their names are fixed, so that the queue's
// policy can stand before the rule that sends.
func senders(ctx *pulumi.Context, name string, p place.Place, rules int) []queue.Sender {
	arns := make([]string, rules)
	for i := range arns {
		arns[i] = p.ARN("events", "rule/"+ruleName(ctx, name, i))
	}
	return []queue.Sender{{Service: "events.amazonaws.com", SourceArns: arns}}
}

func ruleSuffix(name string, i int) string { return fmt.Sprintf("%s-%d", name, i) }

func ruleName(ctx *pulumi.Context, name string, i int) string {
	return naming.Of(ctx, naming.Rule, ruleSuffix(name, i))
}

func undeliveredName(name string) string { return name + "-undelivered" }
