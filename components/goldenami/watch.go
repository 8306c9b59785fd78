package goldenami

import (
	"errors"
	"fmt"

	"assetguard/components/alarm"
	"assetguard/components/function"
	"assetguard/components/schedule"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the function, which makes one call.
const (
	watchTimeoutSeconds = 60
	watchRetries        = 2
	watchMaxAgeSeconds  = 3600
	watchMemoryMB       = 128
	daySeconds          = 24 * 3600
)

// WatchArgs of a Watch.
type WatchArgs struct {
	Place        place.Place        // the home region
	KeyArn       pulumi.StringInput // encrypts log and dead letters
	TopicArn     pulumi.StringInput // told by the alarms
	Zip          string             // the built function, relative to the project's root
	Architecture string             // arm64 or x86_64
	LogDays      int                // retention of the function's log, in days
	MaxAgeDays   int                // of the newest image, before people are told: 7 to 365
	Schedule     string             // when it is measured, six fields, in Timezone: once a day
	Timezone     string             // an IANA name
	Since        pulumi.StringInput // when the pipeline was made (RFC 3339): from then on an image is due
}

// Watch measures the age of the newest golden image once a day, and tells when it is too old, or when there is none so
// long after its pipeline was made. An alarm alone cannot: it looks back a week at most.
type Watch struct {
	pulumi.ResourceState

	FunctionName pulumi.StringOutput `pulumi:"functionName"` // the images function's
}

func (a *WatchArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn),
		argument.Required("Since", a.Since), argument.Within("MaxAgeDays", a.MaxAgeDays, 7, 365)}
	if a.Schedule == "" || a.Timezone == "" {
		errs = append(errs, errors.New("schedule and timezone are required"))
	}
	return argument.Check("watch "+name, errs...)
}

// NewWatch declares the function, its schedule and the alarm.
func NewWatch(ctx *pulumi.Context, name string, args *WatchArgs, opts ...pulumi.ResourceOption) (*Watch, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	w := &Watch{}
	if err := ctx.RegisterComponentResource("assetguard:goldenami:Watch", name, w, opts...); err != nil {
		return nil, err
	}
	fn, err := function.New(ctx, name, &function.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description: "Measures the age of the newest golden image", Zip: args.Zip, Architecture: args.Architecture,
		MemoryMB: watchMemoryMB, TimeoutSeconds: watchTimeoutSeconds, LogDays: args.LogDays,
		Environment: pulumi.StringMap{
			contract.EnvImageName:  pulumi.String(contract.GoldenImageName(ctx.Project(), ctx.Stack())),
			contract.EnvImageSince: args.Since.ToStringOutput(),
		},
		Statements: []iampolicy.Statement{{
			Sid: "ListImages", Actions: []string{"ec2:DescribeImages"}, AnyResource: true,
			Reason: "EC2 knows no resource for its lists: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
		}},
		Event: &function.ByEvent{
			MaximumRetries: watchRetries, MaxAgeSeconds: watchMaxAgeSeconds,
			CallerService: "scheduler.amazonaws.com", CallerSourceArn: pulumi.String(schedule.ARN(ctx, args.Place, name+"-daily")),
		},
	}, pulumi.Parent(w))
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", name, err)
	}
	if _, err := schedule.New(ctx, name+"-daily", &schedule.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Description: "Starts the daily look at the golden image",
		Expression: args.Schedule, Timezone: args.Timezone, Message: "{}", TargetArn: fn.Arn, Action: "lambda:InvokeFunction",
	}, pulumi.Parent(w)); err != nil {
		return nil, fmt.Errorf("watch %s: schedule: %w", name, err)
	}
	if _, err := alarm.New(ctx, name+"-old", &alarm.Args{
		Description: fmt.Sprintf("The newest golden image is older than %[1]d days, or there has been none for so long. Builds may fail, or nothing was new: "+
			"make image-status STACK=%[2]s tells which, make image-build STACK=%[2]s builds one anyway.", args.MaxAgeDays, ctx.Stack()),
		Namespace: contract.MetricNamespace, Metric: contract.MetricImageAge, Statistic: "Maximum",
		Period: daySeconds, Threshold: float64(args.MaxAgeDays), TopicArn: args.TopicArn,
	}, pulumi.Parent(w)); err != nil {
		return nil, fmt.Errorf("watch %s: alarm: %w", name, err)
	}
	w.FunctionName = fn.Name
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"functionName": w.FunctionName})
}
