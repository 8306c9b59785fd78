package inspection

import (
	"fmt"

	"assetguard/components/queue"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// schedule sends a message to a queue or a function at times.
type schedule struct {
	place            place.Place
	keyArn, topicArn pulumi.StringInput
	description      string
	expression       string // six fields, in timezone
	timezone         string // an IANA name
	message          string // JSON
	targetArn        pulumi.StringOutput
	action           string // that sends to the target: sqs:SendMessage or lambda:InvokeFunction
}

// declare makes the schedule, its role, and the dead letters <name>-undelivered below parent.
func (s *schedule) declare(ctx *pulumi.Context, name string, parent pulumi.Resource) error {
	undelivered, err := queue.NewDeadLetter(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: s.place, KeyArn: s.keyArn, TopicArn: s.topicArn,
	}, pulumi.Parent(parent))
	if err != nil {
		return err
	}
	role, policy, err := s.newRole(ctx, name, parent, undelivered)
	if err != nil {
		return fmt.Errorf("role: %w", err)
	}
	_, err = scheduler.NewSchedule(ctx, name, &scheduler.ScheduleArgs{
		Name:                       pulumi.String(naming.Of(ctx, naming.Schedule, name)),
		Description:                pulumi.String(s.description),
		ScheduleExpression:         pulumi.String(s.expression),
		ScheduleExpressionTimezone: pulumi.String(s.timezone),
		FlexibleTimeWindow:         &scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
		Target: &scheduler.ScheduleTargetArgs{
			Arn: s.targetArn, RoleArn: role.Arn, Input: pulumi.String(s.message),
			DeadLetterConfig: &scheduler.ScheduleTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
			RetryPolicy: &scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumEventAgeInSeconds: pulumi.Int(3600), MaximumRetryAttempts: pulumi.Int(10),
			},
		},
	}, pulumi.Parent(parent), pulumi.DependsOn([]pulumi.Resource{policy}))
	return err
}

// scheduleARN is the ARN of the schedule of that name.
func scheduleARN(ctx *pulumi.Context, p place.Place, name string) string {
	return p.ARN("scheduler", "schedule/default/"+naming.Of(ctx, naming.Schedule, name))
}

// newRole declares the role that EventBridge Scheduler sends with.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func (s *schedule) newRole(ctx *pulumi.Context, name string, parent pulumi.Resource, undelivered *queue.DeadLetter) (*iam.Role, *iam.RolePolicy, error) {
	physical := pulumi.String(naming.Of(ctx, naming.Role, name+"-schedule", s.place.Region))
	role, err := iam.NewRole(ctx, name+"-schedule", &iam.RoleArgs{
		Name:                physical,
		Description:         pulumi.String(s.description),
		AssumeRolePolicy:    iampolicy.AssumedBy("scheduler.amazonaws.com", iampolicy.FromAccount(s.place.AccountID)),
		PermissionsBoundary: boundary(s.place),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(ctx, name+"-schedule", &iam.RolePolicyArgs{
		Name: physical, Role: role.Name,
		Policy: iampolicy.JSON([]iampolicy.Statement{
			{Sid: "SendToTarget", Actions: []string{s.action}, Resources: pulumi.StringArray{s.targetArn}},
			{Sid: "KeepUndelivered", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{undelivered.Arn}},
			{Sid: "UseKey", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: pulumi.StringArray{s.keyArn}},
		}),
	}, pulumi.Parent(parent))
	return role, policy, err
}

// boundary is what bounds every role made at a place; nil where the account needs none.
func boundary(p place.Place) pulumi.StringPtrInput {
	if p.RoleBoundary == "" {
		return nil
	}
	return pulumi.String(p.RoleBoundary)
}
