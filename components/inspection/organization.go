package inspection

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"assetguard/components/bucket"
	"assetguard/internal/argument"
	"assetguard/internal/compliance"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cfg"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/guardduty"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/inspector2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/securityhub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// MembersArgs of the Members. The account must be the organisation's delegated administrator of each service, which
// only the management account can say, and the services must be on in it: give pulumi.DependsOn.
type MembersArgs struct {
	Place place.Place // the region
	// Scans are what Inspector looks at in new member accounts, as in InspectorArgs. Optional: none, Inspector is left alone.
	Scans []string
	// DetectorID is GuardDuty's of the administrator. Optional: nil, GuardDuty is left alone.
	DetectorID pulumi.StringInput
}

// Members are the accounts of the organisation in one region: what is on here is switched on in each new one, and for
// GuardDuty in each that is there already. Security Hub and Inspector leave existing accounts as they are.
type Members struct {
	pulumi.ResourceState
}

// NewMembers declares what new accounts get. Security Hub gives them its default standards.
func NewMembers(ctx *pulumi.Context, name string, args *MembersArgs, opts ...pulumi.ResourceOption) (*Members, error) {
	if err := argument.Check("members "+name, args.Place.Validate()); err != nil {
		return nil, err
	}
	m := &Members{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Members", name, m, opts...); err != nil {
		return nil, err
	}
	if _, err := securityhub.NewOrganizationConfiguration(ctx, name, &securityhub.OrganizationConfigurationArgs{
		AutoEnable: pulumi.Bool(true), AutoEnableStandards: pulumi.String("DEFAULT"),
		OrganizationConfiguration: &securityhub.OrganizationConfigurationOrganizationConfigurationArgs{
			ConfigurationType: pulumi.String("LOCAL"),
		},
	}, pulumi.Parent(m)); err != nil {
		return nil, fmt.Errorf("members %s: Security Hub: %w", name, err)
	}
	if len(args.Scans) > 0 {
		if _, err := inspector2.NewOrganizationConfiguration(ctx, name, &inspector2.OrganizationConfigurationArgs{
			AutoEnable: &inspector2.OrganizationConfigurationAutoEnableArgs{
				Ec2: on(args.Scans, ScanEC2), Ecr: on(args.Scans, ScanECR),
				Lambda: on(args.Scans, ScanLambda), LambdaCode: on(args.Scans, ScanLambdaCode),
			},
		}, pulumi.Parent(m)); err != nil {
			return nil, fmt.Errorf("members %s: Inspector: %w", name, err)
		}
	}
	if args.DetectorID != nil {
		if _, err := guardduty.NewOrganizationConfiguration(ctx, name, &guardduty.OrganizationConfigurationArgs{
			DetectorId: args.DetectorID, AutoEnableOrganizationMembers: pulumi.String("ALL"),
		}, pulumi.Parent(m)); err != nil {
			return nil, fmt.Errorf("members %s: GuardDuty: %w", name, err)
		}
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{})
}

func on(scans []string, scan string) pulumi.Bool { return pulumi.Bool(slices.Contains(scans, scan)) }

// AggregatorArgs of an Aggregator.
type AggregatorArgs struct {
	Place   place.Place // the home region
	Regions []string    // whose configuration and compliance are shown
}

// Aggregator shows the configuration and compliance that AWS Config of all accounts of the organisation records.
type Aggregator struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"` // of the configuration aggregator
}

// NewAggregator declares the aggregator <project>-<stack>-<name> and the role by which it reads the organisation.
func NewAggregator(ctx *pulumi.Context, name string, args *AggregatorArgs, opts ...pulumi.ResourceOption) (*Aggregator, error) {
	var none error
	if len(args.Regions) == 0 {
		none = errors.New("regions are required")
	}
	if err := argument.Check("aggregator "+name, args.Place.Validate(), none); err != nil {
		return nil, err
	}
	a := &Aggregator{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Aggregator", name, a, opts...); err != nil {
		return nil, err
	}
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:                pulumi.String(naming.Of(ctx, naming.Role, name, args.Place.Region)),
		Description:         pulumi.String("Lets AWS Config read the accounts of the organisation"),
		AssumeRolePolicy:    iampolicy.AssumedBy(configService, iampolicy.FromAccount(args.Place.AccountID)),
		PermissionsBoundary: boundary(args.Place),
	}, pulumi.Parent(a))
	if err != nil {
		return nil, fmt.Errorf("aggregator %s: role: %w", name, err)
	}
	// The managed policy reads organisations only, and follows what the aggregator needs.
	// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSConfigRoleForOrganizations.html
	attached, err := iam.NewRolePolicyAttachment(ctx, name, &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(fmt.Sprintf("arn:%s:iam::aws:policy/service-role/AWSConfigRoleForOrganizations", args.Place.Partition)),
	}, pulumi.Parent(a))
	if err != nil {
		return nil, fmt.Errorf("aggregator %s: role: %w", name, err)
	}
	aggregator, err := cfg.NewConfigurationAggregator(ctx, name, &cfg.ConfigurationAggregatorArgs{
		Name: pulumi.String(naming.Of(ctx, naming.Aggregator, name)),
		OrganizationAggregationSource: &cfg.ConfigurationAggregatorOrganizationAggregationSourceArgs{
			RoleArn: role.Arn, Regions: pulumi.ToStringArray(args.Regions),
		},
	}, pulumi.Parent(a), pulumi.DependsOn([]pulumi.Resource{attached}))
	if err != nil {
		return nil, fmt.Errorf("aggregator %s: %w", name, err)
	}
	a.Arn = aggregator.Arn
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{"arn": a.Arn})
}

