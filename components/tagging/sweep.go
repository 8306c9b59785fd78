package tagging

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assetguard/components/alarm"
	"assetguard/components/bucket"
	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/internal/argument"
	"assetguard/internal/assetlist"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the sweep. A step that fails comes again after half an hour, four times in all.
const (
	sweepTimeoutSeconds = 300
	sweepMaxReceives    = 4
	sweepMemoryMB       = 512
	sweepLateSeconds    = 3 * 3600
	// sweepSilentHours is a day and two hours for the run itself.
	sweepSilentHours = 26
	registerLeast    = 90 // days: an auditor asks for a quarter at least
)

// SweepArgs of a Sweep.
type SweepArgs struct {
	Place         place.Place        // the home region
	KeyArn        pulumi.StringInput // encrypts the register, the queue and the log
	TopicArn      pulumi.StringInput // told by the alarms
	Zip           string             // the built function, relative to the project's root
	Architecture  string             // arm64 or x86_64
	LogDays       int                // retention of the function's log, in days
	PolicyName    pulumi.StringInput // the parameter of the policy, which a Policy made
	OverridesName pulumi.StringInput // the parameter of its overrides, which a Policy made
	// Regions are those to sweep, the place's own first.
	Regions []string
	// Schedule is when a run starts, six fields, in Timezone, which also says which day a run belongs to:
	// "cron(0 4 * * ? *)", "Asia/Seoul".
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
	Schedule string
	Timezone string // an IANA name
	// RemovedKeys says what is done about removed required keys: contract.RemovedKeysRestore or RemovedKeysReport.
	RemovedKeys string
	// RegisterDays is how long each day's register is kept, in days: at least 90.
	RegisterDays int
	// ForceDestroy lets the register be destroyed with the stack: for stacks without real data. Optional: false.
	ForceDestroy bool
}

// Sweep finds once a day the assets that the events missed, tags them and writes the asset register.
type Sweep struct {
	pulumi.ResourceState

	FunctionName   pulumi.StringOutput `pulumi:"functionName"`   // the sweep function's
	RegisterBucket pulumi.StringOutput `pulumi:"registerBucket"` // the bucket of the asset register
	QueueURL       pulumi.StringOutput `pulumi:"queueUrl"`       // where the steps of a run wait; a message {} starts a run
}

func (a *SweepArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn),
		argument.Required("PolicyName", a.PolicyName), argument.Required("OverridesName", a.OverridesName),
		argument.Within("RegisterDays", a.RegisterDays, registerLeast, 36500), removedKeysFault(a.RemovedKeys)}
	if len(a.Regions) == 0 || a.Regions[0] != a.Place.Region {
		errs = append(errs, fmt.Errorf("regions are %v; give the place's own region first", a.Regions))
	}
	if !strings.HasPrefix(a.Schedule, "cron(") && !strings.HasPrefix(a.Schedule, "rate(") {
		errs = append(errs, fmt.Errorf("schedule is %q; give a cron or rate expression such as cron(0 4 * * ? *)", a.Schedule))
	}
	if _, err := time.LoadLocation(a.Timezone); err != nil || a.Timezone == "" {
		errs = append(errs, errors.New("timezone is no IANA name such as Asia/Seoul"))
	}
	return argument.Check("sweep "+name, errs...)
}

// NewSweep declares the schedule, the queue of steps, the function and the register's bucket.
func NewSweep(ctx *pulumi.Context, name string, args *SweepArgs, opts ...pulumi.ResourceOption) (*Sweep, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	s := &Sweep{}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Sweep", name, s, opts...); err != nil {
		return nil, err
	}
	register, err := bucket.New(ctx, name+"-register", &bucket.Args{
		Place: args.Place, KeyArn: args.KeyArn, ExpireAfterDays: args.RegisterDays, ForceDestroy: args.ForceDestroy,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", name, err)
	}
	steps, err := queue.New(ctx, name, &queue.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		VisibilitySeconds: 6 * sweepTimeoutSeconds, MaxReceives: sweepMaxReceives, MaxAgeSeconds: sweepLateSeconds,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", name, err)
	}
	fn, err := s.newFunction(ctx, name, args, steps, register)
	if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", name, err)
	}
	if err := s.newSchedule(ctx, name, args, steps); err != nil {
		return nil, fmt.Errorf("sweep %s: schedule: %w", name, err)
	}
	if err := s.watch(ctx, name, args.TopicArn); err != nil {
		return nil, fmt.Errorf("sweep %s: %w", name, err)
	}
	s.FunctionName, s.RegisterBucket, s.QueueURL = fn.Name, register.Name, steps.URL
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{
		"functionName": s.FunctionName, "registerBucket": s.RegisterBucket, "queueUrl": s.QueueURL,
	})
}

