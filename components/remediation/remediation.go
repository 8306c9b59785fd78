package remediation

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"assetguard/components/alarm"
	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/components/schedule"
	"assetguard/components/table"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/securityhub"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the remediation function. A message is tried five times within an hour, then waits in the dead letters:
// beyond that the next look of Security Hub brings the finding again.
const (
	timeoutSeconds   = 120
	visibilitySecond = 6 * timeoutSeconds
	maxReceives      = 5
	batchSize        = 10
	concurrency      = 2 // the least that Lambda takes: what runs at the same time is Systems Manager's work
	memoryMB         = 256
	lateSeconds      = 2 * 3600
)

// RepairArgs of a Repair.
type RepairArgs struct {
	Place        place.Place        // the home region, where Security Hub shows the findings of all
	KeyArn       pulumi.StringInput // encrypts queue, log and dead letters; its policy must let EventBridge use it
	TopicArn     pulumi.StringInput // told by the alarms
	Zip          string             // the built function, relative to the project's root
	Architecture string             // arm64 or x86_64
	LogDays      int                // retention of the function's log, in days
	Language     string             // ko or en: of what people read
	Timezone     string             // an IANA name: of the maintenance window
	State        *table.Table       // of what was repaired, with the key contract.StateKey
	SecurityArn  pulumi.StringInput // the topic that repairs are told to
	// Settings are those of the function; Roles and Document are filled in here.
	Settings contract.Remediation
	RoleArns pulumi.StringMapInput // of Runbooks
}

// Repair is the function that repairs findings, what calls it, and what watches it.
type Repair struct {
	pulumi.ResourceState

	FunctionName pulumi.StringOutput `pulumi:"functionName"` // the remediation function's
	QueueURL     pulumi.StringOutput `pulumi:"queueUrl"`     // where events wait
	ActionArn    pulumi.StringOutput `pulumi:"actionArn"`    // of the custom action in Security Hub
}

func (a *RepairArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn),
		argument.Required("SecurityArn", a.SecurityArn)}
	if a.State == nil || a.RoleArns == nil {
		errs = append(errs, errors.New("state and roleArns are required"))
	}
	if a.Language == "" || a.Timezone == "" {
		errs = append(errs, errors.New("language and timezone are required"))
	}
	if len(a.Settings.Modes) == 0 {
		errs = append(errs, errors.New("settings.modes is empty: nothing would be repaired"))
	}
	return argument.Check("repair "+name, append(errs, a.Settings.Window.Faults()...)...)
}

// NewRepair declares the custom action, the rules, the queue, the function, its settings and its schedule.
func NewRepair(ctx *pulumi.Context, name string, args *RepairArgs, opts ...pulumi.ResourceOption) (*Repair, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	r := &Repair{}
	if err := ctx.RegisterComponentResource("assetguard:remediation:Repair", name, r, opts...); err != nil {
		return nil, err
	}
	action, err := securityhub.NewActionTarget(ctx, name, &securityhub.ActionTargetArgs{
		Name: pulumi.String(contract.RepairActionName), Identifier: pulumi.String(contract.RepairActionID),
		Description: pulumi.String("Repairs the resource by its runbook: this is the approval"),
	}, pulumi.Parent(r))
	if err != nil {
		return nil, fmt.Errorf("repair %s: custom action: %w", name, err)
	}
	rules := patterns(args.Place, args.Settings.Modes, DocumentName(ctx))
	senders := []queue.Sender{{Service: "events.amazonaws.com", SourceArns: ruleARNs(ctx, args.Place, name, rules)}}
	events, err := queue.New(ctx, name, &queue.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Senders: senders,
		VisibilitySeconds: visibilitySecond, MaxReceives: maxReceives, MaxAgeSeconds: lateSeconds,
	}, pulumi.Parent(r))
	if err != nil {
		return nil, fmt.Errorf("repair %s: %w", name, err)
	}
	fn, err := r.newFunction(ctx, name, args, events)
	if err != nil {
		return nil, fmt.Errorf("repair %s: %w", name, err)
	}
	if err := r.newRules(ctx, name, args, rules, events, senders); err != nil {
		return nil, fmt.Errorf("repair %s: %w", name, err)
	}
	if _, err := schedule.New(ctx, name+"-hourly", &schedule.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description: "Starts the hourly look for repairs that wait for the maintenance window, or whose end nobody told",
		Expression:  fmt.Sprintf("cron(5 0/%d * * ? *)", contract.RemediationWindowEveryHours), Timezone: args.Timezone,
		Message: contract.RemediationWindowMessage, TargetArn: events.Arn, Action: "sqs:SendMessage",
	}, pulumi.Parent(r)); err != nil {
		return nil, fmt.Errorf("repair %s: schedule: %w", name, err)
	}
	if err := r.watch(ctx, name, args); err != nil {
		return nil, fmt.Errorf("repair %s: %w", name, err)
	}
	r.FunctionName, r.QueueURL, r.ActionArn = fn.Name, events.URL, action.Arn
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"functionName": r.FunctionName, "queueUrl": r.QueueURL, "actionArn": r.ActionArn})
}

