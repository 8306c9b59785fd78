package tagging

import (
	"fmt"

	"assetguard/components/alarm"
	"assetguard/internal/contract"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// watch declares the alarms on what the function measures itself.
func (a *Autotag) watch(ctx *pulumi.Context, name string, topic pulumi.StringInput) error {
	for _, w := range []struct {
		suffix, metric, description string
		dimensions                  pulumi.StringMap
	}{
		{
			suffix: "failed", metric: contract.MetricAutotagOutcome,
			description: "Assets could not be tagged. The function's log names them and the reason; their events wait in the dead letters.",
			dimensions:  pulumi.StringMap{contract.DimensionOutcome: pulumi.String(contract.OutcomeFailed)},
		},
		{
			suffix: "overrides-invalid", metric: contract.MetricOverridesInvalid,
			description: "The overrides of the tag policy are not valid; the last good version is used. Mend " +
				contract.ParameterTagOverrides + " (docs/tag-policy.md); the function's log names the faults.",
		},
	} {
		if _, err := alarm.New(ctx, name+"-"+w.suffix, &alarm.Args{
			Description: w.description, Namespace: contract.MetricNamespace, Metric: w.metric, Dimensions: w.dimensions,
			Statistic: "Sum", Period: 300, Threshold: 0, TopicArn: topic,
		}, pulumi.Parent(a)); err != nil {
			return fmt.Errorf("alarm %s: %w", w.suffix, err)
		}
	}
	return nil
}

// watchRule declares the alarm on events that EventBridge could neither deliver nor put into the dead letters.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
func (a *Autotag) watchRule(ctx *pulumi.Context, name string, i int, topic pulumi.StringInput) error {
	rule := ruleName(ctx, name, i)
	_, err := alarm.New(ctx, ruleSuffix(name, i)+"-lost", &alarm.Args{
		Description: "Events of the rule " + rule + " are lost: EventBridge reaches neither the queue nor its dead letters. " +
			"Look at the policies of both queues and of their key; what was created meanwhile has no tags.",
		Namespace: "AWS/Events", Metric: "InvocationsFailedToBeSentToDlq",
		Dimensions: pulumi.StringMap{"RuleName": pulumi.String(rule)},
		Statistic:  "Sum", Period: 60, Threshold: 0, TopicArn: topic,
	}, pulumi.Parent(a))
	return err
}
