package tagging

import (
	"fmt"

	"assetguard/components/bucket"
	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudtrail"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// archiveAfterDays is when log files move to cheaper storage. What is stored there is billed for at least
// 90 days, so files that do not stay twice as long do not move.
const archiveAfterDays = 90

// TrailArgs of a Trail.
type TrailArgs struct {
	Place  place.Place        // the home region; the trail records all
	KeyArn pulumi.StringInput // encrypts the log files; its policy must let CloudTrail use it
	// KeepDays is how long log files are kept, in days: at least 90, what CloudTrail's event history keeps anyway.
	KeepDays     int
	ForceDestroy bool // let a bucket with log files be destroyed. Optional: false
}

// Trail records the management events of all regions. EventBridge sees API calls only while an account
// has a trail that is logging:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
type Trail struct {
	pulumi.ResourceState

	Arn        pulumi.StringOutput `pulumi:"arn"`        // of the trail
	BucketName pulumi.StringOutput `pulumi:"bucketName"` // where its log files are
}

func (a *TrailArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn)}
	if a.KeepDays < 90 {
		errs = append(errs, fmt.Errorf("KeepDays is %d; give at least 90", a.KeepDays))
	}
	return argument.Check("trail "+name, errs...)
}

func (a *TrailArgs) archiveAfterDays() int {
	if a.KeepDays < 2*archiveAfterDays {
		return 0
	}
	return archiveAfterDays
}

// NewTrail declares the trail <project>-<stack>-<name> and its bucket.
func NewTrail(ctx *pulumi.Context, name string, args *TrailArgs, opts ...pulumi.ResourceOption) (*Trail, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	t := &Trail{}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Trail", name, t, opts...); err != nil {
		return nil, err
	}
	physical := naming.Of(ctx, naming.Trail, name)
	files, err := bucket.New(ctx, name, &bucket.Args{
		Place: args.Place, KeyArn: args.KeyArn,
		ArchiveAfterDays: args.archiveAfterDays(), ExpireAfterDays: args.KeepDays, ForceDestroy: args.ForceDestroy,
		Access: func(arn string) []iampolicy.Statement { return trailAccess(args.Place, physical, arn) },
	}, pulumi.Parent(t))
	if err != nil {
		return nil, fmt.Errorf("trail %s: %w", name, err)
	}
	trail, err := cloudtrail.NewTrail(ctx, name, &cloudtrail.TrailArgs{
		Name:                       pulumi.String(physical),
		S3BucketName:               files.Name,
		KmsKeyId:                   args.KeyArn.ToStringOutput(),
		IsMultiRegionTrail:         pulumi.Bool(true),
		IncludeGlobalServiceEvents: pulumi.Bool(true),
		EnableLogFileValidation:    pulumi.Bool(true),
		EnableLogging:              pulumi.Bool(true),
	}, pulumi.Parent(t))
	if err != nil {
		return nil, fmt.Errorf("trail %s: %w", name, err)
	}
	t.Arn, t.BucketName = trail.Arn, files.Name
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{"arn": t.Arn, "bucketName": t.BucketName})
}

// trailAccess lets this trail, and no other, write to its bucket.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
func trailAccess(p place.Place, trail, bucketArn string) []iampolicy.Statement {
	service := iampolicy.Principals{Services: []string{"cloudtrail.amazonaws.com"}}
	ownTrail := iampolicy.Values(p.ARN("cloudtrail", "trail/"+trail))
	return []iampolicy.Statement{
		{
			Sid: "TrailChecksBucket", Principals: service,
			Actions: []string{"s3:GetBucketAcl"}, Resources: iampolicy.Values(bucketArn),
			Conditions: iampolicy.Conditions{"StringEquals": {"aws:SourceArn": ownTrail}},
		},
		{
			Sid: "TrailWritesFiles", Principals: service,
			Actions:   []string{"s3:PutObject"},
			Resources: iampolicy.Values(fmt.Sprintf("%s/AWSLogs/%s/*", bucketArn, p.AccountID)),
			Conditions: iampolicy.Conditions{"StringEquals": {
				"aws:SourceArn": ownTrail,
				"s3:x-amz-acl":  iampolicy.Values("bucket-owner-full-control"),
			}},
		},
	}
}
