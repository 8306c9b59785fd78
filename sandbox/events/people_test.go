package events_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/inbox"
)

// topic makes a topic of the test's name.
func (w *world) topic() *string {
	w.t.Helper()
	made, err := w.topics.CreateTopic(w.t.Context(), &sns.CreateTopicInput{Name: aws.String(w.name)})
	require.NoError(w.t, err)
	return made.TopicArn
}

func (w *world) subscribe(topic *string, protocol, endpoint string, attributes map[string]string) string {
	w.t.Helper()
	made, err := w.topics.Subscribe(w.t.Context(), &sns.SubscribeInput{TopicArn: topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes, ReturnSubscriptionArn: true})
	require.NoError(w.t, err)
	return aws.ToString(made.SubscriptionArn)
}

// follow opens a link as a person does and returns what it says.
func (w *world) follow(link string) (int, string) {
	w.t.Helper()
	answer, err := http.Get(link)
	require.NoError(w.t, err)
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	return answer.StatusCode, string(said)
}

// TestEachProtocolGetsItsOwnText: one notice, a text for each kind of subscriber.
func TestEachProtocolGetsItsOwnText(t *testing.T) {
	w := newWorld(t)
	topic := w.topic()
	raw, rawARN := w.queue("raw", nil)
	wrapped, wrappedARN := w.queue("wrapped", nil)
	w.openQueue(raw, rawARN, "sns.amazonaws.com", *topic)
	w.openQueue(wrapped, wrappedARN, "sns.amazonaws.com", *topic)
	w.subscribe(topic, "sqs", rawARN, map[string]string{"RawMessageDelivery": "true"})
	w.subscribe(topic, "sqs", wrappedARN, nil)
	w.subscribe(topic, "email", "people@example.com", nil)
	w.subscribe(topic, "email-json", "machine@example.com", nil)
	for _, m := range w.mails.Contents(0, "").Messages {
		status, said := w.follow(m.Email.Confirm)
		assert.Equal(t, http.StatusOK, status, said)
	}
	_, err := w.topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic, Subject: aws.String("S3.8"), MessageStructure: aws.String("json"),
		Message: aws.String(`{"default":"all","email":"사람에게","sqs":"{\"kind\":\"finding\"}"}`)})
	require.NoError(t, err)

	assert.JSONEq(t, `{"kind":"finding"}`, aws.ToString(w.message(raw).Body))
	var envelope struct{ Message, Subject, Type string }
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(w.message(wrapped).Body)), &envelope))
	assert.Equal(t, `{"kind":"finding"}`, envelope.Message)
	var mails map[string]*inbox.Email
	w.eventually("both mailboxes have it", func() bool {
		mails = map[string]*inbox.Email{}
		for _, m := range w.mails.Contents(2, inbox.KindEmail).Messages {
			mails[m.Email.To] = m.Email
		}
		return len(mails) == 2
	})
	assert.Equal(t, "S3.8", mails["people@example.com"].Subject)
	assert.True(t, strings.HasPrefix(mails["people@example.com"].Text, "사람에게\n\n--\n"))
	require.NoError(t, json.Unmarshal([]byte(mails["machine@example.com"].Text), &envelope))
	assert.Equal(t, "all", envelope.Message, "email-json has no text of its own here")
}

// TestAMailboxGetsNothingUntilItIsConfirmed: pending, confirmed by the link, left by the link of a mail.
func TestAMailboxGetsNothingUntilItIsConfirmed(t *testing.T) {
	w := newWorld(t)
	topic := w.topic()
	subscribed, err := w.topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String("email"), Endpoint: aws.String("a@example.com")})
	require.NoError(t, err)
	assert.Equal(t, "pending confirmation", aws.ToString(subscribed.SubscriptionArn))
	listed := func() string {
		got, err := w.topics.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: topic})
		require.NoError(t, err)
		if len(got.Subscriptions) == 0 {
			return "none"
		}
		return aws.ToString(got.Subscriptions[0].SubscriptionArn)
	}
	counts := func() string {
		got, err := w.topics.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: topic})
		require.NoError(t, err)
		return got.Attributes["SubscriptionsPending"] + "+" + got.Attributes["SubscriptionsConfirmed"]
	}
	publish := func() {
		_, err := w.topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic, Message: aws.String("hello")})
		require.NoError(t, err)
	}
	assert.Equal(t, "PendingConfirmation", listed())
	assert.Equal(t, "1+0", counts())
	publish()
	w.eventually("the notice passes the mailbox by", func() bool { return w.stat("topics", "pending") == 1 })
	arn := w.subscribe(topic, "email", "a@example.com", nil) // once more: another mail, another link
	attributes, err := w.topics.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
	require.NoError(t, err)
	assert.Equal(t, "true", attributes.Attributes["PendingConfirmation"])
	_, err = w.topics.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &arn})
	assert.Equal(t, "InvalidParameter", code(err))

	mails := w.mails.Contents(0, "").Messages
	require.Len(t, mails, 2)
	status, _ := w.follow(mails[0].Email.Confirm)
	assert.Equal(t, http.StatusBadRequest, status, "the first link is out of date")
	status, _ = w.follow(mails[1].Email.Confirm)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, arn, listed())
	assert.Equal(t, "0+1", counts())
	publish()
	w.eventually("the mail is there", func() bool { return w.mails.Contents(0, "").Total == 3 })
	mail := w.mails.Contents(2, "").Messages[0].Email
	assert.Equal(t, "AWS Notification Message", mail.Subject)
	w.subscribe(topic, "email", "a@example.com", nil)
	assert.Equal(t, 3, w.mails.Contents(0, "").Total, "who has confirmed is not asked again")

	_, leave, found := strings.Cut(mail.Text, "follow this link:\n")
	require.True(t, found)
	status, _ = w.follow(strings.TrimSpace(leave))
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "none", listed())
}

func TestASubjectThatMailRefuses(t *testing.T) {
	w := newWorld(t)
	topic := w.topic()
	for name, subject := range map[string]string{"Korean": "심각", "long": strings.Repeat("a", 101), "two lines": "a\nb", "blank first": " a"} {
		_, err := w.topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic, Message: aws.String("x"), Subject: &subject})
		assert.Equal(t, "InvalidParameter", code(err), name)
	}
}
