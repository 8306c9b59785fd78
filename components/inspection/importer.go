package inspection

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"assetguard/components/alarm"
	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/components/schedule"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the importer. A message is tried five times within half an hour, then waits in the dead letters. Security
// Hub takes 10 imports a second with bursts of 30, each of 100 findings: two functions at a time stay below.
const (
	importTimeoutSeconds = 300
	importMaxReceives    = 5
	importBatchSize      = 100
	importWindowSeconds  = 5
	importConcurrency    = 2 // the least that Lambda takes
	importMemoryMB       = 256
	importLateSeconds    = 3600
	importSilentHours    = 26 // a day and two hours for the run itself
)

// ImporterArgs of an Importer.
type ImporterArgs struct {
	Place        place.Place        // the home region
	KeyArn       pulumi.StringInput // encrypts queue, log and dead letters; its policy must let EventBridge use it
	TopicArn     pulumi.StringInput // told by the alarms
	Zip          string             // the built function, relative to the project's root
	Architecture string             // arm64 or x86_64
	LogDays      int                // retention of the function's log, in days
	Regions      []string           // those with a conformance pack, the place's own first
	PackName     pulumi.StringInput // of the conformance pack, the same in every region
	Language     string             // ko or en: of what people read in Security Hub
	// Schedule is when all results are imported anew, six fields, in Timezone: findings vanish 90 days after their last
	// update, and events may be missed.
	Schedule string
	Timezone string // an IANA name
}

// Importer brings the results of the conformance packs into Security Hub, each into its own region: as they change, and
// all of them once a day.
type Importer struct {
	pulumi.ResourceState

	FunctionName pulumi.StringOutput `pulumi:"functionName"` // the import function's
	QueueURL     pulumi.StringOutput `pulumi:"queueUrl"`     // where events wait; contract.ImportAllMessage starts a run
}

func (a *ImporterArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn),
		argument.Required("PackName", a.PackName)}
	if len(a.Regions) == 0 || a.Regions[0] != a.Place.Region {
		errs = append(errs, fmt.Errorf("regions are %v; give the place's own region first", a.Regions))
	}
	if a.Schedule == "" || a.Timezone == "" || a.Language == "" {
		errs = append(errs, errors.New("schedule, timezone and language are required"))
	}
	return argument.Check("importer "+name, errs...)
}

// CompliancePattern matches changes of what a conformance pack's rules found in the account, in whatever region.
// https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
func CompliancePattern(p place.Place) string {
	rule := fmt.Sprintf("arn:%s:config:*:%s:config-rule/%s*", p.Partition, p.AccountID, packRules)
	pattern, err := json.Marshal(map[string]any{
		"source": []string{"aws.config"}, "detail-type": []string{"Config Rules Compliance Change"},
		"detail": map[string]any{"configRuleARN": []map[string]string{{"wildcard": rule}}},
	})
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(pattern)
}

// NewImporter declares the rule, the queue, the function and the schedule.
func NewImporter(ctx *pulumi.Context, name string, args *ImporterArgs, opts ...pulumi.ResourceOption) (*Importer, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	i := &Importer{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Importer", name, i, opts...); err != nil {
		return nil, err
	}
	ruleName := naming.Of(ctx, naming.Rule, name)
	senders := []queue.Sender{{Service: "events.amazonaws.com", SourceArns: []string{args.Place.ARN("events", "rule/"+ruleName)}}}
	events, err := queue.New(ctx, name, &queue.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Senders: senders,
		VisibilitySeconds: 6 * importTimeoutSeconds, MaxReceives: importMaxReceives, MaxAgeSeconds: importLateSeconds,
	}, pulumi.Parent(i))
	if err != nil {
		return nil, fmt.Errorf("importer %s: %w", name, err)
	}
	fn, err := i.newFunction(ctx, name, args, events)
	if err != nil {
		return nil, fmt.Errorf("importer %s: %w", name, err)
	}
	if err := i.newRule(ctx, name, ruleName, args, events, senders); err != nil {
		return nil, fmt.Errorf("importer %s: rule: %w", name, err)
	}
	if _, err := schedule.New(ctx, name+"-daily", &schedule.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description: "Starts the daily import of all results of the conformance packs",
		Expression:  args.Schedule, Timezone: args.Timezone, Message: contract.ImportAllMessage,
		TargetArn: events.Arn, Action: "sqs:SendMessage",
	}, pulumi.Parent(i)); err != nil {
		return nil, fmt.Errorf("importer %s: schedule: %w", name, err)
	}
	if err := i.watch(ctx, name, args); err != nil {
		return nil, fmt.Errorf("importer %s: %w", name, err)
	}
	i.FunctionName, i.QueueURL = fn.Name, events.URL
	return i, ctx.RegisterResourceOutputs(i, pulumi.Map{"functionName": i.FunctionName, "queueUrl": i.QueueURL})
}

