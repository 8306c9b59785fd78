package goldenami

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/imagebuilder"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// testMinutes is how long the tests of an image may take; one of them restarts the instance.
const testMinutes = 90

// When a build starts, in the words of Image Builder.
const (
	StartOnSchedule = "EXPRESSION_MATCH_ONLY"
	StartOnUpdates  = "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
)

// Copy is a region that gets the image.
type Copy struct {
	Region string             // as us-east-1
	KeyArn pulumi.StringInput // of the region: encrypts the copy
}

// PipelineArgs of a Pipeline.
type PipelineArgs struct {
	Place       place.Place        // where the pipeline stands
	KeyArn      pulumi.StringInput // encrypts the notices that could not be delivered
	TopicArn    pulumi.StringInput // told of each build's end; its policy must let EventBridge publish
	Recipe      *Recipe            // what is built
	WorkshopArn pulumi.StringInput // of a Workshop
	Copies      []Copy             // the place's own region first
	// Accounts are account numbers that may launch instances from the image; the keys of Copies must be shared with them.
	// Optional: none.
	Accounts []string
	// OrganizationArn is the organisation whose accounts all may, likewise. Optional: none.
	OrganizationArn string
	// LaunchTemplates of the place's region get a new default version with each image. Optional: none.
	LaunchTemplates []string
	// Tags of the image beside those that this package gives. Optional: none.
	Tags      map[string]string
	BaseImage string    // value of the tag BaseImage
	Schedule  string    // six fields, in Timezone
	Timezone  string    // an IANA name
	Start     string    // StartOnSchedule or StartOnUpdates
	Scan      bool      // whether Inspector's findings about the test instance are kept with the image
	Lifecycle Lifecycle // what becomes of old images
}

// Pipeline builds the image <project>-<stack>-golden-ami on schedule, distributes it, and takes old ones away.
type Pipeline struct {
	pulumi.ResourceState

	Arn           pulumi.StringOutput `pulumi:"arn"`           // of the image pipeline
	Created       pulumi.StringOutput `pulumi:"created"`       // when it was made (RFC 3339)
	ParameterName pulumi.StringOutput `pulumi:"parameterName"` // holds the id of the newest image in each region
}

func (a *PipelineArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn),
		argument.Required("WorkshopArn", a.WorkshopArn), a.Lifecycle.fault()}
	if a.Recipe == nil {
		errs = append(errs, errors.New("Recipe is required"))
	}
	if a.Schedule == "" || a.Timezone == "" || a.BaseImage == "" {
		errs = append(errs, errors.New("schedule, timezone and base image are required"))
	}
	if a.Start != StartOnSchedule && a.Start != StartOnUpdates {
		errs = append(errs, fmt.Errorf("start is %q: give StartOnSchedule or StartOnUpdates", a.Start))
	}
	if len(a.Copies) == 0 || a.Copies[0].Region != a.Place.Region {
		errs = append(errs, errors.New("copies are required, the place's own region first"))
	}
	for _, c := range a.Copies {
		if c.Region == "" || c.KeyArn == nil {
			errs = append(errs, fmt.Errorf("copy %q: Region and KeyArn are required", c.Region))
		}
	}
	return argument.Check("pipeline "+name, errs...)
}

// NewPipeline declares the pipeline, its distribution, its lifecycle policy and the notices of its builds.
func NewPipeline(ctx *pulumi.Context, name string, args *PipelineArgs, opts ...pulumi.ResourceOption) (*Pipeline, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	p := &Pipeline{}
	if err := ctx.RegisterComponentResource("assetguard:goldenami:Pipeline", name, p, opts...); err != nil {
		return nil, err
	}
	distribution, err := p.newDistribution(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("pipeline %s: distribution: %w", name, err)
	}
	pipeline, err := imagebuilder.NewImagePipeline(ctx, name, &imagebuilder.ImagePipelineArgs{
		Name: pulumi.String(naming.Of(ctx, naming.ImageBuilder, name)), Description: pulumi.String("Builds the hardened image"),
		ImageRecipeArn: args.Recipe.Arn, InfrastructureConfigurationArn: args.WorkshopArn.ToStringOutput(),
		DistributionConfigurationArn: distribution.Arn,
		EnhancedImageMetadataEnabled: pulumi.Bool(true), // what is installed, for the list of packages
		ImageScanningConfiguration:   &imagebuilder.ImagePipelineImageScanningConfigurationArgs{ImageScanningEnabled: pulumi.Bool(args.Scan)},
		ImageTestsConfiguration: &imagebuilder.ImagePipelineImageTestsConfigurationArgs{
			ImageTestsEnabled: pulumi.Bool(true), TimeoutMinutes: pulumi.Int(testMinutes),
		},
		Schedule: &imagebuilder.ImagePipelineScheduleArgs{
			ScheduleExpression: pulumi.String(args.Schedule), Timezone: pulumi.String(args.Timezone),
			PipelineExecutionStartCondition: pulumi.String(args.Start),
		},
		Status: pulumi.String("ENABLED"),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", name, err)
	}
	if err := p.newLifecycle(ctx, name, args); err != nil {
		return nil, fmt.Errorf("pipeline %s: lifecycle policy: %w", name, err)
	}
	if err := p.newNotices(ctx, name, args); err != nil {
		return nil, fmt.Errorf("pipeline %s: notices: %w", name, err)
	}
	p.Arn, p.Created = pipeline.Arn, pipeline.DateCreated
	p.ParameterName = pulumi.String(contract.ParameterNewestImage(ctx.Project(), ctx.Stack())).ToStringOutput()
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"arn": p.Arn, "created": p.Created, "parameterName": p.ParameterName})
}

