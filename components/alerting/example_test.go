package alerting_test

import (
	"assetguard/components/alerting"
	"assetguard/components/table"
	"assetguard/components/topic"
	"assetguard/internal/contract"
	"assetguard/internal/example"
	"assetguard/internal/finding"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Every change of a finding that is at least low.
func ExampleNewLog() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		log, err := alerting.NewLog(ctx, "findings-log", &alerting.LogArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn, LogDays: 365,
			Filter: alerting.Filter{Least: finding.Low},
		})
		if err != nil {
			return err
		}
		ctx.Export("findingsLog", log.LogGroupName)
		return nil
	})
	// Output:
}

// The security team hears of what is high, and of what is medium where there is personal information.
func ExampleNewFindings() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		state, err := table.New(ctx, "alerting", &table.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Key: contract.StateKey, Expires: contract.StateExpires, DeletionProtection: true,
		})
		if err != nil {
			return err
		}
		_, err = alerting.NewFindings(ctx, "findings", &alerting.FindingsArgs{
			Function: alerting.Function{
				Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
				Zip: stack.Zip(contract.FunctionFindings), Architecture: "arm64", LogDays: 365, Language: "ko", Timezone: "Asia/Seoul",
			},
			Filter: alerting.Filter{Least: finding.Medium, Workflow: []string{finding.WorkflowNew}, Record: []string{finding.RecordActive}},
			Rules: contract.AlertRules{
				Routes:  []contract.AlertRoute{{Audience: contract.AudienceSecurity, Severity: "HIGH"}},
				Singles: 10, GatherSeconds: 300,
			},
			Topics: map[contract.Audience]pulumi.StringOutput{
				contract.AudienceSecurity: stack.TopicArn, contract.AudienceDevOps: stack.TopicArn, contract.AudiencePurchasing: stack.TopicArn,
			},
			State: state, RegisterBucket: pulumi.String("assetguard-example-sweep-register"), // of a Sweep
		})
		return err
	})
	// Output:
}

// Everything that the security team's topic says, in Slack too.
func ExampleNewSlack() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		security, err := topic.New(ctx, "security", &topic.Args{Place: stack.Place, KeyArn: stack.KeyArn})
		if err != nil {
			return err
		}
		slack, err := alerting.NewSlack(ctx, "slack", &alerting.SlackArgs{
			Function: alerting.Function{
				Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
				Zip: stack.Zip(contract.FunctionSlack), Architecture: "arm64", LogDays: 365, Language: "en", Timezone: "Asia/Seoul",
			},
			Topics: []*topic.Topic{security}, RecoveryDays: 30,
		})
		if err != nil {
			return err
		}
		ctx.Export("slackSecretArn", slack.SecretArn)
		return nil
	})
	// Output:
}

// A look each morning whether the security team still receives its e-mails.
func ExampleNewSubscriptions() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := alerting.NewSubscriptions(ctx, "subscriptions", &alerting.SubscriptionsArgs{
			Function: alerting.Function{
				Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
				Zip: stack.Zip(contract.FunctionSubscriptions), Architecture: "arm64", LogDays: 365, Language: "ko", Timezone: "Asia/Seoul",
			},
			Schedule: "cron(0 9 * * ? *)",
			Subscribers: map[contract.Audience]alerting.Subscribers{
				contract.AudienceSecurity: {TopicArn: stack.TopicArn, Emails: []string{"security@example.com"}},
			},
		})
		return err
	})
	// Output:
}

// What became of the findings and of the posts.
func ExampleNewDashboard() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		dashboard, err := alerting.NewDashboard(ctx, "alerting", &alerting.DashboardArgs{
			Place: stack.Place, Findings: contract.FunctionFindings, Slack: contract.FunctionSlack,
		})
		if err != nil {
			return err
		}
		ctx.Export("alertingDashboard", dashboard.Name)
		return nil
	})
	// Output:
}

// Where there is e-mail only.
func ExampleNewDashboard_email() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := alerting.NewDashboard(ctx, "alerting", &alerting.DashboardArgs{Place: stack.Place, Findings: contract.FunctionFindings})
		return err
	})
	// Output:
}
