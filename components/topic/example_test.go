package topic_test

import (
	"assetguard/components/queue"
	"assetguard/components/topic"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A topic that alarms publish to and people read.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		orders, err := topic.New(ctx, "orders", &topic.Args{
			Place: stack.Place, KeyArn: stack.KeyArn,
			Publishers:    []topic.Publisher{topic.Alarms(stack.Place)},
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

// A queue that takes what two topics say, for a function that posts it elsewhere.
func ExampleNewReader() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		orders, err := topic.New(ctx, "orders", &topic.Args{Place: stack.Place, KeyArn: stack.KeyArn})
		if err != nil {
			return err
		}
		returns, err := topic.New(ctx, "returns", &topic.Args{Place: stack.Place, KeyArn: stack.KeyArn})
		if err != nil {
			return err
		}
		posts, err := queue.New(ctx, "posts", &queue.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Senders:           []queue.Sender{topic.Sender(orders, returns)},
			VisibilitySeconds: 360, MaxReceives: 5, MaxAgeSeconds: 900,
		})
		if err != nil {
			return err
		}
		_, err = topic.NewReader(ctx, "posts", &topic.ReaderArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Topics: []*topic.Topic{orders, returns}, Queue: posts,
		})
		return err
	})
	// Output:
}
