package inspection

import (
	"fmt"
	"regexp"
	"slices"

	"assetguard/internal/argument"
	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/securityhub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// HubArgs of a Hub.
type HubArgs struct {
	Place     place.Place           // the region
	Standards []compliance.Standard // that are enabled; each control of theirs is billed by the check
	// SwitchOff are controls that evaluate what the conformance pack evaluates, or what nothing shall. Optional: none.
	SwitchOff []compliance.SwitchOff
	// Products are integrations of other makers to accept findings from, as company/product. Those of AWS (Inspector,
	// GuardDuty, Config, Access Analyzer, Macie) send findings as soon as both services are on. Optional: none.
	// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html
	Products []string
	// Existing is what is done about the account's Security Hub in the region. Optional: Make.
	Existing Existing
}

// Hub is Security Hub in one region, where every finding of the region arrives.
type Hub struct {
	pulumi.ResourceState

	// Ready is the hub's ARN, known once Security Hub is on.
	Ready pulumi.StringOutput `pulumi:"ready"`
	// Standing is what waits for Security Hub waits for: the hub and its standards, as far as they are made here. A
	// dependency on the component itself is on those of its parts that happen to be registered by then.
	Standing []pulumi.Resource
}

var productSyntax = regexp.MustCompile(`^[a-z0-9-]+/[a-z0-9-]+$`)

func (a *HubArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), a.Existing.fault("Existing")}
	for i, standard := range a.Standards {
		if _, known := standardPaths[standard]; !known {
			errs = append(errs, fmt.Errorf("standards[%d]: %q has no ARN here", i, standard))
		}
	}
	for i, product := range a.Products {
		if !productSyntax.MatchString(product) {
			errs = append(errs, fmt.Errorf("products[%d]: %q is not company/product", i, product))
		}
	}
	return argument.Check("hub "+name, errs...)
}

// NewHub declares Security Hub, its standards, the controls that are switched off, and the integrations.
func NewHub(ctx *pulumi.Context, name string, args *HubArgs, opts ...pulumi.ResourceOption) (*Hub, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	h := &Hub{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Hub", name, h, opts...); err != nil {
		return nil, err
	}
	on, err := h.newAccount(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("hub %s: %w", name, err)
	}
	standards, err := h.subscribe(ctx, name, args, on)
	if err != nil {
		return nil, fmt.Errorf("hub %s: %w", name, err)
	}
	h.Standing = slices.Concat(on, standards)
	for _, product := range args.Products {
		if _, err := securityhub.NewProductSubscription(ctx, name+"-"+product, &securityhub.ProductSubscriptionArgs{
			ProductArn: pulumi.String(fmt.Sprintf("arn:%s:securityhub:%s::product/%s", args.Place.Partition, args.Place.Region, product)),
		}, pulumi.Parent(h), pulumi.DependsOn(on)); err != nil {
			return nil, fmt.Errorf("hub %s: product %s: %w", name, product, err)
		}
	}
	return h, ctx.RegisterResourceOutputs(h, pulumi.Map{"ready": h.Ready})
}

// newAccount declares Security Hub itself. One finding tells of a control, whatever standards it stands in.
// https://docs.aws.amazon.com/securityhub/latest/userguide/controls-findings-create-update.html
func (h *Hub) newAccount(ctx *pulumi.Context, name string, args *HubArgs) ([]pulumi.Resource, error) {
	arn := args.Place.ARN("securityhub", "hub/default")
	if args.Existing == Leave {
		h.Ready = pulumi.String(arn).ToStringOutput()
		return nil, nil
	}
	// Which standards came with the first call, AWS does not tell: an import cannot compare it.
	account, err := securityhub.NewAccount(ctx, name, &securityhub.AccountArgs{
		EnableDefaultStandards:  pulumi.Bool(false),
		ControlFindingGenerator: pulumi.String("SECURITY_CONTROL"),
		AutoEnableControls:      pulumi.Bool(true),
	}, args.Existing.options(h, args.Place.AccountID, pulumi.IgnoreChanges([]string{"enableDefaultStandards"}))...)
	if err != nil {
		return nil, err
	}
	h.Ready = account.ID().ApplyT(func(pulumi.ID) string { return arn }).(pulumi.StringOutput)
	return []pulumi.Resource{account}, nil
}

// standardPaths are the standards in their ARNs.
// https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html
var standardPaths = map[compliance.Standard]string{
	compliance.StandardFSBP:            "aws-foundational-security-best-practices/v/1.0.0",
	compliance.StandardCIS3:            "cis-aws-foundations-benchmark/v/3.0.0",
	compliance.StandardNIST:            "nist-800-53/v/5.0.0",
	compliance.StandardResourceTagging: "aws-resource-tagging-standard/v/1.0.0",
}

// subscribe declares the standards one after the other, since Security Hub takes one change of standards at a time,
// and then switches controls off in each standard that has them. It returns the subscriptions.
func (h *Hub) subscribe(ctx *pulumi.Context, name string, args *HubArgs, before []pulumi.Resource) ([]pulumi.Resource, error) {
	var subscriptions []pulumi.Resource
	subscribed := map[compliance.Standard]pulumi.Resource{}
	for _, standard := range args.Standards {
		subscription, err := securityhub.NewStandardsSubscription(ctx, name+"-"+string(standard), &securityhub.StandardsSubscriptionArgs{
			StandardsArn: pulumi.String(standardARN(args.Place, standard)),
		}, pulumi.Parent(h), pulumi.DependsOn(before))
		if err != nil {
			return nil, fmt.Errorf("standard %s: %w", standard, err)
		}
		subscriptions = append(subscriptions, subscription)
		subscribed[standard] = subscription
		before = []pulumi.Resource{subscription}
	}
	for _, off := range args.SwitchOff {
		control, _ := compliance.ControlByID(off.Control)
		for _, standard := range args.Standards {
			if !slices.Contains(control.Standards, standard) {
				continue
			}
			if _, err := securityhub.NewStandardsControlAssociation(ctx, fmt.Sprintf("%s-%s-%s", name, standard, off.Control),
				&securityhub.StandardsControlAssociationArgs{
					StandardsArn: pulumi.String(standardARN(args.Place, standard)), SecurityControlId: pulumi.String(off.Control),
					AssociationStatus: pulumi.String("DISABLED"), UpdatedReason: pulumi.String(contract.ReasonControlOff + off.Reason),
				}, pulumi.Parent(h), pulumi.DependsOn([]pulumi.Resource{subscribed[standard]})); err != nil {
				return nil, fmt.Errorf("control %s: %w", off.Control, err)
			}
		}
	}
	return subscriptions, nil
}

func standardARN(p place.Place, standard compliance.Standard) string {
	return fmt.Sprintf("arn:%s:securityhub:%s::standards/%s", p.Partition, p.Region, standardPaths[standard])
}
