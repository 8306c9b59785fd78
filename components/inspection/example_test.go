package inspection_test

import (
	"time"

	"assetguard/components/inspection"
	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/example"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The bucket and the role of the recorders of all regions.
func ExampleNewHistory() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		history, err := inspection.NewHistory(ctx, "config", &inspection.HistoryArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, KeepDays: 3 * 365,
		})
		if err != nil {
			return err
		}
		ctx.Export("configBucket", history.BucketName)
		return nil
	})
	// Output:
}

// The recorder of the home region.
func ExampleNewRecorder() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewRecorder(ctx, "recorder", &inspection.RecorderArgs{
			Place: stack.Place, TopicArn: stack.TopicArn, Global: true, Recording: inspection.RecordingContinuous,
			BucketName: pulumi.String("assetguard-example-config"), BucketKeyArn: stack.KeyArn, // of a History
			RoleArn: pulumi.String("arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"),
		})
		return err
	})
	// Output:
}

// A recorder that the region has already, which becomes the stack's.
func ExampleNewRecorder_existing() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewRecorder(ctx, "recorder", &inspection.RecorderArgs{
			Place: stack.Place, TopicArn: stack.TopicArn, Recording: inspection.RecordingDaily,
			BucketName: pulumi.String("assetguard-example-config"), BucketKeyArn: stack.KeyArn,
			RoleArn:  pulumi.String("arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"),
			Existing: inspection.Import, RecorderName: "company", ChannelName: "company",
		})
		return err
	})
	// Output:
}

// The checks that no standard of Security Hub evaluates, by a conformance pack.
func ExampleNewPack() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		pack, err := compliance.Render(compliance.Settings{}, nil, compliance.Target{Region: stack.Place.Region, Home: true})
		if err != nil {
			return err
		}
		_, err = inspection.NewPack(ctx, "pack", &inspection.PackArgs{Place: stack.Place, Pack: pack, KeyArn: stack.KeyArn})
		return err
	})
	// Output:
}

// Security Hub with two standards; one control is left to the conformance pack.
func ExampleNewHub() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewHub(ctx, "hub", &inspection.HubArgs{
			Place:     stack.Place,
			Standards: compliance.DefaultStandards(),
			SwitchOff: []compliance.SwitchOff{{Control: "IAM.7", Reason: "the pack evaluates IAM_PASSWORD_POLICY"}}, // Pack.SwitchOff
		})
		return err
	})
	// Output:
}

// Security Hub as somebody else has set it up, with one more standard.
func ExampleNewHub_existing() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewHub(ctx, "hub", &inspection.HubArgs{
			Place: stack.Place, Standards: []compliance.Standard{compliance.StandardCIS3}, Existing: inspection.Leave,
		})
		return err
	})
	// Output:
}

// Rules that accept one risk for a time, label findings with codes, and raise what touches personal information.
func ExampleNewAutomation() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAutomation(ctx, "automation", &inspection.AutomationArgs{
			Place: stack.Place,
			Accepted: []inspection.Accepted{{
				ID: "public-website", Reason: "the website is meant for everybody; agreed by the CISO",
				LastDay:  time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC),
				Controls: []string{"S3.8"}, Resources: []string{"arn:aws:s3:::website"},
			}},
			Groups:   compliance.ControlGroups(compliance.DefaultStandards())[:2],
			Now:      time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), // time.Now()
			Language: "ko",
		})
		return err
	})
	// Output:
}

// What is open by code of KISA, in an account with one region.
func ExampleNewAggregation_oneRegion() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAggregation(ctx, "aggregation", &inspection.AggregationArgs{Place: stack.Place, Language: "ko"})
		return err
	})
	// Output:
}

// Rules that only raise what touches personal information and suppress copies.
func ExampleNewAutomation_raise() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAutomation(ctx, "automation", &inspection.AutomationArgs{
			Place: stack.Place, Language: "en",
			Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), // time.Now()
		})
		return err
	})
	// Output:
}

// The findings of another region, and lists of what is open by owner.
func ExampleNewAggregation() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAggregation(ctx, "aggregation", &inspection.AggregationArgs{
			Place: stack.Place, Linked: []string{"us-east-1"}, Owners: []string{"DevOps"}, Language: "en",
		})
		return err
	})
	// Output:
}

// Instances and images are looked at for known vulnerabilities.
func ExampleNewInspector() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewInspector(ctx, "inspector", &inspection.InspectorArgs{
			Place: stack.Place, Scans: []string{inspection.ScanEC2, inspection.ScanECR},
		})
		return err
	})
	// Output:
}

// What is shared with others outside the account.
func ExampleNewAnalyzer() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAnalyzer(ctx, "analyzer", &inspection.AnalyzerArgs{Place: stack.Place})
		return err
	})
	// Output:
}

// Threats in the account's logs and in the use of S3.
func ExampleNewDetector() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewDetector(ctx, "detector", &inspection.DetectorArgs{
			Place: stack.Place, Features: []string{"S3_DATA_EVENTS"},
		})
		return err
	})
	// Output:
}

