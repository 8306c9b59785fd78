package stacks

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"assetguard/components/goldenami"
	"assetguard/components/key"
	hardening "assetguard/imagebuilder"
	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/imagebuilder"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	goldenImage = "golden-ami" // names the image and what builds it
	// reportDays is how long logs and compliance reports of builds are kept: longer than any image, for the auditor.
	reportDays = 1095
	// imageAgeSchedule is when the age of the newest image is measured, after the weekly build.
	imageAgeSchedule = "cron(0 8 * * ? *)"
)

// bases are the base images as the tag BaseImage shows them.
var bases = map[string]string{config.BaseAmazonLinux2023: "Amazon Linux 2023", config.BaseAmazonLinux2: "Amazon Linux 2"}

// starts are the conditions of a build in the words of Image Builder.
var starts = map[string]string{config.StartAlways: goldenami.StartOnSchedule, config.StartUpdates: goldenami.StartOnUpdates}

// image is what the parts of the golden image share.
type image struct {
	settings *config.Settings
	traits   traits
	home     region
	copies   []goldenami.Copy // the home region first
}

// newGoldenImage declares what builds the hardened image, and what watches its instances. It goes away with the stack:
// the images stay, and what builds them can be made again.
func newGoldenImage(ctx *pulumi.Context, home region, others []region, settings *config.Settings, t traits) error {
	if !settings.GoldenImage.Enabled {
		return nil
	}
	i := &image{settings: settings, traits: t, home: home}
	if err := i.newKeys(ctx, others); err != nil {
		return err
	}
	workshop, err := i.newWorkshop(ctx)
	if err != nil {
		return err
	}
	recipe, err := i.newRecipe(ctx, workshop)
	if err != nil {
		return err
	}
	pipeline, err := i.newPipeline(ctx, workshop, recipe)
	if err != nil {
		return err
	}
	if err := i.newWatch(ctx, pipeline); err != nil {
		return err
	}
	ctx.Export("imagePipelineArn", pipeline.Arn)
	ctx.Export("imageParameter", pipeline.ParameterName)
	ctx.Export("imageLogBucket", workshop.Bucket)
	return nil
}

// newKeys decides which key encrypts the image in each region: the company's own, one of the image where it is shared,
// since no other account shall read anything else of the stack, or the stack's.
func (i *image) newKeys(ctx *pulumi.Context, others []region) error {
	g := i.settings.GoldenImage
	regions := []region{i.home}
	for _, there := range others {
		if slices.Contains(g.Regions, there.Region) {
			regions = append(regions, there)
		}
	}
	for _, r := range regions {
		arn, err := i.keyArn(ctx, r)
		if err != nil {
			return fmt.Errorf("key in %s: %w", r.Region, err)
		}
		i.copies = append(i.copies, goldenami.Copy{Region: r.Region, KeyArn: arn})
	}
	return nil
}

func (i *image) keyArn(ctx *pulumi.Context, r region) (pulumi.StringInput, error) {
	g := i.settings.GoldenImage
	if own := g.KeyARNs[r.Region]; own != "" {
		return pulumi.String(own), nil
	}
	if !g.Shared() {
		return r.key.Arn, nil
	}
	name := goldenImage
	if r.Region != i.home.Region {
		name += "-" + r.Region
	}
	share := key.Share{Accounts: g.Share.Accounts}
	if g.Share.OrganizationARN != "" {
		share.OrganizationID = path.Base(g.Share.OrganizationARN)
	}
	made, err := key.New(ctx, name, &key.Args{
		Place: r.Place, DeletionWindowDays: keyDeletionDays, SharedWith: share,
	}, r.with(i.traits.singleton()...)...) // images that it encrypts outlive the stack
	if err != nil {
		return nil, err
	}
	return made.Arn, nil
}

func (i *image) newWorkshop(ctx *pulumi.Context) (*goldenami.Workshop, error) {
	vpc, subnet, err := i.network(ctx)
	if err != nil {
		return nil, err
	}
	return goldenami.NewWorkshop(ctx, goldenImage, &goldenami.WorkshopArgs{
		Place: i.home.Place, KeyArn: i.home.key.Arn, ImageKeyArn: i.copies[0].KeyArn,
		VpcID: pulumi.String(vpc), SubnetID: pulumi.String(subnet),
		InstanceTypes: i.settings.GoldenImage.Types(), Recipe: goldenImage,
		LogDays: i.settings.Retention.LogDays, LogBucketDays: reportDays, Keep: i.traits.keep, ForceDestroy: i.traits.forceDestroy,
	}, i.home.with()...)
}