// newDistribution declares where the image goes. The build date is Image Builder's to fill in, so previews stay empty.
func (p *Pipeline) newDistribution(ctx *pulumi.Context, name string, args *PipelineArgs) (*imagebuilder.DistributionConfiguration, error) {
	image := contract.GoldenImageName(ctx.Project(), ctx.Stack())
	tags := maps.Clone(args.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, map[string]string{
		contract.TagName: image, contract.TagBuildDate: "{{imagebuilder:buildDate}}", contract.TagBaseImage: args.BaseImage,
		contract.TagPurpose: contract.PurposeGoldenImage, contract.TagCompliance: contract.ComplianceGoldenImage,
		contract.TagHardened: contract.HardenedGoldenImage,
	})
	var distributions imagebuilder.DistributionConfigurationDistributionArray
	for i, c := range args.Copies {
		distribution := &imagebuilder.DistributionConfigurationDistributionArgs{
			Region: pulumi.String(c.Region),
			AmiDistributionConfiguration: &imagebuilder.DistributionConfigurationDistributionAmiDistributionConfigurationArgs{
				Name: pulumi.String(image + "-{{ imagebuilder:buildDate }}"), Description: pulumi.String("Hardened image of " + args.BaseImage),
				KmsKeyId: c.KeyArn.ToStringOutput(), AmiTags: pulumi.ToStringMap(tags), LaunchPermission: args.launchers(),
			},
			SsmParameterConfigurations: imagebuilder.DistributionConfigurationDistributionSsmParameterConfigurationArray{
				&imagebuilder.DistributionConfigurationDistributionSsmParameterConfigurationArgs{
					ParameterName: pulumi.String(contract.ParameterNewestImage(ctx.Project(), ctx.Stack())), DataType: pulumi.String("aws:ec2:image"),
				},
			},
		}
		if i == 0 {
			distribution.LaunchTemplateConfigurations = args.templates()
		}
		distributions = append(distributions, distribution)
	}
	return imagebuilder.NewDistributionConfiguration(ctx, name, &imagebuilder.DistributionConfigurationArgs{
		Name: pulumi.String(naming.Of(ctx, naming.ImageBuilder, name)), Description: pulumi.String("Where the hardened image goes"),
		Distributions: distributions,
	}, pulumi.Parent(p))
}

// launchers are who else may launch instances from the image; nil when it is nobody.
func (a *PipelineArgs) launchers() imagebuilder.DistributionConfigurationDistributionAmiDistributionConfigurationLaunchPermissionPtrInput {
	if len(a.Accounts) == 0 && a.OrganizationArn == "" {
		return nil
	}
	out := &imagebuilder.DistributionConfigurationDistributionAmiDistributionConfigurationLaunchPermissionArgs{}
	if len(a.Accounts) > 0 {
		out.UserIds = pulumi.ToStringArray(slices.Sorted(slices.Values(a.Accounts)))
	}
	if a.OrganizationArn != "" {
		out.OrganizationArns = pulumi.ToStringArray([]string{a.OrganizationArn})
	}
	return out
}

func (a *PipelineArgs) templates() imagebuilder.DistributionConfigurationDistributionLaunchTemplateConfigurationArray {
	var out imagebuilder.DistributionConfigurationDistributionLaunchTemplateConfigurationArray
	for _, id := range a.LaunchTemplates {
		out = append(out, &imagebuilder.DistributionConfigurationDistributionLaunchTemplateConfigurationArgs{
			LaunchTemplateId: pulumi.String(id), Default: pulumi.Bool(true),
		})
	}
	return out
}
