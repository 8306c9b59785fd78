package inspection

import (
	"errors"
	"fmt"
	"time"

	"assetguard/components/alarm"
	"assetguard/components/function"
	"assetguard/components/schedule"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the suppression function: a run lists all suppressed findings, of which Security Hub gives 300 a second, and
// among which those may be that somebody else suppresses.
const (
	suppressionTimeoutSeconds = 900
	suppressionRetries        = 2
	suppressionMaxAgeSeconds  = 3600
	suppressionMemoryMB       = 256
)

// SuppressedBy is the automation rule of an accepted risk in one region.
type SuppressedBy struct {
	ID      string              // of the accepted risk
	LastDay time.Time           // on which it holds
	RuleArn pulumi.StringOutput // of the rule
}

// SuppressionArgs of a Suppression.
type SuppressionArgs struct {
	Place        place.Place        // the home region
	KeyArn       pulumi.StringInput // encrypts log and dead letters
	TopicArn     pulumi.StringInput // told by the alarms
	Zip          string             // the built function, relative to the project's root
	Architecture string             // arm64 or x86_64
	LogDays      int                // retention of the function's log, in days
	// Rules of the accepted risks of all regions, by Automation.Rules. Optional: none, and the runs find nothing to end.
	Rules []SuppressedBy
	// ControlsOff are the controls that are switched off, by region: what an earlier deployment switched off beside them
	// is switched on again. Optional: none, and no region is looked at.
	ControlsOff map[string][]string
	Language    string // ko or en: of the notes that people read
	Schedule    string // when a run starts, six fields, in Timezone
	Timezone    string // an IANA name: says when a day ends
}

// Suppression ends what the company accepted for a time: once a day, a function disables the rules whose last day has
// passed and opens their findings again. Security Hub's rules have no end date of their own. It also switches controls on
// that no setting wants off any more.
type Suppression struct {
	pulumi.ResourceState

	FunctionName  pulumi.StringOutput `pulumi:"functionName"`  // the suppression function's
	ParameterName pulumi.StringOutput `pulumi:"parameterName"` // where the accepted risks stand
}

func (a *SuppressionArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn)}
	if a.Schedule == "" || a.Timezone == "" || a.Language == "" {
		errs = append(errs, errors.New("schedule, timezone and language are required"))
	}
	return argument.Check("suppression "+name, errs...)
}

// NewSuppression declares the parameter with the accepted risks, the function and its schedule.
func NewSuppression(ctx *pulumi.Context, name string, args *SuppressionArgs, opts ...pulumi.ResourceOption) (*Suppression, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	s := &Suppression{}
	if err := ctx.RegisterComponentResource("assetguard:inspection:Suppression", name, s, opts...); err != nil {
		return nil, err
	}
	parameter, err := s.newParameter(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("suppression %s: parameter: %w", name, err)
	}
	fn, err := s.newFunction(ctx, name, args, parameter)
	if err != nil {
		return nil, fmt.Errorf("suppression %s: %w", name, err)
	}
	if _, err := schedule.New(ctx, name+"-daily", &schedule.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Description: "Starts the daily look at accepted risks",
		Expression: args.Schedule, Timezone: args.Timezone, Message: "{}", TargetArn: fn.Arn, Action: "lambda:InvokeFunction",
	}, pulumi.Parent(s)); err != nil {
		return nil, fmt.Errorf("suppression %s: schedule: %w", name, err)
	}
	if err := s.watch(ctx, name, args); err != nil {
		return nil, fmt.Errorf("suppression %s: %w", name, err)
	}
	s.FunctionName, s.ParameterName = fn.Name, parameter.Name
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"functionName": s.FunctionName, "parameterName": s.ParameterName})
}