func (i *Importer) newFunction(ctx *pulumi.Context, name string, args *ImporterArgs, events *queue.Queue) (*function.Function, error) {
	return function.New(ctx, name, &function.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description:  "Imports the results of the conformance packs into Security Hub",
		Zip:          args.Zip,
		Architecture: args.Architecture,
		MemoryMB:     importMemoryMB, TimeoutSeconds: importTimeoutSeconds, LogDays: args.LogDays,
		Environment: pulumi.StringMap{
			contract.EnvInspectionRegions: pulumi.String(strings.Join(args.Regions, ",")),
			contract.EnvConformancePack:   args.PackName.ToStringOutput(),
			contract.EnvImportQueueURL:    events.URL,
			contract.EnvLanguage:          pulumi.String(args.Language),
			contract.EnvPartition:         pulumi.String(args.Place.Partition),
			contract.EnvAccountID:         pulumi.String(args.Place.AccountID),
			contract.EnvMaxReceives:       pulumi.String(strconv.Itoa(importMaxReceives)),
		},
		Statements: importPermissions(args.Place, events.Arn),
		Queue: &function.FromQueue{
			Source: events, BatchSize: importBatchSize, WindowSeconds: importWindowSeconds, MaximumConcurrency: importConcurrency,
		},
	}, pulumi.Parent(i))
}

// importPermissions of the function: it reads results and resources, imports findings of its own product only,
// and sets the codes of those that lack them.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html
func importPermissions(p place.Place, queueArn pulumi.StringOutput) []iampolicy.Statement {
	return []iampolicy.Statement{
		{Sid: "ReadResults", Actions: []string{"config:DescribeConformancePacks", "config:GetConformancePackComplianceDetails"},
			Resources: iampolicy.Values(p.AnyRegionARN("config", "conformance-pack/*"))},
		{Sid: "ReadResources", Actions: []string{"config:BatchGetResourceConfig", "tag:GetResources"}, AnyResource: true,
			Reason: "what is recorded and tagged is no resource of these calls"},
		{Sid: "ImportFindings", Actions: []string{"securityhub:BatchImportFindings"}, Resources: iampolicy.Values(
			p.AnyRegionARN("securityhub", "product/"+p.AccountID+"/default"))},
		{Sid: "LabelFindings", Actions: []string{"securityhub:BatchUpdateFindings", "securityhub:GetFindings"},
			Resources: iampolicy.Values(p.AnyRegionARN("securityhub", "hub/default"))},
		{Sid: "SendSteps", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{queueArn}},
	}
}

// newRule declares the rule, and where events go that it cannot deliver.
func (i *Importer) newRule(ctx *pulumi.Context, name, ruleName string, args *ImporterArgs, events *queue.Queue, senders []queue.Sender) error {
	undelivered, err := queue.NewDeadLetter(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Senders: senders,
	}, pulumi.Parent(i))
	if err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
		Name: pulumi.String(ruleName), EventPattern: pulumi.String(CompliancePattern(args.Place)),
		Description: pulumi.String("Changed results of the conformance packs of all regions, for the import function"),
	}, pulumi.Parent(i))
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(ctx, name, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String("queue"), Arn: events.Arn,
		DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
	}, pulumi.Parent(i))
	return err
}

// watch declares the alarms on what the function measures itself.
func (i *Importer) watch(ctx *pulumi.Context, name string, args *ImporterArgs) error {
	for _, a := range []struct {
		suffix string
		alarm  alarm.Args
	}{
		{"failed", alarm.Args{Metric: contract.MetricImportOutcome, Period: 300,
			Dimensions:  pulumi.StringMap{contract.DimensionOutcome: pulumi.String(contract.OutcomeFailed)},
			Description: "Results of the conformance pack did not reach Security Hub. The function's log names them and the reason; the daily import tries again."}},
		{"silent", alarm.Args{Metric: contract.MetricImportFinished, SilentHours: importSilentHours,
			Description: "No daily import has finished for 26 hours: findings of the conformance pack may be out of date. Look at the dead letters of the importer and of its schedule."}},
	} {
		a.alarm.Namespace, a.alarm.Statistic, a.alarm.TopicArn = contract.MetricNamespace, "Sum", args.TopicArn
		if _, err := alarm.New(ctx, name+"-"+a.suffix, &a.alarm, pulumi.Parent(i)); err != nil {
			return fmt.Errorf("alarm %s: %w", a.suffix, err)
		}
	}
	return nil
}
