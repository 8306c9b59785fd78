package queue

import (
	"fmt"

	"assetguard/components/alarm"
	"assetguard/internal/argument"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a Queue.
type Args struct {
	Place    place.Place        // where the queue stands
	KeyArn   pulumi.StringInput // the key that encrypts the messages; its policy must let the senders use it
	TopicArn pulumi.StringInput // told by the alarms
	// Senders are services that put messages here by themselves. Optional: none, IAM policies alone decide.
	Senders []Sender
	// VisibilitySeconds is how long a received message is hidden from others, in seconds: at least six times the
	// timeout of the function that reads the queue, at most 43,200.
	VisibilitySeconds int
	// MaxReceives is how often a message is tried before it goes to the dead letters: 1 to 1,000.
	MaxReceives int
	// MaxAgeSeconds is how old the oldest message may get before people are told, in seconds: 60 to 1,209,600.
	MaxAgeSeconds int
}

// Queue is a queue, its dead-letter queue and their alarms.
type Queue struct {
	pulumi.ResourceState

	Arn           pulumi.StringOutput `pulumi:"arn"`           // as rules and functions take it
	URL           pulumi.StringOutput `pulumi:"url"`           // as senders take it
	DeadLetterArn pulumi.StringOutput `pulumi:"deadLetterArn"` // of the queue beside it
	DeadLetterURL pulumi.StringOutput `pulumi:"deadLetterUrl"` // for a reader that gives messages up by itself

	// VisibilitySeconds is what was asked for, for the function that reads the queue.
	VisibilitySeconds int
}

func (a *Args) validate(name string) error {
	return argument.Check("queue "+name, append(senderFaults(a.Senders),
		a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn),
		argument.Within("VisibilitySeconds", a.VisibilitySeconds, 1, 43200),
		argument.Within("MaxReceives", a.MaxReceives, 1, 1000),
		argument.Within("MaxAgeSeconds", a.MaxAgeSeconds, 60, 1209600))...)
}

// New declares the queue <project>-<stack>-<name> and <...>-dead beside it.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Queue, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	q := &Queue{VisibilitySeconds: args.VisibilitySeconds}
	if err := ctx.RegisterComponentResource("assetguard:queue:Queue", name, q, opts...); err != nil {
		return nil, err
	}
	physical := naming.Of(ctx, naming.Queue, name)
	dead, err := NewDeadLetter(ctx, name+"-dead", &DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, SourceArn: args.Place.ARN("sqs", physical),
	}, pulumi.Parent(q))
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", name, err)
	}
	main, err := sqs.NewQueue(ctx, name, &sqs.QueueArgs{
		Name:                     pulumi.String(physical),
		KmsMasterKeyId:           args.KeyArn.ToStringOutput(),
		VisibilityTimeoutSeconds: pulumi.Int(args.VisibilitySeconds),
		Policy:                   policy(args.Place, physical, args.Senders),
		RedrivePolicy: pulumi.JSONMarshal(map[string]any{
			"deadLetterTargetArn": dead.Arn,
			"maxReceiveCount":     args.MaxReceives,
		}),
	}, pulumi.Parent(q))
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", name, err)
	}
	if _, err := alarm.New(ctx, name+"-late", &alarm.Args{
		Description: fmt.Sprintf("The oldest message in %s waits longer than %d s. Its reader fails or is too slow: see its logs.",
			physical, args.MaxAgeSeconds),
		Namespace: "AWS/SQS", Metric: "ApproximateAgeOfOldestMessage",
		Dimensions: pulumi.StringMap{"QueueName": pulumi.String(physical)},
		Statistic:  "Maximum", Period: 60, Threshold: float64(args.MaxAgeSeconds), TopicArn: args.TopicArn,
	}, pulumi.Parent(q)); err != nil {
		return nil, fmt.Errorf("queue %s: alarm: %w", name, err)
	}
	q.Arn, q.URL, q.DeadLetterArn, q.DeadLetterURL = main.Arn, main.Url, dead.Arn, dead.URL
	return q, ctx.RegisterResourceOutputs(q, pulumi.Map{
		"arn": q.Arn, "url": q.URL, "deadLetterArn": q.DeadLetterArn, "deadLetterUrl": q.DeadLetterURL,
	})
}
