package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"assetguard/sandbox/functions"
)

// target is where a rule or a schedule sends its event.
type target struct {
	arn, role, groupID, deadLetters string
	input, inputPath                *string
	transformer                     *types.InputTransformer
	attempts                        *int32 // of the retry policy
}

func targetOf(t types.Target) target {
	out := target{arn: aws.ToString(t.Arn), role: aws.ToString(t.RoleArn), input: t.Input, inputPath: t.InputPath, transformer: t.InputTransformer}
	if t.SqsParameters != nil {
		out.groupID = aws.ToString(t.SqsParameters.MessageGroupId)
	}
	if t.DeadLetterConfig != nil {
		out.deadLetters = aws.ToString(t.DeadLetterConfig.Arn)
	}
	if t.RetryPolicy != nil {
		out.attempts = t.RetryPolicy.MaximumRetryAttempts
	}
	return out
}

// delivery is one event on its way to one target.
type delivery struct {
	source  string // ARN of the rule or schedule
	rule    string // name of the rule
	region  string
	target  target
	event   map[string]any
	hops    int
	trusted bool // sent with a role in this account: resource policies need not name the service
}

// refusal is a delivery that failed, with EventBridge's ERROR_CODE.
type refusal struct {
	code, message string
	final         bool // a repeated attempt cannot help
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func noPermission(format string, args ...any) *refusal {
	return &refusal{code: "NO_PERMISSIONS", message: fmt.Sprintf(format, args...), final: true}
}

func noResource(format string, args ...any) *refusal {
	return &refusal{code: "NO_RESOURCE", message: fmt.Sprintf(format, args...), final: true}
}

// refusalOf classifies the error of a call to the target's service.
func refusalOf(err error) *refusal {
	var known *refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case missing(err):
		return noResource("%v", err)
	}
	return &refusal{code: "SDK_CLIENT_ERROR", message: err.Error()}
}

// deliver sends an event to a target, again where that may help, and to the
// target's dead letters where it does not. It returns why the target has not
// got the event, or nil.
func (p *Plane) deliver(ctx context.Context, d delivery) error {
	text, err := d.text(time.Now())
	if err != nil {
		return p.giveUp(ctx, d, string(mustJSON(d.event)), &refusal{code: "INVALID_INPUT", message: err.Error(), final: true}, 0)
	}
	attempts := len(p.options.DeliveryWaits)
	if d.target.attempts != nil {
		attempts = min(attempts, int(*d.target.attempts))
	}
	for attempt := 0; ; attempt++ {
		fault := refusalOf(p.send(ctx, d, text))
		if fault == nil {
			p.stats.add("events", "delivered", 1)
			return nil
		}
		if fault.final || attempt >= attempts || !pause(ctx, p.options.DeliveryWaits[attempt]) {
			return p.giveUp(ctx, d, text, fault, attempt)
		}
	}
}

// giveUp counts a failed delivery and keeps its event in the dead letters.
func (p *Plane) giveUp(ctx context.Context, d delivery, text string, fault *refusal, retries int) error {
	p.stats.add("events", "failed", 1)
	p.log.Warn("event not delivered", "rule", d.source, "target", d.target.arn, "error", fault)
	if d.target.deadLetters == "" {
		return fault
	}
	attributes := map[string]string{
		"RULE_ARN": d.source, "TARGET_ARN": d.target.arn, "ERROR_CODE": fault.code, "ERROR_MESSAGE": fault.message,
		"RETRY_ATTEMPTS": strconv.Itoa(retries),
	}
	if !fault.final {
		attributes["EXHAUSTED_RETRY_CONDITION"] = "MaximumRetryAttempts"
	}
	a := access{principal: eventsDomain, sourceARN: d.source, account: p.options.AccountID}
	if err := p.sendToQueue(ctx, d.target.deadLetters, text, "", attributes, a, d.trusted); err != nil {
		p.stats.add("events", "lost", 1)
		p.log.Warn("event lost: its dead-letter queue refused it", "rule", d.source, "queue", d.target.deadLetters, "error", err)
		return fault
	}
	p.stats.add("events", "deadLettered", 1)
	return fault
}

