package inspection

import (
	"errors"
	"fmt"

	"assetguard/internal/argument"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AccountBaselineArgs of an AccountBaseline.
type AccountBaselineArgs struct {
	Place place.Place // the home region; the settings hold everywhere
	// BlockPublicBuckets keeps every bucket of the account from becoming public, and makes public ones private. Buckets
	// behind CloudFront with origin access control are not public. Optional: false, the account's setting is left alone.
	BlockPublicBuckets bool
	// Passwords are the rules for the passwords of IAM users. Optional: nil, the account's setting is left alone.
	Passwords *Passwords
}

// Passwords are the rules for passwords: always with small and capital letters, digits and symbols.
type Passwords struct {
	MinimumLength int // characters: 6 to 128
	MaximumDays   int // age at which a password must be changed: 1 to 1,095
	Remembered    int // last passwords that may not be used again: 1 to 24
}

// AccountBaseline are the settings of the account itself. Whatever the settings were before is overwritten.
type AccountBaseline struct {
	pulumi.ResourceState
}

func (a *AccountBaselineArgs) validate(name string) error {
	errs := []error{a.Place.Validate()}
	if !a.BlockPublicBuckets && a.Passwords == nil {
		errs = append(errs, errors.New("nothing is on; make no AccountBaseline"))
	}
	if p := a.Passwords; p != nil {
		errs = append(errs, argument.Within("Passwords.MinimumLength", p.MinimumLength, 6, 128),
			argument.Within("Passwords.MaximumDays", p.MaximumDays, 1, 1095), argument.Within("Passwords.Remembered", p.Remembered, 1, 24))
	}
	return argument.Check("account baseline "+name, errs...)
}

// NewAccountBaseline declares the settings.
func NewAccountBaseline(ctx *pulumi.Context, name string, args *AccountBaselineArgs, opts ...pulumi.ResourceOption) (*AccountBaseline, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	b := &AccountBaseline{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:AccountBaseline", name, b, opts...); err != nil {
		return nil, err
	}
	if args.BlockPublicBuckets {
		if _, err := s3.NewAccountPublicAccessBlock(ctx, name, &s3.AccountPublicAccessBlockArgs{
			AccountId:       pulumi.String(args.Place.AccountID),
			BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
			IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
		}, pulumi.Parent(b)); err != nil {
			return nil, fmt.Errorf("account baseline %s: public access: %w", name, err)
		}
	}
	if p := args.Passwords; p != nil {
		if _, err := iam.NewAccountPasswordPolicy(ctx, name, &iam.AccountPasswordPolicyArgs{
			MinimumPasswordLength: pulumi.Int(p.MinimumLength), MaxPasswordAge: pulumi.Int(p.MaximumDays),
			PasswordReusePrevention: pulumi.Int(p.Remembered), AllowUsersToChangePassword: pulumi.Bool(true),
			RequireLowercaseCharacters: pulumi.Bool(true), RequireUppercaseCharacters: pulumi.Bool(true),
			RequireNumbers: pulumi.Bool(true), RequireSymbols: pulumi.Bool(true),
		}, pulumi.Parent(b)); err != nil {
			return nil, fmt.Errorf("account baseline %s: passwords: %w", name, err)
		}
	}
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{})
}
