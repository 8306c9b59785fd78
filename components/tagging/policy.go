package tagging

import (
	"fmt"

	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PolicyArgs of a Policy.
type PolicyArgs struct {
	Policy *tagpolicy.Policy
}

// Policy is the tag policy in Parameter Store: the document of this program, and beside it the overrides
// that people edit and this program leaves alone.
type Policy struct {
	pulumi.ResourceState

	PolicyName    pulumi.StringOutput `pulumi:"policyName"`
	OverridesName pulumi.StringOutput `pulumi:"overridesName"`
}

// render checks the policy and returns its document and the parameter tier that holds it.
func (a *PolicyArgs) render(name string) (doc []byte, tier string, err error) {
	if a.Policy == nil {
		return nil, "", fmt.Errorf("tag policy %s: Policy is required", name)
	}
	if err := a.Policy.Validate(); err != nil {
		return nil, "", fmt.Errorf("tag policy %s: %w", name, err)
	}
	if doc, err = a.Policy.Marshal(); err != nil {
		return nil, "", fmt.Errorf("tag policy %s: %w", name, err)
	}
	if tier, err = tagpolicy.Tier(doc); err != nil {
		return nil, "", fmt.Errorf("tag policy %s: %w", name, err)
	}
	return doc, tier, nil
}

// NewPolicy declares the two parameters. They hold no secret and are plain, so that a preview shows what
// changes. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
func NewPolicy(ctx *pulumi.Context, name string, args *PolicyArgs, opts ...pulumi.ResourceOption) (*Policy, error) {
	doc, tier, err := args.render(name)
	if err != nil {
		return nil, err
	}
	p := &Policy{}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Policy", name, p, opts...); err != nil {
		return nil, err
	}
	policy, err := ssm.NewParameter(ctx, name, &ssm.ParameterArgs{
		Name:          pulumi.String(contract.ParameterTagPolicy),
		Description:   pulumi.String("Tag policy of assetguard, from the stack's configuration; edits here are undone"),
		Type:          pulumi.String("String"),
		Tier:          pulumi.String(tier),
		InsecureValue: pulumi.String(string(doc)),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("tag policy %s: %w", name, err)
	}
	overrides, err := ssm.NewParameter(ctx, name+"-overrides", &ssm.ParameterArgs{
		Name:          pulumi.String(contract.ParameterTagOverrides),
		Description:   pulumi.String("Overrides of the tag policy: edit here; see docs/tag-policy.md"),
		Type:          pulumi.String("String"),
		Tier:          pulumi.String("Intelligent-Tiering"), // grows from 4 to 8 KB by itself
		InsecureValue: pulumi.String(fmt.Sprintf(`{"version":%d}`, tagpolicy.Version)),
	}, pulumi.Parent(p), pulumi.IgnoreChanges([]string{"value", "insecureValue"}))
	if err != nil {
		return nil, fmt.Errorf("tag policy %s: overrides: %w", name, err)
	}
	p.PolicyName, p.OverridesName = policy.Name, overrides.Name
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"policyName": p.PolicyName, "overridesName": p.OverridesName})
}
