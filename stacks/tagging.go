package stacks

import (
	"assetguard/components/tagging"
	"assetguard/internal/contract"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newTagging declares the automatic tagging of the account, which only its owner makes. It returns the name of the bucket
// of the asset register.
func newTagging(ctx *pulumi.Context, home site, settings *config.Settings, t traits, f *foundation) (register pulumi.StringOutput, err error) {
	singleton := home.with(t.singleton()...)
	if err := newTrail(ctx, home, settings, t, f, singleton); err != nil {
		return register, err
	}
	policy, err := tagging.NewPolicy(ctx, "tag-policy", &tagging.PolicyArgs{Policy: settings.TagPolicy()}, singleton...)
	if err != nil {
		return register, err
	}
	autotag, err := tagging.NewAutotag(ctx, contract.FunctionAutotag, &tagging.AutotagArgs{
		Place: home.Place, KeyArn: f.key.Arn, TopicArn: f.operations.Arn,
		Zip: t.zip(contract.FunctionAutotag), Architecture: t.architecture(),
		LogDays:    settings.Retention.LogDays,
		PolicyName: policy.PolicyName, OverridesName: policy.OverridesName,
		RemovedKeys: settings.Classification.RemovedKeys,
	}, singleton...)
	if err != nil {
		return register, err
	}
	if register, err = newSweep(ctx, home, settings, t, f, policy); err != nil {
		return register, err
	}
	ctx.Export("tagPolicyParameter", policy.PolicyName)
	ctx.Export("tagOverridesParameter", policy.OverridesName)
	ctx.Export("autotagFunction", autotag.FunctionName)
	ctx.Export("autotagQueueUrl", autotag.QueueURL)
	return register, nil
}

// The daily sweep starts in the night of the company, whose days the register's are.
const (
	sweepSchedule = "cron(0 4 * * ? *)"
	sweepTimezone = "Asia/Seoul"
)

// newSweep declares the daily sweep of the home region, the other regions and the global services.
func newSweep(ctx *pulumi.Context, home site, settings *config.Settings, t traits, f *foundation, policy *tagging.Policy) (register pulumi.StringOutput, err error) {
	sweep, err := tagging.NewSweep(ctx, contract.FunctionSweep, &tagging.SweepArgs{
		Place: home.Place, KeyArn: f.key.Arn, TopicArn: f.operations.Arn,
		Zip: t.zip(contract.FunctionSweep), Architecture: t.architecture(),
		LogDays:    settings.Retention.LogDays,
		PolicyName: policy.PolicyName, OverridesName: policy.OverridesName,
		Regions:  append([]string{home.Region}, otherRegions(home, settings.Regions.Others)...),
		Schedule: sweepSchedule, Timezone: sweepTimezone,
		RemovedKeys:  settings.Classification.RemovedKeys,
		RegisterDays: settings.Retention.TrailDays, ForceDestroy: t.forceDestroy,
	}, home.with(t.singleton()...)...)
	if err != nil {
		return register, err
	}
	ctx.Export("sweepFunction", sweep.FunctionName)
	ctx.Export("registerBucket", sweep.RegisterBucket)
	return sweep.RegisterBucket, nil
}

// newTrail declares a trail unless the account has one already: a second one is billed.
func newTrail(ctx *pulumi.Context, home site, settings *config.Settings, t traits, f *foundation, singleton []pulumi.ResourceOption) error {
	if existing := settings.Trail.ExistingARN; existing != "" {
		ctx.Export("trailArn", pulumi.String(existing))
		return nil
	}
	trail, err := tagging.NewTrail(ctx, "trail", &tagging.TrailArgs{
		Place: home.Place, KeyArn: f.key.Arn,
		KeepDays: settings.Retention.TrailDays, ForceDestroy: t.forceDestroy,
	}, singleton...)
	if err != nil {
		return err
	}
	ctx.Export("trailArn", trail.Arn)
	ctx.Export("trailBucket", trail.BucketName)
	return nil
}
