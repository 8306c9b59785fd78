package alerting

import (
	"errors"
	"fmt"
	"strconv"

	"assetguard/components/function"
	"assetguard/components/queue"
	"assetguard/components/topic"
	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const slackMemoryMB = 256

// SlackArgs of a Slack.
type SlackArgs struct {
	Function Function // how the function is run
	// Topics of the home region, whose notices are posted.
	Topics []*topic.Topic
	// Elsewhere are topics of other regions, whose notices are posted too. Their readers are made by topic.NewReader, each in
	// its region. Optional: none.
	Elsewhere []*topic.Topic
	// RecoveryDays is how long the deleted secret can be brought back: 7 to 30, or 0 where it goes at once.
	RecoveryDays int
}

// Slack posts what the topics say to a channel of Slack.
type Slack struct {
	pulumi.ResourceState

	FunctionName pulumi.StringOutput `pulumi:"functionName"` // the Slack function's
	SecretArn    pulumi.StringOutput `pulumi:"secretArn"`    // whose value is the webhook's URL; people set it (docs/alerting.md)
	QueueURL     pulumi.StringOutput `pulumi:"queueUrl"`     // where notices wait

	// Queue is what readers in other regions put notices into.
	Queue *queue.Queue
}

func (a *SlackArgs) validate(name string) error {
	errs := a.Function.faults()
	if len(a.Topics) == 0 {
		errs = append(errs, errors.New("topics are required"))
	}
	if a.RecoveryDays != 0 {
		errs = append(errs, argument.Within("RecoveryDays", a.RecoveryDays, 7, 30))
	}
	return argument.Check("slack "+name, errs...)
}

// NewSlack declares the secret without its value, the queue, its subscriptions and the function.
func NewSlack(ctx *pulumi.Context, name string, args *SlackArgs, opts ...pulumi.ResourceOption) (*Slack, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	s := &Slack{}
	if err := ctx.RegisterComponentResource("assetguard:alerting:Slack", name, s, opts...); err != nil {
		return nil, err
	}
	run := args.Function
	secret, err := secretsmanager.NewSecret(ctx, name, &secretsmanager.SecretArgs{
		Name:        pulumi.String(naming.Of(ctx, naming.Secret, name)),
		Description: pulumi.String("URL of the incoming webhook of Slack, and nothing else"),
		KmsKeyId:    run.KeyArn.ToStringOutput(), RecoveryWindowInDays: pulumi.Int(args.RecoveryDays),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("slack %s: secret: %w", name, err)
	}
	if s.Queue, err = queue.New(ctx, name, &queue.Args{
		Place: run.Place, KeyArn: run.KeyArn, TopicArn: run.TopicArn, Senders: []queue.Sender{topic.Sender(append(args.Topics[:len(args.Topics):len(args.Topics)], args.Elsewhere...)...)},
		VisibilitySeconds: contract.SlackVisibilitySeconds, MaxReceives: contract.SlackMaxReceives, MaxAgeSeconds: contract.SlackMaxAgeSeconds,
	}, pulumi.Parent(s)); err != nil {
		return nil, fmt.Errorf("slack %s: %w", name, err)
	}
	if _, err := topic.NewReader(ctx, name, &topic.ReaderArgs{
		Place: run.Place, KeyArn: run.KeyArn, TopicArn: run.TopicArn, Topics: args.Topics, Queue: s.Queue,
	}, pulumi.Parent(s)); err != nil {
		return nil, fmt.Errorf("slack %s: %w", name, err)
	}
	fn, err := s.newFunction(ctx, name, args, secret)
	if err != nil {
		return nil, fmt.Errorf("slack %s: %w", name, err)
	}
	if err := watchAll(ctx, name, run.TopicArn, slackAlarms, s); err != nil {
		return nil, fmt.Errorf("slack %s: %w", name, err)
	}
	s.FunctionName, s.SecretArn, s.QueueURL = fn.Name, secret.Arn, s.Queue.URL
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"functionName": s.FunctionName, "secretArn": s.SecretArn, "queueUrl": s.QueueURL})
}

func (s *Slack) newFunction(ctx *pulumi.Context, name string, args *SlackArgs, secret *secretsmanager.Secret) (*function.Function, error) {
	run := args.Function
	return function.New(ctx, name, &function.Args{
		Place: run.Place, KeyArn: run.KeyArn, TopicArn: run.TopicArn, Zip: run.Zip, Architecture: run.Architecture, LogDays: run.LogDays,
		Description: "Posts notices to Slack",
		MemoryMB:    slackMemoryMB, TimeoutSeconds: contract.SlackTimeoutSeconds,
		Environment: pulumi.StringMap{
			contract.EnvWebhookSecret:       secret.Arn,
			contract.EnvSlackQueueURL:       s.Queue.URL,
			contract.EnvSlackDeadLettersURL: s.Queue.DeadLetterURL,
			contract.EnvLanguage:            pulumi.String(run.Language),
			contract.EnvTimezone:            pulumi.String(run.Timezone),
			contract.EnvMaxReceives:         pulumi.String(strconv.Itoa(contract.SlackMaxReceives)),
		},
		Statements: []iampolicy.Statement{
			{Sid: "ReadWebhook", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: pulumi.StringArray{secret.Arn}},
			{Sid: "DelayMessages", Actions: []string{"sqs:ChangeMessageVisibility"}, Resources: pulumi.StringArray{s.Queue.Arn}},
			{Sid: "GiveMessagesUp", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{s.Queue.DeadLetterArn}},
		},
		Queue: &function.FromQueue{Source: s.Queue, BatchSize: contract.SlackBatch, MaximumConcurrency: contract.SlackConcurrency},
	}, pulumi.Parent(s))
}
