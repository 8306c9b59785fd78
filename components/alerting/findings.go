package alerting

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/components/table"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the findings function, beside those that it is built for (package contract).
const (
	findingsMemoryMB    = 512
	findingsLateSeconds = 1800 // a digest gathers for a quarter of an hour
)

// Function is how every function of alerting is run.
type Function struct {
	Place        place.Place        // the home region
	KeyArn       pulumi.StringInput // encrypts queue, log and dead letters; its policy must let EventBridge and SNS use it
	TopicArn     pulumi.StringInput // told by the alarms
	Zip          string             // the built function, relative to the project's root
	Architecture string             // arm64 or x86_64
	LogDays      int                // retention of the function's log, in days
	Language     string             // ko or en: of what people read
	Timezone     string             // an IANA name: of the times that people read
}

func (f *Function) faults() []error {
	errs := []error{f.Place.Validate(), argument.Required("KeyArn", f.KeyArn), argument.Required("TopicArn", f.TopicArn)}
	if f.Language == "" || f.Timezone == "" {
		errs = append(errs, errors.New("language and timezone are required"))
	}
	return errs
}

// FindingsArgs of a Findings.
type FindingsArgs struct {
	Function Function // how the function is run
	// Filter says which findings the function sees. It takes one severity less than the rules tell of, since the function
	// raises findings of personal information.
	Filter         Filter
	Rules          contract.AlertRules                       // who is told of what
	Topics         map[contract.Audience]pulumi.StringOutput // the ARN of each audience's topic
	State          *table.Table                              // of what was told, with the key contract.StateKey
	RegisterBucket pulumi.StringInput                        // of the asset register, which knows what findings do not say of an asset
}

// Findings tells each audience of the findings that are for it: one by one, or many at once in a digest.
type Findings struct {
	pulumi.ResourceState

	FunctionName pulumi.StringOutput `pulumi:"functionName"` // the findings function's
	QueueURL     pulumi.StringOutput `pulumi:"queueUrl"`     // where events wait
}

// audienceTopics are the environment variables of the topics.
var audienceTopics = map[contract.Audience]string{
	contract.AudienceSecurity: contract.EnvSecurityTopic, contract.AudienceDevOps: contract.EnvDevOpsTopic,
	contract.AudiencePurchasing: contract.EnvPurchasingTopic,
}

func (a *FindingsArgs) validate(name string) (pattern string, err error) {
	pattern, fault := a.Filter.Pattern()
	errs := append(a.Function.faults(), argument.Required("RegisterBucket", a.RegisterBucket), fault)
	if a.State == nil {
		errs = append(errs, errors.New("state is required"))
	}
	if len(a.Rules.Routes) == 0 {
		errs = append(errs, errors.New("rules have no route: nobody would be told of anything"))
	}
	for audience := range audienceTopics {
		if _, given := a.Topics[audience]; !given {
			errs = append(errs, fmt.Errorf("topics lack the audience %s", audience))
		}
	}
	return pattern, argument.Check("findings "+name, errs...)
}

// NewFindings declares the rule, the queue and the function.
func NewFindings(ctx *pulumi.Context, name string, args *FindingsArgs, opts ...pulumi.ResourceOption) (*Findings, error) {
	pattern, err := args.validate(name)
	if err != nil {
		return nil, err
	}
	f := &Findings{}
	if err := ctx.RegisterComponentResource("assetguard:alerting:Findings", name, f, opts...); err != nil {
		return nil, err
	}
	run := args.Function
	events, err := queue.New(ctx, name, &queue.Args{
		Place: run.Place, KeyArn: run.KeyArn, TopicArn: run.TopicArn, Senders: []queue.Sender{ruleSender(ctx, run.Place, name)},
		VisibilitySeconds: int(contract.FindingsVisibility.Seconds()), MaxReceives: contract.FindingsMaxReceives,
		MaxAgeSeconds: findingsLateSeconds,
	}, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("findings %s: %w", name, err)
	}
	fn, err := f.newFunction(ctx, name, args, events)
	if err != nil {
		return nil, fmt.Errorf("findings %s: %w", name, err)
	}
	told := route{
		place: run.Place, keyArn: run.KeyArn, topicArn: run.TopicArn, pattern: pattern,
		description: "Findings of Security Hub that people may have to hear of, for the findings function",
		targetID:    "queue", targetArn: events.Arn,
	}
	if err := told.declare(ctx, name, f); err != nil {
		return nil, fmt.Errorf("findings %s: %w", name, err)
	}
	if err := watchAll(ctx, name, run.TopicArn, findingsAlarms, f); err != nil {
		return nil, fmt.Errorf("findings %s: %w", name, err)
	}
	f.FunctionName, f.QueueURL = fn.Name, events.URL
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{"functionName": f.FunctionName, "queueUrl": f.QueueURL})
}

func (f *Findings) newFunction(ctx *pulumi.Context, name string, args *FindingsArgs, events *queue.Queue) (*function.Function, error) {
	rules, err := json.Marshal(args.Rules)
	if err != nil {
		return nil, err
	}
	run := args.Function
	variables := pulumi.StringMap{
		contract.EnvAlertRules:       pulumi.String(rules),
		contract.EnvStateTable:       args.State.Name,
		contract.EnvRegisterBucket:   args.RegisterBucket.ToStringOutput(),
		contract.EnvFindingsQueueURL: events.URL,
		contract.EnvStack:            pulumi.String(ctx.Stack()),
		contract.EnvLanguage:         pulumi.String(run.Language),
		contract.EnvTimezone:         pulumi.String(run.Timezone),
		contract.EnvPartition:        pulumi.String(run.Place.Partition),
		contract.EnvAccountID:        pulumi.String(run.Place.AccountID),
		contract.EnvMaxReceives:      pulumi.String(strconv.Itoa(contract.FindingsMaxReceives)),
	}
	for audience, variable := range audienceTopics {
		variables[variable] = args.Topics[audience]
	}
	return function.New(ctx, name, &function.Args{
		Place: run.Place, KeyArn: run.KeyArn, TopicArn: run.TopicArn, Zip: run.Zip, Architecture: run.Architecture, LogDays: run.LogDays,
		Description: "Tells people of findings of Security Hub",
		MemoryMB:    findingsMemoryMB, TimeoutSeconds: int(contract.FindingsTimeout.Seconds()),
		Environment: variables, Statements: findingsPermissions(args, events),
		Queue: &function.FromQueue{
			Source: events, VisibilityTimes: int(contract.FindingsVisibility / contract.FindingsTimeout),
			BatchSize: contract.FindingsBatchSize, WindowSeconds: int(contract.FindingsBatchWindow.Seconds()),
			MaximumConcurrency: contract.FindingsConcurrency,
		},
	}, pulumi.Parent(f))
}
