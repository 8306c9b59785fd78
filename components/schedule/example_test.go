package schedule_test

import (
	"assetguard/components/queue"
	"assetguard/components/schedule"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A message into a queue every morning.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		orders, err := queue.New(ctx, "orders", &queue.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			VisibilitySeconds: 360, MaxReceives: 5, MaxAgeSeconds: 900,
		})
		if err != nil {
			return err
		}
		_, err = schedule.New(ctx, "orders-daily", &schedule.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Description: "Starts the daily look at the orders",
			Expression:  "cron(0 6 * * ? *)", Timezone: "Asia/Seoul", Message: "{}",
			TargetArn: orders.Arn, Action: "sqs:SendMessage",
		})
		return err
	})
	// Output:
}