func (s *Sweep) newFunction(ctx *pulumi.Context, name string, args *SweepArgs, steps *queue.Queue, register *bucket.Bucket) (*function.Function, error) {
	return function.New(ctx, name, &function.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description:  "Finds and tags assets that the events missed and writes the asset register",
		Zip:          args.Zip,
		Architecture: args.Architecture,
		MemoryMB:     sweepMemoryMB, TimeoutSeconds: sweepTimeoutSeconds, LogDays: args.LogDays,
		Environment: pulumi.StringMap{
			contract.EnvPolicyParameter:    args.PolicyName.ToStringOutput(),
			contract.EnvOverridesParameter: args.OverridesName.ToStringOutput(),
			contract.EnvSweepRegions:       pulumi.String(strings.Join(args.Regions, ",")),
			contract.EnvSweepQueueURL:      steps.URL,
			contract.EnvRegisterBucket:     register.Name,
			contract.EnvPartition:          pulumi.String(args.Place.Partition),
			contract.EnvAccountID:          pulumi.String(args.Place.AccountID),
			contract.EnvTimezone:           pulumi.String(args.Timezone),
			contract.EnvRemovedKeys:        pulumi.String(args.RemovedKeys),
		},
		Statements: sweepPermissions(args.Place, steps.Arn, register.Arn),
		Managed:    append(tagPermissions(args.Place), listPermissions(args.Place)),
		Queue:      &function.FromQueue{Source: steps, BatchSize: 1, MaximumConcurrency: 2}, // 2 is the least
	}, pulumi.Parent(s))
}

// newSchedule declares what sends the first step of each run, and where it goes if it cannot be sent.
func (s *Sweep) newSchedule(ctx *pulumi.Context, name string, args *SweepArgs, steps *queue.Queue) error {
	undelivered, err := queue.NewDeadLetter(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
	}, pulumi.Parent(s))
	if err != nil {
		return err
	}
	role, policy, err := s.newScheduleRole(ctx, name, args, steps, undelivered)
	if err != nil {
		return fmt.Errorf("role: %w", err)
	}
	_, err = scheduler.NewSchedule(ctx, name, &scheduler.ScheduleArgs{
		Name:                       pulumi.String(naming.Of(ctx, naming.Schedule, name)),
		Description:                pulumi.String("Starts the daily sweep of assets"),
		ScheduleExpression:         pulumi.String(args.Schedule),
		ScheduleExpressionTimezone: pulumi.String(args.Timezone),
		FlexibleTimeWindow:         &scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
		Target: &scheduler.ScheduleTargetArgs{
			Arn: steps.Arn, RoleArn: role.Arn, Input: pulumi.String("{}"),
			DeadLetterConfig: &scheduler.ScheduleTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
			RetryPolicy: &scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumEventAgeInSeconds: pulumi.Int(3600), MaximumRetryAttempts: pulumi.Int(10),
			},
		},
	}, pulumi.Parent(s), pulumi.DependsOn([]pulumi.Resource{policy}))
	return err
}