// send makes one attempt.
func (p *Plane) send(ctx context.Context, d delivery, text string) error {
	at, ok := parseARN(d.target.arn)
	if !ok {
		return &refusal{code: "INVALID_TARGET", message: d.target.arn + " is no ARN", final: true}
	}
	a := access{principal: eventsDomain, resource: d.target.arn, sourceARN: d.source, account: p.options.AccountID}
	switch at.service {
	case "sqs":
		return p.sendToQueue(ctx, d.target.arn, text, d.target.groupID, nil, a, d.trusted)
	case "sns":
		return p.sendToTopic(ctx, at, d, text, a)
	case "lambda":
		return p.sendToFunction(ctx, at, d, text, a)
	case "events":
		return p.sendToBus(at, d)
	case "logs":
		return p.sendToLogGroup(ctx, at, d, text, a)
	}
	return &refusal{code: "UNSUPPORTED_TARGET", message: "the sandbox does not deliver to " + at.service, final: true}
}

// sendToQueue sends a message to a queue; unless trusted, for a service that the
// policies of the queue and its key permit.
func (p *Plane) sendToQueue(ctx context.Context, arn, body, groupID string, attributes map[string]string, a access, trusted bool) error {
	at, ok := parseARN(arn)
	if !ok {
		return noResource("%s is no ARN", arn)
	}
	if !trusted {
		if err := p.checkQueue(ctx, arn, a); err != nil {
			return err
		}
	}
	input := &sqs.SendMessageInput{QueueUrl: p.aws.queueURL(at), MessageBody: aws.String(body), MessageAttributes: queueAttributes(attributes)}
	if groupID != "" {
		input.MessageGroupId = aws.String(groupID)
	}
	_, err := p.aws.in(at.region).queues.SendMessage(ctx, input)
	return err
}

// checkQueue refuses a service that the policy of the queue, or of its key, does
// not permit to send messages.
func (p *Plane) checkQueue(ctx context.Context, arn string, a access) error {
	at, ok := parseARN(arn)
	if !ok {
		return noResource("%s is no ARN", arn)
	}
	read, err := recall(p.known, "queue "+arn, func() (*sqs.GetQueueAttributesOutput, error) {
		return p.aws.in(at.region).queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl:       p.aws.queueURL(at),
			AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNamePolicy, sqstypes.QueueAttributeNameKmsMasterKeyId},
		})
	})
	if err != nil {
		return err
	}
	a.action, a.resource = "sqs:SendMessage", arn
	if !permits(read.Attributes["Policy"], a) {
		return noPermission("the policy of queue %s does not permit %s to send messages for %s", arn, a.principal, a.sourceARN)
	}
	if key := read.Attributes["KmsMasterKeyId"]; !p.keyPermits(ctx, at.region, key, a) {
		return noPermission("the policy of key %s of queue %s does not permit %s to use it for %s", key, arn, a.principal, a.sourceARN)
	}
	return nil
}

func queueAttributes(attributes map[string]string) map[string]sqstypes.MessageAttributeValue {
	out := map[string]sqstypes.MessageAttributeValue{}
	for name, value := range attributes {
		kind := "String"
		if name == "RETRY_ATTEMPTS" || name == "ErrorCode" {
			kind = "Number"
		}
		out[name] = sqstypes.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(value)}
	}
	return out
}

