package tagging_test

import (
	"strings"
	"testing"

	"assetguard/components/tagging"
	"assetguard/internal/place"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func virginia() place.Place {
	p := recorder.Place()
	p.Region = "us-east-1"
	p.RoleBoundary = "arn:aws:iam::123456789012:policy/boundary"
	return p
}

func newForward(args *tagging.ForwardArgs) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := tagging.NewForward(ctx, "forward-us-east-1", args)
		return err
	}})
}

func TestForwardSendsHomeAndNowhereElse(t *testing.T) {
	r, err := newForward(&tagging.ForwardArgs{
		Place: virginia(), Home: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
	})
	require.NoError(t, err)
	const bus = "arn:aws:events:ap-northeast-2:123456789012:event-bus/default"
	target := r.Inputs(t, "aws:cloudwatch/eventTarget:EventTarget", "forward-us-east-1-0")
	require.Equal(t, bus, target["arn"])
	require.Contains(t, target["roleArn"], "assetguard-test-forward-us-east-1")
	require.Contains(t, target["deadLetterConfig"].(map[string]any)["arn"], "forward-us-east-1-undelivered")

	role := r.Inputs(t, "aws:iam/role:Role", "forward-us-east-1")
	require.Equal(t, "assetguard-test-forward-us-east-1", role["name"], "the region stands in it once")
	require.Equal(t, virginia().RoleBoundary, role["permissionsBoundary"])
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Assume","Effect":"Allow",
		"Principal":{"Service":["events.amazonaws.com"]},"Action":["sts:AssumeRole"],
		"Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"]}}}]}`, role["assumeRolePolicy"].(string))
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"SendHome","Effect":"Allow",
		"Action":["events:PutEvents"],"Resource":["`+bus+`"]}]}`,
		r.Inputs(t, "aws:iam/rolePolicy:RolePolicy", "forward-us-east-1")["policy"].(string))

	dead := r.Document(t, "aws:sqs/queue:Queue", "forward-us-east-1-undelivered", "policy")
	require.Contains(t, dead, "arn:aws:events:us-east-1:123456789012:rule/assetguard-test-forward-us-east-1-0")
	require.Equal(t, []any{"arn:topic"}, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "forward-us-east-1-0-lost")["alarmActions"])
}

func TestForwardMatchesWhatAutotagMatches(t *testing.T) {
	forward, err := newForward(&tagging.ForwardArgs{
		Place: virginia(), Home: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
	})
	require.NoError(t, err)
	autotag := newAutotag(t)
	require.Equal(t, patternsOf(t, autotag), patternsOf(t, forward))
}

func patternsOf(t *testing.T, r *recorder.Recorder) []any {
	t.Helper()
	var patterns []any
	for _, key := range r.Keys() {
		if token, name, _ := strings.Cut(key, " "); token == "aws:cloudwatch/eventRule:EventRule" {
			patterns = append(patterns, r.Inputs(t, token, name)["eventPattern"])
		}
	}
	require.NotEmpty(t, patterns)
	return patterns
}

func TestForwardRefusesItsOwnRegion(t *testing.T) {
	r, err := newForward(&tagging.ForwardArgs{Place: recorder.Place(), Home: recorder.Place()})
	for _, want := range []string{"forward forward-us-east-1: ", "region ap-northeast-2 is Place and Home", "KeyArn is required", "TopicArn is required"} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}

func TestForwardOfOtherEvents(t *testing.T) {
	r, err := newForward(&tagging.ForwardArgs{
		Place: virginia(), Home: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
		Patterns: []string{`{"source":["aws.config"]}`}, Description: "Changed results",
	})
	require.NoError(t, err)
	require.Equal(t, []any{`{"source":["aws.config"]}`}, patternsOf(t, r))
	rule := r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "forward-us-east-1-0")
	require.Equal(t, "Changed results, to the event bus of ap-northeast-2", rule["description"])
	lost := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "forward-us-east-1-0-lost")["alarmDescription"]
	require.NotContains(t, lost, "no tags")
}
