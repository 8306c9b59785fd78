package topic

import (
	"fmt"

	"assetguard/components/queue"
	"assetguard/internal/argument"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args of a Topic.
type Args struct {
	Place  place.Place        // where the topic stands
	KeyArn pulumi.StringInput // the key that encrypts the notices; its policy must let the publishers use it
	// Publishers are services that publish by themselves. Optional: none, IAM policies alone decide.
	Publishers []Publisher
	// Emails are subscribers; each confirms by a link in the first message. Optional: none.
	Emails []string
	// AlarmTopicArn is told of notices that could not be delivered. Optional: this topic itself.
	AlarmTopicArn pulumi.StringInput
}

// Topic is the topic <project>-<stack>-<name> with its policy, dead letters and subscriptions.
type Topic struct {
	pulumi.ResourceState

	Arn pulumi.StringOutput `pulumi:"arn"` // as alarms and publishers take it

	// Name is the component's, by which its subscriptions are named, and Source the ARN as policies of queues name the
	// topic, which is known before the topic is made.
	Name, Source string
}

func (a *Args) validate(name string) error {
	return argument.Check("topic "+name, append(publisherFaults(a.Publishers), a.Place.Validate(), argument.Required("KeyArn", a.KeyArn))...)
}

// New declares the topic.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Topic, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	physical := naming.Of(ctx, naming.Topic, name)
	arn := args.Place.ARN("sns", physical)
	t := &Topic{Name: name, Source: arn}
	if err := ctx.RegisterComponentResource("assetguard:topic:Topic", name, t, opts...); err != nil {
		return nil, err
	}
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{
		Name:           pulumi.String(physical),
		KmsMasterKeyId: args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(t))
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", name, err)
	}
	if _, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: iampolicy.JSON(args.statements(arn)),
	}, pulumi.Parent(t)); err != nil {
		return nil, fmt.Errorf("topic %s: policy: %w", name, err)
	}
	t.Arn = topic.Arn
	if err := t.subscribe(ctx, name, arn, args); err != nil {
		return nil, fmt.Errorf("topic %s: subscriptions: %w", name, err)
	}
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{"arn": t.Arn})
}

func (a *Args) statements(arn string) []iampolicy.Statement {
	own := iampolicy.Values(arn)
	out := []iampolicy.Statement{
		iampolicy.DenyInsecureTransport([]string{"sns:Publish"}, own),
		{
			Sid: "PublishFromAccount", Principals: iampolicy.Principals{AWS: iampolicy.Values(a.Place.RootARN())},
			Actions: []string{"sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes"}, Resources: own,
		},
	}
	for _, p := range a.Publishers {
		out = append(out, p.statement(a.Place, own))
	}
	return out
}

// subscribe adds the e-mail addresses, each with the dead-letter queue.
func (t *Topic) subscribe(ctx *pulumi.Context, name, arn string, args *Args) error {
	if len(args.Emails) == 0 {
		return nil
	}
	alarmTopic := args.AlarmTopicArn
	if alarmTopic == nil {
		alarmTopic = t.Arn
	}
	redrive, err := undelivered(ctx, name+"-undelivered", &queue.DeadLetterArgs{
		Place: args.Place, KeyArn: args.KeyArn, TopicArn: alarmTopic,
		Senders: []queue.Sender{{Service: "sns.amazonaws.com", SourceArns: []string{arn}}},
	}, t)
	if err != nil {
		return err
	}
	for _, address := range args.Emails {
		if _, err := sns.NewTopicSubscription(ctx, name+"-"+address, &sns.TopicSubscriptionArgs{
			Topic: t.Arn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(address), RedrivePolicy: redrive.policy,
		}, pulumi.Parent(t)); err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
	}
	return nil
}
