package stacks

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/internal/contract"
	"assetguard/internal/recorder"
	"assetguard/stacks/config"

	"github.com/stretchr/testify/require"
)

// runChanged runs an example of stacks/config with settings changed.
func runChanged(t *testing.T, stack string, change func(settings map[string]any)) (*recorder.Recorder, error) {
	t.Helper()
	clearAWS(t)
	var settings map[string]any
	require.NoError(t, json.Unmarshal([]byte(settingsOf(t, "config/testdata/example."+stack+".yaml")[config.Key]), &settings))
	change(settings)
	changed, err := json.Marshal(settings)
	require.NoError(t, err)
	return recorder.Run(recorder.Program{
		Stack: stack, Root: rootWithFunctions(t), Config: map[string]string{config.Key: string(changed)}, Run: Run,
	})
}

func asIs(map[string]any) {}

func TestAlertingIsTheOwnersInTheHomeRegion(t *testing.T) {
	owner, err := runChanged(t, "prod", asIs)
	require.NoError(t, err)
	guest, err := runChanged(t, "dev", asIs)
	require.NoError(t, err)
	for _, part := range []string{"assetguard:alerting:", "aws:dynamodb/", "aws:secretsmanager/", "aws:cloudwatch/logResourcePolicy:", "assetguard:topic:Topic security"} {
		require.Empty(t, with(guest, part), "a guest makes none of %s", part)
		require.NotEmpty(t, with(owner, part), part)
	}
	for _, key := range with(owner, "assetguard:alerting:") {
		token, name, _ := strings.Cut(key, " ")
		if token == "assetguard:alerting:Dashboard" { // holds nothing
			continue
		}
		options := owner.Options(t, token, name)
		require.True(t, options.Protect && options.RetainOnDelete, "%s is kept", key)
	}
	for _, name := range []string{"findings", "findings-log"} {
		require.Contains(t, owner.Options(t, "aws:cloudwatch/eventRule:EventRule", name).Provider, "::ap-northeast-2::")
	}
	require.Equal(t, true, owner.Inputs(t, "aws:dynamodb/table:Table", "alerting")["deletionProtectionEnabled"])
}

// The rule lets through one severity less than the mildest route tells of: the function raises by personal information.
func TestRuleTakesWhatARouteMayTake(t *testing.T) {
	for name, c := range map[string]struct {
		alerting map[string]any
		has      []string
		lacks    []string
	}{
		"default": {nil, []string{`"MEDIUM"`, `"HIGH"`, `"CRITICAL"`, `"NEW"`, `"ACTIVE"`}, []string{`"LOW"`, "ProductName", "AwsAccountId", "PASSED"}},
		"products of all routes": {map[string]any{"routes": []any{
			map[string]any{"audience": "security", "severity": "CRITICAL", "products": []any{"Inspector"}},
			map[string]any{"audience": "devops", "severity": "CRITICAL", "products": []any{"Inspector", "GuardDuty"}},
		}, "accounts": []any{"111122223333"}}, []string{`"HIGH"`, `{"equals-ignore-case":"GuardDuty"}`, `"AwsAccountId":["111122223333"]`}, []string{`"MEDIUM"`}},
		"a route of all products": {map[string]any{"routes": []any{
			map[string]any{"audience": "security", "severity": "LOW", "products": []any{"Inspector"}},
			map[string]any{"audience": "devops", "severity": "CRITICAL"},
		}}, nil, []string{"ProductName", `"Severity"`}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := runChanged(t, "prod", func(settings map[string]any) { settings["alerting"] = c.alerting })
			require.NoError(t, err)
			pattern := r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "findings")["eventPattern"].(string)
			for _, part := range c.has {
				require.Contains(t, pattern, part)
			}
			for _, part := range c.lacks {
				require.NotContains(t, pattern, part)
			}
		})
	}
}

func TestSlackPostsWhatAllTopicsSay(t *testing.T) {
	r, err := runChanged(t, "prod", asIs)
	require.NoError(t, err)
	for subscription, region := range map[string]string{
		"slack-security": "ap-northeast-2", "slack-operations": "ap-northeast-2", "slack-purchasing": "ap-northeast-2",
		"slack-us-east-1-operations-us-east-1": "us-east-1",
	} {
		in := r.Inputs(t, "aws:sns/topicSubscription:TopicSubscription", subscription)
		require.Contains(t, in["endpoint"], "assetguard-prod-slack")
		require.Contains(t, r.Options(t, "aws:sns/topicSubscription:TopicSubscription", subscription).Provider, "::"+region+"::", subscription)
	}
	without, err := runChanged(t, "prod", func(settings map[string]any) { delete(settings["people"].(map[string]any), "slack") })
	require.NoError(t, err)
	require.Empty(t, with(without, "slack"), "no channel, no Slack")
	require.NotContains(t, without.Inputs(t, "aws:cloudwatch/dashboard:Dashboard", "alerting")["dashboardBody"], "slack")
}

