package tagging_test

import (
	"assetguard/components/tagging"
	"assetguard/internal/contract"
	"assetguard/internal/example"
	"assetguard/internal/place"
	"assetguard/internal/tagpolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The records on which all tagging rests.
func ExampleNewTrail() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		trail, err := tagging.NewTrail(ctx, "trail", &tagging.TrailArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, KeepDays: 3 * 365,
		})
		if err != nil {
			return err
		}
		ctx.Export("trailArn", trail.Arn)
		return nil
	})
	// Output:
}

// A policy by which a database holds personal information.
func ExampleNewPolicy() {
	example.Run(func(ctx *pulumi.Context, _ example.Stack) error {
		policy, err := tagging.NewPolicy(ctx, "tag-policy", &tagging.PolicyArgs{Policy: &tagpolicy.Policy{
			Version:    tagpolicy.Version,
			AssetTypes: []tagpolicy.AssetType{{ID: "student-database", Value: "수강생 데이터 베이스"}},
			Defaults: map[string]string{
				contract.TagEnvironment: "PROD", contract.TagOwner: "DevOps", contract.TagPersonalInformation: "N",
			},
			Rules: []tagpolicy.Rule{{
				Name:  "databases",
				Match: tagpolicy.Match{Services: []string{"rds"}},
				Tags:  map[string]string{contract.TagAssetType: "student-database", contract.TagPersonalInformation: "Y"},
			}},
		}})
		if err != nil {
			return err
		}
		ctx.Export("tagPolicyParameter", policy.PolicyName)
		return nil
	})
	// Output:
}

// The auto-tag function, which puts removed tags back.
func ExampleNewAutotag() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		autotag, err := tagging.NewAutotag(ctx, contract.FunctionAutotag, &tagging.AutotagArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Zip: stack.Zip(contract.FunctionAutotag), Architecture: "arm64", LogDays: 365,
			PolicyName:    pulumi.String(contract.ParameterTagPolicy), // policy.PolicyName of a Policy
			OverridesName: pulumi.String(contract.ParameterTagOverrides),
			RemovedKeys:   contract.RemovedKeysRestore,
		})
		if err != nil {
			return err
		}
		ctx.Export("autotagFunction", autotag.FunctionName)
		return nil
	})
	// Output:
}

// The events of us-east-1, where those of global services arrive, to the home region.
func ExampleNewForward() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		there := place.Place{ // the provider of us-east-1 belongs to it, in pulumi.Providers
			Partition: stack.Place.Partition, Region: "us-east-1",
			AccountID: stack.Place.AccountID, DNSSuffix: stack.Place.DNSSuffix,
		}
		_, err := tagging.NewForward(ctx, "forward-us-east-1", &tagging.ForwardArgs{
			Place: there, Home: stack.Place,
			KeyArn: stack.KeyArn, TopicArn: stack.TopicArn, // those of us-east-1
		})
		return err
	})
	// Output:
}

// A sweep of two regions at four o'clock in the morning.
func ExampleNewSweep() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		sweep, err := tagging.NewSweep(ctx, contract.FunctionSweep, &tagging.SweepArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Zip: stack.Zip(contract.FunctionSweep), Architecture: "arm64", LogDays: 365,
			PolicyName:    pulumi.String(contract.ParameterTagPolicy), // policy.PolicyName of a Policy
			OverridesName: pulumi.String(contract.ParameterTagOverrides),
			Regions:       []string{stack.Place.Region, "us-east-1"},
			Schedule:      "cron(0 4 * * ? *)", Timezone: "Asia/Seoul",
			RemovedKeys: contract.RemovedKeysRestore, RegisterDays: 3 * 365,
		})
		if err != nil {
			return err
		}
		ctx.Export("registerBucket", sweep.RegisterBucket)
		return nil
	})
	// Output:
}

// The dashboard of a stack with one more region.
func ExampleNewDashboard() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := tagging.NewDashboard(ctx, "tagging", &tagging.DashboardArgs{
			Place: stack.Place, Autotag: contract.FunctionAutotag, Sweep: contract.FunctionSweep,
			Forwards: []tagging.ForwardShown{{Name: "forward-us-east-1", Region: "us-east-1"}},
		})
		return err
	})
	// Output:
}

// The dashboard of a stack without other regions.
func ExampleNewDashboard_home() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := tagging.NewDashboard(ctx, "tagging", &tagging.DashboardArgs{
			Place: stack.Place, Autotag: contract.FunctionAutotag, Sweep: contract.FunctionSweep,
		})
		return err
	})
	// Output:
}

// Groups of production and of the databases.
func ExampleNewGroups() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		groups, err := tagging.NewGroups(ctx, "groups", &tagging.GroupsArgs{
			Place: stack.Place,
			Policy: &tagpolicy.Policy{
				Version:    tagpolicy.Version,
				AssetTypes: []tagpolicy.AssetType{{ID: "student-database", Value: "수강생 데이터 베이스"}},
				Defaults:   map[string]string{contract.TagEnvironment: "PROD"},
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("resourceGroupUrls", pulumi.ToStringMap(groups.Links))
		return nil
	})
	// Output:
}

// The policy for a role of people who classify assets.
func ExampleNewEditors() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		editors, err := tagging.NewEditors(ctx, "tag-editors", &tagging.EditorsArgs{Place: stack.Place})
		if err != nil {
			return err
		}
		ctx.Export("tagEditorsPolicyArn", editors.PolicyArn)
		return nil
	})
	// Output:
}
