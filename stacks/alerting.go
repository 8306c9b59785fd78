package stacks

import (
	"fmt"
	"slices"

	"assetguard/components/alerting"
	"assetguard/components/table"
	"assetguard/components/topic"
	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// subscriptionsSchedule is the look whether people still receive notices, when they come to work.
	subscriptionsSchedule = "cron(0 9 * * ? *)"
	// secretDays is how long the deleted secret of the webhook can be brought back: the most that Secrets Manager offers.
	secretDays = 30
)

// alerted is what alerting shares with what else tells people and remembers what was done.
type alerted struct {
	topics map[contract.Audience]*topic.Topic
	state  *table.Table
}

// newAlerting declares the way of findings and alarms to people, which only the owner of an account makes, in the home
// region: there Security Hub shows the findings of all regions.
func newAlerting(ctx *pulumi.Context, home region, others []region, settings *config.Settings, t traits, register pulumi.StringOutput) (*alerted, error) {
	topics, err := newAudiences(ctx, home, settings, t)
	if err != nil {
		return nil, err
	}
	state, err := table.New(ctx, "alerting", &table.Args{
		Place: home.Place, KeyArn: home.key.Arn, TopicArn: home.operations.Arn,
		Key: contract.StateKey, Expires: contract.StateExpires, DeletionProtection: t.production,
	}, home.with(t.singleton()...)...)
	if err != nil {
		return nil, err
	}
	if err := newFindings(ctx, home, settings, t, topics, state, register); err != nil {
		return nil, err
	}
	board := &alerting.DashboardArgs{Place: home.Place, Findings: contract.FunctionFindings}
	if settings.People.Slack.Channel != "" {
		if err := newSlack(ctx, home, others, settings, t, topics); err != nil {
			return nil, err
		}
		board.Slack = contract.FunctionSlack
	}
	dashboard, err := alerting.NewDashboard(ctx, "alerting", board, home.with()...)
	if err != nil {
		return nil, err
	}
	ctx.Export("alertingDashboard", dashboard.Name)
	if err := newSubscriptions(ctx, home, settings, t, topics); err != nil {
		return nil, err
	}
	return &alerted{topics: topics, state: state}, nil
}

// newAudiences declares a topic for each audience. That of DevOps is there already: whoever runs the platform is told
// when it fails, and a second list of the same people would be confirmed twice and kept apart for ever.
func newAudiences(ctx *pulumi.Context, home region, settings *config.Settings, t traits) (map[contract.Audience]*topic.Topic, error) {
	topics := map[contract.Audience]*topic.Topic{contract.AudienceDevOps: home.operations}
	for _, a := range []struct {
		audience   contract.Audience
		emails     []string
		publishers []topic.Publisher
	}{
		// The alarms about the subscriptions of devops.
		{contract.AudienceSecurity, settings.People.Security, []topic.Publisher{topic.Alarms(home.Place)}},
		{contract.AudiencePurchasing, settings.People.Purchasing, []topic.Publisher{topic.Budgets(home.Place)}},
	} {
		made, err := topic.New(ctx, string(a.audience), &topic.Args{
			Place: home.Place, KeyArn: home.key.Arn, AlarmTopicArn: home.operations.Arn, Publishers: a.publishers, Emails: a.emails,
		}, home.with(t.singleton()...)...)
		if err != nil {
			return nil, err
		}
		topics[a.audience] = made
	}
	for audience, made := range topics {
		ctx.Export(string(audience)+"TopicArn", made.Arn)
	}
	return topics, nil
}

// functionOf is how a function of alerting is run.
func functionOf(name string, home region, settings *config.Settings, t traits) alerting.Function {
	return alerting.Function{
		Place: home.Place, KeyArn: home.key.Arn, TopicArn: home.operations.Arn,
		Zip: t.zip(name), Architecture: t.architecture(), LogDays: settings.Retention.LogDays,
		Language: settings.Language, Timezone: companyTimezone,
	}
}