// network is the VPC and the subnet that builds run in.
func (i *image) network(ctx *pulumi.Context) (vpc, subnet string, err error) {
	if vpc, subnet = i.settings.Subnet(); subnet != "" {
		return vpc, subnet, nil
	}
	vpcs, err := ec2.GetVpcs(ctx, &ec2.GetVpcsArgs{
		Filters: []ec2.GetVpcsFilter{{Name: "is-default", Values: []string{"true"}}},
	}, pulumi.Provider(i.home.provider))
	if err != nil {
		return "", "", fmt.Errorf("default VPC: %w", err)
	}
	if len(vpcs.Ids) == 0 {
		return "", "", errors.New("the account has no default VPC: name goldenImage.vpcId and subnetId")
	}
	subnets, err := ec2.GetSubnets(ctx, &ec2.GetSubnetsArgs{
		Filters: []ec2.GetSubnetsFilter{{Name: "vpc-id", Values: vpcs.Ids[:1]}},
	}, pulumi.Provider(i.home.provider))
	if err != nil {
		return "", "", fmt.Errorf("subnets of the default VPC: %w", err)
	}
	if len(subnets.Ids) == 0 {
		return "", "", errors.New("the default VPC has no subnet: name goldenImage.vpcId and subnetId")
	}
	return vpcs.Ids[0], slices.Min(subnets.Ids), nil
}

func (i *image) newRecipe(ctx *pulumi.Context, workshop *goldenami.Workshop) (*goldenami.Recipe, error) {
	documents, arns, err := i.components(ctx, workshop)
	if err != nil {
		return nil, err
	}
	existing, err := i.existing(ctx)
	if err != nil {
		return nil, err
	}
	g := i.settings.GoldenImage
	return goldenami.NewRecipe(ctx, goldenImage, &goldenami.RecipeArgs{
		Place: i.home.Place, KeyArn: i.copies[0].KeyArn, KeyName: i.keyName(), Bucket: workshop.Bucket,
		ParentImage: g.Target().ParentImage(i.home.Partition, i.home.Region), VolumeGB: g.VolumeGB,
		Documents: documents, Components: arns, Keep: i.traits.keep, Existing: existing,
	}, i.home.with()...)
}

// keyName says which key encrypts the image before its ARN is known.
func (i *image) keyName() string {
	switch own := i.settings.GoldenImage.KeyARNs[i.home.Region]; {
	case own != "":
		return own
	case i.settings.GoldenImage.Shared():
		return goldenImage
	}
	return "main"
}

// components are the documents of the hardening with the company's own, and the components that exist already: the
// company's, and Amazon's tests that the image boots, and boots again.
func (i *image) components(ctx *pulumi.Context, workshop *goldenami.Workshop) (documents []goldenami.Document, arns []string, err error) {
	g := i.settings.GoldenImage
	rendered, err := hardening.Render(g.Hardening.Settings(), g.Target())
	if err != nil {
		return nil, nil, fmt.Errorf("hardening: %w", err)
	}
	values := map[string]pulumi.StringInput{
		hardening.ParameterReportLocation: pulumi.Sprintf("s3://%s/%s", workshop.Bucket, contract.GoldenImageReports),
	}
	for _, c := range rendered {
		d := goldenami.Document{Name: c.Name, Description: c.Description, Body: c.Document, Parameters: map[string]pulumi.StringInput{}}
		for _, p := range c.Parameters {
			value, known := values[p.Name]
			if !known {
				return nil, nil, fmt.Errorf("component %s wants %s, which the stack does not know", c.Name, p.Name)
			}
			d.Parameters[p.Name] = value
		}
		documents = append(documents, d)
	}
	for _, c := range g.Components {
		if c.ARN != "" {
			arns = append(arns, c.ARN)
			continue
		}
		body, err := os.ReadFile(filepath.Join(ctx.RootDirectory(), filepath.FromSlash(c.Document)))
		if err != nil {
			return nil, nil, fmt.Errorf("goldenImage.components: %w", err)
		}
		if err := hardening.ValidateDocument(string(body)); err != nil {
			return nil, nil, fmt.Errorf("goldenImage.components: %s: %w", c.Document, err)
		}
		documents = append(documents, goldenami.Document{Name: c.Name(), Description: "The company's own: " + c.Document, Body: string(body)})
	}
	for _, test := range []string{"simple-boot-test-linux", "reboot-test-linux"} {
		arns = append(arns, fmt.Sprintf("arn:%s:imagebuilder:%s:aws:component/%s/x.x.x", i.home.Partition, i.home.Region, test))
	}
	return documents, arns, nil
}

// existing are the components and recipes of the account, without build versions, the newest recipes first where it matters.
func (i *image) existing(ctx *pulumi.Context) ([]string, error) {
	owner := "Self"
	components, err := imagebuilder.GetComponents(ctx, &imagebuilder.GetComponentsArgs{Owner: &owner}, pulumi.Provider(i.home.provider))
	if err != nil {
		return nil, fmt.Errorf("components that exist: %w", err)
	}
	recipes, err := imagebuilder.GetImageRecipes(ctx, &imagebuilder.GetImageRecipesArgs{Owner: &owner}, pulumi.Provider(i.home.provider))
	if err != nil {
		return nil, fmt.Errorf("recipes that exist: %w", err)
	}
	ordered, err := i.newestFirst(ctx, recipes.Arns)
	return append(components.Arns, ordered...), err
}

