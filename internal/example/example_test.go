package example

import (
	"errors"
	"os"
	"testing"

	"assetguard/internal/example/evidence"
	"assetguard/internal/iampolicy"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

type box struct{ pulumi.ResourceState }

// declare makes a component of the package "box" with a queue in it, and a role beside it.
func declare(ctx *pulumi.Context, stack Stack) error {
	b := &box{}
	if err := ctx.RegisterComponentResource("assetguard:box:Box", "work", b); err != nil {
		return err
	}
	inner := &box{}
	if err := ctx.RegisterComponentResource("assetguard:other:Other", "inner", inner, pulumi.Parent(b)); err != nil {
		return err
	}
	if _, err := sqs.NewQueue(ctx, "work", &sqs.QueueArgs{
		KmsMasterKeyId: stack.KeyArn,
		Policy:         iampolicy.JSON([]iampolicy.Statement{iampolicy.DenyInsecureTransport([]string{"sqs:*"}, iampolicy.Values("arn:work"))}),
	}, pulumi.Parent(inner)); err != nil {
		return err
	}
	_, err := iam.NewRole(ctx, "beside", &iam.RoleArgs{AssumeRolePolicy: iampolicy.AssumedBy("lambda.amazonaws.com", nil)})
	return err
}

func TestTheComponentAndAllBelowItAreSeen(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "example", Run: func(ctx *pulumi.Context) error { return declare(ctx, Stack{}) }})
	require.NoError(t, err)
	denied := evidence.Grant{
		In: "aws:sqs/queue:Queue work", Sid: "DenyInsecureTransport", Deny: true, To: []string{"*"}, Actions: []string{"sqs:*"},
		On: []string{"arn:work"}, Conditions: []string{"Bool aws:SecureTransport false"},
	}
	require.Equal(t, &evidence.Evidence{
		Resources: []string{"assetguard:box:Box work", "assetguard:other:Other inner", "aws:sqs/queue:Queue work"},
		Grants:    []evidence.Grant{denied},
	}, observe("box", r))
	require.Equal(t, &evidence.Evidence{
		Resources: []string{"assetguard:other:Other inner", "aws:sqs/queue:Queue work"}, Grants: []evidence.Grant{denied},
	}, observe("other", r))
	require.Len(t, observe("alarm", r).Resources, 4, "a package without a component made all")
}

func TestGrants(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "example", Run: func(ctx *pulumi.Context) error {
		if _, err := lambda.NewPermission(ctx, "call", &lambda.PermissionArgs{
			Function: pulumi.String("f"), Action: pulumi.String("lambda:InvokeFunction"),
			Principal: pulumi.String("events.amazonaws.com"), SourceArn: pulumi.String("arn:rule"),
		}); err != nil {
			return err
		}
		_, err := iam.NewRolePolicy(ctx, "own", &iam.RolePolicyArgs{Role: pulumi.String("r"), Policy: iampolicy.JSON([]iampolicy.Statement{
			{Sid: "Trace", Actions: []string{"xray:PutTraceSegments"}, AnyResource: true, Reason: "knows none"},
			{Sid: "Account", Actions: []string{"s3:GetObject"}, Resources: iampolicy.Values("arn:a", "arn:b"), Principals: iampolicy.Principals{
				AWS: iampolicy.Values("arn:root"), Services: []string{"s3.amazonaws.com"},
			}, Conditions: iampolicy.FromAccount("1")},
		})})
		return err
	}})
	require.NoError(t, err)
	require.Equal(t, []evidence.Grant{
		{In: "aws:iam/rolePolicy:RolePolicy own", Sid: "Trace", Actions: []string{"xray:PutTraceSegments"}, On: []string{"*"}},
		{In: "aws:iam/rolePolicy:RolePolicy own", Sid: "Account", Actions: []string{"s3:GetObject"}, On: []string{"arn:a", "arn:b"},
			To: []string{"arn:root", "s3.amazonaws.com"}, Conditions: []string{"StringEquals aws:SourceAccount 1"}},
		{In: "aws:lambda/permission:Permission call", Actions: []string{"lambda:InvokeFunction"}, To: []string{"events.amazonaws.com"},
			Conditions: []string{"ArnLike aws:SourceArn arn:rule"}},
	}, observe("none", r).Grants)
}

// A document that somebody wrote by hand is seen as well as one of internal/iampolicy.
func TestGrantsOfForeignDocuments(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "example", Run: func(ctx *pulumi.Context) error {
		_, err := iam.NewRole(ctx, "own", &iam.RoleArgs{
			AssumeRolePolicy: pulumi.String(`{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:root"},"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}}`),
			InlinePolicies: iam.RoleInlinePolicyArray{iam.RoleInlinePolicyArgs{Name: pulumi.String("all"), Policy: pulumi.String(
				`{"Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"},{"Effect":"Allow","Action":"s3:*","NotResource":["arn:a"]}]}`)}},
		})
		return err
	}})
	require.NoError(t, err)
	const in = "aws:iam/role:Role own"
	require.Equal(t, []evidence.Grant{
		{In: in, Actions: []string{"sts:AssumeRole"}, To: []string{"arn:root"}, Conditions: []string{"Bool aws:MultiFactorAuthPresent true"}},
		{In: in, Actions: []string{"all but iam:*"}, On: []string{"*"}},
		{In: in, Actions: []string{"s3:*"}, On: []string{"all but arn:a"}},
	}, observe("none", r).Grants)
}

func TestAnExampleIsComparedWithItsFile(t *testing.T) {
	t.Chdir(t.TempDir())
	const function = "assetguard/components/box_test.ExampleNew"
	require.ErrorContains(t, run(function, declare),
		"what ExampleNew makes is not what testdata/ExampleNew.json says: run `go test ./components/box -update`")
	*update = true
	defer func() { *update = false }()
	require.NoError(t, run(function, declare))
	*update = false
	require.NoError(t, run(function, declare))
	seen, err := evidence.Read(".", "ExampleNew")
	require.NoError(t, err)
	require.Contains(t, seen.Resources, "aws:sqs/queue:Queue work")

	require.NoError(t, os.WriteFile(evidence.Path(".", "ExampleNew"), []byte("{"), 0o600))
	require.Error(t, run(function, declare))
	require.ErrorContains(t, run(function, func(*pulumi.Context, Stack) error { return errors.New("a fault") }), "a fault")
}
