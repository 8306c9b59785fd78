// Package key makes the customer key that encrypts everything of one stack in one region.
package key

import (
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a Key.
type Args struct {
	Place place.Place // where the key stands; it encrypts in this region only
	// Uses are the services that may use the key beside the account's own IAM policies. Optional: none.
	Uses []Use
	// SharedWith may launch instances from images that the key encrypts. Optional: nobody else.
	SharedWith Share
	// DeletionWindowDays is how long a deleted key can be brought back: 7 to 30 days.
	DeletionWindowDays int
}

// Use lets one service use the key for this account's resources.
type Use struct {
	Sid     string   // names the intent, letters and digits, once in a key
	Service string   // service principal
	Actions []string // kms:Decrypt, kms:GenerateDataKey, ...
	// Conditions that keep the service from acting for another account. Optional: none, for the services that
	// name no source to KMS.
	Conditions iampolicy.Conditions
}

// Key is a symmetric customer key that rotates once a year, with the alias <project>-<stack>-<name>.
type Key struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"` // of the key itself, as KeyArn of other components takes it
}

func (a *Args) validate(name string) error {
	return argument.Check("key "+name, a.SharedWith.fault(), argument.Within("DeletionWindowDays", a.DeletionWindowDays, 7, 30),
		a.Place.Validate(), iampolicy.Validate(a.statements()))
}

// New declares the key and its alias.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Key, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	k := &Key{}
	if err := ctx.RegisterComponentResource("assetguard:key:Key", name, k, opts...); err != nil {
		return nil, err
	}
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Encrypts what the stack " + ctx.Stack() + " of " + ctx.Project() + " keeps in this region"),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(args.DeletionWindowDays),
		Policy:               iampolicy.JSON(args.statements()),
	}, pulumi.Parent(k))
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	if _, err := kms.NewAlias(ctx, name, &kms.AliasArgs{
		Name:        pulumi.String("alias/" + naming.Of(ctx, naming.KeyAlias, name)),
		TargetKeyId: key.KeyId,
	}, pulumi.Parent(k)); err != nil {
		return nil, fmt.Errorf("key %s: alias: %w", name, err)
	}
	k.Arn = key.Arn
	return k, ctx.RegisterResourceOutputs(k, pulumi.Map{"arn": k.Arn})
}

func (a *Args) statements() []iampolicy.Statement {
	statements := []iampolicy.Statement{{
		Sid:         "LetIAMPoliciesGrantUse",
		Principals:  iampolicy.Principals{AWS: iampolicy.Values(a.Place.RootARN())},
		Actions:     []string{"kms:*"},
		AnyResource: true,
		Reason: "without it nobody could ever change the key: " +
			"https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
	}}
	for _, u := range a.Uses {
		statements = append(statements, iampolicy.Statement{
			Sid: u.Sid, Principals: iampolicy.Principals{Services: []string{u.Service}},
			Actions: u.Actions, AnyResource: true, Conditions: u.Conditions,
		})
	}
	return append(statements, a.SharedWith.statements(a.Place)...)
}