// newestFirst orders the image's recipes by when they were made, where they are more than a lifecycle policy takes: versions
// follow from content and tell nothing of it.
func (i *image) newestFirst(ctx *pulumi.Context, arns []string) ([]string, error) {
	prefix := i.home.ARN("imagebuilder", "image-recipe/"+naming.Of(ctx, naming.ImageBuilder, goldenImage)+"/")
	own := slices.DeleteFunc(slices.Sorted(slices.Values(arns)), func(arn string) bool { return !strings.HasPrefix(arn, prefix) })
	if len(own) <= goldenami.MaxLifecycleRecipes {
		return own, nil
	}
	made := map[string]string{}
	for _, arn := range own {
		found, err := imagebuilder.LookupImageRecipe(ctx, &imagebuilder.LookupImageRecipeArgs{Arn: arn}, pulumi.Provider(i.home.provider))
		if err != nil {
			return nil, fmt.Errorf("recipe %s: %w", arn, err)
		}
		made[arn] = found.DateCreated // RFC 3339 in UTC: in the order of time
	}
	slices.SortStableFunc(own, func(a, b string) int { return strings.Compare(made[b], made[a]) })
	return own, nil
}

func (i *image) newPipeline(ctx *pulumi.Context, workshop *goldenami.Workshop, recipe *goldenami.Recipe) (*goldenami.Pipeline, error) {
	g := i.settings.GoldenImage
	return goldenami.NewPipeline(ctx, goldenImage, &goldenami.PipelineArgs{
		Place: i.home.Place, KeyArn: i.home.key.Arn, TopicArn: i.home.operations.Arn,
		Recipe: recipe, WorkshopArn: workshop.Arn, Copies: i.copies,
		Accounts: g.Share.Accounts, OrganizationArn: g.Share.OrganizationARN, LaunchTemplates: g.LaunchTemplates,
		Tags: i.settings.Tags(), BaseImage: bases[g.BaseImage],
		Schedule: g.Schedule, Timezone: companyTimezone, Start: starts[g.Start], Scan: g.Scan.Enabled,
		Lifecycle: goldenami.Lifecycle{
			DeprecateAfterDays: g.Lifecycle.DeprecateAfterDays, DeleteAfterDays: g.Lifecycle.DeleteAfterDays, Keep: g.Lifecycle.Keep,
		},
	}, i.home.with()...)
}

// newWatch declares what measures the image's age, and what its instances report.
func (i *image) newWatch(ctx *pulumi.Context, pipeline *goldenami.Pipeline) error {
	watch, err := goldenami.NewWatch(ctx, contract.FunctionImages, &goldenami.WatchArgs{
		Place: i.home.Place, KeyArn: i.home.key.Arn, TopicArn: i.home.operations.Arn,
		Zip: i.traits.zip(contract.FunctionImages), Architecture: i.traits.architecture(),
		LogDays: i.settings.Retention.LogDays, MaxAgeDays: i.settings.GoldenImage.MaxAgeDays,
		Schedule: imageAgeSchedule, Timezone: companyTimezone, Since: pipeline.Created,
	}, i.home.with()...)
	if err != nil {
		return err
	}
	logs, err := goldenami.NewLogs(ctx, "golden-ami-instances", &goldenami.LogsArgs{
		Place: i.home.Place, KeyArn: i.home.key.Arn, TopicArn: i.home.operations.Arn, LogDays: i.settings.Retention.LogDays,
		LogGroups: []string{hardening.LogGroupSystem, hardening.LogGroupSecurity, hardening.LogGroupAuth},
		Namespace: hardening.MetricNamespace, Metrics: logMetrics(),
	}, i.home.with(i.traits.singleton()...)...) // instances go on to write there
	if err != nil {
		return err
	}
	ctx.Export("imageAgeFunction", watch.FunctionName)
	ctx.Export("imageInstancePolicyArn", logs.PolicyArn)
	return nil
}

// logAlarms are the alarms on what is counted in the instances' logs.
var logAlarms = map[string]goldenami.LogMetric{
	"FailedLogins": {Threshold: 10, Period: 300, Alarm: "More than ten failed logins within five minutes on instances of the golden image: somebody may be guessing. " +
		"ISMS-GoldenAMI-AuthLogs names the addresses; close the port to them."},
	"SudoCommands": {Threshold: 50, Period: 3600, Alarm: "More than fifty commands as root by sudo within an hour on instances of the golden image. " +
		"ISMS-GoldenAMI-AuthLogs names who ran what; ask them, or look whether an account is misused."},
	"SudoRefused": {Threshold: 0, Period: 300, Alarm: "Somebody who may not, or without the password, tried sudo on an instance of the golden image. " +
		"ISMS-GoldenAMI-AuthLogs names who and where."},
	"FilesChanged": {Threshold: 0, Period: 3600, Alarm: "AIDE found changed files on an instance of the golden image. ISMS-GoldenAMI-SecurityLogs names them; " +
		"where it was no update of packages, treat the instance as broken into."},
}

// logMetrics are what the hardening counts in the logs, with their alarms.
func logMetrics() []goldenami.LogMetric {
	var all []goldenami.LogMetric
	for _, m := range hardening.LogMetrics() {
		metric := logAlarms[m.Name]
		metric.Name, metric.LogGroup, metric.Pattern = m.Name, m.LogGroup, m.Pattern
		all = append(all, metric)
	}
	return all
}
