package alerting_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"assetguard/components/alerting"
	"assetguard/components/table"
	"assetguard/components/topic"
	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// rooted runs a program in a root where function.zip is built.
func rooted(t *testing.T, run func(*pulumi.Context) error) (*recorder.Recorder, error) {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "function.zip"), []byte("zip"), 0o600))
	return recorder.Run(recorder.Program{Stack: "test", Root: root, Run: run})
}

func run() alerting.Function {
	return alerting.Function{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
		Zip: "function.zip", Architecture: "arm64", LogDays: 30, Language: "ko", Timezone: "Asia/Seoul",
	}
}

func variables(t *testing.T, r *recorder.Recorder, name string) map[string]any {
	t.Helper()
	return r.Inputs(t, "aws:lambda/function:Function", name)["environment"].(map[string]any)["variables"].(map[string]any)
}

const (
	sns = "arn:aws:sns:ap-northeast-2:123456789012:assetguard-test-"
	sqs = "arn:aws:sqs:ap-northeast-2:123456789012:assetguard-test-"
)

func TestLogIsWrittenByItsRuleAlone(t *testing.T) {
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		_, err := alerting.NewLog(ctx, "findings-log", &alerting.LogArgs{
			Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), LogDays: 365,
			Filter: alerting.Filter{Least: finding.Low},
		})
		return err
	})
	require.NoError(t, err)
	const group = "/aws/events/assetguard-test-findings-log"
	require.Equal(t, map[string]any{"name": group, "retentionInDays": 365.0, "kmsKeyId": "arn:key"},
		r.Inputs(t, "aws:cloudwatch/logGroup:LogGroup", "findings-log"))
	target := r.Inputs(t, "aws:cloudwatch/eventTarget:EventTarget", "findings-log")
	require.Equal(t, "arn:aws:logs:ap-northeast-2:123456789012:log-group:"+group, target["arn"])
	require.NotContains(t, target, "roleArn", "the log group's policy lets EventBridge in")
	require.Equal(t, map[string]any{"arn": sqs + "findings-log-undelivered"}, target["deadLetterConfig"])
	require.Len(t, r.Options(t, "aws:cloudwatch/eventTarget:EventTarget", "findings-log").Dependencies, 4, "rule, dead letters, log group and policy")
	policy := r.Inputs(t, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "findings-log")
	const streams = `"Resource":["arn:aws:logs:ap-northeast-2:123456789012:log-group:` + group + `:*"]`
	const writers = `"Principal":{"Service":["delivery.logs.amazonaws.com","events.amazonaws.com"]},"Effect":"Allow"`
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"MakeStreams","Action":["logs:CreateLogStream"],`+writers+`,`+streams+`},
		{"Sid":"WriteFindings","Action":["logs:PutLogEvents"],`+writers+`,`+streams+`,"Condition":{"ArnEquals":{
			"aws:SourceArn":["arn:aws:events:ap-northeast-2:123456789012:rule/assetguard-test-findings-log"]}}}]}`,
		policy["policyDocument"].(string))
	require.Equal(t, "InvocationsFailedToBeSentToDlq", r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "findings-log-lost")["metricName"])
}

// findings declares a Findings with what it stands on.
func findings(ctx *pulumi.Context, args *alerting.FindingsArgs) error {
	state, err := table.New(ctx, "alerting", &table.Args{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"), Key: contract.StateKey,
	})
	if err != nil {
		return err
	}
	args.State = state
	_, err = alerting.NewFindings(ctx, "findings", args)
	return err
}

func TestFindingsToldToEachAudience(t *testing.T) {
	rules := contract.AlertRules{
		Routes:  []contract.AlertRoute{{Audience: contract.AudienceSecurity, Severity: "HIGH"}},
		Singles: 10, GatherSeconds: 300,
	}
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		return findings(ctx, &alerting.FindingsArgs{
			Function: run(), Filter: alerting.Filter{Least: finding.Medium, Workflow: []string{finding.WorkflowNew}}, Rules: rules,
			Topics: map[contract.Audience]pulumi.StringOutput{
				contract.AudienceSecurity: pulumi.String("arn:security").ToStringOutput(), contract.AudienceDevOps: pulumi.String("arn:devops").ToStringOutput(),
				contract.AudiencePurchasing: pulumi.String("arn:purchasing").ToStringOutput(),
			},
			RegisterBucket: pulumi.String("register"),
		})
	})
	require.NoError(t, err)
	given := variables(t, r, "findings")
	var sent contract.AlertRules
	require.NoError(t, json.Unmarshal([]byte(given[contract.EnvAlertRules].(string)), &sent))
	require.Equal(t, rules, sent)
	delete(given, contract.EnvAlertRules)
	delete(given, contract.EnvFindingsQueueURL) // the recorder knows no URL
	require.Equal(t, map[string]any{
		contract.EnvSecurityTopic: "arn:security", contract.EnvDevOpsTopic: "arn:devops", contract.EnvPurchasingTopic: "arn:purchasing",
		contract.EnvStateTable: "assetguard-test-alerting", contract.EnvRegisterBucket: "register", contract.EnvStack: "test",
		contract.EnvLanguage: "ko", contract.EnvTimezone: "Asia/Seoul", contract.EnvPartition: "aws", contract.EnvAccountID: "123456789012",
		contract.EnvMaxReceives: "10",
	}, given)
	require.Equal(t, 360.0, r.Inputs(t, "aws:sqs/queue:Queue", "findings")["visibilityTimeoutSeconds"])
	source := r.Inputs(t, "aws:lambda/eventSourceMapping:EventSourceMapping", "findings")
	require.Equal(t, float64(contract.FindingsBatchSize), source["batchSize"])
	require.Equal(t, map[string]any{"maximumConcurrency": float64(contract.FindingsConcurrency)}, source["scalingConfig"])
	require.Equal(t, sqs+"findings", r.Inputs(t, "aws:cloudwatch/eventTarget:EventTarget", "findings")["arn"])
	require.Contains(t, r.Document(t, "aws:sqs/queue:Queue", "findings", "policy"),
		"arn:aws:events:ap-northeast-2:123456789012:rule/assetguard-test-findings")
	for _, alarm := range []string{"findings-failed", "findings-digest-failed", "findings-unmarked"} {
		in := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", alarm)
		require.Contains(t, in["alarmDescription"], "docs/runbooks/"+alarm+".md")
		require.Equal(t, []any{"arn:topic"}, in["alarmActions"])
	}
}

func TestFindingsReportsEveryFault(t *testing.T) {
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		_, err := alerting.NewFindings(ctx, "findings", &alerting.FindingsArgs{Filter: alerting.Filter{Workflow: []string{"OLD"}}})
		return err
	})
	for _, want := range []string{
		"findings findings:", "place: region is missing", "KeyArn is required", "TopicArn is required", "language and timezone are required",
		"RegisterBucket is required", `workflow "OLD" is none`, "state is required", "rules have no route", "topics lack the audience purchasing",
	} {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}

func TestSlackHasNoWebhookInState(t *testing.T) {
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		security, err := topic.New(ctx, "security", &topic.Args{Place: recorder.Place(), KeyArn: pulumi.String("arn:key")})
		if err != nil {
			return err
		}
		there := recorder.Place()
		there.Region = "us-east-1"
		elsewhere, err := topic.New(ctx, "operations-us-east-1", &topic.Args{Place: there, KeyArn: pulumi.String("arn:key")})
		if err != nil {
			return err
		}
		_, err = alerting.NewSlack(ctx, "slack", &alerting.SlackArgs{
			Function: run(), Topics: []*topic.Topic{security}, Elsewhere: []*topic.Topic{elsewhere}, RecoveryDays: 30,
		})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"name": "assetguard-test-slack", "description": "URL of the incoming webhook of Slack, and nothing else",
		"kmsKeyId": "arn:key", "recoveryWindowInDays": 30.0,
	}, r.Inputs(t, "aws:secretsmanager/secret:Secret", "slack"))
	for _, key := range r.Keys() {
		require.NotContains(t, key, "secretVersion")
	}
	secret := "arn:aws:secretsmanager:ap-northeast-2:123456789012:assetguard-test-slack"
	require.Equal(t, secret, variables(t, r, "slack")[contract.EnvWebhookSecret])
	policy := r.Document(t, "aws:iam/rolePolicy:RolePolicy", "slack", "policy")
	for _, right := range []string{secret, "secretsmanager:GetSecretValue", "sqs:ChangeMessageVisibility", sqs + "slack-dead"} {
		require.Contains(t, policy, right)
	}
	require.Equal(t, map[string]any{"maximumConcurrency": 2.0},
		r.Inputs(t, "aws:lambda/eventSourceMapping:EventSourceMapping", "slack")["scalingConfig"])
	queue := r.Document(t, "aws:sqs/queue:Queue", "slack", "policy")
	require.Contains(t, queue, sns+"security")
	require.Contains(t, queue, "arn:aws:sns:us-east-1:123456789012:assetguard-test-operations-us-east-1")
	require.Equal(t, true, r.Inputs(t, "aws:sns/topicSubscription:TopicSubscription", "slack-security")["rawMessageDelivery"])
	require.NotContains(t, r.Keys(), "aws:sns/topicSubscription:TopicSubscription slack-operations-us-east-1", "its reader stands there")
}

func TestSlackReportsEveryFault(t *testing.T) {
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		_, err := alerting.NewSlack(ctx, "slack", &alerting.SlackArgs{Function: run(), RecoveryDays: 3})
		return err
	})
	require.ErrorContains(t, err, "slack slack: topics are required")
	require.ErrorContains(t, err, "RecoveryDays is 3; give 7 to 30")
	require.Empty(t, r.Keys())
}

func TestSubscriptionsAreWatchedForEachAudience(t *testing.T) {
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		_, err := alerting.NewSubscriptions(ctx, "subscriptions", &alerting.SubscriptionsArgs{
			Function: run(), Schedule: "cron(0 9 * * ? *)",
			Subscribers: map[contract.Audience]alerting.Subscribers{
				contract.AudienceSecurity: {TopicArn: pulumi.String("arn:security").ToStringOutput(), Emails: []string{"security@example.com"}},
				contract.AudienceDevOps: {
					TopicArn: pulumi.String("arn:devops").ToStringOutput(), Emails: []string{"devops@example.com"}, AlarmTopicArn: pulumi.String("arn:security"),
				},
			},
		})
		return err
	})
	require.NoError(t, err)
	for alarm, topic := range map[string]string{"security": "arn:topic", "devops": "arn:security"} {
		require.Equal(t, []any{topic}, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "subscriptions-"+alarm+"-missing")["alarmActions"])
	}
	expected, err := contract.ParseSubscribers(variables(t, r, "subscriptions")[contract.EnvSubscribers].(string))
	require.NoError(t, err, "the function reads it")
	require.Equal(t, map[contract.Audience]contract.Subscribers{
		contract.AudienceSecurity: {Topic: "arn:security", Emails: []string{"security@example.com"}},
		contract.AudienceDevOps:   {Topic: "arn:devops", Emails: []string{"devops@example.com"}},
	}, expected)
	require.Equal(t, map[string]any{"Audience": "security"}, r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "subscriptions-security-missing")["dimensions"])
	require.Contains(t, r.Keys(), "aws:cloudwatch/metricAlarm:MetricAlarm subscriptions-devops-unexpected")
	require.Equal(t, "SubscriptionsPending", r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "subscriptions-devops-pending")["metricName"])
	require.Equal(t, "arn:aws:scheduler:ap-northeast-2:123456789012:schedule/default/assetguard-test-subscriptions-look",
		r.Inputs(t, "aws:lambda/permission:Permission", "subscriptions")["sourceArn"])
}

func TestSubscriptionsReportsEveryFault(t *testing.T) {
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		_, err := alerting.NewSubscriptions(ctx, "subscriptions", &alerting.SubscriptionsArgs{})
		return err
	})
	require.ErrorContains(t, err, "subscriptions subscriptions:")
	require.ErrorContains(t, err, "subscribers and schedule are required")
	require.ErrorContains(t, err, "KeyArn is required")
	require.Empty(t, r.Keys())
}

func TestDashboardShowsWhatTheAlarmsWatch(t *testing.T) {
	titles := func(slack string) (string, []string) {
		r, err := rooted(t, func(ctx *pulumi.Context) error {
			_, err := alerting.NewDashboard(ctx, "alerting", &alerting.DashboardArgs{Place: recorder.Place(), Findings: "findings", Slack: slack})
			return err
		})
		require.NoError(t, err)
		text := r.Inputs(t, "aws:cloudwatch/dashboard:Dashboard", "alerting")["dashboardBody"].(string)
		var body struct {
			Widgets []struct {
				Properties struct {
					Title string
					Stat  string
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(text), &body))
		var all []string
		for _, w := range body.Widgets {
			require.NotEmpty(t, w.Properties.Stat, w.Properties.Title)
			all = append(all, w.Properties.Title)
		}
		return text, all
	}
	text, all := titles("slack")
	require.Len(t, all, 8)
	for _, shown := range []string{
		"FindingOutcome", "Digests", "FindingMark", "SlackOutcome", "assetguard-test-findings-dead", "assetguard-test-findings-undelivered",
		"assetguard-test-slack-dead", `SEARCH('{assetguard,Outcome,Reason} MetricName=\"FindingOutcome\" Outcome=\"failed\"', 'Sum', 300)`,
	} {
		require.Contains(t, text, shown)
	}
	text, all = titles("")
	require.Len(t, all, 6)
	require.NotContains(t, text, "slack")
	r, err := rooted(t, func(ctx *pulumi.Context) error {
		_, err := alerting.NewDashboard(ctx, "alerting", &alerting.DashboardArgs{})
		return err
	})
	require.ErrorContains(t, err, "dashboard alerting: place: partition is missing")
	require.ErrorContains(t, err, "findings are required")
	require.Empty(t, r.Keys())
}
