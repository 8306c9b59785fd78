package tagging

import (
	"errors"
	"fmt"

	"assetguard/internal/contract"
	"assetguard/internal/tagpolicy"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PolicyArgs of a Policy.
type PolicyArgs struct {
	Policy *tagpolicy.Policy // at most 8 KB as JSON
}

// Policy is the tag policy in Parameter Store: the document of this program, and beside it the overrides
// that people edit and this program leaves alone.
type Policy struct {
	pulumi.ResourceState

	PolicyName    pulumi.StringOutput `pulumi:"policyName"`    // the parameter of the policy
	OverridesName pulumi.StringOutput `pulumi:"overridesName"` // the parameter that people edit
}

// tier lets a parameter grow from 4 to 8 KB when a larger value is put. A fixed tier would not do: AWS never takes
// an advanced parameter back to standard, and a protected one cannot be replaced.
const tier = "Intelligent-Tiering"

// render checks the policy and returns its document.
func (a *PolicyArgs) render(name string) (string, error) {
	if a.Policy == nil {
		return "", fmt.Errorf("tag policy %s: Policy is required", name)
	}
	doc, err := a.Policy.Marshal()
	if err = errors.Join(a.Policy.Validate(), err, tagpolicy.CheckSize(doc)); err != nil {
		return "", fmt.Errorf("tag policy %s: %w", name, err)
	}
	return string(doc), nil
}

// notOurs are the inputs of the overrides that the stack sets once. A change of any of them would put the whole
// parameter again, with the value that the state remembers: what people wrote since would be gone.
var notOurs = []string{"value", "insecureValue", "description", "tier"}

// NewPolicy declares the two parameters. They hold no secret and are plain, so that a preview shows what
// changes. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
func NewPolicy(ctx *pulumi.Context, name string, args *PolicyArgs, opts ...pulumi.ResourceOption) (*Policy, error) {
	doc, err := args.render(name)
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
		InsecureValue: pulumi.String(doc),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("tag policy %s: %w", name, err)
	}
	overrides, err := ssm.NewParameter(ctx, name+"-overrides", &ssm.ParameterArgs{
		Name:          pulumi.String(contract.ParameterTagOverrides),
		Description:   pulumi.String("Overrides of the tag policy: edit here; see docs/tag-policy.md"),
		Type:          pulumi.String("String"),
		Tier:          pulumi.String(tier),
		InsecureValue: pulumi.String(fmt.Sprintf(`{"version":%d}`, tagpolicy.Version)),
	}, pulumi.Parent(p), pulumi.IgnoreChanges(notOurs))
	if err != nil {
		return nil, fmt.Errorf("tag policy %s: overrides: %w", name, err)
	}
	p.PolicyName, p.OverridesName = policy.Name, overrides.Name
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"policyName": p.PolicyName, "overridesName": p.OverridesName})
}
