package function

import (
	"fmt"

	"assetguard/components/alarm"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nearTimeout is the part of the timeout that a call may take before people are told.
const nearTimeout = 0.8

// watch declares the alarms on errors, throttles and calls that come near the timeout.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
func (f *Function) watch(ctx *pulumi.Context, name, physical string, args *Args) error {
	limit := nearTimeout * float64(args.TimeoutSeconds) * 1000
	for _, a := range []struct {
		suffix, metric, statistic, description string
		threshold                              float64
	}{
		{"errors", "Errors", "Sum", "Calls of " + physical + " failed. See /aws/lambda/" + physical + "; what it was given waits in its dead letters or is tried again.", 0},
		{"throttles", "Throttles", "Sum", "Calls of " + physical + " were throttled: the account's concurrency is used up. Work waits; ask for a higher quota if it lasts.", 0},
		{"slow", "Duration", "Maximum", fmt.Sprintf("A call of %s took more than %.0f ms of its %d s. Soon it will time out.", physical, limit, args.TimeoutSeconds), limit},
	} {
		if _, err := alarm.New(ctx, name+"-"+a.suffix, &alarm.Args{
			Description: a.description, Namespace: "AWS/Lambda", Metric: a.metric,
			Dimensions: pulumi.StringMap{"FunctionName": pulumi.String(physical)},
			Statistic:  a.statistic, Period: 60, Threshold: a.threshold, TopicArn: args.TopicArn,
		}, pulumi.Parent(f)); err != nil {
			return fmt.Errorf("alarm %s: %w", a.suffix, err)
		}
	}
	return nil
}
