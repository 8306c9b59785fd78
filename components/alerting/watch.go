package alerting

import (
	"fmt"

	"assetguard/components/alarm"
	"assetguard/internal/contract"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// outcomeAlarm fires when a function counted the outcome of a metric.
type outcomeAlarm struct {
	suffix, metric, outcome, description string
}

// Alarms on what the functions count themselves. docs/runbooks has a page for each.
var (
	findingsAlarms = []outcomeAlarm{
		{"failed", contract.MetricFindingOutcome, contract.OutcomeFailed,
			"Findings could not be told and wait in the dead letters. The function's log names them and the reason."},
		{"digest-failed", contract.MetricDigests, contract.OutcomeFailed,
			"A digest could not be told and waits in the dead letters: its findings were told to nobody. The function's log names the reason."},
		{"unmarked", contract.MetricFindingMark, contract.OutcomeUnmarked,
			"Findings were told, but Security Hub does not show them as NOTIFIED. They are not told again. The function's log names the reason."},
	}
	slackAlarms = []outcomeAlarm{
		{"failed", contract.MetricSlackOutcome, contract.OutcomeFailed,
			"Notices did not reach Slack and wait in the dead letters; the e-mails were sent. The function's log names the reason."},
	}
)

// watchSeconds is the period of the alarms. What fails comes again in waves some minutes apart: an alarm of one minute
// would tell of each that it began and that it was over.
const watchSeconds = 900

// watchAll declares the alarms <name>-<suffix> below parent.
func watchAll(ctx *pulumi.Context, name string, topic pulumi.StringInput, alarms []outcomeAlarm, parent pulumi.Resource) error {
	for _, a := range alarms {
		if _, err := alarm.New(ctx, name+"-"+a.suffix, &alarm.Args{
			Description: a.description + " docs/runbooks/" + name + "-" + a.suffix + ".md tells what to do.",
			Namespace:   contract.MetricNamespace, Metric: a.metric,
			Dimensions: pulumi.StringMap{contract.DimensionOutcome: pulumi.String(a.outcome)},
			Statistic:  "Sum", Period: watchSeconds, Threshold: 0, TopicArn: topic,
		}, pulumi.Parent(parent)); err != nil {
			return fmt.Errorf("alarm %s: %w", a.suffix, err)
		}
	}
	return nil
}
