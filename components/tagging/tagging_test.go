package tagging_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/components/tagging"
	"assetguard/internal/contract"
	"assetguard/internal/recorder"
	"assetguard/internal/tagpolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestTrailArguments(t *testing.T) {
	run := func(keepDays int) (*recorder.Recorder, error) {
		return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
			_, err := tagging.NewTrail(ctx, "trail", &tagging.TrailArgs{
				Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), KeepDays: keepDays,
			})
			return err
		}})
	}
	const lifecycle = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	r, err := run(1095)
	require.NoError(t, err)
	require.Len(t, r.Inputs(t, lifecycle, "trail")["rules"], 3)
	r, err = run(90)
	require.NoError(t, err)
	require.Len(t, r.Inputs(t, lifecycle, "trail")["rules"], 2, "too short to be worth archiving")
	r, err = run(30)
	require.ErrorContains(t, err, "trail trail: KeepDays is 30; give at least 90")
	require.Empty(t, r.Keys())
}

func newPolicy(p *tagpolicy.Policy) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := tagging.NewPolicy(ctx, "tag-policy", &tagging.PolicyArgs{Policy: p})
		return err
	}})
}

func TestPolicyParameters(t *testing.T) {
	r, err := newPolicy(&tagpolicy.Policy{Version: 1, Defaults: map[string]string{"Owner": "DevOps"}})
	require.NoError(t, err)
	in := r.Inputs(t, "aws:ssm/parameter:Parameter", "tag-policy")
	require.Equal(t, contract.ParameterTagPolicy, in["name"])
	require.Equal(t, "Intelligent-Tiering", in["tier"])
	overrides := r.Inputs(t, "aws:ssm/parameter:Parameter", "tag-policy-overrides")
	_, err = tagpolicy.ParseOverrides([]byte(overrides["insecureValue"].(string)), &tagpolicy.Policy{Version: 1})
	require.NoError(t, err, "what the stack puts there at first must be valid")
}

func TestPolicyIsCheckedAtPreview(t *testing.T) {
	r, err := newPolicy(&tagpolicy.Policy{Version: 1, Defaults: map[string]string{"PersonalInformation": "maybe"}})
	require.ErrorContains(t, err, "tag policy tag-policy:")
	require.ErrorContains(t, err, "PersonalInformation")
	require.Empty(t, r.Keys())
}

func newAutotag(t *testing.T) *recorder.Recorder {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "autotag.zip"), []byte("zip"), 0o600))
	r, err := recorder.Run(recorder.Program{Stack: "test", Root: root, Run: func(ctx *pulumi.Context) error {
		_, err := tagging.NewAutotag(ctx, "autotag", &tagging.AutotagArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Zip: "autotag.zip", Architecture: "arm64", LogDays: 30, RemovedKeys: contract.RemovedKeysReport,
			PolicyName: pulumi.String("/p"), OverridesName: pulumi.String("/o"),
		})
		return err
	}})
	require.NoError(t, err)
	return r
}

func TestAutotagQueueTakesOnlyItsRules(t *testing.T) {
	r := newAutotag(t)
	require.Less(t, len(r.Document(t, "aws:iam/rolePolicy:RolePolicy", "autotag", "policy")), 10240, "all inline policies of a role")
	rule := r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "autotag-0")
	require.NotEmpty(t, r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "autotag-1"), "all events do not fit one pattern")
	for _, queue := range []string{"autotag", "autotag-undelivered"} {
		policy := r.Document(t, "aws:sqs/queue:Queue", queue, "policy")
		for _, key := range r.Keys() {
			if name, isRule := strings.CutPrefix(key, "aws:cloudwatch/eventRule:EventRule "); isRule {
				require.Contains(t, policy, "rule/"+r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", name)["name"].(string))
			}
		}
	}
	target := r.Inputs(t, "aws:cloudwatch/eventTarget:EventTarget", "autotag-0")
	require.Contains(t, target["deadLetterConfig"].(map[string]any)["arn"], "autotag-undelivered")
	lost := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "autotag-0-lost")
	require.Equal(t, map[string]any{"RuleName": rule["name"]}, lost["dimensions"])
	// The dimensions are those that lambdas/autotag publishes with, and none beside.
	failed := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "autotag-failed")
	require.Equal(t, map[string]any{contract.DimensionOutcome: contract.OutcomeFailed}, failed["dimensions"])
	require.Equal(t, contract.MetricNamespace, failed["namespace"])
	unknown := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "autotag-unknown-event")
	require.Equal(t, map[string]any{contract.DimensionOutcome: contract.OutcomeUnknownEvent}, unknown["dimensions"])
	require.Empty(t, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "autotag-overrides-invalid")["dimensions"])
	require.Empty(t, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "autotag-key-removed")["dimensions"])
	variables := r.Inputs(t, "aws:lambda/function:Function", "autotag")["environment"].(map[string]any)["variables"]
	require.Equal(t, map[string]any{
		contract.EnvPolicyParameter: "/p", contract.EnvOverridesParameter: "/o", contract.EnvMaxReceives: "5", contract.EnvRemovedKeys: "report",
	}, variables)
}

func TestAutotagReportsEveryFault(t *testing.T) {
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := tagging.NewAutotag(ctx, "autotag", &tagging.AutotagArgs{})
		return err
	}})
	for _, want := range []string{
		"autotag autotag: place: partition is missing", "KeyArn is required", "TopicArn is required",
		"PolicyName is required", "OverridesName is required", `RemovedKeys is "": give restore or report`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}
