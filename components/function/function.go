package function

import (
	"fmt"

	"assetguard/internal/naming"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Function is the function with everything it needs to run and to be watched.
type Function struct {
	pulumi.ResourceState

	Arn          pulumi.StringOutput `pulumi:"arn"`          // of the function, without a version
	Name         pulumi.StringOutput `pulumi:"name"`         // as in the console and in the alarms
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"` // /aws/lambda/ and the name
}

// New declares the function <project>-<stack>-<name>, called as args says: from a queue or by event.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Function, error) {
	if err := args.validate(name, ctx.RootDirectory()); err != nil {
		return nil, err
	}
	f := &Function{}
	if err := ctx.RegisterComponentResource("assetguard:function:Function", name, f, opts...); err != nil {
		return nil, err
	}
	physical := naming.Of(ctx, naming.Function, name)
	logs, err := f.newLogGroup(ctx, name, physical, args)
	if err != nil {
		return nil, fmt.Errorf("function %s: log group: %w", name, err)
	}
	dead, err := f.newDeadLetter(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", name, err)
	}
	role, granted, err := f.newRole(ctx, name, physical, args, dead)
	if err != nil {
		return nil, fmt.Errorf("function %s: role: %w", name, err)
	}
	fn, err := lambda.NewFunction(ctx, name, &lambda.FunctionArgs{
		Name:                         pulumi.String(physical),
		Description:                  pulumi.String(args.Description),
		Role:                         role.Arn,
		Runtime:                      pulumi.String("provided.al2023"),
		Handler:                      pulumi.String("bootstrap"),
		Architectures:                pulumi.ToStringArray([]string{args.Architecture}),
		Code:                         pulumi.NewFileArchive(args.Zip),
		MemorySize:                   pulumi.Int(args.MemoryMB),
		Timeout:                      pulumi.Int(args.TimeoutSeconds),
		KmsKeyArn:                    args.KeyArn.ToStringOutput(),
		Environment:                  &lambda.FunctionEnvironmentArgs{Variables: args.Environment},
		TracingConfig:                &lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")},
		LoggingConfig:                &lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("Text"), LogGroup: logs.Name},
		ReservedConcurrentExecutions: args.reservedConcurrency(),
	}, pulumi.Parent(f), pulumi.DependsOn(append(granted, logs)))
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", name, err)
	}
	if err := f.call(ctx, name, fn, args, dead); err != nil {
		return nil, fmt.Errorf("function %s: %w", name, err)
	}
	if err := f.watch(ctx, name, physical, args); err != nil {
		return nil, fmt.Errorf("function %s: %w", name, err)
	}
	f.Arn, f.Name, f.LogGroupName = fn.Arn, fn.Name, logs.Name
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{"arn": f.Arn, "name": f.Name, "logGroupName": f.LogGroupName})
}

func (f *Function) newLogGroup(ctx *pulumi.Context, name, physical string, args *Args) (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/lambda/" + physical),
		RetentionInDays: pulumi.Int(args.LogDays),
		KmsKeyId:        args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(f))
}