// A topic that nobody reads any more cannot say so.
func TestSecurityHearsThatNobodyReadsTheOperationsTopic(t *testing.T) {
	r, err := runChanged(t, "prod", asIs)
	require.NoError(t, err)
	for audience, topic := range map[string]string{"devops": "security", "security": "operations", "purchasing": "operations"} {
		told := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "subscriptions-"+audience+"-missing")["alarmActions"]
		require.Contains(t, fmt.Sprint(told), ":assetguard-prod-"+topic+"]")
		require.Contains(t, r.Document(t, "aws:sns/topicPolicy:TopicPolicy", topic, "policy"), "cloudwatch.amazonaws.com")
	}
}

func TestWebhookGoesAtOnceInTheSandboxOnly(t *testing.T) {
	r, err := runChanged(t, "prod", asIs)
	require.NoError(t, err)
	require.InDelta(t, 30, r.Inputs(t, "aws:secretsmanager/secret:Secret", "slack")["recoveryWindowInDays"], 0)
	sandboxEnvironment(t)
	r, err = run(t, "local", "../Pulumi.local.yaml")
	require.NoError(t, err)
	require.InDelta(t, 0, r.Inputs(t, "aws:secretsmanager/secret:Secret", "slack")["recoveryWindowInDays"], 0)
}

// The devops audience is the topic of the platform's own alarms: one confirmation for the team, and one place to read.
func TestDevOpsAudienceIsTheOperationsTopic(t *testing.T) {
	r, err := runChanged(t, "prod", asIs)
	require.NoError(t, err)
	variables := r.Inputs(t, "aws:lambda/function:Function", "findings")["environment"].(map[string]any)["variables"].(map[string]any)
	require.Contains(t, variables[contract.EnvDevOpsTopic], "assetguard-prod-operations")
	require.Contains(t, variables[contract.EnvSecurityTopic], "assetguard-prod-security")
	require.Contains(t, r.Document(t, "aws:sns/topicPolicy:TopicPolicy", "purchasing", "policy"), "budgets.amazonaws.com")
}

// runbooks are the pages for alarms that building blocks bring, by the end of the alarm's name.
var runbooks = map[string]string{
	"-waiting": "dead-letters-waiting", "-late": "queue-late", "-errors": "function-errors", "-throttles": "function-throttles",
	"-slow": "function-slow", "-lost": "findings-lost", "-throttled": "table-throttled", "-pending": "subscriptions-pending", "-missing": "subscriptions-missing",
	"-unexpected": "subscriptions-unexpected",
}

func TestEachAlarmOfAlertingHasARunbook(t *testing.T) {
	r, err := runChanged(t, "prod", asIs)
	require.NoError(t, err)
	pages := map[string]bool{}
	for _, key := range with(r, "aws:cloudwatch/metricAlarm:MetricAlarm") {
		token, name, _ := strings.Cut(key, " ")
		parent := r.Options(t, token, name).Parent
		if !strings.Contains(parent, "assetguard:alerting:") && !strings.Contains(parent, "assetguard:table:") && !strings.Contains(parent, "assetguard:topic:") {
			continue
		}
		page := name
		for suffix, of := range runbooks {
			if strings.HasSuffix(name, suffix) {
				page = of
			}
		}
		pages[page] = true
		require.FileExists(t, filepath.Join("..", "docs", "runbooks", page+".md"), "the alarm %s has no runbook", name)
		description := r.Inputs(t, token, name)["alarmDescription"].(string)
		if _, after, named := strings.Cut(description, "docs/runbooks/"); named {
			file, _, _ := strings.Cut(after, ".md")
			require.Equal(t, page, file, "the alarm %s names another runbook", name)
		}
	}
	require.GreaterOrEqual(t, len(pages), 12)
	entries, err := os.ReadDir(filepath.Join("..", "docs", "runbooks"))
	require.NoError(t, err)
	require.NotEmpty(t, entries)
}
