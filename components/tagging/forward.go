package tagging

import (
	"cmp"
	"fmt"
	"strings"

	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ForwardArgs of a Forward.
type ForwardArgs struct {
	Place    place.Place        // the region whose events are forwarded
	Home     place.Place        // the region whose rules take them
	KeyArn   pulumi.StringInput // of Place's region; its policy must let EventBridge use it
	TopicArn pulumi.StringInput // of Place's region, since an alarm tells topics of its own region only
	// Patterns are those of the events to send. Optional: what Autotag takes.
	Patterns []string
	// Description says what the events are. Optional: that of what Autotag takes.
	Description string
}

// Forward sends events of one region to the default event bus of the home region, whose rules take them as they take
// their own: an event keeps its source and its detail, and so the region where it happened. Without Patterns these are
// create events, RDS's own of databases that are ready, and the removals of required tags.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
type Forward struct {
	pulumi.ResourceState

	DeadLetterArn pulumi.StringOutput `pulumi:"deadLetterArn"` // where events wait that could not be sent
}

func (a *ForwardArgs) validate(name string) error {
	var same error
	if a.Place.Region == a.Home.Region {
		same = fmt.Errorf("region %s is Place and Home: its events would come back for ever", a.Place.Region)
	}
	return argument.Check("forward "+name, a.Place.Validate(), a.Home.Validate(), same,
		argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn))
}

// NewForward declares the rules, their role and their dead letters.
func NewForward(ctx *pulumi.Context, name string, args *ForwardArgs, opts ...pulumi.ResourceOption) (*Forward, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	f := &Forward{}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Forward", name, f, opts...); err != nil {
		return nil, err
	}
	roleArn, err := f.newRole(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("forward %s: role: %w", name, err)
	}
	rules := &rules{
		place: args.Place, keyArn: args.KeyArn, topicArn: args.TopicArn,
		patterns:    args.patterns(),
		description: args.description() + ", to the event bus of " + args.Home.Region,
		targetID:    "home", targetArn: pulumi.String(args.bus()), roleArn: roleArn,
		lost: args.lost(),
	}
	undelivered, err := rules.declare(ctx, name, f)
	if err != nil {
		return nil, fmt.Errorf("forward %s: %w", name, err)
	}
	f.DeadLetterArn = undelivered.Arn
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{"deadLetterArn": f.DeadLetterArn})
}

// bus is the home region's default event bus. It needs no policy: it takes events of its own account.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
func (a *ForwardArgs) bus() string { return a.Home.ARN("events", "event-bus/default") }

func (a *ForwardArgs) patterns() []string {
	if len(a.Patterns) > 0 {
		return a.Patterns
	}
	return eventPatterns()
}

func (a *ForwardArgs) description() string {
	return cmp.Or(a.Description, "Calls that create assets, databases that are ready and changes that remove required tags")
}

// untagged is what lost create events mean.
const untagged = "what was created meanwhile has no tags"

func (a *ForwardArgs) lost() string {
	const look = "Look at the role of the rule, the policy of its dead letters and that of their key"
	if len(a.Patterns) > 0 {
		return look
	}
	return look + "; " + untagged
}

// newRole declares the role with which the rules send, whose name carries the region since roles are global. The
// ARN is known once the role may send, so that no event meets a role without rights.
func (f *Forward) newRole(ctx *pulumi.Context, name string, args *ForwardArgs) (pulumi.StringOutput, error) {
	var boundary pulumi.StringPtrInput
	if args.Place.RoleBoundary != "" {
		boundary = pulumi.String(args.Place.RoleBoundary)
	}
	roleName := pulumi.String(naming.Of(ctx, naming.Role, strings.TrimSuffix(name, "-"+args.Place.Region), args.Place.Region))
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:                roleName,
		Description:         pulumi.String("Sends events of " + args.Place.Region + " to the event bus of " + args.Home.Region),
		AssumeRolePolicy:    iampolicy.AssumedBy("events.amazonaws.com", iampolicy.FromAccount(args.Place.AccountID)),
		PermissionsBoundary: boundary,
	}, pulumi.Parent(f))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	statements := []iampolicy.Statement{{
		Sid: "SendHome", Actions: []string{"events:PutEvents"}, Resources: iampolicy.Values(args.bus()),
	}}
	policy, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Name: roleName, Role: role.Name, Policy: iampolicy.JSON(statements),
	}, pulumi.Parent(f))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return pulumi.All(role.Arn, policy.ID()).ApplyT(func(v []any) string { return v[0].(string) }).(pulumi.StringOutput), nil
}
