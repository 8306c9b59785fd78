package topic_test

import (
	"assetguard/components/topic"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A topic that alarms publish to and people read.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		orders, err := topic.New(ctx, "orders", &topic.Args{
			Place: stack.Place, KeyArn: stack.KeyArn,
			Publishers:    []string{"cloudwatch.amazonaws.com"},
			Emails:        []string{"orders@example.com"},
			AlarmTopicArn: stack.TopicArn,
		})
		if err != nil {
			return err
		}
		ctx.Export("ordersTopicArn", orders.Arn)
		return nil
	})
	// Output:
}

// A topic that the account's own roles publish to and subscribe.
func ExampleNew_roles() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := topic.New(ctx, "orders", &topic.Args{Place: stack.Place, KeyArn: stack.KeyArn})
		return err
	})
	// Output:
}