// Threats in the account's logs only.
func ExampleNewDetector_foundation() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewDetector(ctx, "detector", &inspection.DetectorArgs{Place: stack.Place})
		return err
	})
	// Output:
}

// New volumes are encrypted and new instances want tokens.
func ExampleNewRegionBaseline() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewRegionBaseline(ctx, "region-baseline", &inspection.RegionBaselineArgs{
			Place: stack.Place, EncryptVolumes: true, RequireTokens: true,
		})
		return err
	})
	// Output:
}

// The default security group of the default VPC loses its rules.
func ExampleNewRegionBaseline_defaultGroup() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewRegionBaseline(ctx, "region-baseline", &inspection.RegionBaselineArgs{
			Place: stack.Place, CloseDefaultGroup: "vpc-0a1b2c3d4e5f60718",
		})
		return err
	})
	// Output:
}

// No bucket is public, and passwords are long.
func ExampleNewAccountBaseline() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAccountBaseline(ctx, "account-baseline", &inspection.AccountBaselineArgs{
			Place: stack.Place, BlockPublicBuckets: true,
			Passwords: &inspection.Passwords{MinimumLength: 14, MaximumDays: 90, Remembered: 24},
		})
		return err
	})
	// Output:
}

// No bucket is public; the password policy is left as it is.
func ExampleNewAccountBaseline_buckets() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAccountBaseline(ctx, "account-baseline", &inspection.AccountBaselineArgs{
			Place: stack.Place, BlockPublicBuckets: true,
		})
		return err
	})
	// Output:
}

// Passwords are long; buckets that are public on purpose stay public.
func ExampleNewAccountBaseline_passwords() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAccountBaseline(ctx, "account-baseline", &inspection.AccountBaselineArgs{
			Place: stack.Place, Passwords: &inspection.Passwords{MinimumLength: 14, MaximumDays: 90, Remembered: 24},
		})
		return err
	})
	// Output:
}

// New accounts of the organisation get Security Hub and Inspector, all accounts GuardDuty.
func ExampleNewMembers() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewMembers(ctx, "members", &inspection.MembersArgs{
			Place: stack.Place, Scans: []string{inspection.ScanEC2},
			DetectorID: pulumi.String("12abc34d567e8fa901bc2d34e56789f0"), // of a Detector
		})
		return err
	})
	// Output:
}

// New accounts of the organisation get Security Hub.
func ExampleNewMembers_securityHub() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewMembers(ctx, "members", &inspection.MembersArgs{Place: stack.Place})
		return err
	})
	// Output:
}

// The configuration of all accounts in two regions.
func ExampleNewAggregator() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewAggregator(ctx, "organization", &inspection.AggregatorArgs{
			Place: stack.Place, Regions: []string{"ap-northeast-2", "us-east-1"},
		})
		return err
	})
	// Output:
}

// The checks in every account of the organisation.
func ExampleNewOrganizationPack() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		pack, err := compliance.Render(compliance.Settings{}, nil, compliance.Target{Region: stack.Place.Region, Home: true})
		if err != nil {
			return err
		}
		_, err = inspection.NewOrganizationPack(ctx, "organization-pack", &inspection.OrganizationPackArgs{
			Place: stack.Place, Pack: pack, KeyArn: stack.KeyArn, OrganizationID: "o-abcdefghij",
			Excluded: []string{stack.Place.AccountID},
		})
		return err
	})
	// Output:
}

// The checks in every account of the organisation, the administrator's own included.
func ExampleNewOrganizationPack_all() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		pack, err := compliance.Render(compliance.Settings{}, nil, compliance.Target{Region: stack.Place.Region, Home: true})
		if err != nil {
			return err
		}
		_, err = inspection.NewOrganizationPack(ctx, "organization-pack", &inspection.OrganizationPackArgs{
			Place: stack.Place, Pack: pack, KeyArn: stack.KeyArn, OrganizationID: "o-abcdefghij",
		})
		return err
	})
	// Output:
}

// The results of the packs of two regions, in Security Hub.
func ExampleNewImporter() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		importer, err := inspection.NewImporter(ctx, contract.FunctionImporter, &inspection.ImporterArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Zip: stack.Zip(contract.FunctionImporter), Architecture: "arm64", LogDays: 365,
			Regions:  []string{"ap-northeast-2", "us-east-1"},
			PackName: pulumi.String("assetguard-example-k-isms"), // of a Pack
			Language: "ko", Schedule: "cron(0 6 * * ? *)", Timezone: "Asia/Seoul",
		})
		if err != nil {
			return err
		}
		ctx.Export("importerQueueUrl", importer.QueueURL)
		return nil
	})
	// Output:
}

// What the company accepted ends on its day.
func ExampleNewSuppression() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := inspection.NewSuppression(ctx, contract.FunctionSuppression, &inspection.SuppressionArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Zip: stack.Zip(contract.FunctionSuppression), Architecture: "arm64", LogDays: 365,
			Language: "ko", Schedule: "cron(15 0 * * ? *)", Timezone: "Asia/Seoul",
		})
		return err
	})
	// Output:
}
