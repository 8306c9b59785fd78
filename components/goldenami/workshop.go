package goldenami

import (
	"errors"
	"fmt"

	"assetguard/components/bucket"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/imagebuilder"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// WorkshopArgs of a Workshop.
type WorkshopArgs struct {
	Place         place.Place        // where builds run
	KeyArn        pulumi.StringInput // encrypts logs and reports
	ImageKeyArn   pulumi.StringInput // encrypts the image's volumes; may be the same
	VpcID         pulumi.StringInput // that of SubnetID
	SubnetID      pulumi.StringInput // where builds run: with a way out to package repositories and Systems Manager
	InstanceTypes []string           // that may build
	Recipe        string             // name of the Recipe that is built here
	LogDays       int                // retention of the build's log group, in days
	LogBucketDays int                // how long logs and reports of builds are kept, in days
	// Keep leaves the bucket in place when the stack goes: it is the auditor's. Optional: false.
	Keep bool
	// ForceDestroy lets the bucket be destroyed with what it holds. Optional: false.
	ForceDestroy bool
}

// Workshop is where images are built and tested: a security group that nothing enters, an instance profile that can do
// what a build needs, and a bucket <project>-<stack>-image-builder-logs-<account>-<region> for its logs and reports.
type Workshop struct {
	pulumi.ResourceState

	Arn    pulumi.StringOutput `pulumi:"arn"`    // of the infrastructure configuration
	Bucket pulumi.StringOutput `pulumi:"bucket"` // name; logs and reports are below contract.GoldenImageLogs and -Reports
}

func (a *WorkshopArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("ImageKeyArn", a.ImageKeyArn),
		argument.Required("VpcID", a.VpcID), argument.Required("SubnetID", a.SubnetID), argument.Within("LogBucketDays", a.LogBucketDays, 30, 3653)}
	if len(a.InstanceTypes) == 0 || a.Recipe == "" {
		errs = append(errs, errors.New("InstanceTypes and Recipe are required"))
	}
	return argument.Check("workshop "+name, errs...)
}

// NewWorkshop declares the infrastructure configuration <project>-<stack>-<name> and what it stands on.
func NewWorkshop(ctx *pulumi.Context, name string, args *WorkshopArgs, opts ...pulumi.ResourceOption) (*Workshop, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	w := &Workshop{}
	if err := ctx.RegisterComponentResource("assetguard:goldenami:Workshop", name, w, opts...); err != nil {
		return nil, err
	}
	role, err := w.newRole(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("workshop %s: role: %w", name, err)
	}
	logs, err := w.newBucket(ctx, args, role)
	if err != nil {
		return nil, fmt.Errorf("workshop %s: %w", name, err)
	}
	profile, err := w.newProfile(ctx, name, args, role, logs)
	if err != nil {
		return nil, fmt.Errorf("workshop %s: instance profile: %w", name, err)
	}
	group, err := w.newSecurityGroup(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("workshop %s: security group: %w", name, err)
	}
	if err := w.newLogGroup(ctx, name, args); err != nil {
		return nil, fmt.Errorf("workshop %s: log group: %w", name, err)
	}
	infrastructure, err := imagebuilder.NewInfrastructureConfiguration(ctx, name, &imagebuilder.InfrastructureConfigurationArgs{
		Name: pulumi.String(naming.Of(ctx, naming.ImageBuilder, name)), Description: pulumi.String("Where the hardened image is built and tested"),
		InstanceProfileName: profile.Name, InstanceTypes: pulumi.ToStringArray(args.InstanceTypes),
		SubnetId: args.SubnetID.ToStringOutput(), SecurityGroupIds: pulumi.StringArray{group.ID()},
		TerminateInstanceOnFailure: pulumi.Bool(true),
		InstanceMetadataOptions: &imagebuilder.InfrastructureConfigurationInstanceMetadataOptionsArgs{
			HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(1),
		},
		Logging: &imagebuilder.InfrastructureConfigurationLoggingArgs{
			S3Logs: &imagebuilder.InfrastructureConfigurationLoggingS3LogsArgs{
				S3BucketName: logs.Name, S3KeyPrefix: pulumi.String(contract.GoldenImageLogs),
			},
		},
		// Notices of builds come by EventBridge (Pipeline): Image Builder's own need its service-linked role in the key's
		// policy, and that role does not exist before the first image.
	}, pulumi.Parent(w))
	if err != nil {
		return nil, fmt.Errorf("workshop %s: %w", name, err)
	}
	w.Arn, w.Bucket = infrastructure.Arn, logs.Name
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"arn": w.Arn, "bucket": w.Bucket})
}

