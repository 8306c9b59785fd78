// Package bucket makes a private S3 bucket: encrypted by the stack's key, versioned, reached by TLS
// only, its objects owned by the account, with a lifecycle.
package bucket

import (
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// noncurrentDays is how long a replaced or deleted object can be brought back.
const noncurrentDays = 30

// Args of a Bucket.
type Args struct {
	Place place.Place // where the bucket stands
	// KeyArn is the key that encrypts the objects. Exactly one of KeyArn and S3Key. Optional: S3Key stands instead.
	KeyArn pulumi.StringInput
	// S3Key encrypts by S3's own key, for writers that cannot use a customer's: access logs, other accounts' AWS Config.
	// Optional: false, KeyArn encrypts.
	S3Key bool
	// Prefix begins the bucket's name, where a service asks for it. Optional: none.
	Prefix string
	// ArchiveAfterDays is the age in days at which objects move to Glacier Instant Retrieval; fewer than
	// ExpireAfterDays. Optional: 0, never.
	ArchiveAfterDays int
	// ExpireAfterDays is the age in days at which objects are deleted. Optional: 0, they stay for ever.
	ExpireAfterDays int
	// Access are statements of the bucket policy beside the denial of plain HTTP, given the bucket's ARN. Optional:
	// IAM policies alone decide.
	Access func(arn string) []iampolicy.Statement
	// ForceDestroy lets a bucket that still holds objects be destroyed: for stacks without real data. Optional:
	// false.
	ForceDestroy bool
}

// Bucket is the bucket with everything that guards it. Its policy stands before the outputs resolve.
type Bucket struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"` // known once the bucket's policy stands
	Arn  pulumi.StringOutput `pulumi:"arn"`  // of the bucket itself; its objects are below it
}

func (a *Args) validate(name, arn string) error {
	errs := []error{a.Place.Validate(), a.keyFault(), iampolicy.Validate(a.statements(arn))}
	if a.ExpireAfterDays < 0 || a.ArchiveAfterDays < 0 {
		errs = append(errs, errors.New("days cannot be negative"))
	}
	if a.ExpireAfterDays > 0 && a.ArchiveAfterDays >= a.ExpireAfterDays {
		errs = append(errs, fmt.Errorf("ArchiveAfterDays (%d) must be less than ExpireAfterDays (%d)", a.ArchiveAfterDays, a.ExpireAfterDays))
	}
	return argument.Check("bucket "+name, errs...)
}

func (a *Args) keyFault() error {
	switch {
	case !a.S3Key:
		return argument.Required("KeyArn", a.KeyArn)
	case a.KeyArn != nil:
		return errors.New("give KeyArn or S3Key, not both")
	}
	return nil
}

// New declares the bucket <project>-<stack>-<name>-<account>-<region>, behind its prefix if it has one.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Bucket, error) {
	physical := args.physical(ctx, name)
	arn := fmt.Sprintf("arn:%s:s3:::%s", args.Place.Partition, physical)
	if err := args.validate(name, arn); err != nil {
		return nil, err
	}
	b := &Bucket{}
	if err := ctx.RegisterComponentResource("assetguard:bucket:Bucket", name, b, opts...); err != nil {
		return nil, err
	}
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		Bucket:       pulumi.String(physical),
		ForceDestroy: pulumi.Bool(args.ForceDestroy),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", name, err)
	}
	if err := b.encrypt(ctx, name, bucket, args); err != nil {
		return nil, fmt.Errorf("bucket %s: encryption: %w", name, err)
	}
	if err := b.keep(ctx, name, bucket, args); err != nil {
		return nil, fmt.Errorf("bucket %s: versions and lifecycle: %w", name, err)
	}
	policy, err := b.restrict(ctx, name, bucket, args.statements(arn))
	if err != nil {
		return nil, fmt.Errorf("bucket %s: access: %w", name, err)
	}
	// Who writes to the bucket (a trail, say) must find its policy in place.
	b.Name = pulumi.All(bucket.Bucket, policy.ID()).ApplyT(func(v []any) string { return v[0].(string) }).(pulumi.StringOutput)
	b.Arn = bucket.Arn
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{"name": b.Name, "arn": b.Arn})
}

