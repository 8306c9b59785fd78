package alarm_test

import (
	"assetguard/components/alarm"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// An alarm on a number that grew too large.
func ExampleNew() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := alarm.New(ctx, "orders-refused", &alarm.Args{
			Description: "More than ten orders were refused in five minutes. Look at the log of the function orders.",
			Namespace:   "assetguard", Metric: "Refused",
			Dimensions: pulumi.StringMap{"FunctionName": pulumi.String("orders")},
			Statistic:  "Sum", Period: 300, Threshold: 10,
			TopicArn: stack.TopicArn,
		})
		return err
	})
	// Output:
}

// An alarm on silence: something that must happen every day has not.
func ExampleNew_silence() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := alarm.New(ctx, "orders-silent", &alarm.Args{
			Description: "No order was taken for 26 hours. Look at the dead letters of the queue orders.",
			Namespace:   "assetguard", Metric: "Taken",
			Statistic: "Sum", SilentHours: 26,
			TopicArn: stack.TopicArn,
		})
		return err
	})
	// Output:
}
