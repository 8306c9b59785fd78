package queue_test

import (
	"assetguard/components/queue"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A queue for a function with a timeout of 60 seconds. A message is tried five times.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		orders, err := queue.New(ctx, "orders", &queue.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			VisibilitySeconds: 6 * 60,
			MaxReceives:       5,
			MaxAgeSeconds:     15 * 60,
		})
		if err != nil {
			return err
		}
		ctx.Export("ordersQueueUrl", orders.URL)
		return nil
	})
	// Output:
}

// A queue that an EventBridge rule fills.
func ExampleNew_senders() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := queue.New(ctx, "orders", &queue.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Senders: []queue.Sender{{
				Service:    "events.amazonaws.com",
				SourceArns: []string{stack.Place.ARN("events", "rule/orders")},
			}},
			VisibilitySeconds: 6 * 60,
			MaxReceives:       5,
			MaxAgeSeconds:     15 * 60,
		})
		return err
	})
	// Output:
}

// Where a schedule's messages go that it cannot deliver.
func ExampleNewDeadLetter() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := queue.NewDeadLetter(ctx, "orders-undelivered", &queue.DeadLetterArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
		})
		return err
	})
	// Output:
}

// The dead letters of an EventBridge rule's targets.
func ExampleNewDeadLetter_senders() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := queue.NewDeadLetter(ctx, "orders-undelivered", &queue.DeadLetterArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Senders: []queue.Sender{{
				Service:    "events.amazonaws.com",
				SourceArns: []string{stack.Place.ARN("events", "rule/orders")},
			}},
		})
		return err
	})
	// Output:
}