// newFindings declares the log of the findings, and what tells people of them.
func newFindings(ctx *pulumi.Context, home region, settings *config.Settings, t traits, topics map[contract.Audience]*topic.Topic, state *table.Table, register pulumi.StringOutput) error {
	kept, err := finding.ParseSeverity(settings.Alerting.LogSeverity)
	if err != nil {
		return err
	}
	log, err := alerting.NewLog(ctx, "findings-log", &alerting.LogArgs{
		Place: home.Place, KeyArn: home.key.Arn, TopicArn: home.operations.Arn, LogDays: settings.Retention.LogDays,
		Filter: alerting.Filter{Least: kept},
	}, home.with(t.singleton()...)...)
	if err != nil {
		return err
	}
	filter, err := toldFilter(settings)
	if err != nil {
		return err
	}
	arns := map[contract.Audience]pulumi.StringOutput{}
	for audience, made := range topics {
		arns[audience] = made.Arn
	}
	findings, err := alerting.NewFindings(ctx, contract.FunctionFindings, &alerting.FindingsArgs{
		Function: functionOf(contract.FunctionFindings, home, settings, t), Filter: filter, Rules: settings.Rules(),
		Topics: arns, State: state, RegisterBucket: register,
	}, home.with(t.singleton()...)...)
	if err != nil {
		return err
	}
	ctx.Export("findingsLogGroup", log.LogGroupName)
	ctx.Export("findingsFunction", findings.FunctionName)
	ctx.Export("findingsQueueUrl", findings.QueueURL)
	return nil
}

// toldFilter takes what a route may take: one severity less than the mildest route, since the function raises findings
// that touch personal information, and the products of all routes where each names some.
func toldFilter(settings *config.Settings) (alerting.Filter, error) {
	filter := alerting.Filter{
		Least: finding.Critical, Workflow: []string{finding.WorkflowNew}, Record: []string{finding.RecordActive},
		Compliance: []string{finding.ComplianceFailed, finding.ComplianceWarning, finding.ComplianceNotAvailable},
		Accounts:   settings.Alerting.Accounts,
	}
	everything := false
	for i, route := range settings.Rules().Routes {
		least, err := finding.ParseSeverity(route.Severity)
		if err != nil {
			return filter, fmt.Errorf("route %d: %w", i, err)
		}
		filter.Least = min(filter.Least, max(least-1, finding.Informational))
		filter.Products = append(filter.Products, route.Products...)
		everything = everything || len(route.Products) == 0
	}
	if everything {
		filter.Products = nil
	}
	slices.Sort(filter.Products)
	filter.Products = slices.Compact(filter.Products)
	return filter, nil
}

// newSlack declares the way of all topics to Slack, those of other regions' alarms too.
func newSlack(ctx *pulumi.Context, home region, others []region, settings *config.Settings, t traits, topics map[contract.Audience]*topic.Topic) error {
	args := &alerting.SlackArgs{Function: functionOf(contract.FunctionSlack, home, settings, t), RecoveryDays: secretDays}
	if t.forceDestroy {
		args.RecoveryDays = 0
	}
	for _, audience := range []contract.Audience{contract.AudienceSecurity, contract.AudienceDevOps, contract.AudiencePurchasing} {
		args.Topics = append(args.Topics, topics[audience])
	}
	for _, there := range others {
		args.Elsewhere = append(args.Elsewhere, there.operations)
	}
	slack, err := alerting.NewSlack(ctx, contract.FunctionSlack, args, home.with(t.singleton()...)...)
	if err != nil {
		return err
	}
	for _, there := range others {
		if _, err := topic.NewReader(ctx, contract.FunctionSlack+"-"+there.Region, &topic.ReaderArgs{
			Place: there.Place, KeyArn: there.key.Arn, TopicArn: there.operations.Arn,
			Topics: []*topic.Topic{there.operations}, Queue: slack.Queue,
		}, there.with(t.singleton()...)...); err != nil {
			return fmt.Errorf("%s: %w", there.Region, err)
		}
	}
	ctx.Export("slackSecretArn", slack.SecretArn)
	ctx.Export("slackFunction", slack.FunctionName)
	ctx.Export("slackQueueUrl", slack.QueueURL)
	return nil
}

func newSubscriptions(ctx *pulumi.Context, home region, settings *config.Settings, t traits, topics map[contract.Audience]*topic.Topic) error {
	subscriptions, err := alerting.NewSubscriptions(ctx, contract.FunctionSubscriptions, &alerting.SubscriptionsArgs{
		Function: functionOf(contract.FunctionSubscriptions, home, settings, t), Schedule: subscriptionsSchedule,
		Subscribers: map[contract.Audience]alerting.Subscribers{
			contract.AudienceSecurity: {TopicArn: topics[contract.AudienceSecurity].Arn, Emails: settings.People.Security},
			contract.AudienceDevOps: {
				TopicArn: topics[contract.AudienceDevOps].Arn, Emails: settings.People.DevOps, AlarmTopicArn: topics[contract.AudienceSecurity].Arn,
			},
			contract.AudiencePurchasing: {TopicArn: topics[contract.AudiencePurchasing].Arn, Emails: settings.People.Purchasing},
		},
	}, home.with(t.singleton()...)...)
	if err != nil {
		return err
	}
	ctx.Export("subscriptionsFunction", subscriptions.FunctionName)
	return nil
}
