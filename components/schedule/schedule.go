// Package schedule declares an EventBridge schedule the way every component of this program does: it sends one fixed
// message at its times, with a role that can do just that, and what cannot be sent waits in dead letters that an alarm
// watches.
package schedule

import (
	"errors"
	"fmt"
	"time"

	"assetguard/components/queue"
	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a schedule.
type Args struct {
	Place       place.Place        // where the schedule stands
	KeyArn      pulumi.StringInput // encrypts the dead letters
	TopicArn    pulumi.StringInput // told by the alarm on the dead letters
	Description string             // what it starts, for the console
	// Expression is when, six fields, in Timezone: cron(0 4 * * ? *), or rate(1 hour).
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
	Expression string
	Timezone   string              // an IANA name
	Message    string              // what is sent, JSON
	TargetArn  pulumi.StringOutput // of a queue or a function
	Action     string              // that sends to the target: sqs:SendMessage or lambda:InvokeFunction
}

func (a *Args) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn)}
	if a.Expression == "" || a.Message == "" {
		errs = append(errs, errors.New("expression and message are required"))
	}
	if _, err := time.LoadLocation(a.Timezone); err != nil || a.Timezone == "" {
		errs = append(errs, errors.New("timezone is no IANA name such as Asia/Seoul"))
	}
	if a.Action != "sqs:SendMessage" && a.Action != "lambda:InvokeFunction" {
		errs = append(errs, fmt.Errorf("action is %q; give sqs:SendMessage or lambda:InvokeFunction", a.Action))
	}
	return argument.Check("schedule "+name, errs...)
}

// New declares the schedule, its role, and the dead letters <name>-undelivered. A message that cannot be sent is tried
// ten times within an hour.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*scheduler.Schedule, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	undelivered, err := queue.NewDeadLetter(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
	}, opts...)
	if err != nil {
		return nil, err
	}
	role, policy, err := args.newRole(ctx, name, undelivered, opts)
	if err != nil {
		return nil, fmt.Errorf("role: %w", err)
	}
	return scheduler.NewSchedule(ctx, name, &scheduler.ScheduleArgs{
		Name:                       pulumi.String(naming.Of(ctx, naming.Schedule, name)),
		Description:                pulumi.String(args.Description),
		ScheduleExpression:         pulumi.String(args.Expression),
		ScheduleExpressionTimezone: pulumi.String(args.Timezone),
		FlexibleTimeWindow:         &scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
		Target: &scheduler.ScheduleTargetArgs{
			Arn: args.TargetArn, RoleArn: role.Arn, Input: pulumi.String(args.Message),
			DeadLetterConfig: &scheduler.ScheduleTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
			RetryPolicy: &scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumEventAgeInSeconds: pulumi.Int(3600), MaximumRetryAttempts: pulumi.Int(10),
			},
		},
	}, append(opts[:len(opts):len(opts)], pulumi.DependsOn([]pulumi.Resource{policy}))...)
}

// ARN is that of the schedule of that name, known before it is made.
func ARN(ctx *pulumi.Context, p place.Place, name string) string {
	return p.ARN("scheduler", "schedule/default/"+naming.Of(ctx, naming.Schedule, name))
}

// newRole declares the role that EventBridge Scheduler sends with.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func (a *Args) newRole(ctx *pulumi.Context, name string, undelivered *queue.DeadLetter, opts []pulumi.ResourceOption) (*iam.Role, *iam.RolePolicy, error) {
	var boundary pulumi.StringPtrInput
	if a.Place.RoleBoundary != "" {
		boundary = pulumi.String(a.Place.RoleBoundary)
	}
	physical := pulumi.String(naming.Of(ctx, naming.Role, name+"-schedule", a.Place.Region))
	role, err := iam.NewRole(ctx, name+"-schedule", &iam.RoleArgs{
		Name:                physical,
		Description:         pulumi.String(a.Description),
		AssumeRolePolicy:    iampolicy.AssumedBy("scheduler.amazonaws.com", iampolicy.FromAccount(a.Place.AccountID)),
		PermissionsBoundary: boundary,
	}, opts...)
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(ctx, name+"-schedule", &iam.RolePolicyArgs{
		Name: physical, Role: role.Name,
		Policy: iampolicy.JSON([]iampolicy.Statement{
			{Sid: "SendToTarget", Actions: []string{a.Action}, Resources: pulumi.StringArray{a.TargetArn}},
			{Sid: "KeepUndelivered", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{undelivered.Arn}},
			{Sid: "UseKey", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: pulumi.StringArray{a.KeyArn}},
		}),
	}, opts...)
	return role, policy, err
}
