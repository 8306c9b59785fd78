package events

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
)

// fireSchedule runs a schedule of EventBridge Scheduler once. The scheduler
// calls targets with the schedule's role, so their policies are not asked.
func (p *Plane) fireSchedule(ctx context.Context, region, name string) error {
	input := &scheduler.GetScheduleInput{Name: aws.String(name)}
	if group, rest, grouped := strings.Cut(name, "/"); grouped {
		input.GroupName, input.Name = aws.String(group), aws.String(rest)
	}
	got, err := p.aws.in(region).schedules.GetSchedule(ctx, input)
	if err != nil {
		return fmt.Errorf("%s is neither a rule with a schedule nor a schedule in %s: %w", name, region, err)
	}
	if got.Target == nil || aws.ToString(got.Target.RoleArn) == "" {
		return fmt.Errorf("schedule %s in %s has no target with a role", name, region)
	}
	t := target{arn: aws.ToString(got.Target.Arn), role: aws.ToString(got.Target.RoleArn), input: got.Target.Input}
	if t.input == nil {
		t.input = aws.String("{}")
	}
	*t.input = strings.NewReplacer(
		"<aws.scheduler.schedule-arn>", aws.ToString(got.Arn), "<aws.scheduler.scheduled-time>", time.Now().UTC().Format(time.RFC3339),
		"<aws.scheduler.execution-id>", newID(), "<aws.scheduler.attempt-number>", "1",
	).Replace(*t.input)
	if got.Target.SqsParameters != nil {
		t.groupID = aws.ToString(got.Target.SqsParameters.MessageGroupId)
	}
	if got.Target.DeadLetterConfig != nil {
		t.deadLetters = aws.ToString(got.Target.DeadLetterConfig.Arn)
	}
	return p.deliver(ctx, delivery{source: aws.ToString(got.Arn), rule: name, region: region, target: t, event: map[string]any{}, trusted: true})
}
