package events

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"assetguard/sandbox/api"
	"assetguard/sandbox/events/pattern"
)

const (
	maxNotice    = 256 << 10
	maxSubject   = 100
	snsDomain    = "sns.amazonaws.com"
	snsNamespace = "http://sns.amazonaws.com/doc/2010-03-31/"
)

// notice is a message for a topic.
type notice struct {
	topic, message, subject, structure string
	attributes                         map[string]noticeAttribute
}

type noticeAttribute struct {
	DataType, StringValue string
	BinaryValue           []byte
}

// publishInput is what Publish and each entry of PublishBatch take.
type publishInput struct {
	ID                                                 string `json:"Id"`
	TopicArn, TargetArn, PhoneNumber, Message, Subject string
	MessageStructure                                   string
	MessageAttributes                                  map[string]noticeAttribute
	PublishBatchRequestEntries                         []publishInput
}

func (in publishInput) notice(topic string) notice {
	return notice{topic: topic, message: in.Message, subject: in.Subject, structure: in.MessageStructure, attributes: in.MessageAttributes}
}

// publishCall answers Publish to a standard topic. FIFO topics, which have no
// Lambda subscriptions, phones and devices go on to the emulator.
func (p *Plane) publishCall(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var input publishInput
	if err := read(c, &input); err != nil {
		return nil, err
	}
	topic := input.TopicArn
	if topic == "" && strings.Count(input.TargetArn, ":") == 5 && !strings.Contains(input.TargetArn, "/") {
		topic = input.TargetArn
	}
	if topic == "" || strings.HasSuffix(topic, ".fifo") {
		return nil, nil
	}
	id, err := p.publish(ctx, input.notice(topic))
	if err != nil {
		return nil, snsFault(err)
	}
	return snsAnswer("Publish", published{ID: id}), nil
}

// publishBatch answers PublishBatch to a standard topic.
func (p *Plane) publishBatch(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var input publishInput
	if err := read(c, &input); err != nil {
		return nil, err
	}
	if strings.HasSuffix(input.TopicArn, ".fifo") {
		return nil, nil
	}
	var result publishedBatch
	for _, e := range input.PublishBatchRequestEntries {
		id, err := p.publish(ctx, e.notice(input.TopicArn))
		if err != nil {
			fault := snsFault(err)
			if fault.Code == "NotFound" {
				return nil, fault
			}
			result.Failed = append(result.Failed, unpublished{EntryID: e.ID, Code: fault.Code, Message: fault.Message, SenderFault: true})
			continue
		}
		result.Successful = append(result.Successful, published{EntryID: e.ID, ID: id})
	}
	return snsAnswer("PublishBatch", result), nil
}

// snsFault turns an error into SNS's.
func snsFault(err error) *api.Error {
	var own *api.Error
	if errors.As(err, &own) {
		return own
	}
	if missing(err) {
		return &api.Error{Code: "NotFound", Message: "Topic does not exist", Status: 404}
	}
	return &api.Error{Code: "InternalError", Message: err.Error(), Status: 500}
}

// published is the result of Publish, and of one entry of PublishBatch.
type published struct {
	EntryID string `xml:"Id,omitempty"`
	ID      string `xml:"MessageId"`
}