func (w *Workshop) newRole(ctx *pulumi.Context, name string, args *WorkshopArgs) (*iam.Role, error) {
	return iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:                pulumi.String(naming.Of(ctx, naming.Role, name, args.Place.Region)),
		Description:         pulumi.String("Instances that build and test the hardened image"),
		AssumeRolePolicy:    iampolicy.AssumedBy("ec2."+args.Place.DNSSuffix, nil),
		PermissionsBoundary: boundary(args.Place),
	}, pulumi.Parent(w))
}

func boundary(p place.Place) pulumi.StringPtrInput {
	if p.RoleBoundary == "" {
		return nil
	}
	return pulumi.String(p.RoleBoundary)
}

// newBucket declares the bucket of logs, reports and long documents. Only the build's instances write to it.
func (w *Workshop) newBucket(ctx *pulumi.Context, args *WorkshopArgs, role *iam.Role) (*bucket.Bucket, error) {
	opts := []pulumi.ResourceOption{pulumi.Parent(w)}
	if args.Keep {
		opts = append(opts, pulumi.Protect(true), pulumi.RetainOnDelete(true))
	}
	return bucket.New(ctx, "image-builder-logs", &bucket.Args{
		Place: args.Place, KeyArn: args.KeyArn, ExpireAfterDays: args.LogBucketDays, ForceDestroy: args.ForceDestroy,
		Access: func(arn string) []iampolicy.Statement {
			return []iampolicy.Statement{{
				Sid: "BuildsWrite", Principals: iampolicy.Principals{AWS: pulumi.StringArray{role.Arn}}, Actions: []string{"s3:PutObject"},
				Resources: iampolicy.Values(arn+"/"+contract.GoldenImageLogs+"/*", arn+"/"+contract.GoldenImageReports+"/*"),
			}}
		},
	}, opts...)
}

func (w *Workshop) newProfile(ctx *pulumi.Context, name string, args *WorkshopArgs, role *iam.Role, logs *bucket.Bucket) (*iam.InstanceProfile, error) {
	physical := pulumi.String(naming.Of(ctx, naming.Role, name, args.Place.Region))
	statements := args.permissions(ctx, logs.Arn)
	if err := iampolicy.Validate(statements); err != nil {
		return nil, err
	}
	policy, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Name: physical, Role: role.Name, Policy: iampolicy.JSON(statements),
	}, pulumi.Parent(w))
	if err != nil {
		return nil, err
	}
	return iam.NewInstanceProfile(ctx, name, &iam.InstanceProfileArgs{Name: physical, Role: role.Name},
		pulumi.Parent(w), pulumi.DependsOn([]pulumi.Resource{policy}))
}