// newParameter writes the settings for the function.
func (r *Repair) newParameter(ctx *pulumi.Context, name string, args *RepairArgs) (*ssm.Parameter, error) {
	s := args.Settings
	return ssm.NewParameter(ctx, name, &ssm.ParameterArgs{
		Name:        pulumi.String(contract.ParameterRemediation),
		Description: pulumi.String("What the remediation function repairs, how, and within which limits"),
		Type:        pulumi.String("String"), Tier: pulumi.String("Intelligent-Tiering"),
		InsecureValue: pulumi.JSONMarshal(map[string]any{
			"modes": s.Modes, "roles": args.RoleArns, "optOut": s.OptOut, "limits": s.Limits, "window": s.Window,
			"document": DocumentName(ctx), "members": s.Members,
		}),
	}, pulumi.Parent(r))
}

func (r *Repair) newFunction(ctx *pulumi.Context, name string, args *RepairArgs, events *queue.Queue) (*function.Function, error) {
	parameter, err := r.newParameter(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return function.New(ctx, name, &function.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description:  "Repairs findings of Security Hub by runbooks of Systems Manager",
		Zip:          args.Zip,
		Architecture: args.Architecture,
		MemoryMB:     memoryMB, TimeoutSeconds: timeoutSeconds, LogDays: args.LogDays,
		Environment: pulumi.StringMap{
			contract.EnvRemediation:    parameter.Name,
			contract.EnvStateTable:     args.State.Name,
			contract.EnvSecurityTopic:  args.SecurityArn.ToStringOutput(),
			contract.EnvRepairQueueURL: events.URL,
			contract.EnvStack:          pulumi.String(ctx.Stack()),
			contract.EnvLanguage:       pulumi.String(args.Language),
			contract.EnvTimezone:       pulumi.String(args.Timezone),
			contract.EnvPartition:      pulumi.String(args.Place.Partition),
			contract.EnvAccountID:      pulumi.String(args.Place.AccountID),
			contract.EnvMaxReceives:    pulumi.String(strconv.Itoa(maxReceives)),
		},
		Managed:    startPermissions(args.Place, DocumentName(ctx), args.RoleArns),
		Statements: permissions(args, events, parameter.Arn),
		Queue: &function.FromQueue{
			Source: events, BatchSize: batchSize, MaximumConcurrency: concurrency,
		},
	}, pulumi.Parent(r))
}

func ruleARNs(ctx *pulumi.Context, p place.Place, name string, rules map[string]string) []string {
	var arns []string
	for _, suffix := range slices.Sorted(maps.Keys(rules)) {
		arns = append(arns, p.ARN("events", "rule/"+ruleName(ctx, name, suffix)))
	}
	return arns
}

func ruleName(ctx *pulumi.Context, name, suffix string) string {
	return naming.Of(ctx, naming.Rule, name+"-"+suffix)
}

