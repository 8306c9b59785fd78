package function

import (
	"fmt"

	"assetguard/components/queue"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newDeadLetter declares where events go that the function gave up on. A queue has its own.
func (f *Function) newDeadLetter(ctx *pulumi.Context, name string, args *Args) (*queue.DeadLetter, error) {
	if args.Event == nil {
		return nil, nil
	}
	return queue.NewDeadLetter(ctx, name+"-dead", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
	}, pulumi.Parent(f))
}

// call connects the function to its queue, or lets its caller invoke it.
func (f *Function) call(ctx *pulumi.Context, name string, fn *lambda.Function, args *Args, dead *queue.DeadLetter) error {
	if args.Queue != nil {
		return f.callFromQueue(ctx, name, fn, args.Queue)
	}
	return f.callByEvent(ctx, name, fn, args.Event, dead)
}

func (f *Function) callFromQueue(ctx *pulumi.Context, name string, fn *lambda.Function, from *FromQueue) error {
	_, err := lambda.NewEventSourceMapping(ctx, name, &lambda.EventSourceMappingArgs{
		EventSourceArn:                 from.Source.Arn,
		FunctionName:                   fn.Arn,
		BatchSize:                      pulumi.Int(from.BatchSize),
		MaximumBatchingWindowInSeconds: pulumi.Int(from.WindowSeconds),
		FunctionResponseTypes:          pulumi.ToStringArray([]string{"ReportBatchItemFailures"}),
		ScalingConfig: &lambda.EventSourceMappingScalingConfigArgs{
			MaximumConcurrency: pulumi.Int(from.MaximumConcurrency),
		},
	}, pulumi.Parent(f))
	if err != nil {
		return fmt.Errorf("event source: %w", err)
	}
	return nil
}

func (f *Function) callByEvent(ctx *pulumi.Context, name string, fn *lambda.Function, by *ByEvent, dead *queue.DeadLetter) error {
	if _, err := lambda.NewFunctionEventInvokeConfig(ctx, name, &lambda.FunctionEventInvokeConfigArgs{
		FunctionName:             fn.Name,
		MaximumRetryAttempts:     pulumi.Int(by.MaximumRetries),
		MaximumEventAgeInSeconds: pulumi.Int(by.MaxAgeSeconds),
		DestinationConfig: &lambda.FunctionEventInvokeConfigDestinationConfigArgs{
			OnFailure: &lambda.FunctionEventInvokeConfigDestinationConfigOnFailureArgs{Destination: dead.Arn},
		},
	}, pulumi.Parent(f)); err != nil {
		return fmt.Errorf("retries: %w", err)
	}
	if _, err := lambda.NewPermission(ctx, name, &lambda.PermissionArgs{
		Function:  fn.Name,
		Action:    pulumi.String("lambda:InvokeFunction"),
		Principal: pulumi.String(by.CallerService),
		SourceArn: by.CallerSourceArn.ToStringOutput(),
	}, pulumi.Parent(f)); err != nil {
		return fmt.Errorf("permission: %w", err)
	}
	return nil
}
