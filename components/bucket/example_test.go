package bucket_test

import (
	"assetguard/components/bucket"
	"assetguard/internal/example"
	"assetguard/internal/iampolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A bucket that keeps what it is given.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		invoices, err := bucket.New(ctx, "invoices", &bucket.Args{Place: stack.Place, KeyArn: stack.KeyArn})
		if err != nil {
			return err
		}
		ctx.Export("invoicesBucket", invoices.Name)
		return nil
	})
	// Output:
}

// A bucket into which a service of AWS writes, which archives after a quarter and deletes after five years.
func ExampleNew_access() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := bucket.New(ctx, "invoices", &bucket.Args{
			Place: stack.Place, KeyArn: stack.KeyArn,
			ArchiveAfterDays: 90, ExpireAfterDays: 5 * 365,
			Access: func(arn string) []iampolicy.Statement {
				return []iampolicy.Statement{{
					Sid: "BillingWrites", Principals: iampolicy.Principals{Services: []string{"bcm-data-exports.amazonaws.com"}},
					Actions: []string{"s3:PutObject"}, Resources: iampolicy.Values(arn + "/exports/*"),
					Conditions: iampolicy.FromAccount(stack.Place.AccountID),
				}}
			},
		})
		return err
	})
	// Output:
}

// A bucket for a service of other accounts, which asks for the beginning of its name and cannot use the stack's key.
func ExampleNew_s3Key() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := bucket.New(ctx, "pack", &bucket.Args{Place: stack.Place, S3Key: true, Prefix: "awsconfigconforms"})
		return err
	})
	// Output:
}