// newScheduleRole declares the role that EventBridge Scheduler sends with.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func (s *Sweep) newScheduleRole(ctx *pulumi.Context, name string, args *SweepArgs, steps *queue.Queue, undelivered *queue.DeadLetter) (*iam.Role, *iam.RolePolicy, error) {
	var boundary pulumi.StringPtrInput
	if args.Place.RoleBoundary != "" {
		boundary = pulumi.String(args.Place.RoleBoundary)
	}
	physical := pulumi.String(naming.Of(ctx, naming.Role, name+"-schedule", args.Place.Region))
	role, err := iam.NewRole(ctx, name+"-schedule", &iam.RoleArgs{
		Name:                physical,
		Description:         pulumi.String("Lets the schedule of the sweep start it"),
		AssumeRolePolicy:    iampolicy.AssumedBy("scheduler.amazonaws.com", iampolicy.FromAccount(args.Place.AccountID)),
		PermissionsBoundary: boundary,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(ctx, name+"-schedule", &iam.RolePolicyArgs{
		Name: physical,
		Role: role.Name,
		Policy: iampolicy.JSON([]iampolicy.Statement{
			{Sid: "StartSweep", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{steps.Arn, undelivered.Arn}},
			{Sid: "UseKey", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: pulumi.StringArray{args.KeyArn}},
		}),
	}, pulumi.Parent(s))
	return role, policy, err
}

// watch declares the alarms on what the function measures itself.
func (s *Sweep) watch(ctx *pulumi.Context, name string, topic pulumi.StringInput) error {
	const log = " The function's log names them and the reason (docs/asset-register.md)."
	for suffix, a := range map[string]alarm.Args{
		"silent": {Metric: contract.MetricSweepFinished, SilentHours: sweepSilentHours,
			Description: "No sweep has written the asset register for 26 hours. Look at the dead letters of the sweep and of its schedule, then start one by hand (docs/asset-register.md)."},
		"faults": {Metric: contract.MetricSweepFault, Period: 300,
			Description: "The sweep could not read a source to its end: the asset register may lack assets." + log},
		"failed": {Metric: contract.MetricSweepOutcome, Period: 300,
			Dimensions:  pulumi.StringMap{contract.DimensionOutcome: pulumi.String(contract.OutcomeFailed)},
			Description: "The sweep could not tag assets; the next one tries again." + log},
		"missed": {Metric: contract.MetricMissedByEvents, Period: 300,
			Description: "Assets were created since the last sweep and no create event has tagged them: who made them is not known. " +
				"Look whether the trail is logging, then at the rules and dead letters of the auto-tag function in the asset's region." + log},
	} {
		a.Namespace, a.Statistic, a.TopicArn = contract.MetricNamespace, "Sum", topic
		if _, err := alarm.New(ctx, name+"-"+suffix, &a, pulumi.Parent(s)); err != nil {
			return fmt.Errorf("alarm %s: %w", suffix, err)
		}
	}
	return nil
}

// sweepPermissions of the function beside those to tag: it reads the sources, keeps the register and sends its own
// steps.
func sweepPermissions(p place.Place, queueArn, registerArn pulumi.StringOutput) []iampolicy.Statement {
	objects := pulumi.Sprintf("%s/*", registerArn)
	return []iampolicy.Statement{
		{Sid: "ListAssets", AnyResource: true, Reason: "calls that list know no resource: " + listReference, Actions: []string{
			"config:DescribeConfigurationRecorderStatus", "config:SelectResourceConfig",
			"resource-explorer-2:GetDefaultView", "resource-explorer-2:GetIndex", "resource-explorer-2:ListSupportedResourceTypes",
			"tag:GetResources"}},
		{Sid: "SearchViews", Actions: []string{"resource-explorer-2:Search"},
			Resources: iampolicy.Values(p.AnyRegionARN("resource-explorer-2", "view/*"))},
		{Sid: "TagAssets", Actions: []string{"tag:TagResources"}, AnyResource: true,
			Reason: "the tagging API knows no resource; each service's own permission limits it"},
		{Sid: "ReadPolicy", Actions: []string{"ssm:GetParameterHistory", "ssm:GetParameters"}, Resources: iampolicy.Values(
			p.ARN("ssm", "parameter"+contract.ParameterTagPolicy), p.ARN("ssm", "parameter"+contract.ParameterTagOverrides))},
		{Sid: "KeepRegister", Resources: pulumi.StringArray{objects},
			Actions: []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"}},
		{Sid: "ListRegister", Actions: []string{"s3:ListBucket"}, Resources: pulumi.StringArray{registerArn}},
		{Sid: "SendSteps", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{queueArn}},
	}
}

const listReference = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"

// listPermissions are what the lists of internal/assetlist read, in one document. Cloud Control calls the services
// with the caller's own permissions:
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html#resource-operations-permissions
func listPermissions(p place.Place) []iampolicy.Statement {
	actions := []string{"cloudformation:ListResources", "ec2:DescribeTags"}
	byResource := map[string][]string{}
	for _, kind := range assetlist.Kinds() {
		for _, read := range kind.Reads {
			if action, resource, narrow := strings.Cut(read, "@"); narrow {
				byResource[resource] = append(byResource[resource], action)
			} else {
				actions = append(actions, action)
			}
		}
	}
	statements := []iampolicy.Statement{{Sid: "ListKinds", AnyResource: true, Actions: distinct(actions),
		Reason: "calls that list know no resource, or are made for all: " + listReference}}
	for i, resource := range slices.Sorted(maps.Keys(byResource)) {
		arn := "arn:" + p.Partition + ":" + strings.ReplaceAll(resource, "$account", p.AccountID)
		statements = append(statements, iampolicy.Statement{Sid: fmt.Sprintf("ReadKind%d", i+1),
			Actions: distinct(byResource[resource]), Resources: iampolicy.Values(arn)})
	}
	return statements
}

func distinct(actions []string) []string {
	slices.Sort(actions)
	return slices.Compact(actions)
}
