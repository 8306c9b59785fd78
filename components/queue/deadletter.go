package queue

import (
	"fmt"

	"assetguard/components/alarm"
	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deadLetterSeconds is how long an undelivered message waits for a person: 14 days, the most SQS keeps.
const deadLetterSeconds = 14 * 24 * 3600

// DeadLetterArgs of a DeadLetter.
type DeadLetterArgs struct {
	Place    place.Place        // where the queue stands
	KeyArn   pulumi.StringInput // the key that encrypts the messages; its policy must let the senders use it
	TopicArn pulumi.StringInput // told when a message arrives
	// Senders are services that put messages here by themselves. Optional: none, as for SQS's own redrive.
	Senders []Sender
	// SourceArn is the one queue that gives its failed messages here. Optional: any queue of the account may.
	SourceArn string
}

// DeadLetter is a queue for what could not be delivered, with an alarm on the first message.
type DeadLetter struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"` // as targets take it for what they cannot deliver
	URL pulumi.StringOutput `pulumi:"url"` // as the AWS CLI takes it
}

// Sender is an AWS service that sends to a queue on behalf of this account's resources.
type Sender struct {
	Service    string   // service principal, such as events.amazonaws.com
	SourceArns []string // the rules, topics, ... that send
}

func (a *DeadLetterArgs) validate(name string) error {
	return argument.Check("dead-letter queue "+name, append(senderFaults(a.Senders),
		a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn))...)
}

// NewDeadLetter declares the queue <project>-<stack>-<name>, its policy and its alarm.
func NewDeadLetter(ctx *pulumi.Context, name string, args *DeadLetterArgs, opts ...pulumi.ResourceOption) (*DeadLetter, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	d := &DeadLetter{}
	if err := ctx.RegisterComponentResource("assetguard:queue:DeadLetter", name, d, opts...); err != nil {
		return nil, err
	}
	physical := naming.Of(ctx, naming.Queue, name)
	q, err := sqs.NewQueue(ctx, name, &sqs.QueueArgs{
		Name:                    pulumi.String(physical),
		KmsMasterKeyId:          args.KeyArn.ToStringOutput(),
		MessageRetentionSeconds: pulumi.Int(deadLetterSeconds),
		Policy:                  policy(args.Place, physical, args.Senders),
		RedriveAllowPolicy:      args.redriveAllow(),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("dead-letter queue %s: %w", name, err)
	}
	if _, err := alarm.New(ctx, name+"-waiting", &alarm.Args{
		Description: "Messages that could not be handled wait in " + physical +
			". Read one, mend the cause, then redrive the queue. Nothing is lost for 14 days.",
		Namespace: "AWS/SQS", Metric: "ApproximateNumberOfMessagesVisible",
		Dimensions: pulumi.StringMap{"QueueName": pulumi.String(physical)},
		Statistic:  "Maximum", Period: 60, Threshold: 0, TopicArn: args.TopicArn,
	}, pulumi.Parent(d)); err != nil {
		return nil, fmt.Errorf("dead-letter queue %s: alarm: %w", name, err)
	}
	d.Arn, d.URL = q.Arn, q.Url
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{"arn": d.Arn, "url": d.URL})
}

func (a *DeadLetterArgs) redriveAllow() pulumi.StringPtrInput {
	if a.SourceArn == "" {
		return nil
	}
	return pulumi.JSONMarshal(map[string]any{
		"redrivePermission": "byQueue",
		"sourceQueueArns":   pulumi.ToStringArray([]string{a.SourceArn}),
	})
}

// policy refuses plain HTTP and lets the senders send. It is an attribute of the queue rather than a
// resource of its own: each change of a queue takes SQS up to a minute, and one change less is one race less.
func policy(p place.Place, physical string, senders []Sender) pulumi.StringOutput {
	return iampolicy.JSON(statements(p.ARN("sqs", physical), senders))
}

func statements(arn string, senders []Sender) []iampolicy.Statement {
	own := iampolicy.Values(arn)
	out := []iampolicy.Statement{iampolicy.DenyInsecureTransport([]string{"sqs:*"}, own)}
	for i, s := range senders {
		out = append(out, iampolicy.Statement{
			Sid: fmt.Sprintf("Sender%d", i), Principals: iampolicy.Principals{Services: []string{s.Service}},
			Actions: []string{"sqs:SendMessage"}, Resources: own,
			// The exact source says its account too. aws:SourceAccount beside it would refuse those services
			// that do not send it.
			Conditions: iampolicy.Conditions{"ArnEquals": {"aws:SourceArn": iampolicy.Values(s.SourceArns...)}},
		})
	}
	return out
}

func senderFaults(senders []Sender) []error {
	var errs []error
	for i, s := range senders {
		if s.Service == "" || len(s.SourceArns) == 0 {
			errs = append(errs, fmt.Errorf("sender %d: Service and SourceArns are both required", i))
		}
	}
	return errs
}