// newParameter writes the accepted risks with their rules for the function.
func (s *Suppression) newParameter(ctx *pulumi.Context, name string, args *SuppressionArgs) (*ssm.Parameter, error) {
	accepted := []any{}
	for _, rule := range args.Rules {
		accepted = append(accepted, map[string]any{"id": rule.ID, "ruleArn": rule.RuleArn, "expires": rule.LastDay.Format(time.DateOnly)})
	}
	document := map[string]any{"accepted": accepted}
	if len(args.ControlsOff) > 0 {
		document["controlsOff"] = args.ControlsOff
	}
	return ssm.NewParameter(ctx, name, &ssm.ParameterArgs{
		Name:        pulumi.String(contract.ParameterAccepted),
		Description: pulumi.String("Risks that the company accepts until a day, with the automation rules that suppress them"),
		Type:        pulumi.String("String"), Tier: pulumi.String("Intelligent-Tiering"),
		InsecureValue: pulumi.JSONMarshal(document),
	}, pulumi.Parent(s))
}

func (s *Suppression) newFunction(ctx *pulumi.Context, name string, args *SuppressionArgs, parameter *ssm.Parameter) (*function.Function, error) {
	return function.New(ctx, name, &function.Args{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn,
		Description:  "Ends what the company accepted for a time",
		Zip:          args.Zip,
		Architecture: args.Architecture,
		MemoryMB:     suppressionMemoryMB, TimeoutSeconds: suppressionTimeoutSeconds, LogDays: args.LogDays,
		Environment: pulumi.StringMap{
			contract.EnvAcceptedParameter: parameter.Name,
			contract.EnvTimezone:          pulumi.String(args.Timezone),
			contract.EnvLanguage:          pulumi.String(args.Language),
		},
		Statements: suppressionPermissions(args.Place),
		Event: &function.ByEvent{
			MaximumRetries: suppressionRetries, MaxAgeSeconds: suppressionMaxAgeSeconds,
			CallerService: "scheduler.amazonaws.com", CallerSourceArn: pulumi.String(schedule.ARN(ctx, args.Place, name+"-daily")),
		},
	}, pulumi.Parent(s))
}

// suppressionPermissions of the function, which works in each region that has rules.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
func suppressionPermissions(p place.Place) []iampolicy.Statement {
	return []iampolicy.Statement{
		{Sid: "ReadAccepted", Actions: []string{"ssm:GetParameter"}, Resources: iampolicy.Values(p.ARN("ssm", "parameter"+contract.ParameterAccepted))},
		{Sid: "SwitchControlsOn", Actions: []string{"securityhub:BatchUpdateStandardsControlAssociations", "securityhub:ListStandardsControlAssociations"},
			Resources: iampolicy.Values(p.AnyRegionARN("securityhub", "hub/default"))},
		{Sid: "OpenFindings", Actions: []string{"securityhub:BatchUpdateFindings", "securityhub:GetFindings"},
			Resources: iampolicy.Values(p.AnyRegionARN("securityhub", "hub/default"))},
		{Sid: "DisableRules", Actions: []string{"securityhub:BatchGetAutomationRules", "securityhub:BatchUpdateAutomationRules"},
			Resources: iampolicy.Values(p.AnyRegionARN("securityhub", "automation-rule/*"))},
	}
}

// watch declares the alarms on what the function measures itself.
func (s *Suppression) watch(ctx *pulumi.Context, name string, args *SuppressionArgs) error {
	for _, a := range []struct {
		suffix string
		alarm  alarm.Args
	}{
		{"not-reopened", alarm.Args{Metric: contract.MetricFindingsNotReopened, Period: 300,
			Description: "Findings of accepted risks that have ended are suppressed still. The function's log names them; it tries again."}},
		{"expiring", alarm.Args{Metric: contract.MetricAcceptedRisks, Period: 86400,
			Dimensions:  pulumi.StringMap{contract.DimensionState: pulumi.String(contract.RiskExpiring)},
			Description: "An accepted risk ends within 30 days, and its findings open again. Mend what it is about, or agree on a later day in inspection.accepted."}},
	} {
		a.alarm.Namespace, a.alarm.Statistic, a.alarm.TopicArn = contract.MetricNamespace, "Maximum", args.TopicArn
		if _, err := alarm.New(ctx, name+"-"+a.suffix, &a.alarm, pulumi.Parent(s)); err != nil {
			return fmt.Errorf("alarm %s: %w", a.suffix, err)
		}
	}
	return nil
}
