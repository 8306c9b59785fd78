package inspection

import (
	"errors"
	"fmt"
	"slices"

	"assetguard/internal/argument"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/guardduty"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Features are what GuardDuty can look at beside CloudTrail, DNS and flow logs.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfiguration.html
func Features() []string {
	return []string{
		"S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING",
	}
}

// DetectorArgs of a Detector.
type DetectorArgs struct {
	Place place.Place // the region
	// Features out of Features() that are on; all others are switched off. Each is billed by what it reads.
	// Optional: none, the foundation only.
	Features []string
	// Existing is what is done about the region's detector: one is made or imported. To leave it alone, make no
	// Detector. Optional: Make.
	Existing Existing
	// DetectorID is the id of a detector to import. Optional: none, for one that is made.
	DetectorID string
}

// Detector is GuardDuty in one region, which finds threats in the account's logs.
type Detector struct {
	pulumi.ResourceState

	DetectorID pulumi.StringOutput `pulumi:"detectorId"` // of the region's one detector
}

func (a *DetectorArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), a.Existing.fault("Existing"), a.Existing.importable("DetectorID", a.DetectorID)}
	for i, feature := range a.Features {
		if !slices.Contains(Features(), feature) {
			errs = append(errs, fmt.Errorf("features[%d] is %q; give one of %v", i, feature, Features()))
		}
	}
	if a.Existing == Leave {
		errs = append(errs, errors.New("to leave the detector alone, make no Detector"))
	}
	return argument.Check("detector "+name, errs...)
}

// NewDetector declares the detector and its features.
func NewDetector(ctx *pulumi.Context, name string, args *DetectorArgs, opts ...pulumi.ResourceOption) (*Detector, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	d := &Detector{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Detector", name, d, opts...); err != nil {
		return nil, err
	}
	detector, err := guardduty.NewDetector(ctx, name, &guardduty.DetectorArgs{
		Enable: pulumi.Bool(true), FindingPublishingFrequency: pulumi.String("FIFTEEN_MINUTES"),
	}, args.Existing.options(d, args.DetectorID)...)
	if err != nil {
		return nil, fmt.Errorf("detector %s: %w", name, err)
	}
	d.DetectorID = detector.ID().ToStringOutput()
	for _, feature := range Features() {
		status := "DISABLED"
		if slices.Contains(args.Features, feature) {
			status = "ENABLED"
		}
		if _, err := guardduty.NewDetectorFeature(ctx, name+"-"+feature, &guardduty.DetectorFeatureArgs{
			DetectorId: d.DetectorID, Name: pulumi.String(feature), Status: pulumi.String(status),
		}, pulumi.Parent(d)); err != nil {
			return nil, fmt.Errorf("detector %s: feature %s: %w", name, feature, err)
		}
	}
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{"detectorId": d.DetectorID})
}