// organizationBucket begins the name of the bucket that an organisation's conformance pack is delivered to, or AWS
// Config refuses it. https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html
const organizationBucket = "awsconfigconforms"

var organizationSyntax = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)

// OrganizationPackArgs of an OrganizationPack. Member accounts must record: AWS Config refuses the pack where it does not.
type OrganizationPackArgs struct {
	Place          place.Place        // the region where the rules evaluate
	Pack           compliance.Pack    // what compliance.Render makes for the region
	OrganizationID string             // o- and 10 to 32 letters and digits
	KeyArn         pulumi.StringInput // encrypts the template's bucket, where it needs one
	// Excluded are accounts that do not get the pack. The administrator's own has a Pack already. Optional: none.
	Excluded []string
	// ForceDestroy lets the buckets be destroyed with the stack. Optional: false.
	ForceDestroy bool
}

// OrganizationPack is the conformance pack in every account of the organisation, in one region.
type OrganizationPack struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"` // of the organisation's conformance pack
}

func (a *OrganizationPackArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn)}
	if a.Pack.Body == "" {
		errs = append(errs, errors.New("Pack is empty; give what compliance.Render makes"))
	}
	if !organizationSyntax.MatchString(a.OrganizationID) {
		errs = append(errs, fmt.Errorf("OrganizationID is %q; give o- and 10 to 32 letters and digits", a.OrganizationID))
	}
	return argument.Check("organization pack "+name, errs...)
}

// NewOrganizationPack declares the pack <project>-<stack>-k-isms-organization and its delivery bucket
// awsconfigconforms-<project>-<stack>-....
func NewOrganizationPack(ctx *pulumi.Context, name string, args *OrganizationPackArgs, opts ...pulumi.ResourceOption) (*OrganizationPack, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	o := &OrganizationPack{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:OrganizationPack", name, o, opts...); err != nil {
		return nil, err
	}
	template, err := newTemplate(ctx, name, o, &PackArgs{Place: args.Place, Pack: args.Pack, KeyArn: args.KeyArn, ForceDestroy: args.ForceDestroy})
	if err != nil {
		return nil, fmt.Errorf("organization pack %s: template: %w", name, err)
	}
	// The members' AWS Config cannot use a key of ours.
	delivery, err := bucket.New(ctx, name, &bucket.Args{
		Place: args.Place, S3Key: true, Prefix: organizationBucket, ForceDestroy: args.ForceDestroy,
		Access: func(arn string) []iampolicy.Statement {
			return membersDeliver(args.Place.Partition, args.OrganizationID, arn)
		},
	}, pulumi.Parent(o))
	if err != nil {
		return nil, fmt.Errorf("organization pack %s: %w", name, err)
	}
	pack, err := cfg.NewOrganizationConformancePack(ctx, name, &cfg.OrganizationConformancePackArgs{
		Name:         pulumi.String(naming.Of(ctx, naming.ConformancePack, compliance.PackBaseName, "organization")),
		TemplateBody: template.body, TemplateS3Uri: template.uri,
		DeliveryS3Bucket: delivery.Name, ExcludedAccounts: pulumi.ToStringArray(args.Excluded),
	}, pulumi.Parent(o))
	if err != nil {
		return nil, fmt.Errorf("organization pack %s: %w", name, err)
	}
	o.Arn = pack.Arn
	return o, ctx.RegisterResourceOutputs(o, pulumi.Map{"arn": o.Arn})
}

// membersDeliver lets the service-linked role for conformance packs of every account of the organisation use the bucket.
// https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
func membersDeliver(partition, organization, arn string) []iampolicy.Statement {
	members := iampolicy.Conditions{
		"StringEquals": {"aws:PrincipalOrgID": iampolicy.Values(organization)},
		"ArnLike": {"aws:PrincipalArn": iampolicy.Values("arn:" + partition +
			":iam::*:role/aws-service-role/config-conforms.amazonaws.com/AWSServiceRoleForConfigConforms")},
	}
	return []iampolicy.Statement{
		{
			Sid: "MembersUseFiles", Principals: iampolicy.Principals{Anyone: true}, Actions: []string{"s3:GetObject", "s3:PutObject"},
			Resources: iampolicy.Values(arn + "/*"), Conditions: members,
		},
		{
			Sid: "MembersLookAtBucket", Principals: iampolicy.Principals{Anyone: true}, Actions: []string{"s3:GetBucketAcl"},
			Resources: iampolicy.Values(arn), Conditions: members,
		},
	}
}

// boundary is what bounds every role made at a place; nil where the account needs none.
func boundary(p place.Place) pulumi.StringPtrInput {
	if p.RoleBoundary == "" {
		return nil
	}
	return pulumi.String(p.RoleBoundary)
}