// permissions of the build's instances: what the Systems Manager agent and Image Builder's toolkit need, and no more.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/security-iam-awsmanpol.html
func (a *WorkshopArgs) permissions(ctx *pulumi.Context, bucketArn pulumi.StringOutput) []iampolicy.Statement {
	p := a.Place
	own := func(path string) pulumi.StringOutput { return pulumi.Sprintf("%s/%s/*", bucketArn, path) }
	aws := func(kind string) string {
		return fmt.Sprintf("arn:%s:imagebuilder:%s:aws:%s/*", p.Partition, p.Region, kind)
	}
	return []iampolicy.Statement{
		{
			Sid: "ReportToSystemsManager", AnyResource: true,
			Actions: []string{
				"ssm:UpdateInstanceInformation", "ssm:ListAssociations", "ssm:ListInstanceAssociations", "ssm:GetDocument",
				"ssm:DescribeDocument", "ssm:GetManifest", "ssm:PutInventory", "ssm:UpdateInstanceAssociationStatus",
				"ssm:GetDeployablePatchSnapshotForInstance", "ssm:PutComplianceItems", "ssm:PutConfigurePackageResult",
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
				"ec2messages:AcknowledgeMessage", "ec2messages:DeleteMessage", "ec2messages:FailMessage",
				"ec2messages:GetEndpoint", "ec2messages:GetMessages", "ec2messages:SendReply",
			},
			Reason: "an instance is not known before it is there: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html",
		},
		{
			Sid: "ReadComponents", Actions: []string{"imagebuilder:GetComponent"},
			Resources: iampolicy.Values(p.ARN("imagebuilder", "component/*"), aws("component")),
		},
		{
			Sid: "ReadToolkit", Actions: []string{"s3:GetObject"},
			Resources: iampolicy.Values(fmt.Sprintf("arn:%s:s3:::ec2imagebuilder*", p.Partition)),
		},
		{Sid: "ReadDocuments", Actions: []string{"s3:GetObject"}, Resources: pulumi.StringArray{own("documents")}},
		{
			Sid: "WriteLogsAndReports", Actions: []string{"s3:PutObject"},
			Resources: pulumi.StringArray{own(contract.GoldenImageLogs), own(contract.GoldenImageReports)},
		},
		{Sid: "UseKey", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: pulumi.StringArray{a.KeyArn.ToStringOutput(), a.ImageKeyArn.ToStringOutput()}},
		{
			Sid: "WriteBuildLog", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: iampolicy.Values(p.ARN("logs", "log-group:"+a.logGroup(ctx)+":*")),
		},
	}
}

// newSecurityGroup declares a group that nothing enters and only HTTPS leaves: Systems Manager and the package
// repositories speak nothing else; names and time come from the VPC itself.
func (w *Workshop) newSecurityGroup(ctx *pulumi.Context, name string, args *WorkshopArgs) (*ec2.SecurityGroup, error) {
	return ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		Name:        pulumi.String(naming.Of(ctx, naming.SecurityGroup, name)),
		Description: pulumi.String("Builds of the hardened image: nothing enters, HTTPS leaves"),
		VpcId:       args.VpcID.ToStringOutput(),
		Ingress:     ec2.SecurityGroupIngressArray{},
		Egress: ec2.SecurityGroupEgressArray{&ec2.SecurityGroupEgressArgs{
			Description: pulumi.String("Package repositories and Systems Manager"),
			Protocol:    pulumi.String("tcp"), FromPort: pulumi.Int(443), ToPort: pulumi.Int(443), CidrBlocks: pulumi.ToStringArray([]string{"0.0.0.0/0"}),
		}},
	}, pulumi.Parent(w), pulumi.DeleteBeforeReplace(true)) // its name is taken as long as it is there
}

// newLogGroup declares the log group that Image Builder would make without retention.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/monitor-cwlogs.html
func (w *Workshop) newLogGroup(ctx *pulumi.Context, name string, args *WorkshopArgs) error {
	_, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name: pulumi.String(args.logGroup(ctx)), RetentionInDays: pulumi.Int(args.LogDays), KmsKeyId: args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(w))
	return err
}

func (a *WorkshopArgs) logGroup(ctx *pulumi.Context) string {
	return "/aws/imagebuilder/" + naming.Of(ctx, naming.ImageBuilder, a.Recipe)
}
