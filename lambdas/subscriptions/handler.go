package subscriptions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// Topics lists the subscriptions of topics.
type Topics interface {
	ListSubscriptionsByTopic(context.Context, *sns.ListSubscriptionsByTopicInput, ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error)
}

// Handler compares subscriptions with the configuration.
type Handler struct {
	subscribers map[contract.Audience]contract.Subscribers
	topics      Topics
	metrics     io.Writer
	log         *slog.Logger
	now         func() time.Time
}

// New makes a handler. out takes metrics and logs, a JSON object a line.
func New(subscribers map[contract.Audience]contract.Subscribers, topics Topics, out io.Writer) *Handler {
	return &Handler{subscribers: subscribers, topics: topics, metrics: out, log: slog.New(slog.NewJSONHandler(out, nil)), now: time.Now}
}

// Report is what a run found, by audience.
type Report struct {
	Audiences map[contract.Audience]State `json:"audiences"`
}

// State counts the e-mail addresses of an audience.
type State struct {
	Confirmed  int `json:"confirmed"`
	Pending    int `json:"pending"`    // subscribed, the link of the first e-mail not followed yet
	Missing    int `json:"missing"`    // configured and not subscribed
	Unexpected int `json:"unexpected"` // subscribed and not configured
}

// Handle does a run. The event does not matter. A topic that cannot be read has no metrics, and the error names it; the
// others are counted all the same.
func (h *Handler) Handle(ctx context.Context) (Report, error) {
	r := Report{Audiences: map[contract.Audience]State{}}
	var faults []error
	for _, audience := range slices.Sorted(maps.Keys(h.subscribers)) {
		subscribed, err := h.list(ctx, h.subscribers[audience].Topic)
		if err != nil {
			faults = append(faults, fmt.Errorf("subscriptions of %s: %w", audience, err))
			continue
		}
		state := h.compare(audience, subscribed)
		r.Audiences[audience] = state
		h.count(audience, contract.MetricSubscriptionsPending, state.Pending)
		h.count(audience, contract.MetricSubscriptionsMissing, state.Missing)
		h.count(audience, contract.MetricSubscriptionsUnexpected, state.Unexpected)
	}
	h.log.Info("run", "report", r)
	return r, errors.Join(faults...)
}

// list gives the e-mail addresses of a topic, in lower case, and whether each is confirmed. An address that is there
// twice is confirmed if one of them is.
func (h *Handler) list(ctx context.Context, topic string) (map[string]bool, error) {
	subscribed := map[string]bool{}
	pages := sns.NewListSubscriptionsByTopicPaginator(h.topics, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Subscriptions {
			arn := aws.ToString(s.SubscriptionArn)
			if !strings.HasPrefix(aws.ToString(s.Protocol), "email") || arn == "Deleted" {
				continue
			}
			address := strings.ToLower(aws.ToString(s.Endpoint))
			// https://docs.aws.amazon.com/sns/latest/api/API_Subscription.html has an ARN only for confirmed ones
			subscribed[address] = subscribed[address] || strings.HasPrefix(arn, "arn:")
		}
	}
	return subscribed, nil
}

// compare counts, and logs each address that needs somebody's attention.
func (h *Handler) compare(audience contract.Audience, subscribed map[string]bool) State {
	var s State
	expected := map[string]bool{}
	for _, address := range h.subscribers[audience].Emails {
		address = strings.ToLower(address)
		expected[address] = true
		confirmed, there := subscribed[address]
		switch {
		case confirmed:
			s.Confirmed++
		case there:
			s.Pending++
			h.warn(audience, address, "pending", "ask its reader to follow the link in the mail of AWS Notifications, which is good for two days")
		default:
			s.Missing++
			h.warn(audience, address, "missing", "deploy the stack again with a refresh: it subscribes the address, and its reader confirms by the link in the mail")
		}
	}
	for _, address := range slices.Sorted(maps.Keys(subscribed)) {
		if !expected[address] {
			s.Unexpected++
			h.warn(audience, address, "unexpected", "name the address in the configuration, or end its subscription")
		}
	}
	return s
}

func (h *Handler) warn(audience contract.Audience, address, state, mend string) {
	h.log.Warn("subscription", "audience", audience, "address", masked(address), "state", state, "mend", mend)
}

// masked is an address of which the first letter and the domain are left.
func masked(address string) string {
	name, domain, found := strings.Cut(address, "@")
	if !found {
		return "***"
	}
	first, size := utf8.DecodeRuneInString(name)
	if size == len(name) || first == utf8.RuneError {
		return "***@" + domain
	}
	return string(first) + "***@" + domain
}

func (h *Handler) count(audience contract.Audience, metric string, n int) {
	c := emf.Count{Namespace: contract.MetricNamespace, Name: metric, Value: n,
		Dimensions: map[string]string{contract.DimensionAudience: string(audience)}, Sets: [][]string{{contract.DimensionAudience}}}
	if err := emf.Write(h.metrics, h.now(), c); err != nil {
		h.log.Error("metric lost", "metric", c.Name, "error", err.Error())
	}
}
