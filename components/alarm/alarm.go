// Package alarm declares a CloudWatch alarm the way every component of this program does: named after
// its component, telling a topic when it starts and when it ends, and quiet when there is no data.
package alarm

import (
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/naming"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of an alarm. It fires when Statistic of Metric is greater than Threshold in one Period.
type Args struct {
	Description string // what happened and what to do, for the person who is woken
	Namespace   string // AWS/SQS, AWS/Lambda, assetguard, ...
	Metric      string
	Dimensions  pulumi.StringMap
	Statistic   string  // Sum, Maximum, Minimum, Average
	Period      int     // seconds: 60 or a multiple of it
	Threshold   float64 // in the metric's unit
	TopicArn    pulumi.StringInput
}

func (a *Args) validate(name string) error {
	var errs []error
	for _, field := range []struct{ name, value string }{
		{"Description", a.Description}, {"Namespace", a.Namespace}, {"Metric", a.Metric}, {"Statistic", a.Statistic},
	} {
		if field.value == "" {
			errs = append(errs, fmt.Errorf("%s is required", field.name))
		}
	}
	if a.Period < 60 || a.Period%60 != 0 {
		errs = append(errs, fmt.Errorf("period is %d; give 60 seconds or a multiple", a.Period))
	}
	if a.TopicArn == nil {
		errs = append(errs, errors.New("TopicArn is required: an alarm that tells nobody is none"))
	}
	return argument.Check("alarm "+name, errs...)
}

// New declares the alarm.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*cloudwatch.MetricAlarm, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	return cloudwatch.NewMetricAlarm(ctx, name, &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(naming.Of(ctx, naming.Alarm, name)),
		AlarmDescription:   pulumi.String(args.Description),
		Namespace:          pulumi.String(args.Namespace),
		MetricName:         pulumi.String(args.Metric),
		Dimensions:         args.Dimensions,
		Statistic:          pulumi.String(args.Statistic),
		Period:             pulumi.Int(args.Period),
		EvaluationPeriods:  pulumi.Int(1),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(args.Threshold),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       pulumi.Array{args.TopicArn},
		OkActions:          pulumi.Array{args.TopicArn},
	}, opts...)
}
