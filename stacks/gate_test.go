package stacks

import (
	"strings"
	"testing"
	"time"

	"assetguard/internal/policygate"
	"assetguard/internal/recorder"
	"assetguard/internal/registrations"
	"assetguard/internal/registrations/enginetest"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The mock engine calls no transforms, but it knows what a preview does not: every policy document.
func TestEachStackKeepsTheRules(t *testing.T) {
	for _, c := range []struct {
		stack, file string
		production  bool
	}{
		{"local", "../Pulumi.local.yaml", false},
		{"dev", "config/testdata/example.dev.yaml", false},
		{"prod", "config/testdata/example.prod.yaml", true},
		{"staging", "config/testdata/example.dev.yaml", true}, // a guest that is production
	} {
		t.Run(c.stack, func(t *testing.T) {
			clearAWS(t)
			if c.stack == config.StackLocal {
				sandboxEnvironment(t)
			}
			r, err := run(t, c.stack, c.file)
			require.NoError(t, err)
			settings, err := config.LoadFile(c.file)
			require.NoError(t, err)
			resources := registered(c.stack, r)
			require.NotEmpty(t, resources)
			gate := policygate.Gate{Production: c.production, Exceptions: settings.PolicyGate.Exceptions, Now: time.Now()}
			report := gate.Check(resources)
			assert.NoError(t, report.Err())
			assert.Empty(t, report.Warnings)
		})
	}
}

// registered is what a recorder has of the stack, as the gate reads it.
func registered(stack string, r *recorder.Recorder) []policygate.Resource {
	var resources []policygate.Resource
	for _, one := range r.Registrations() {
		o := one.Options
		provider := o.Provider
		if i := strings.LastIndex(provider, "::"); i >= 0 {
			provider = provider[:i]
		}
		if id, ok := one.Inputs["bucket"].(string); ok && strings.HasSuffix(id, "-id") {
			one.Inputs["bucket"] = policygate.Unknown{} // the mocks' id of a bucket is not its name, as AWS's is
		}
		resources = append(resources, policygate.Resource{
			URN:  registrations.URN(stack, "assetguard", o.Parent, one.Token, one.Name),
			Type: one.Token, Name: one.Name, Parent: o.Parent, Inputs: one.Inputs,
			Provider: provider, Protect: o.Protect, Dependencies: o.Dependencies,
		})
	}
	return resources
}

func TestProductionIsWhatIsNotKnownToBeLess(t *testing.T) {
	clearAWS(t)
	for stack, want := range map[string]bool{"prod": true, "prod-eu": true, "staging": true, "dev": false} {
		got, err := traitsOf(stack, nil)
		require.NoError(t, err)
		assert.Equal(t, want, got.production, stack)
	}
	assert.False(t, localTraits().production)
}

// plainQueue is a program whose one queue is not encrypted and has a default provider.
func plainQueue(ctx *pulumi.Context, now string, exceptions ...policygate.Exception) error {
	moment, err := time.Parse(time.DateOnly, now)
	if err != nil {
		return err
	}
	settings := &config.Settings{PolicyGate: config.PolicyGate{Exceptions: exceptions}}
	return gated(ctx, settings, traits{}, moment, func() error {
		_, err := sqs.NewQueue(ctx, "plain", nil)
		return err
	})
}

func TestAPreviewFailsWithAllFaults(t *testing.T) {
	e := &enginetest.Engine{}
	err := e.Run(t, true, func(ctx *pulumi.Context) error { return plainQueue(ctx, "2026-11-22") })
	require.ErrorContains(t, err, "queue-encryption")
	require.ErrorContains(t, err, "tags")
	require.Empty(t, e.Logged("warning"))
}

func TestADeploymentWithoutPreviewDoesNotMakeAFaultyResource(t *testing.T) {
	e := &enginetest.Engine{}
	err := e.Run(t, false, func(ctx *pulumi.Context) error { return plainQueue(ctx, "2026-11-22") })
	require.ErrorContains(t, err, "aws:sqs/queue:Queue::plain is refused by the policy gate")
	require.Contains(t, e.Logged("error"), "queue-encryption")
	require.False(t, e.Registered("plain"))
}

func TestExceptionsLetAResourcePassUntilTheyEnd(t *testing.T) {
	exceptions := []policygate.Exception{
		{Rule: "queue-encryption", Resource: "plain", Reason: "a test", Expires: "2026-12-01"},
		{Rule: "tags", Resource: "plain", Reason: "a test", Expires: "2027-11-01"},
	}
	e := &enginetest.Engine{}
	require.NoError(t, e.Run(t, true, func(ctx *pulumi.Context) error { return plainQueue(ctx, "2026-11-22", exceptions...) }))
	require.Equal(t, "policy gate: the exception queue-encryption for plain ends after 2026-12-01: "+
		"mend the resource, or agree on a later day\n", e.Logged("warning"))
	require.NoError(t, e.Run(t, false, func(ctx *pulumi.Context) error { return plainQueue(ctx, "2026-12-01", exceptions...) }))
	require.True(t, e.Registered("plain"))

	err := e.Run(t, true, func(ctx *pulumi.Context) error { return plainQueue(ctx, "2026-12-02", exceptions...) })
	require.ErrorContains(t, err, "its exception expired on 2026-12-01; it was: a test")
	require.NotContains(t, err.Error(), "tags")
}