func (a *Args) physical(ctx *pulumi.Context, name string) string {
	parts := []string{ctx.Project(), ctx.Stack(), name, a.Place.AccountID, a.Place.Region}
	if a.Prefix != "" {
		parts = append([]string{a.Prefix}, parts...)
	}
	return naming.Join(naming.Bucket, parts...)
}

func (b *Bucket) encrypt(ctx *pulumi.Context, name string, bucket *s3.BucketV2, args *Args) error {
	byDefault := &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{SseAlgorithm: pulumi.String("AES256")}
	if !args.S3Key {
		byDefault.SseAlgorithm, byDefault.KmsMasterKeyId = pulumi.String("aws:kms"), args.KeyArn.ToStringOutput()
	}
	_, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
			&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
				// One data key per bucket instead of one per object: far fewer calls of KMS.
				BucketKeyEnabled:                   pulumi.Bool(!args.S3Key),
				ApplyServerSideEncryptionByDefault: byDefault,
			},
		},
	}, pulumi.Parent(b))
	return err
}

func (b *Bucket) keep(ctx *pulumi.Context, name string, bucket *s3.BucketV2, args *Args) error {
	versioning, err := s3.NewBucketVersioningV2(ctx, name, &s3.BucketVersioningV2Args{
		Bucket: bucket.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, pulumi.Parent(b))
	if err != nil {
		return err
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules:  args.lifecycle(),
	}, pulumi.Parent(b), pulumi.DependsOn([]pulumi.Resource{versioning}))
	return err
}

func (a *Args) lifecycle() s3.BucketLifecycleConfigurationV2RuleArray {
	all := &s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")}
	rules := s3.BucketLifecycleConfigurationV2RuleArray{
		&s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("clean-up"), Status: pulumi.String("Enabled"), Filter: all,
			AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(7),
			},
			NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
				NoncurrentDays: pulumi.Int(noncurrentDays),
			},
		},
	}
	if a.ArchiveAfterDays > 0 {
		rules = append(rules, &s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("archive"), Status: pulumi.String("Enabled"), Filter: all,
			Transitions: s3.BucketLifecycleConfigurationV2RuleTransitionArray{
				&s3.BucketLifecycleConfigurationV2RuleTransitionArgs{
					Days: pulumi.Int(a.ArchiveAfterDays), StorageClass: pulumi.String("GLACIER_IR"),
				},
			},
		})
	}
	if a.ExpireAfterDays > 0 {
		rules = append(rules, &s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("expire"), Status: pulumi.String("Enabled"), Filter: all,
			Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(a.ExpireAfterDays)},
		})
	}
	return rules
}

func (b *Bucket) restrict(ctx *pulumi.Context, name string, bucket *s3.BucketV2, statements []iampolicy.Statement) (*s3.BucketPolicy, error) {
	block, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:          bucket.ID(),
		BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, err
	}
	// S3 refuses two changes of a bucket's access at the same time: one after the other.
	ownership, err := s3.NewBucketOwnershipControls(ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, pulumi.Parent(b), pulumi.DependsOn([]pulumi.Resource{block}))
	if err != nil {
		return nil, err
	}
	return s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.ID(),
		Policy: iampolicy.JSON(statements),
	}, pulumi.Parent(b), pulumi.DependsOn([]pulumi.Resource{ownership}))
}

func (a *Args) statements(arn string) []iampolicy.Statement {
	statements := []iampolicy.Statement{
		iampolicy.DenyInsecureTransport([]string{"s3:*"}, iampolicy.Values(arn, arn+"/*")),
	}
	if a.Access != nil {
		statements = append(statements, a.Access(arn)...)
	}
	return statements
}
