package key_test

import (
	"assetguard/components/key"
	"assetguard/internal/example"
	"assetguard/internal/iampolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A key for log groups, and for topics that alarms publish to.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		main, err := key.New(ctx, "main", &key.Args{
			Place:              stack.Place,
			Uses:               []key.Use{key.ForLogs(stack.Place), key.ForAlarms(stack.Place)},
			DeletionWindowDays: 30,
		})
		if err != nil {
			return err
		}
		ctx.Export("keyArn", main.Arn)
		return nil
	})
	// Output:
}

// A key that a service uses for which this package has no function yet.
func ExampleNew_use() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := key.New(ctx, "flows", &key.Args{
			Place: stack.Place,
			Uses: []key.Use{{
				Sid: "DeliverFlowLogs", Service: "delivery.logs.amazonaws.com",
				Actions:    []string{"kms:GenerateDataKey", "kms:Decrypt"},
				Conditions: iampolicy.FromAccount(stack.Place.AccountID),
			}},
			DeletionWindowDays: 30,
		})
		return err
	})
	// Output:
}

// A key for what IAM policies alone decide.
func ExampleNew_roles() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := key.New(ctx, "orders", &key.Args{Place: stack.Place, DeletionWindowDays: 30})
		return err
	})
	// Output:
}
