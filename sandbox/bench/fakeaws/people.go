package fakeaws

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// webhookPath is that of the incoming webhook of Slack, the one call that nobody signs.
const webhookPath = "/services/T0/B0/bench"

func (s *Server) getWebhook(*call) answer {
	return jsonAnswer(map[string]any{"Name": "slack", "SecretString": s.URL() + webhookPath, "VersionId": "1"})
}

// post takes what Slack takes: a text, or blocks beside it.
func (s *Server) post(c *call) answer {
	var in struct{ Text string }
	if err := json.Unmarshal(c.body, &in); err != nil || in.Text == "" {
		return answer{status: http.StatusBadRequest, contentType: "text/html", body: []byte("invalid_payload")}
	}
	return answer{status: http.StatusOK, contentType: "text/html", body: []byte("ok")}
}

// SubscriberAddress is the e-mail address of the nth subscriber.
func SubscriberAddress(n int) string { return fmt.Sprintf("person%03d@example.com", n) }

// subscriptionPage is how many subscriptions SNS lists at a time.
const subscriptionPage = 100

// listSubscriptions lists the subscribers; the token is the number of the next.
func (s *Server) listSubscriptions(c *call) answer {
	values := func(name string) string {
		if v := c.form[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	topic := values("TopicArn")
	first, _ := strconv.Atoi(values("NextToken")) // none is the beginning
	var b strings.Builder
	for n := first; n < min(first+subscriptionPage, s.account.Subscribers); n++ {
		arn := fmt.Sprintf("%s:%d", topic, n)
		if n%3 == 2 {
			arn = "PendingConfirmation"
		}
		fmt.Fprintf(&b, "<member><TopicArn>%s</TopicArn><Protocol>email</Protocol><SubscriptionArn>%s</SubscriptionArn><Owner>%s</Owner><Endpoint>%s</Endpoint></member>",
			topic, arn, AccountID, SubscriberAddress(n))
	}
	list := "<Subscriptions>" + b.String() + "</Subscriptions>"
	if first+subscriptionPage < s.account.Subscribers {
		list += fmt.Sprintf("<NextToken>%d</NextToken>", first+subscriptionPage)
	}
	return queryAnswer(c, snsNamespace, list)
}
