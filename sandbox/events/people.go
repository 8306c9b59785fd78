package events

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"assetguard/sandbox/api"
	"assetguard/sandbox/inbox"
)

// mailSender sends all e-mails of topics.
const mailSender = "AWS Notifications <no-reply@sns.amazonaws.com>"

// noSubject is the subject of a notice that has none.
const noSubject = "AWS Notification Message"

// isMail says whether a protocol reaches a person's mailbox.
func isMail(protocol string) bool { return protocol == "email" || protocol == "email-json" }

// people are the subscriptions of mailboxes: the emulator holds every subscription for confirmed from the start.
type people struct {
	mu      sync.Mutex
	waiting map[string]string // ARN to the token of its confirmation mail; "" once confirmed
}

func newPeople() *people { return &people{waiting: map[string]string{}} }

// invite makes a token for a subscription that is not confirmed; ok is false for one that is.
func (p *people) invite(arn string) (token string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if token, known := p.waiting[arn]; known && token == "" {
		return "", false
	}
	p.waiting[arn] = strings.ReplaceAll(newID()+newID(), "-", "")
	return p.waiting[arn], true
}

// confirm finds the subscription of a topic that a token was sent for; "" when there is none.
func (p *people) confirm(topic, token string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for arn, have := range p.waiting {
		if have != "" && have == token && strings.HasPrefix(arn, topic+":") {
			p.waiting[arn] = ""
			return arn
		}
	}
	return ""
}

func (p *people) isPending(arn string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting[arn] != ""
}

// forget drops a subscription, or all of a topic.
func (p *people) forget(arn string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for known := range p.waiting {
		if known == arn || strings.HasPrefix(known, arn+":") {
			delete(p.waiting, known)
		}
	}
}

// pendingOf is how many subscriptions of a topic wait.
func (p *people) pendingOf(topic string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for arn, token := range p.waiting {
		if token != "" && strings.HasPrefix(arn, topic+":") {
			n++
		}
	}
	return n
}

// subscriptionARN is the element of SNS's answers.
var subscriptionARN = regexp.MustCompile(`<SubscriptionArn>([^<]*)</SubscriptionArn>`)

// subscribed asks the mailbox of a new subscription to confirm it. Until then a caller gets its ARN only if it asks.
// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
func (p *Plane) subscribed(_ context.Context, c *api.Call, a *api.Answer) error {
	found := subscriptionARN.FindSubmatch(a.Body)
	if !a.OK() || !isMail(inputText(c, "Protocol")) || found == nil {
		return nil
	}
	arn := html.UnescapeString(string(found[1]))
	token, ok := p.people.invite(arn)
	if !ok {
		return nil
	}
	p.invite(inputText(c, "TopicArn"), inputText(c, "Endpoint"), token)
	if fmt.Sprint(c.Input["ReturnSubscriptionArn"]) != "true" {
		a.Body = bytes.Replace(a.Body, found[1], []byte("pending confirmation"), 1)
	}
	return nil
}

// invite sends the confirmation mail.
func (p *Plane) invite(topic, address, token string) {
	link := p.link("confirm", url.Values{"topic": {topic}, "token": {token}})
	p.options.Mail(inbox.Email{
		From: mailSender, To: address, Subject: "AWS Notification - Subscription Confirmation", Topic: topic, Confirm: link,
		Text: "You have chosen to subscribe to the topic:\n" + topic + "\n\nTo confirm this subscription, follow this link (if this was in error, nothing has to be done):\n" + link + "\n",
	})
}

// link is an address of the sandbox's own that stands for one of SNS's.
func (p *Plane) link(what string, values url.Values) string {
	return strings.TrimRight(p.options.Endpoint, "/") + "/_sandbox/sns/" + what + "?" + values.Encode()
}

// Links answers what people follow in e-mails: /_sandbox/sns/confirm?topic=&token= and
// /_sandbox/sns/unsubscribe?subscription=.
func (p *Plane) Links() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, said := r.URL.Query(), ""
		switch {
		case strings.HasSuffix(r.URL.Path, "/confirm"):
			if p.confirm(asked.Get("topic"), asked.Get("token")) != "" {
				said = "The subscription is confirmed."
			}
		case strings.HasSuffix(r.URL.Path, "/unsubscribe"):
			if p.leave(r.Context(), asked.Get("subscription")) {
				said = "The subscription is removed."
			}
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if said == "" {
			w.WriteHeader(http.StatusBadRequest)
			said = "There is no such subscription, or it is confirmed already."
		}
		_, _ = fmt.Fprintln(w, said) // a browser that left needs no answer
	})
}

