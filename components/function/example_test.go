package function_test

import (
	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/internal/example"
	"assetguard/internal/iampolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A function that works off a queue.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		const timeout = 60
		work, err := queue.New(ctx, "orders", &queue.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			VisibilitySeconds: 6 * timeout, MaxReceives: 5, MaxAgeSeconds: 15 * 60,
		})
		if err != nil {
			return err
		}
		orders, err := function.New(ctx, "orders", &function.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Description:  "Takes orders",
			Zip:          stack.Zip("orders"), // built from lambdas/cmd/orders by make build
			Architecture: "arm64",
			MemoryMB:     256, TimeoutSeconds: timeout, LogDays: 365,
			Environment: pulumi.StringMap{"ORDERS_PARAMETER": pulumi.String("/orders/policy")},
			Statements: []iampolicy.Statement{{
				Sid: "ReadPolicy", Actions: []string{"ssm:GetParameter"},
				Resources: iampolicy.Values(stack.Place.ARN("ssm", "parameter/orders/policy")),
			}},
			Queue: &function.FromQueue{Source: work, BatchSize: 10, MaximumConcurrency: 2},
		})
		if err != nil {
			return err
		}
		ctx.Export("ordersFunction", orders.Name)
		return nil
	})
	// Output:
}

// A function that a rule calls. It needs no permission beside its own logs and traces.
func ExampleNew_event() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := function.New(ctx, "orders", &function.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Zip:          stack.Zip("orders"),
			Architecture: "arm64",
			MemoryMB:     256, TimeoutSeconds: 60, LogDays: 365,
			Event: &function.ByEvent{
				MaximumRetries: 2, MaxAgeSeconds: 3600,
				CallerService:   "events.amazonaws.com",
				CallerSourceArn: pulumi.String(stack.Place.ARN("events", "rule/orders")),
			},
		})
		return err
	})
	// Output:
}
