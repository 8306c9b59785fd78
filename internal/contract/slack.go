package contract

import "time"

// Environment variables of the Slack function, beside EnvWebhookSecret, EnvLanguage, EnvTimezone and EnvMaxReceives.
const (
	// EnvSlackQueueURL is the function's own queue, where it says when a failed message comes again
	// (sqs:ChangeMessageVisibility).
	EnvSlackQueueURL = "ASSETGUARD_SLACK_QUEUE_URL"
	// EnvSlackDeadLettersURL is the dead-letter queue beside it, to which the function itself sends what no retry mends
	// (sqs:SendMessage): the body as it was, with the attributes SlackAttributeReason and SlackAttributeDetail.
	// A move task takes such messages back only when it names the destination queue.
	EnvSlackDeadLettersURL = "ASSETGUARD_SLACK_DEAD_LETTERS_URL"
)

// Attributes of a message that the Slack function sent to the dead letters.
const (
	SlackAttributeReason = "Reason" // value of DimensionReason
	SlackAttributeDetail = "Detail" // in words
)

// How the Slack function and its queue stand to each other. Slack takes about one message a second from a webhook.
// https://docs.slack.dev/apis/web-api/rate-limits
const (
	// SlackConcurrency is the MaximumConcurrency of the event source: 2 is the least that Lambda takes. Each of the two
	// posts every SlackPace, so that together they keep to Slack's limit.
	SlackConcurrency = 2
	SlackPace        = SlackConcurrency * time.Second
	// SlackBatch is the batch size: at SlackPace a batch takes 20 s, and hardly more where Slack hangs.
	SlackBatch = 10
	// SlackTimeoutSeconds is the function's timeout.
	SlackTimeoutSeconds = 60
	// SlackVisibilitySeconds is the queue's: six times the timeout, as Lambda asks.
	SlackVisibilitySeconds = 6 * SlackTimeoutSeconds
	// SlackMaxReceives is the queue's maxReceiveCount. A failed message comes again after SlackDelay, or after
	// SlackVisibilitySeconds where the queue could not be told so: both go on for more than an hour and a half
	// (TestSlackOutlastsAnHour).
	SlackMaxReceives = 30
	// SlackMaxAgeSeconds is the age of the oldest message at which the queue's alarm tells people that Slack takes nothing.
	SlackMaxAgeSeconds = 600
)

// SlackDelay is how long a message waits that was received and failed that many times: 10 s, doubled with each time, to
// five minutes.
func SlackDelay(receives int) time.Duration {
	const first, most = 10 * time.Second, 5 * time.Minute
	delay := first
	for range receives - 1 {
		if delay *= 2; delay >= most {
			return most
		}
	}
	return delay
}

// Metrics of the Slack function.
const (
	// MetricSlackOutcome counts every message once, when it is done: by Outcome, for alarms, and by Outcome and Reason.
	// OutcomeFailed is what went to the dead letters.
	MetricSlackOutcome = "SlackOutcome"
	// MetricSlackRetry counts messages that an attempt could not deliver and the next one will try again, by Reason.
	MetricSlackRetry = "SlackRetry"
)

// OutcomeDelivered is a message that Slack took.
const OutcomeDelivered = "delivered"

// EnvSubscribers tells the subscriptions function who should receive what: JSON, ParseSubscribers. Lambda gives all
// environment variables together 4 KB, which is room for about eighty addresses.
const EnvSubscribers = "ASSETGUARD_SUBSCRIBERS"

// Metrics of the subscriptions function. A run writes each of them for each audience, by Audience, also when it is zero.
const (
	MetricSubscriptionsPending    = "SubscriptionsPending"    // nobody followed the link in the first e-mail
	MetricSubscriptionsMissing    = "SubscriptionsMissing"    // somebody unsubscribed, or never confirmed in time
	MetricSubscriptionsUnexpected = "SubscriptionsUnexpected" // e-mail addresses that no configuration names

	DimensionAudience = "Audience"
)
