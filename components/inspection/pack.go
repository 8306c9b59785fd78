package inspection

import (
	"errors"
	"fmt"

	"assetguard/components/bucket"
	"assetguard/internal/argument"
	"assetguard/internal/compliance"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cfg"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PackArgs of a Pack. The region needs a running recorder first: give pulumi.DependsOn, or it exists already.
type PackArgs struct {
	Place  place.Place        // the region where the rules evaluate
	Pack   compliance.Pack    // what compliance.Render makes for the region
	KeyArn pulumi.StringInput // encrypts the template's bucket, where it needs one
	// ForceDestroy lets the template's bucket be destroyed with the stack. Optional: false.
	ForceDestroy bool
}

// Pack is the conformance pack for K-ISMS in one region: the checks that no standard of Security Hub evaluates.
type Pack struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"` // of the conformance pack
}

func (a *PackArgs) validate(name string) error {
	var empty error
	if a.Pack.Body == "" {
		empty = errors.New("Pack is empty; give what compliance.Render makes")
	}
	return argument.Check("pack "+name, a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), empty)
}

// NewPack declares the pack <project>-<stack>-k-isms. A template that does not fit the call goes through a bucket.
func NewPack(ctx *pulumi.Context, name string, args *PackArgs, opts ...pulumi.ResourceOption) (*Pack, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	p := &Pack{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Pack", name, p, opts...); err != nil {
		return nil, err
	}
	template, err := newTemplate(ctx, name, p, args)
	if err != nil {
		return nil, fmt.Errorf("pack %s: template: %w", name, err)
	}
	pack, err := cfg.NewConformancePack(ctx, name, &cfg.ConformancePackArgs{
		Name:         pulumi.String(naming.Of(ctx, naming.ConformancePack, compliance.PackBaseName)),
		TemplateBody: template.body, TemplateS3Uri: template.uri,
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", name, err)
	}
	p.Name = pack.Name
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"name": p.Name})
}

// template is the body of a pack, or where it is.
type template struct {
	body, uri pulumi.StringPtrInput
}

// newTemplate puts a body that is too long for the call into a bucket of the same region. The object's name carries
// the content's digest, so that the pack is made anew when the content changes.
// https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html
func newTemplate(ctx *pulumi.Context, name string, parent pulumi.Resource, args *PackArgs) (template, error) {
	if args.Pack.Inline {
		return template{body: pulumi.String(args.Pack.Body)}, nil
	}
	files, err := bucket.New(ctx, name+"-template", &bucket.Args{
		Place: args.Place, KeyArn: args.KeyArn, ForceDestroy: args.ForceDestroy,
	}, pulumi.Parent(parent))
	if err != nil {
		return template{}, err
	}
	key := naming.Digest(args.Pack.Body) + ".yaml"
	object, err := s3.NewBucketObjectv2(ctx, name+"-template", &s3.BucketObjectv2Args{
		Bucket: files.Name, Key: pulumi.String(key), Content: pulumi.String(args.Pack.Body),
		ContentType: pulumi.String("application/yaml"),
	}, pulumi.Parent(parent))
	if err != nil {
		return template{}, err
	}
	return template{uri: pulumi.Sprintf("s3://%s/%s", files.Name, object.Key).ToStringPtrOutput()}, nil
}
