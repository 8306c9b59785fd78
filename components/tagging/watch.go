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
			suffix: "unknown-event", metric: contract.MetricAutotagOutcome,
			description: "Calls arrived that the auto-tag function does not know; what they created has no tags yet. The rules match " +
				"known calls only: the rules or the function are not of one release, or another rule sends to the queue. The " +
				"function's log names the event.",
			dimensions: pulumi.StringMap{contract.DimensionOutcome: pulumi.String(contract.OutcomeUnknownEvent)},
		},
		{
			suffix: "overrides-invalid", metric: contract.MetricOverridesInvalid,
			description: "The overrides of the tag policy are not valid; the last good version is used. Mend " +
				contract.ParameterTagOverrides + " (docs/tag-policy.md); the function's log names the faults.",
		},
		{
			suffix: "key-removed", metric: contract.MetricRequiredKeyRemoved,
			description: "Somebody removed a required tag. The function's log names the asset and the keys, and whether they are " +
				"back with the tag policy's values; CloudTrail names the caller. Compare with the last asset register: a value " +
				"that a person had set is not known to the policy (docs/manual-tagging.md).",
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