func (p *Plane) confirm(topic, token string) string {
	defer p.known.forget()
	return p.people.confirm(topic, token)
}

// leave removes a mailbox's subscription, as the link at the end of each mail does.
func (p *Plane) leave(ctx context.Context, arn string) bool {
	at, ok := parseARN(arn)
	if !ok {
		return false
	}
	topics := p.aws.in(at.region).topics
	read, err := topics.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: aws.String(arn)})
	if err != nil || !isMail(read.Attributes["Protocol"]) {
		return false
	}
	_, err = topics.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: aws.String(arn)})
	p.people.forget(arn)
	p.known.forget()
	return err == nil
}

// confirmCall answers ConfirmSubscription for mailboxes.
func (p *Plane) confirmCall(_ context.Context, c *api.Call) (*api.Answer, error) {
	arn := p.confirm(inputText(c, "TopicArn"), inputText(c, "Token"))
	if arn == "" {
		return nil, refusedNotice("Token")
	}
	return snsAnswer("ConfirmSubscription", struct {
		ARN string `xml:"SubscriptionArn"`
	}{arn}), nil
}

// refuseUnsubscribe refuses to end what nobody has confirmed: SNS drops it after some days.
// https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
func (p *Plane) refuseUnsubscribe(_ context.Context, c *api.Call) (*api.Answer, error) {
	if p.people.isPending(inputText(c, "SubscriptionArn")) {
		return nil, refusedNotice("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
	}
	return nil, nil
}

func (p *Plane) unsubscribed(_ context.Context, c *api.Call, a *api.Answer) {
	if a.OK() {
		p.people.forget(inputText(c, "SubscriptionArn"))
	}
}

func (p *Plane) topicDeleted(_ context.Context, c *api.Call, a *api.Answer) {
	if a.OK() {
		p.people.forget(inputText(c, "TopicArn"))
	}
}

// showPending writes PendingConfirmation in place of ARNs in lists.
func (p *Plane) showPending(_ context.Context, _ *api.Call, a *api.Answer) error {
	a.Body = subscriptionARN.ReplaceAllFunc(a.Body, func(element []byte) []byte {
		if p.people.isPending(html.UnescapeString(string(subscriptionARN.FindSubmatch(element)[1]))) {
			return []byte("<SubscriptionArn>PendingConfirmation</SubscriptionArn>")
		}
		return element
	})
	return nil
}

func (p *Plane) showAttributes(_ context.Context, c *api.Call, a *api.Answer) error {
	if p.people.isPending(inputText(c, "SubscriptionArn")) {
		setEntry(a, "PendingConfirmation", "true")
	}
	return nil
}

// showCounts writes how many subscriptions of a topic wait and how many do not.
func (p *Plane) showCounts(ctx context.Context, c *api.Call, a *api.Answer) error {
	topic := inputText(c, "TopicArn")
	at, ok := parseARN(topic)
	if !a.OK() || !ok {
		return nil
	}
	all, err := p.subscriptionsOf(ctx, at.region, topic)
	if err != nil {
		return err
	}
	pending := p.people.pendingOf(topic)
	setEntry(a, "SubscriptionsPending", fmt.Sprint(pending))
	setEntry(a, "SubscriptionsConfirmed", fmt.Sprint(max(0, len(all)-pending)))
	return nil
}

// setEntry sets an entry of an answer's map, which must be there.
func setEntry(a *api.Answer, key, value string) {
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, []byte(value)) // a buffer takes everything
	entry := regexp.MustCompile(`(<key>` + key + `</key>\s*<value)(?:/>|>[^<]*</value>)`)
	a.Body = entry.ReplaceAll(a.Body, []byte("${1}>"+escaped.String()+"</value>"))
}

// noticeToPerson sends an e-mail.
func (p *Plane) noticeToPerson(n notice, id, body string, s subscription) {
	leave := p.link("unsubscribe", url.Values{"subscription": {s.arn}})
	if s.protocol == "email-json" {
		envelope := n.notification(id, body, false)
		envelope["UnsubscribeURL"] = leave
		body = string(mustJSON(envelope))
	} else {
		body = strings.TrimRight(body, "\n") + "\n\n--\nTo stop receiving notifications from this topic, follow this link:\n" + leave + "\n"
	}
	p.options.Mail(inbox.Email{From: mailSender, To: s.endpoint, Subject: cmp.Or(n.subject, noSubject), Text: body, Topic: n.topic})
}

// inputText is a parameter of a call; "" when it has none.
func inputText(c *api.Call, name string) string {
	text, _ := c.Input[name].(string)
	return text
}
