package inspection

import (
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RegionBaselineArgs of a RegionBaseline.
type RegionBaselineArgs struct {
	Place place.Place // the region
	// EncryptVolumes encrypts every new EBS volume, with AWS's key where the caller names none. Existing volumes stay as
	// they are. Optional: false, the region's setting is left alone.
	EncryptVolumes bool
	// RequireTokens has new instances take metadata requests with a token only (IMDSv2), unless their launch says
	// otherwise. Running instances stay as they are. Optional: false, the region's setting is left alone.
	RequireTokens bool
	// CloseDefaultGroup is the id of the default VPC whose default security group loses all its rules: what still uses
	// the group is cut off. Optional: none, the group is left alone.
	CloseDefaultGroup string
}

// RegionBaseline are the settings of a region that make what people create there safer. Whatever the settings were
// before is overwritten; when the baseline goes they stay.
type RegionBaseline struct {
	pulumi.ResourceState
}

func (a *RegionBaselineArgs) validate(name string) error {
	var empty error
	if !a.EncryptVolumes && !a.RequireTokens && a.CloseDefaultGroup == "" {
		empty = errors.New("nothing is on; make no RegionBaseline")
	}
	return argument.Check("region baseline "+name, a.Place.Validate(), empty)
}

// NewRegionBaseline declares the settings.
func NewRegionBaseline(ctx *pulumi.Context, name string, args *RegionBaselineArgs, opts ...pulumi.ResourceOption) (*RegionBaseline, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	b := &RegionBaseline{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:RegionBaseline", name, b, opts...); err != nil {
		return nil, err
	}
	if args.EncryptVolumes {
		if _, err := ebs.NewEncryptionByDefault(ctx, name, &ebs.EncryptionByDefaultArgs{Enabled: pulumi.Bool(true)}, pulumi.Parent(b)); err != nil {
			return nil, fmt.Errorf("region baseline %s: encryption of volumes: %w", name, err)
		}
	}
	if args.RequireTokens {
		// Two hops: a container on an instance is one further away, and would lose its metadata with one.
		if _, err := ec2.NewInstanceMetadataDefaults(ctx, name, &ec2.InstanceMetadataDefaultsArgs{
			HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(2),
		}, pulumi.Parent(b)); err != nil {
			return nil, fmt.Errorf("region baseline %s: metadata: %w", name, err)
		}
	}
	if args.CloseDefaultGroup != "" {
		if _, err := ec2.NewDefaultSecurityGroup(ctx, name, &ec2.DefaultSecurityGroupArgs{
			VpcId: pulumi.String(args.CloseDefaultGroup),
		}, pulumi.Parent(b)); err != nil {
			return nil, fmt.Errorf("region baseline %s: default security group: %w", name, err)
		}
	}
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{})
}