// newRules declares the rules, where events go that they cannot deliver, and the alarms on those that are lost.
func (r *Repair) newRules(ctx *pulumi.Context, name string, args *RepairArgs, rules map[string]string, events *queue.Queue, senders []queue.Sender) error {
	undelivered, err := queue.NewDeadLetter(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Senders: senders,
	}, pulumi.Parent(r))
	if err != nil {
		return err
	}
	for _, suffix := range slices.Sorted(maps.Keys(rules)) {
		part := name + "-" + suffix
		rule, err := cloudwatch.NewEventRule(ctx, part, &cloudwatch.EventRuleArgs{
			Name: pulumi.String(ruleName(ctx, name, suffix)), EventPattern: pulumi.String(rules[suffix]),
			Description: pulumi.String(descriptions[suffix]),
		}, pulumi.Parent(r))
		if err != nil {
			return fmt.Errorf("rule %s: %w", suffix, err)
		}
		if _, err := cloudwatch.NewEventTarget(ctx, part, &cloudwatch.EventTargetArgs{
			Rule: rule.Name, TargetId: pulumi.String("queue"), Arn: events.Arn,
			DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
		}, pulumi.Parent(r)); err != nil {
			return fmt.Errorf("target %s: %w", suffix, err)
		}
		if _, err := alarm.New(ctx, part+"-lost", &alarm.Args{
			Description: "Events of the rule " + ruleName(ctx, name, suffix) + " are lost: EventBridge reaches neither the queue nor the dead " +
				"letters. Look at their policies and that of their key; docs/runbooks/remediation-lost.md tells more.",
			Namespace: "AWS/Events", Metric: "InvocationsFailedToBeSentToDlq",
			Dimensions: pulumi.StringMap{"RuleName": pulumi.String(ruleName(ctx, name, suffix))},
			Statistic:  "Sum", Period: 60, Threshold: 0, TopicArn: args.TopicArn,
		}, pulumi.Parent(r)); err != nil {
			return fmt.Errorf("alarm %s: %w", suffix, err)
		}
	}
	return nil
}

// descriptions of the rules, by the ends of their names.
var descriptions = map[string]string{
	"action":          "Findings on which somebody selected the custom action repair",
	"controls":        "Failed findings of Security Hub's controls that have a runbook",
	"checks":          "Failed findings of the conformance pack, for the remediation function",
	"vulnerabilities": "Vulnerabilities of instances whose fix is out, for the remediation function",
	"ended":           "Executions of runbooks that ended, for the remediation function",
}

// watch declares the alarms on what the function measures itself.
func (r *Repair) watch(ctx *pulumi.Context, name string, args *RepairArgs) error {
	outcome := func(value string) pulumi.StringMap {
		return pulumi.StringMap{contract.DimensionOutcome: pulumi.String(value)}
	}
	for _, a := range []struct {
		suffix, metric, description string
		dimensions                  pulumi.StringMap
	}{
		{"failed", contract.MetricRepairOutcome, "Findings were neither repaired nor left to people: they wait in the dead letters. The function's log names them and the reason.",
			outcome(contract.OutcomeFailed)},
		{"unsuccessful", contract.MetricRepairResult, "Repairs ended without success. The notices name the resources and the reasons.", outcome("failed")},
		{"paused", contract.MetricRunbookPaused, "A runbook failed several times in a row and no longer runs by itself.", nil},
	} {
		if _, err := alarm.New(ctx, name+"-"+a.suffix, &alarm.Args{
			Description: a.description + " docs/runbooks/remediation-" + a.suffix + ".md tells what to do.",
			Namespace:   contract.MetricNamespace, Metric: a.metric, Dimensions: a.dimensions,
			Statistic: "Sum", Period: 300, Threshold: 0, TopicArn: args.TopicArn,
		}, pulumi.Parent(r)); err != nil {
			return fmt.Errorf("alarm %s: %w", a.suffix, err)
		}
	}
	return nil
}
