package registrations_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"assetguard/internal/policygate"
	"assetguard/internal/registrations"
	"assetguard/internal/registrations/enginetest"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

var update = flag.Bool("update", false, "write the golden files anew")

// custom is any resource.
type custom struct {
	pulumi.CustomResourceState

	Arn    pulumi.StringOutput `pulumi:"arn"`
	Bucket pulumi.StringOutput `pulumi:"bucket"`
}

func register(ctx *pulumi.Context, token, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (*custom, error) {
	r := &custom{}
	return r, ctx.RegisterResource(token, name, props, r, opts...)
}

type provider struct{ pulumi.ProviderResourceState }

func newProvider(ctx *pulumi.Context) (*provider, error) {
	p := &provider{}
	return p, ctx.RegisterResource("pulumi:providers:aws", "home", pulumi.Map{
		"defaultTags": pulumi.Map{"tags": pulumi.StringMap{
			"Environment": pulumi.String("PROD"), "AssetType": pulumi.String("x"),
			"PersonalInformation": pulumi.String("N"), "Owner": pulumi.String("DevOps"),
		}},
	}, p)
}

type component struct{ pulumi.ResourceState }

func admitAll(policygate.Resource, bool) error { return nil }

// watched runs a program under a watch and returns what it registered.
func watched(t *testing.T, dryRun bool, program pulumi.RunFunc) []policygate.Resource {
	t.Helper()
	var seen []policygate.Resource
	err := new(enginetest.Engine).Run(t, dryRun, func(ctx *pulumi.Context) error {
		w, err := registrations.New(ctx, admitAll)
		if err != nil {
			return err
		}
		if err := program(ctx); err != nil {
			return err
		}
		seen = w.Wait()
		return nil
	})
	require.NoError(t, err)
	return seen
}

func named(t *testing.T, all []policygate.Resource, name string) policygate.Resource {
	t.Helper()
	i := slices.IndexFunc(all, func(r policygate.Resource) bool { return r.Name == name })
	require.GreaterOrEqual(t, i, 0, "%s was not seen", name)
	return all[i]
}

func TestWaitReturnsEveryResourceWithItsOptions(t *testing.T) {
	all := watched(t, true, func(ctx *pulumi.Context) error {
		p, err := newProvider(ctx)
		if err != nil {
			return err
		}
		c := &component{}
		if err := ctx.RegisterComponentResource("assetguard:share:Share", "share", c, pulumi.Providers(p), pulumi.Protect(true)); err != nil {
			return err
		}
		b, err := register(ctx, "aws:s3/bucketV2:BucketV2", "uploads", pulumi.Map{"forceDestroy": pulumi.Bool(true)}, pulumi.Parent(c))
		if err != nil {
			return err
		}
		_, err = register(ctx, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", pulumi.Map{"bucket": b.Bucket}, pulumi.Parent(c))
		return err
	})
	require.Len(t, all, 4)
	uploads, block := named(t, all, "uploads"), named(t, all, "block")
	const prefix = "urn:pulumi:prod::assetguard::"
	assert.Equal(t, prefix+"assetguard:share:Share$aws:s3/bucketV2:BucketV2::uploads", uploads.URN)
	assert.Equal(t, prefix+"assetguard:share:Share::share", uploads.Parent)
	assert.Equal(t, prefix+"pulumi:providers:aws::home", uploads.Provider)
	assert.True(t, uploads.Protect, "inherited from the component")
	assert.Equal(t, map[string]any{"forceDestroy": true}, uploads.Inputs)
	assert.Equal(t, policygate.Unknown{}, block.Inputs["bucket"])
	assert.Contains(t, block.Dependencies, uploads.URN)
}

func TestInputsArePlainValues(t *testing.T) {
	all := watched(t, true, func(ctx *pulumi.Context) error {
		made, err := register(ctx, "aws:x/made:Made", "made", nil)
		if err != nil {
			return err
		}
		_, err = register(ctx, "aws:x/y:Y", "subject", pulumi.Map{
			"text": pulumi.String("a"), "number": pulumi.Int(5), "fraction": pulumi.Float64(0.5), "flag": pulumi.Bool(false),
			"secret": pulumi.ToSecret(pulumi.String("hidden")),
			"list":   pulumi.Array{pulumi.String("b"), made.Arn},
			"object": pulumi.Map{"inner": pulumi.StringArray{pulumi.String("c")}, "later": made.Arn},
		})
		return err
	})
	assert.Equal(t, map[string]any{
		"text": "a", "number": 5.0, "fraction": 0.5, "flag": false, "secret": "hidden",
		"list":   []any{"b", policygate.Unknown{}},
		"object": map[string]any{"inner": []any{"c"}, "later": policygate.Unknown{}},
	}, named(t, all, "subject").Inputs)
}

// A component of another language registers its children with the engine, not through this process.
func TestChildrenOfRemoteComponentsAreSeen(t *testing.T) {
	e := &enginetest.Engine{Remote: map[string][]*pulumirpc.RegisterResourceRequest{
		"awsx:ec2:Vpc": {{Type: "aws:ec2/vpc:Vpc", Name: "network", Custom: true, Object: &structpb.Struct{}}},
	}}
	var all []policygate.Resource
	require.NoError(t, e.Run(t, true, func(ctx *pulumi.Context) error {
		w, err := registrations.New(ctx, admitAll)
		if err != nil {
			return err
		}
		if err := ctx.RegisterRemoteComponentResource("awsx:ec2:Vpc", "network", pulumi.Map{}, &component{}); err != nil {
			return err
		}
		all = w.Wait()
		return nil
	}))
	require.Len(t, all, 2)
	assert.Equal(t, "urn:pulumi:prod::assetguard::awsx:ec2:Vpc$aws:ec2/vpc:Vpc::network", all[1].URN)
}

func TestWhatIsRegisteredAfterTheWaitIsLate(t *testing.T) {
	var mu sync.Mutex
	late := map[string]bool{}
	err := new(enginetest.Engine).Run(t, true, func(ctx *pulumi.Context) error {
		w, err := registrations.New(ctx, func(r policygate.Resource, l bool) error {
			mu.Lock()
			defer mu.Unlock()
			late[r.Name] = l
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := register(ctx, "aws:x/y:Y", "early", nil); err != nil {
			return err
		}
		w.Wait()
		_, err = register(ctx, "aws:x/y:Y", "after", nil)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"early": false, "after": true}, late)
}

func TestARefusedResourceIsNotRegistered(t *testing.T) {
	e := &enginetest.Engine{}
	err := e.Run(t, false, func(ctx *pulumi.Context) error {
		w, err := registrations.New(ctx, func(r policygate.Resource, _ bool) error {
			if r.Name == "bad" {
				return errors.New("bad is refused")
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, name := range []string{"good", "bad"} {
			if _, err := register(ctx, "aws:x/y:Y", name, nil); err != nil {
				return err
			}
		}
		w.Wait() // a refusal is an answer too
		return nil
	})
	require.ErrorContains(t, err, "bad is refused")
	assert.True(t, e.Registered("good"))
	assert.False(t, e.Registered("bad"))
}

// A component with several faults, on the way that a preview takes: engine, transform, gate, error.
func TestABadComponentFailsThePreviewWithAllItsFaults(t *testing.T) {
	gate := policygate.Gate{Production: true, Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	e := &enginetest.Engine{}
	err := e.Run(t, true, func(ctx *pulumi.Context) error {
		w, err := registrations.New(ctx, admitAll)
		if err != nil {
			return err
		}
		p, err := newProvider(ctx)
		if err != nil {
			return err
		}
		if err := newShare(ctx, p); err != nil {
			return err
		}
		return gate.Check(w.Wait()).Err()
	})
	var refusal policygate.Refusal
	require.ErrorAs(t, err, &refusal)
	for _, name := range []string{"uploads", "admin", "operators"} {
		assert.True(t, e.Registered(name), "a preview goes on after %s to find every fault", name)
	}
	golden(t, "share.txt", refusal.Error())
}

// newShare is what somebody in a hurry adds.
func newShare(ctx *pulumi.Context, p pulumi.ProviderResource) error {
	c := &component{}
	if err := ctx.RegisterComponentResource("assetguard:share:Share", "share", c, pulumi.Providers(p)); err != nil {
		return err
	}
	bucket, err := register(ctx, "aws:s3/bucketV2:BucketV2", "uploads", pulumi.Map{"forceDestroy": pulumi.Bool(true)}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	for _, r := range []struct {
		token, name string
		props       pulumi.Map
	}{
		{"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "uploads", pulumi.Map{
			"bucket": bucket.Bucket, "blockPublicAcls": pulumi.Bool(true), "ignorePublicAcls": pulumi.Bool(true),
		}},
		{"aws:ec2/securityGroup:SecurityGroup", "admin", pulumi.Map{"ingress": pulumi.Array{pulumi.Map{
			"protocol": pulumi.String("tcp"), "fromPort": pulumi.Int(22), "toPort": pulumi.Int(22),
			"cidrBlocks": pulumi.ToStringArray([]string{"0.0.0.0/0"}),
		}}}},
		{"aws:iam/policy:Policy", "operators", pulumi.Map{"policy": pulumi.String(
			`{"Statement":[{"Sid":"Everything","Effect":"Allow","Action":["s3:*","ec2:*"],"Resource":"*"}]}`)}},
	} {
		if _, err := register(ctx, r.token, r.name, r.props, pulumi.Parent(c)); err != nil {
			return err
		}
	}
	return nil
}

// Wait ends though a registration fails before it reaches the engine.
func TestWaitEndsWhenAnInputCannotBeHad(t *testing.T) {
	err := new(enginetest.Engine).Run(t, true, func(ctx *pulumi.Context) error {
		w, err := registrations.New(ctx, admitAll)
		if err != nil {
			return err
		}
		broken, _, reject := ctx.NewOutput()
		reject(errors.New("no such file"))
		if _, err := register(ctx, "aws:x/y:Y", "broken", pulumi.Map{"code": broken}); err != nil {
			return err
		}
		assert.Empty(t, w.Wait())
		return nil
	})
	require.ErrorContains(t, err, "no such file")
}

func TestURN(t *testing.T) {
	assert.Equal(t, "urn:pulumi:prod::assetguard::aws:x/y:Y::top",
		registrations.URN("prod", "assetguard", "urn:pulumi:prod::assetguard::pulumi:pulumi:Stack::assetguard-prod", "aws:x/y:Y", "top"))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run `go test ./internal/registrations -update`, then read the difference")
}
