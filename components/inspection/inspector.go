package inspection

import (
	"fmt"
	"slices"

	"assetguard/internal/argument"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/inspector2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What Inspector looks at.
// https://docs.aws.amazon.com/inspector/v2/APIReference/API_Enable.html
const (
	ScanEC2        = "EC2"         // packages of instances, by the Systems Manager agent
	ScanECR        = "ECR"         // packages of container images
	ScanLambda     = "LAMBDA"      // packages of functions
	ScanLambdaCode = "LAMBDA_CODE" // the functions' own code; needs ScanLambda
)

// InspectorArgs of an Inspector.
type InspectorArgs struct {
	Place place.Place // the region
	// Scans are what is looked at, out of ScanEC2, ScanECR, ScanLambda and ScanLambdaCode: each instance, image and
	// function is billed.
	Scans []string
}

// Inspector looks for known vulnerabilities in one region. Inspector itself makes the roles that it needs. It is
// switched on without harm where it is on already: nothing of it is taken over, and its findings stay.
type Inspector struct {
	pulumi.ResourceState

	Scans pulumi.StringArrayOutput `pulumi:"scans"` // that are on
	// Enabled is what waits for Inspector waits for.
	Enabled pulumi.Resource
}

func (a *InspectorArgs) validate(name string) error {
	errs := []error{a.Place.Validate()}
	known := []string{ScanEC2, ScanECR, ScanLambda, ScanLambdaCode}
	if len(a.Scans) == 0 {
		errs = append(errs, fmt.Errorf("scans are missing; give some of %v, or make no Inspector", known))
	}
	for i, scan := range a.Scans {
		if !slices.Contains(known, scan) {
			errs = append(errs, fmt.Errorf("scans[%d] is %q; give one of %v", i, scan, known))
		}
	}
	if slices.Contains(a.Scans, ScanLambdaCode) && !slices.Contains(a.Scans, ScanLambda) {
		errs = append(errs, fmt.Errorf("%s needs %s", ScanLambdaCode, ScanLambda))
	}
	return argument.Check("inspector "+name, errs...)
}

// NewInspector switches Inspector on.
func NewInspector(ctx *pulumi.Context, name string, args *InspectorArgs, opts ...pulumi.ResourceOption) (*Inspector, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	i := &Inspector{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Inspector", name, i, opts...); err != nil {
		return nil, err
	}
	enabler, err := inspector2.NewEnabler(ctx, name, &inspector2.EnablerArgs{
		AccountIds:    pulumi.ToStringArray([]string{args.Place.AccountID}),
		ResourceTypes: pulumi.ToStringArray(args.Scans),
	}, pulumi.Parent(i))
	if err != nil {
		return nil, fmt.Errorf("inspector %s: %w", name, err)
	}
	i.Scans, i.Enabled = enabler.ResourceTypes, enabler
	return i, ctx.RegisterResourceOutputs(i, pulumi.Map{"scans": i.Scans})
}
