package table_test

import (
	"assetguard/components/table"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What a function remembers for some time.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		orders, err := table.New(ctx, "orders", &table.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Key: "Order", Expires: "ExpiresAt", DeletionProtection: true,
		})
		if err != nil {
			return err
		}
		ctx.Export("ordersTable", orders.Name)
		return nil
	})
	// Output:
}

// Items that stay until somebody removes them.
func ExampleNew_keep() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := table.New(ctx, "orders", &table.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn, Key: "Order",
		})
		return err
	})
	// Output:
}
