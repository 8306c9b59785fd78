package goldenami_test

import (
	"assetguard/components/goldenami"
	"assetguard/components/key"
	"assetguard/internal/contract"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// exampleDocument is a component that says hello; package imagebuilder renders those that harden.
const exampleDocument = `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: hello
        action: ExecuteBash
        inputs:
          commands: ["set -euo pipefail; echo hello"]
`

// Where images are built, in a private subnet.
func ExampleNewWorkshop() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := newWorkshop(ctx, stack)
		return err
	})
	// Output:
}

func newWorkshop(ctx *pulumi.Context, stack example.Stack) (*goldenami.Workshop, error) {
	return goldenami.NewWorkshop(ctx, "golden-ami", &goldenami.WorkshopArgs{
		Place: stack.Place, KeyArn: stack.KeyArn, ImageKeyArn: stack.KeyArn,
		VpcID: pulumi.String("vpc-0a1b2c3d4e5f60718"), SubnetID: pulumi.String("subnet-0a1b2c3d4e5f60718"),
		InstanceTypes: []string{"t4g.medium"}, Recipe: "golden-ami", LogDays: 365, LogBucketDays: 3 * 365,
	})
}

// A recipe with a document of our own and one of Amazon's components.
func ExampleNewRecipe() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := newRecipe(ctx, stack, pulumi.String("assetguard-example-image-builder-logs"))
		return err
	})
	// Output:
}

func newRecipe(ctx *pulumi.Context, stack example.Stack, bucket pulumi.StringInput) (*goldenami.Recipe, error) {
	return goldenami.NewRecipe(ctx, "golden-ami", &goldenami.RecipeArgs{
		Place: stack.Place, KeyArn: stack.KeyArn, KeyName: "main", Bucket: bucket, VolumeGB: 8, Keep: true,
		ParentImage: "arn:aws:imagebuilder:ap-northeast-2:aws:image/amazon-linux-2023-arm64/x.x.x",
		Documents:   []goldenami.Document{{Name: "hello", Description: "Says hello", Body: exampleDocument}},
		Components:  []string{"arn:aws:imagebuilder:ap-northeast-2:aws:component/simple-boot-test-linux/x.x.x"},
	})
}

// A weekly build.
func ExampleNewPipeline() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		workshop, err := newWorkshop(ctx, stack)
		if err != nil {
			return err
		}
		recipe, err := newRecipe(ctx, stack, workshop.Bucket)
		if err != nil {
			return err
		}
		pipeline, err := goldenami.NewPipeline(ctx, "golden-ami", &goldenami.PipelineArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Recipe: recipe, WorkshopArn: workshop.Arn, BaseImage: "Amazon Linux 2023", Scan: true,
			Copies:   []goldenami.Copy{{Region: stack.Place.Region, KeyArn: stack.KeyArn}},
			Schedule: "cron(0 2 ? * sun *)", Timezone: "Asia/Seoul", Start: goldenami.StartOnUpdates,
			Lifecycle: goldenami.Lifecycle{DeprecateAfterDays: 90, DeleteAfterDays: 180, Keep: 3},
		})
		if err != nil {
			return err
		}
		ctx.Export("imageParameter", pipeline.ParameterName)
		return nil
	})
	// Output:
}

// An image that another account may launch instances from, by a key that is shared with it.
func ExampleNewPipeline_shared() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		workshop, err := newWorkshop(ctx, stack)
		if err != nil {
			return err
		}
		recipe, err := newRecipe(ctx, stack, workshop.Bucket)
		if err != nil {
			return err
		}
		shared, err := key.New(ctx, "golden-ami", &key.Args{
			Place: stack.Place, DeletionWindowDays: 30, SharedWith: key.Share{Accounts: []string{"444455556666"}},
		})
		if err != nil {
			return err
		}
		_, err = goldenami.NewPipeline(ctx, "golden-ami", &goldenami.PipelineArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Recipe: recipe, WorkshopArn: workshop.Arn, BaseImage: "Amazon Linux 2023", Scan: true,
			Copies:   []goldenami.Copy{{Region: stack.Place.Region, KeyArn: shared.Arn}},
			Accounts: []string{"444455556666"}, Tags: map[string]string{"Environment": "PROD"},
			Schedule: "cron(0 2 ? * sun *)", Timezone: "Asia/Seoul", Start: goldenami.StartOnUpdates,
			Lifecycle: goldenami.Lifecycle{DeprecateAfterDays: 90, DeleteAfterDays: 180, Keep: 3},
		})
		return err
	})
	// Output:
}

// A notice when the newest image is older than five weeks.
func ExampleNewWatch() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := goldenami.NewWatch(ctx, contract.FunctionImages, &goldenami.WatchArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Zip: stack.Zip(contract.FunctionImages), Architecture: "arm64", LogDays: 365,
			MaxAgeDays: 35, Schedule: "cron(0 8 * * ? *)", Timezone: "Asia/Seoul", Since: pulumi.String("2026-11-22T05:00:00Z"),
		})
		return err
	})
	// Output:
}

// What instances born from the image report, with an alarm on failed logins.
func ExampleNewLogs() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		logs, err := goldenami.NewLogs(ctx, "golden-ami-instances", &goldenami.LogsArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn, LogDays: 365,
			LogGroups: []string{"ISMS-GoldenAMI-AuthLogs"}, Namespace: "ISMS-GoldenAMI",
			Metrics: []goldenami.LogMetric{{
				Name: "FailedLogins", LogGroup: "ISMS-GoldenAMI-AuthLogs", Pattern: `"Failed password"`,
				Alarm: "More than ten failed logins within five minutes: the log names the addresses.", Threshold: 10, Period: 300,
			}},
		})
		if err != nil {
			return err
		}
		ctx.Export("instancePolicyArn", logs.PolicyArn)
		return nil
	})
	// Output:
}
