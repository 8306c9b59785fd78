package function_test

import (
	"os"
	"path/filepath"
	"testing"

	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/internal/iampolicy"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// newFunction declares a function whose zip is built, after change has had its say.
func newFunction(t *testing.T, change func(*pulumi.Context, *function.Args) error) (*recorder.Recorder, error) {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "work.zip"), []byte("zip"), 0o600))
	return recorder.Run(recorder.Program{Stack: "test", Root: root, Run: func(ctx *pulumi.Context) error {
		args := &function.Args{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
			Zip: "work.zip", Architecture: "arm64", MemoryMB: 256, TimeoutSeconds: 60, LogDays: 30,
			Statements: []iampolicy.Statement{{Sid: "Own", Actions: []string{"ssm:GetParameters"}, Resources: iampolicy.Values("arn:p")}},
		}
		if err := change(ctx, args); err != nil {
			return err
		}
		_, err := function.New(ctx, "work", args)
		return err
	}})
}

func fromQueue(visibility int) func(*pulumi.Context, *function.Args) error {
	return func(ctx *pulumi.Context, args *function.Args) error {
		q, err := queue.New(ctx, "work", &queue.Args{
			Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
			VisibilitySeconds: visibility, MaxReceives: 5, MaxAgeSeconds: 900,
		})
		args.Queue = &function.FromQueue{Source: q, BatchSize: 10, MaximumConcurrency: 2}
		return err
	}
}

func byEvent(_ *pulumi.Context, args *function.Args) error {
	args.Event = &function.ByEvent{
		MaximumRetries: 2, MaxAgeSeconds: 3600,
		CallerService: "events.amazonaws.com", CallerSourceArn: pulumi.String("arn:rule"),
	}
	return nil
}

func TestFunctionRunsAsTheHouseDoes(t *testing.T) {
	r, err := newFunction(t, fromQueue(360))
	require.NoError(t, err)
	in := r.Inputs(t, "aws:lambda/function:Function", "work")
	require.Equal(t, "provided.al2023", in["runtime"])
	require.Equal(t, []any{"arm64"}, in["architectures"])
	require.Equal(t, "arn:key", in["kmsKeyArn"])
	require.NotContains(t, in, "reservedConcurrentExecutions")
	logs := r.Inputs(t, "aws:cloudwatch/logGroup:LogGroup", "work")
	require.Equal(t, "/aws/lambda/assetguard-test-work", logs["name"])
	require.InDelta(t, 30, logs["retentionInDays"], 0)
	require.Equal(t, "assetguard-test-work-ap-northeast-2", r.Inputs(t, "aws:iam/role:Role", "work")["name"])
	require.Equal(t, "assetguard-test-work-ap-northeast-2", r.Inputs(t, "aws:iam/rolePolicy:RolePolicy", "work")["name"])
	for _, alarm := range []string{"work-errors", "work-throttles", "work-slow"} {
		require.Equal(t, []any{"arn:topic"}, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", alarm)["alarmActions"])
	}
	require.InDelta(t, 48000, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "work-slow")["threshold"], 0)
}

func TestFunctionFromAQueue(t *testing.T) {
	r, err := newFunction(t, fromQueue(360))
	require.NoError(t, err)
	in := r.Inputs(t, "aws:lambda/eventSourceMapping:EventSourceMapping", "work")
	require.Equal(t, []any{"ReportBatchItemFailures"}, in["functionResponseTypes"])
	require.Equal(t, map[string]any{"maximumConcurrency": 2.0}, in["scalingConfig"])
	policy := r.Document(t, "aws:iam/rolePolicy:RolePolicy", "work", "policy")
	require.Contains(t, policy, "sqs:ReceiveMessage")
	require.Contains(t, policy, "ssm:GetParameters")
	require.NotContains(t, policy, "logs:CreateLogGroup")
}

func TestFunctionByEventHasItsOwnDeadLetters(t *testing.T) {
	r, err := newFunction(t, byEvent)
	require.NoError(t, err)
	in := r.Inputs(t, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "work")
	require.Equal(t, map[string]any{"onFailure": map[string]any{
		"destination": "arn:aws:sqs:ap-northeast-2:123456789012:assetguard-test-work-dead",
	}}, in["destinationConfig"])
	require.Equal(t, "arn:rule", r.Inputs(t, "aws:lambda/permission:Permission", "work")["sourceArn"])
	require.Contains(t, r.Document(t, "aws:iam/rolePolicy:RolePolicy", "work", "policy"), "sqs:SendMessage")
}

func TestFunctionRefusesBadArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*pulumi.Context, *function.Args) error
		want   string
	}{
		{"not built", func(ctx *pulumi.Context, a *function.Args) error { a.Zip = "gone.zip"; return byEvent(ctx, a) },
			"zip gone.zip is not built; run `make build`"},
		{"no zip", func(ctx *pulumi.Context, a *function.Args) error { a.Zip = ""; return byEvent(ctx, a) }, "zip is required"},
		{"no source", func(_ *pulumi.Context, a *function.Args) error {
			a.Queue = &function.FromQueue{BatchSize: 10, MaximumConcurrency: 2}
			return nil
		}, "Queue.Source is required"},
		{"no call", func(*pulumi.Context, *function.Args) error { return nil }, "give exactly one of Queue and Event"},
		{"short visibility", fromQueue(359), "the queue hides messages for 359 s; it needs at least 360"},
		{"architecture", func(ctx *pulumi.Context, a *function.Args) error { a.Architecture = "amd64"; return byEvent(ctx, a) },
			`architecture is "amd64"; give arm64 or x86_64`},
		{"no caller", func(ctx *pulumi.Context, a *function.Args) error {
			a.Event = &function.ByEvent{MaxAgeSeconds: 60}
			return nil
		}, "Event.CallerService and Event.CallerSourceArn are both required"},
		{"wide action", func(ctx *pulumi.Context, a *function.Args) error {
			a.Statements[0].Actions = []string{"ssm:*"}
			return byEvent(ctx, a)
		}, "a wildcard in Actions needs a Reason"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := newFunction(t, c.change)
			require.ErrorContains(t, err, "function work:")
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, r.Keys(), "aws:lambda/function:Function work")
		})
	}
}
