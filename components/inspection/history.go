package inspection

import (
	"fmt"

	"assetguard/components/bucket"
	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// configService is the principal of AWS Config.
const configService = "config.amazonaws.com"

// historyLeast is the fewest days that configuration history is kept: an auditor asks for a year.
const historyLeast = 365

// HistoryArgs of a History.
type HistoryArgs struct {
	Place    place.Place        // the home region
	KeyArn   pulumi.StringInput // encrypts the files; its policy must let AWS Config use it: key.ForConfig
	KeepDays int                // how long the files are kept, in days: at least 365
	// Role is what is done about the service-linked role AWSServiceRoleForConfig. An account that ever used AWS Config
	// in the console has it. Optional: Make.
	Role Existing
	// ForceDestroy lets the files be destroyed with the stack: for stacks without real data. Optional: false.
	ForceDestroy bool
}

// History is where the recorders of all regions keep what they record, and the role by which they look.
//
// The role is Config's service-linked one and no role of ours: Security Hub's control Config.1 (critical) fails with
// another, AWS keeps its rights up to date as resource types come, and no boundary of ours can make the recorder blind.
// https://docs.aws.amazon.com/securityhub/latest/userguide/config-controls.html
type History struct {
	pulumi.ResourceState

	BucketName pulumi.StringOutput `pulumi:"bucketName"` // known once Config may write to it
	RoleArn    pulumi.StringOutput `pulumi:"roleArn"`    // the service-linked role
}

func (a *HistoryArgs) validate(name string) error {
	return argument.Check("history "+name, a.Place.Validate(), argument.Required("KeyArn", a.KeyArn),
		argument.Within("KeepDays", a.KeepDays, historyLeast, 36500), a.Role.fault("Role"))
}

// NewHistory declares the bucket <project>-<stack>-<name>-<account>-<region> and the role.
func NewHistory(ctx *pulumi.Context, name string, args *HistoryArgs, opts ...pulumi.ResourceOption) (*History, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	h := &History{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:History", name, h, opts...); err != nil {
		return nil, err
	}
	files, err := bucket.New(ctx, name, &bucket.Args{
		Place: args.Place, KeyArn: args.KeyArn, ExpireAfterDays: args.KeepDays, ForceDestroy: args.ForceDestroy,
		Access: func(arn string) []iampolicy.Statement { return configWrites(args.Place, arn) },
	}, pulumi.Parent(h))
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", name, err)
	}
	if h.RoleArn, err = h.newRole(ctx, name, args); err != nil {
		return nil, fmt.Errorf("history %s: role: %w", name, err)
	}
	h.BucketName = files.Name
	return h, ctx.RegisterResourceOutputs(h, pulumi.Map{"bucketName": h.BucketName, "roleArn": h.RoleArn})
}

// configWrites lets AWS Config write below AWSLogs/<account>/Config. With a service-linked role it comes as the
// service itself. https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
func configWrites(p place.Place, arn string) []iampolicy.Statement {
	service := iampolicy.Principals{Services: []string{configService}}
	owned := iampolicy.Conditions{"StringEquals": {
		"aws:SourceAccount": iampolicy.Values(p.AccountID),
		"s3:x-amz-acl":      iampolicy.Values("bucket-owner-full-control"),
	}}
	return []iampolicy.Statement{
		{
			Sid: "ConfigLooksAtBucket", Principals: service, Actions: []string{"s3:GetBucketAcl", "s3:ListBucket"},
			Resources: iampolicy.Values(arn), Conditions: iampolicy.FromAccount(p.AccountID),
		},
		{
			Sid: "ConfigWrites", Principals: service, Actions: []string{"s3:PutObject"},
			Resources: iampolicy.Values(arn + "/AWSLogs/" + p.AccountID + "/Config/*"), Conditions: owned,
		},
	}
}

func (h *History) newRole(ctx *pulumi.Context, name string, args *HistoryArgs) (pulumi.StringOutput, error) {
	arn := fmt.Sprintf("arn:%s:iam::%s:role/aws-service-role/%s/AWSServiceRoleForConfig",
		args.Place.Partition, args.Place.AccountID, configService)
	if args.Role == Leave {
		return pulumi.String(arn).ToStringOutput(), nil
	}
	role, err := iam.NewServiceLinkedRole(ctx, name, &iam.ServiceLinkedRoleArgs{
		AwsServiceName: pulumi.String(configService),
	}, args.Role.options(h, arn)...)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return role.Arn, nil
}