func (p *Plane) sendToTopic(ctx context.Context, at place, d delivery, text string, a access) error {
	read, err := p.topicAttributes(ctx, d.target.arn)
	if err != nil {
		return err
	}
	a.action = "sns:Publish"
	if !d.trusted && !permits(read.Attributes["Policy"], a) {
		return noPermission("the policy of topic %s does not permit %s to publish for %s", d.target.arn, a.principal, d.source)
	}
	if key := read.Attributes["KmsMasterKeyId"]; !d.trusted && !p.keyPermits(ctx, at.region, key, a) {
		return noPermission("the policy of key %s of topic %s does not permit %s to use it for %s", key, d.target.arn, a.principal, d.source)
	}
	_, err = p.publish(ctx, notice{topic: d.target.arn, message: text})
	return err
}

func (p *Plane) sendToFunction(ctx context.Context, at place, d delivery, text string, a access) error {
	name := functionName(d.target.arn)
	deployed, err := p.function(ctx, at.region, name)
	if err != nil {
		return err
	}
	if !d.trusted {
		if fault := p.checkInvoke(ctx, deployed, a); fault != nil {
			return fault
		}
	}
	p.invokeLater(deployed, []byte(text))
	return nil
}

// sendToBus hands the event, unchanged, to a bus of this account.
func (p *Plane) sendToBus(at place, d delivery) error {
	if d.target.role == "" && at.region != d.region {
		return noPermission("a bus in another region needs a role on the target")
	}
	if at.account != p.options.AccountID {
		return noResource("account %s is not in the sandbox", at.account)
	}
	if d.hops >= maxBusHops {
		return &refusal{code: "LOOP", message: fmt.Sprintf("the event has been through %d buses", d.hops), final: true}
	}
	p.background(func(ctx context.Context) { p.carry(ctx, at.region, busName(at.resource), d.event, d.hops+1) })
	return nil
}

// sendToLogGroup writes the event to the log group.
func (p *Plane) sendToLogGroup(ctx context.Context, at place, d delivery, text string, a access) error {
	if !d.trusted {
		if err := p.checkLogPolicy(ctx, at.region, a); err != nil {
			return err
		}
	}
	group := strings.TrimSuffix(strings.TrimPrefix(at.resource, "log-group:"), ":*")
	if _, err := recall(p.known, "log group "+at.region+"/"+group, func() (bool, error) { return p.hasLogGroup(ctx, at.region, group) }); err != nil {
		return err
	}
	p.logs.Write(at.region, group, eventStream, functions.Line{At: time.Now(), Text: text})
	return nil
}

// eventStream is the one stream of events in a log group. EventBridge spreads them over streams of random names.
const eventStream = "events"

func (p *Plane) hasLogGroup(ctx context.Context, region, group string) (bool, error) {
	got, err := p.aws.in(region).logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(group)})
	if err != nil {
		return false, err
	}
	for _, found := range got.LogGroups {
		if aws.ToString(found.LogGroupName) == group {
			return true, nil
		}
	}
	return false, noResource("log group %s does not exist", group)
}

// checkLogPolicy looks for an account policy of CloudWatch Logs that lets
// EventBridge write.
func (p *Plane) checkLogPolicy(ctx context.Context, region string, a access) error {
	policies, err := recall(p.known, "log policies "+region, func() (*cloudwatchlogs.DescribeResourcePoliciesOutput, error) {
		return p.aws.in(region).logs.DescribeResourcePolicies(ctx, &cloudwatchlogs.DescribeResourcePoliciesInput{})
	})
	if err != nil {
		return err
	}
	a.resource = strings.TrimSuffix(a.resource, ":*") + ":log-stream:any"
	for _, policy := range policies.ResourcePolicies {
		document, allowed := aws.ToString(policy.PolicyDocument), true
		for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
			a.action = action
			allowed = allowed && permits(document, a)
		}
		if allowed {
			return nil
		}
	}
	return noPermission("no resource policy of CloudWatch Logs permits %s to write to %s", a.principal, a.resource)
}

// mustJSON encodes a value made of what JSON decodes to.
func mustJSON(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("events: %T is no JSON value: %v", v, err))
	}
	return body
}