// unpublished is an entry of PublishBatch that failed.
type unpublished struct {
	EntryID     string `xml:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

// publishedBatch is the result of PublishBatch.
type publishedBatch struct {
	Successful []published   `xml:"Successful>member"`
	Failed     []unpublished `xml:"Failed>member"`
}

// snsAnswer is an answer in SNS's XML.
func snsAnswer(operation string, result any) *api.Answer {
	var body bytes.Buffer
	fmt.Fprintf(&body, `<%sResponse xmlns="%s">`, operation, snsNamespace)
	err := xml.NewEncoder(&body).EncodeElement(result, xml.StartElement{Name: xml.Name{Local: operation + "Result"}})
	if err != nil {
		return &api.Answer{Status: http.StatusInternalServerError, Header: http.Header{}, Body: []byte(err.Error())}
	}
	fmt.Fprintf(&body, `<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>`, newID(), operation)
	return &api.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: body.Bytes()}
}

// publish delivers a notice to the topic's subscriptions, beside the caller, and returns its message id.
func (p *Plane) publish(ctx context.Context, n notice) (string, error) {
	at, ok := parseARN(n.topic)
	if !ok {
		return "", refusedNotice("TopicArn")
	}
	if err := n.check(); err != nil {
		return "", err
	}
	if _, err := p.topicAttributes(ctx, n.topic); err != nil {
		return "", err
	}
	id := newID()
	p.stats.add("topics", "published", 1)
	p.background(func(ctx context.Context) {
		subscriptions, err := p.subscriptionsOf(ctx, at.region, n.topic)
		if err != nil {
			p.log.Warn("subscriptions not read", "topic", n.topic, "error", err)
			return
		}
		for _, s := range subscriptions {
			p.deliverNotice(ctx, n, id, s)
		}
	})
	return id, nil
}

func refusedNotice(reason string) error {
	return &api.Error{Code: "InvalidParameter", Message: "Invalid parameter: " + reason}
}

// check refuses what SNS refuses of a notice for a standard topic.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (n notice) check() error {
	switch {
	case n.message == "":
		return refusedNotice("Empty message")
	case len(n.message) > maxNotice:
		return refusedNotice("Message too long")
	case len(n.subject) > maxSubject || strings.ContainsFunc(n.subject, func(r rune) bool { return r < ' ' || r > '~' }) || strings.HasPrefix(n.subject, " "):
		return refusedNotice("Subject")
	}
	if n.structure == "json" {
		var parts map[string]string
		if json.Unmarshal([]byte(n.message), &parts) != nil || parts["default"] == "" {
			return refusedNotice("Message Structure - No default entry in JSON message body")
		}
	}
	return nil
}

func (p *Plane) topicAttributes(ctx context.Context, arn string) (*sns.GetTopicAttributesOutput, error) {
	at, _ := parseARN(arn)
	return recall(p.known, "topic "+arn, func() (*sns.GetTopicAttributesOutput, error) {
		return p.aws.in(at.region).topics.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(arn)})
	})
}

// subscription is one of a topic, with its attributes.
type subscription struct {
	arn, protocol, endpoint string
	attributes              map[string]string
}

func (p *Plane) subscriptionsOf(ctx context.Context, region, topic string) ([]subscription, error) {
	return recall(p.known, "subscriptions "+topic, func() ([]subscription, error) {
		var all []subscription
		topics := p.aws.in(region).topics
		pages := sns.NewListSubscriptionsByTopicPaginator(topics, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, s := range page.Subscriptions {
				read, err := topics.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: s.SubscriptionArn})
				if err != nil {
					return nil, err
				}
				all = append(all, subscription{arn: aws.ToString(s.SubscriptionArn), protocol: aws.ToString(s.Protocol), endpoint: aws.ToString(s.Endpoint), attributes: read.Attributes})
			}
		}
		return all, nil
	})
}

// deliverNotice sends a notice to one subscription, or to its dead letters. One that nobody has confirmed gets nothing.
func (p *Plane) deliverNotice(ctx context.Context, n notice, id string, s subscription) {
	if !admitsNotice(s.attributes, n) {
		p.stats.add("topics", "filtered", 1)
		return
	}
	body := n.text(s.protocol)
	a := access{principal: snsDomain, resource: s.endpoint, sourceARN: n.topic, account: p.options.AccountID}
	var err error
	switch {
	case p.people.isPending(s.arn):
		p.stats.add("topics", "pending", 1)
		return
	case s.protocol == "sqs":
		err = p.noticeToQueue(ctx, n, id, body, s.endpoint, s.attributes["RawMessageDelivery"] == "true", a)
	case s.protocol == "lambda":
		err = p.noticeToFunction(ctx, n, id, body, s, a)
	case isMail(s.protocol):
		p.noticeToPerson(n, id, body, s)
	default:
		p.stats.add("topics", "unsupported", 1)
		p.log.Warn("notice not delivered: the sandbox has no such protocol", "topic", n.topic, "protocol", s.protocol)
		return
	}
	if err == nil {
		p.stats.add("topics", "delivered", 1)
		return
	}
	p.stats.add("topics", "failed", 1)
	p.log.Warn("notice not delivered", "topic", n.topic, "endpoint", s.endpoint, "error", err)
	p.noticeToDeadLetters(ctx, n, id, body, s, a)
}

// noticeToDeadLetters keeps a notice in the queue that the subscription's redrive policy names, if it names one.
func (p *Plane) noticeToDeadLetters(ctx context.Context, n notice, id, body string, s subscription, a access) {
	var redrive struct {
		DeadLetterTargetARN string `json:"deadLetterTargetArn"`
	}
	if !jsonBody([]byte(s.attributes["RedrivePolicy"]), &redrive) || redrive.DeadLetterTargetARN == "" {
		return
	}
	if s.attributes["RawMessageDelivery"] != "true" {
		body = n.envelope(id, body, false)
	}
	if err := p.sendToQueue(ctx, redrive.DeadLetterTargetARN, body, "", nil, a, false); err != nil {
		p.stats.add("topics", "lost", 1)
		p.log.Warn("notice lost: its dead-letter queue refused it", "topic", n.topic, "queue", redrive.DeadLetterTargetARN, "error", err)
		return
	}
	p.stats.add("topics", "deadLettered", 1)
}

// text is the message for a protocol.
func (n notice) text(protocol string) string {
	var parts map[string]string
	if n.structure != "json" || !jsonBody([]byte(n.message), &parts) {
		return n.message
	}
	if text, ok := parts[protocol]; ok {
		return text
	}
	return parts["default"]
}

// envelope is the notification in SNS's JSON, in Lambda's spelling or the common
// one.
func (n notice) envelope(id, body string, forLambda bool) string {
	return string(mustJSON(n.notification(id, body, forLambda)))
}

func (n notice) notification(id, body string, forLambda bool) map[string]any {
	certificate, unsubscribe := "SigningCertURL", "UnsubscribeURL"
	if forLambda {
		certificate, unsubscribe = "SigningCertUrl", "UnsubscribeUrl"
	}
	out := map[string]any{
		"Type": "Notification", "MessageId": id, "TopicArn": n.topic, "Message": body,
		"Timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "1",
		"Signature": "sandbox", certificate: "", unsubscribe: "",
	}
	if n.subject != "" || forLambda {
		out["Subject"] = n.subject
	}
	if len(n.attributes) > 0 || forLambda {
		attributes := map[string]any{}
		for name, value := range n.attributes {
			attributes[name] = map[string]any{"Type": value.DataType, "Value": value.text()}
		}
		out["MessageAttributes"] = attributes
	}
	return out
}

func (a noticeAttribute) text() string {
	if len(a.BinaryValue) > 0 {
		return base64.StdEncoding.EncodeToString(a.BinaryValue)
	}
	return a.StringValue
}

// noticeToQueue sends to a queue that permits the topic.
func (p *Plane) noticeToQueue(ctx context.Context, n notice, id, body, endpoint string, raw bool, a access) error {
	if !raw || len(n.attributes) == 0 {
		if !raw {
			body = n.envelope(id, body, false)
		}
		return p.sendToQueue(ctx, endpoint, body, "", nil, a, false)
	}
	if err := p.checkQueue(ctx, endpoint, a); err != nil {
		return err
	}
	at, _ := parseARN(endpoint)
	attributes := map[string]sqstypes.MessageAttributeValue{}
	for name, value := range n.attributes {
		attribute := sqstypes.MessageAttributeValue{DataType: aws.String(value.DataType)}
		if len(value.BinaryValue) > 0 {
			attribute.BinaryValue = value.BinaryValue
		} else {
			attribute.StringValue = aws.String(value.StringValue)
		}
		attributes[name] = attribute
	}
	_, err := p.aws.in(at.region).queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: p.aws.queueURL(at), MessageBody: aws.String(body), MessageAttributes: attributes})
	return err
}

func (p *Plane) noticeToFunction(ctx context.Context, n notice, id, body string, s subscription, a access) error {
	endpoint, ok := parseARN(s.endpoint)
	if !ok {
		return noResource("%s is no ARN", s.endpoint)
	}
	f, err := p.function(ctx, endpoint.region, functionName(s.endpoint))
	if err != nil {
		return err
	}
	if err := p.checkInvoke(ctx, f, a); err != nil {
		return err
	}
	record := map[string]any{
		"EventVersion": "1.0", "EventSource": "aws:sns", "EventSubscriptionArn": s.arn,
		"Sns": n.notification(id, body, true),
	}
	p.invokeLater(f, mustJSON(map[string]any{"Records": []any{record}}))
	return nil
}

// admitsNotice applies a subscription's filter policy, on the attributes or on
// the body. A policy that cannot be read admits nothing.
func admitsNotice(subscription map[string]string, n notice) bool {
	text := subscription["FilterPolicy"]
	if text == "" || text == "{}" {
		return true
	}
	policy, err := pattern.ParseFilter([]byte(text))
	if err != nil {
		return false
	}
	view := map[string]any{}
	if subscription["FilterPolicyScope"] == "MessageBody" {
		return jsonBody([]byte(n.message), &view) && policy.Match(view)
	}
	for name, value := range n.attributes {
		view[name] = value.StringValue
		if value.DataType == "Number" || value.DataType == "String.Array" {
			view[name] = jsonOrText([]byte(value.StringValue))
		}
	}
	return policy.Match(view)
}
