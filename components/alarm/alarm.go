// Package alarm declares a CloudWatch alarm the way every component of this program does: named after
// its component, telling a topic when it starts and when it ends, and quiet when there is no data
// unless silence is what it watches for.
package alarm

import (
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/naming"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of an alarm. It fires when Statistic of Metric is greater than Threshold in one Period, or, with
// SilentHours, when the metric shows no sign of life.
type Args struct {
	Description string // what happened and what to do, for the person who is woken
	Namespace   string // AWS/SQS, AWS/Lambda, assetguard, ...
	Metric      string // its name in the namespace
	// Dimensions of the metric, exactly those it is published with. Optional: it has none.
	Dimensions pulumi.StringMap
	Statistic  string // Sum, Maximum, Minimum, Average
	// Period in seconds: 60 or a multiple of it. Optional: SilentHours stands instead.
	Period int
	// Threshold in the metric's unit. Optional: 0, or SilentHours stands instead.
	Threshold float64
	TopicArn  pulumi.StringInput // told when the alarm starts and when it ends
	// SilentHours makes an alarm on something that must happen: it fires when Sum of Metric was below 1, or
	// nothing was measured, in each of so many hours: 1 to 167. Period and Threshold are left out. Optional: Period
	// and Threshold say when it fires.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	SilentHours int
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
	errs = append(errs, a.periodFault())
	if a.TopicArn == nil {
		errs = append(errs, errors.New("TopicArn is required: an alarm that tells nobody is none"))
	}
	return argument.Check("alarm "+name, errs...)
}

func (a *Args) periodFault() error {
	switch {
	case a.SilentHours != 0 && (a.Period != 0 || a.Threshold != 0 || a.Statistic != "Sum"):
		return errors.New("SilentHours needs the statistic Sum, and neither Period nor Threshold")
	case a.SilentHours != 0:
		return argument.Within("SilentHours", a.SilentHours, 1, 167)
	case a.Period < 60 || a.Period%60 != 0:
		return fmt.Errorf("period is %d; give 60 seconds or a multiple", a.Period)
	}
	return nil
}

// condition is when the alarm fires.
type condition struct {
	period, periods     int
	comparison, missing string
	threshold           float64
}

func (a *Args) condition() condition {
	if a.SilentHours > 0 {
		return condition{3600, a.SilentHours, "LessThanThreshold", "breaching", 1}
	}
	return condition{a.Period, 1, "GreaterThanThreshold", "notBreaching", a.Threshold}
}

// New declares the alarm.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*cloudwatch.MetricAlarm, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	c := args.condition()
	return cloudwatch.NewMetricAlarm(ctx, name, &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(naming.Of(ctx, naming.Alarm, name)),
		AlarmDescription:   pulumi.String(args.Description),
		Namespace:          pulumi.String(args.Namespace),
		MetricName:         pulumi.String(args.Metric),
		Dimensions:         args.Dimensions,
		Statistic:          pulumi.String(args.Statistic),
		Period:             pulumi.Int(c.period),
		EvaluationPeriods:  pulumi.Int(c.periods),
		ComparisonOperator: pulumi.String(c.comparison),
		Threshold:          pulumi.Float64(c.threshold),
		TreatMissingData:   pulumi.String(c.missing),
		AlarmActions:       pulumi.Array{args.TopicArn},
		OkActions:          pulumi.Array{args.TopicArn},
	}, opts...)
}
