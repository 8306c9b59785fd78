package alerting

import (
	"errors"
	"fmt"

	"assetguard/components/alarm"
	"assetguard/components/function"
	"assetguard/components/schedule"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Sizes of the subscriptions function, which lists a few topics.
const (
	subscriptionsMemoryMB       = 128
	subscriptionsTimeoutSeconds = 60
	subscriptionsRetries        = 2
	subscriptionsMaxAgeSeconds  = 3600
)

// Subscribers are who should receive what a topic says.
type Subscribers struct {
	TopicArn pulumi.StringOutput // of the topic
	Emails   []string            // addresses of people
	// AlarmTopicArn is told by the alarms about them. It is not their own topic, which may reach nobody any more. Optional:
	// the function's TopicArn.
	AlarmTopicArn pulumi.StringInput
}

// SubscriptionsArgs of a Subscriptions.
type SubscriptionsArgs struct {
	Function    Function                          // how the function is run
	Subscribers map[contract.Audience]Subscribers // who should receive what, at least one audience
	Schedule    string                            // when the function looks, six fields, in the function's Timezone
}

// Subscriptions watches that every person who should receive notices does: AWS tells nobody when an e-mail subscription
// was never confirmed, or when somebody follows the link to unsubscribe that each e-mail carries.
type Subscriptions struct {
	pulumi.ResourceState

	FunctionName pulumi.StringOutput `pulumi:"functionName"` // the subscriptions function's
}

func (a *SubscriptionsArgs) validate(name string) error {
	errs := a.Function.faults()
	if len(a.Subscribers) == 0 || a.Schedule == "" {
		errs = append(errs, errors.New("subscribers and schedule are required"))
	}
	return argument.Check("subscriptions "+name, errs...)
}

// NewSubscriptions declares the function, its schedule and its alarms.
func NewSubscriptions(ctx *pulumi.Context, name string, args *SubscriptionsArgs, opts ...pulumi.ResourceOption) (*Subscriptions, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	s := &Subscriptions{}
	if err := ctx.RegisterComponentResource("assetguard:alerting:Subscriptions", name, s, opts...); err != nil {
		return nil, err
	}
	run := args.Function
	fn, err := s.newFunction(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("subscriptions %s: %w", name, err)
	}
	if _, err := schedule.New(ctx, name+"-look", &schedule.Args{
		Place: run.Place, KeyArn: run.KeyArn, TopicArn: run.TopicArn, Description: "Starts the look at the subscriptions",
		Expression: args.Schedule, Timezone: run.Timezone, Message: "{}", TargetArn: fn.Arn, Action: "lambda:InvokeFunction",
	}, pulumi.Parent(s)); err != nil {
		return nil, fmt.Errorf("subscriptions %s: schedule: %w", name, err)
	}
	if err := s.watch(ctx, name, args); err != nil {
		return nil, fmt.Errorf("subscriptions %s: %w", name, err)
	}
	s.FunctionName = fn.Name
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"functionName": s.FunctionName})
}

func (s *Subscriptions) newFunction(ctx *pulumi.Context, name string, args *SubscriptionsArgs) (*function.Function, error) {
	expected := map[string]any{}
	var topics pulumi.StringArray
	for _, audience := range audiences {
		if who, given := args.Subscribers[audience]; given {
			expected[string(audience)] = map[string]any{"topic": who.TopicArn, "emails": who.Emails}
			topics = append(topics, who.TopicArn)
		}
	}
	run := args.Function
	return function.New(ctx, name, &function.Args{
		Place: run.Place, KeyArn: run.KeyArn, TopicArn: run.TopicArn, Zip: run.Zip, Architecture: run.Architecture, LogDays: run.LogDays,
		Description: "Watches that people still receive notices",
		MemoryMB:    subscriptionsMemoryMB, TimeoutSeconds: subscriptionsTimeoutSeconds,
		Environment: pulumi.StringMap{contract.EnvSubscribers: pulumi.JSONMarshal(expected)},
		Statements: []iampolicy.Statement{
			{Sid: "ListSubscriptions", Actions: []string{"sns:ListSubscriptionsByTopic"}, Resources: topics},
		},
		Event: &function.ByEvent{
			MaximumRetries: subscriptionsRetries, MaxAgeSeconds: subscriptionsMaxAgeSeconds,
			CallerService: "scheduler.amazonaws.com", CallerSourceArn: pulumi.String(schedule.ARN(ctx, run.Place, name+"-look")),
		},
	}, pulumi.Parent(s))
}

// audiences are those of the contract, in the order in which they are declared.
var audiences = []contract.Audience{contract.AudienceSecurity, contract.AudienceDevOps, contract.AudiencePurchasing}

// watch declares an alarm for each audience, so that it says whose notices are not read.
func (s *Subscriptions) watch(ctx *pulumi.Context, name string, args *SubscriptionsArgs) error {
	for _, audience := range audiences {
		who, given := args.Subscribers[audience]
		if !given {
			continue
		}
		told := args.Function.TopicArn
		if who.AlarmTopicArn != nil {
			told = who.AlarmTopicArn
		}
		of := pulumi.StringMap{contract.DimensionAudience: pulumi.String(audience)}
		for _, a := range []struct{ suffix, metric, description string }{
			{"pending", contract.MetricSubscriptionsPending, "An address of people." + string(audience) + " has not confirmed its subscription and " +
				"receives nothing. Its first e-mail has the link; AWS forgets it after two days."},
			{"missing", contract.MetricSubscriptionsMissing, "An address of people." + string(audience) + " is no longer subscribed: somebody " +
				"followed the link to unsubscribe, or nobody confirmed in time."},
			{"unexpected", contract.MetricSubscriptionsUnexpected, "An e-mail address is subscribed that people." + string(audience) + " does not " +
				"name: somebody may read what is not for them."},
		} {
			if _, err := alarm.New(ctx, name+"-"+string(audience)+"-"+a.suffix, &alarm.Args{
				Description: a.description + " docs/runbooks/" + name + "-" + a.suffix + ".md tells what to do.",
				Namespace:   contract.MetricNamespace, Metric: a.metric, Dimensions: of,
				Statistic: "Maximum", Period: subscriptionsPeriod, Threshold: 0, TopicArn: told,
			}, pulumi.Parent(s)); err != nil {
				return fmt.Errorf("alarm %s: %w", a.suffix, err)
			}
		}
	}
	return nil
}

// subscriptionsPeriod holds an alarm until the next look says otherwise: a day, the longest period of an alarm.
const subscriptionsPeriod = 86400
