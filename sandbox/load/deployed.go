package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// deployed is the auto-tag function with its queue, as it is deployed.
type deployed struct {
	account, function string
	queues            *sqs.Client
	queue, dead       *string         // URLs
	forwards          map[string]bool // regions with rules of their own, which bring their events home
}

// find finds the function by its event source mapping.
func find(ctx context.Context, cfg aws.Config) (deployed, error) {
	d := deployed{queues: sqs.NewFromConfig(cfg)}
	mappings := lambda.NewListEventSourceMappingsPaginator(lambda.NewFromConfig(cfg), &lambda.ListEventSourceMappingsInput{})
	for mappings.HasMorePages() {
		page, err := mappings.NextPage(ctx)
		if err != nil {
			return d, fmt.Errorf("event source mappings: %w", err)
		}
		for _, m := range page.EventSourceMappings {
			function := aws.ToString(m.FunctionArn)
			name := function[strings.LastIndexByte(function, ':')+1:]
			if !strings.HasSuffix(name, "-autotag") {
				continue
			}
			d.function, d.account = name, strings.Split(function, ":")[4]
			return d, d.findQueues(ctx, aws.ToString(m.EventSourceArn))
		}
	}
	return d, errors.New("no queue feeds a function named *-autotag: make up")
}

func (d *deployed) findQueues(ctx context.Context, arn string) (err error) {
	if d.queue, err = d.url(ctx, arn); err != nil {
		return err
	}
	attributes, err := d.attributes(ctx, d.queue)
	if err != nil {
		return err
	}
	var redrive struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(attributes["RedrivePolicy"]), &redrive); err != nil {
		return fmt.Errorf("redrive policy of %s: %w", arn, err)
	}
	d.dead, err = d.url(ctx, redrive.DeadLetterTargetArn)
	return err
}

func (d *deployed) url(ctx context.Context, arn string) (*string, error) {
	out, err := d.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(arn[strings.LastIndexByte(arn, ':')+1:])})
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", arn, err)
	}
	return out.QueueUrl, nil
}

func (d *deployed) attributes(ctx context.Context, queue *string) (map[string]string, error) {
	out, err := d.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: queue, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", aws.ToString(queue), err)
	}
	return out.Attributes, nil
}

// waiting is how many messages the function has yet to finish.
func (d *deployed) waiting(ctx context.Context) (int, error) { return d.messages(ctx, d.queue) }

// deadLetters is how many messages it has given up.
func (d *deployed) deadLetters(ctx context.Context) (int, error) { return d.messages(ctx, d.dead) }

func (d *deployed) messages(ctx context.Context, queue *string) (int, error) {
	attributes, err := d.attributes(ctx, queue)
	sum := 0
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		n, _ := strconv.Atoi(attributes[name]) // absent is none
		sum += n
	}
	return sum, err
}

// shortenVisibility sets the queue's visibility timeout; restore sets what it was.
func (d *deployed) shortenVisibility(ctx context.Context, seconds string) (restore func(context.Context) error, err error) {
	attributes, err := d.attributes(ctx, d.queue)
	if err != nil {
		return nil, err
	}
	set := func(ctx context.Context, seconds string) error {
		_, err := d.queues.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
			QueueUrl: d.queue, Attributes: map[string]string{"VisibilityTimeout": seconds}})
		return err
	}
	restore = func(ctx context.Context) error { return set(ctx, attributes["VisibilityTimeout"]) }
	return restore, set(ctx, seconds)
}

// forwarding are the regions that have rules.
func forwarding(ctx context.Context, cfg aws.Config, regions []string) (map[string]bool, error) {
	forwards := map[string]bool{}
	for _, region := range regions {
		rules, err := enabled(ctx, rulesOf(cfg, region))
		if err != nil {
			return nil, fmt.Errorf("rules of %s: %w", region, err)
		}
		forwards[region] = len(rules) > 0
	}
	return forwards, nil
}

func rulesOf(cfg aws.Config, region string) *eventbridge.Client {
	there := cfg.Copy()
	there.Region = region
	return eventbridge.NewFromConfig(there)
}

// disableRules switches off the rules on the default buses of some regions; enable switches the same on again and
// is never nil.
func disableRules(ctx context.Context, cfg aws.Config, regions []string) (enable func(context.Context) error, err error) {
	type rule struct{ region, name string }
	var off []rule
	client := func(region string) *eventbridge.Client { return rulesOf(cfg, region) }
	enable = func(ctx context.Context) error {
		var faults []error
		for _, r := range off {
			_, err := client(r.region).EnableRule(ctx, &eventbridge.EnableRuleInput{Name: &r.name})
			faults = append(faults, err)
		}
		return errors.Join(faults...)
	}
	for _, region := range regions {
		rules, err := enabled(ctx, client(region))
		if err != nil {
			return enable, fmt.Errorf("rules of %s: %w", region, err)
		}
		for _, name := range rules {
			if _, err := client(region).DisableRule(ctx, &eventbridge.DisableRuleInput{Name: &name}); err != nil {
				return enable, fmt.Errorf("rule %s of %s: %w", name, region, err)
			}
			off = append(off, rule{region, name})
		}
	}
	return enable, nil
}

// enabled are the names of the default bus's rules that are on.
func enabled(ctx context.Context, client *eventbridge.Client) ([]string, error) {
	var names []string
	var token *string
	for {
		page, err := client.ListRules(ctx, &eventbridge.ListRulesInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, r := range page.Rules {
			if r.State == types.RuleStateEnabled && r.EventPattern != nil {
				names = append(names, aws.ToString(r.Name))
			}
		}
		if token = page.NextToken; token == nil {
			return names, nil
		}
	}
}
