package topic

import (
	"encoding/json"
	"errors"
	"fmt"

	"assetguard/components/queue"
	"assetguard/internal/argument"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ReaderArgs of a Reader.
type ReaderArgs struct {
	Place    place.Place        // where the topics stand; the queue may stand in another region of the account
	KeyArn   pulumi.StringInput // of Place's region: encrypts the dead letters
	TopicArn pulumi.StringInput // of Place's region: told of notices that could not be put into the queue
	// Topics are read. The queue's policy must let them send: Sender.
	Topics []*Topic
	// Queue takes their notices as they were published for the protocol sqs, without SNS's envelope (raw delivery). Its
	// key's policy must let SNS use it.
	Queue *queue.Queue
}

// Reader subscribes a queue to topics.
type Reader struct {
	pulumi.ResourceState

	DeadLetterArn pulumi.StringOutput `pulumi:"deadLetterArn"` // where notices wait that could not be put into the queue
}

func (a *ReaderArgs) validate(name string) error {
	errs := []error{a.Place.Validate(), argument.Required("KeyArn", a.KeyArn), argument.Required("TopicArn", a.TopicArn)}
	if len(a.Topics) == 0 || a.Queue == nil {
		errs = append(errs, errors.New("topics and queue are required"))
	}
	return argument.Check("reader "+name, errs...)
}

// Sender is the right to send that a queue gives the topics it reads.
func Sender(topics ...*Topic) queue.Sender {
	return queue.Sender{Service: "sns.amazonaws.com", SourceArns: sources(topics)}
}

func sources(topics []*Topic) []string {
	arns := make([]string, len(topics))
	for i, t := range topics {
		arns[i] = t.Source
	}
	return arns
}

// NewReader declares the subscriptions <name>-<topic> and the dead letters <name>-undelivered, which SNS wants in the
// region of the topics.
// https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
func NewReader(ctx *pulumi.Context, name string, args *ReaderArgs, opts ...pulumi.ResourceOption) (*Reader, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	r := &Reader{}
	if err := ctx.RegisterComponentResource("assetguard:topic:Reader", name, r, opts...); err != nil {
		return nil, err
	}
	redrive, err := undelivered(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: args.TopicArn, Senders: []queue.Sender{Sender(args.Topics...)},
	}, r)
	if err != nil {
		return nil, fmt.Errorf("reader %s: %w", name, err)
	}
	for _, t := range args.Topics {
		if _, err := sns.NewTopicSubscription(ctx, name+"-"+t.Name, &sns.TopicSubscriptionArgs{
			Topic: t.Arn, Protocol: pulumi.String("sqs"), Endpoint: args.Queue.Arn,
			RawMessageDelivery: pulumi.Bool(true), RedrivePolicy: redrive.policy,
		}, pulumi.Parent(r)); err != nil {
			return nil, fmt.Errorf("reader %s: %s: %w", name, t.Name, err)
		}
	}
	r.DeadLetterArn = redrive.arn
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"deadLetterArn": r.DeadLetterArn})
}

// redrive is where a subscription puts what it cannot deliver.
type redrive struct{ arn, policy pulumi.StringOutput }

// undelivered declares dead letters below parent.
func undelivered(ctx *pulumi.Context, name string, args *queue.DeadLetterArgs, parent pulumi.Resource) (redrive, error) {
	dead, err := queue.NewDeadLetter(ctx, name, args, pulumi.Parent(parent))
	if err != nil {
		return redrive{}, err
	}
	policy := dead.Arn.ApplyT(func(arn string) (string, error) {
		b, err := json.Marshal(map[string]string{"deadLetterTargetArn": arn})
		return string(b), err
	}).(pulumi.StringOutput)
	return redrive{dead.Arn, policy}, nil
}
