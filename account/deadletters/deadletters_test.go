package deadletters

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const prefix = "assetguard-prod-"

// stackOf is a stack of fakes, the home region first.
func stackOf(worlds ...*world) *Stack {
	s := &Stack{Prefix: prefix, Now: func() time.Time { return now }, Wait: func(context.Context, time.Duration) error { return nil }}
	byRegion := map[string]*world{}
	for _, w := range worlds {
		s.Regions = append(s.Regions, w.region)
		byRegion[w.region] = w
	}
	s.Clients = func(region string) Region {
		w := byRegion[region]
		return Region{Queues: w, Topics: w, Functions: w, Rules: w, Logs: w}
	}
	return s
}

func home() *world {
	return &world{
		region: "ap-northeast-2",
		queues: map[string][]*message{
			prefix + "findings":             nil,
			prefix + "findings-dead":        {{id: "1", body: `{"a":1}`}, {id: "2", body: `{"a":2}`}},
			prefix + "findings-undelivered": nil,
			"assetguard-dev-findings-dead":  {{id: "9", body: "another stack's"}},
		},
		sources: map[string]string{prefix + "findings-dead": prefix + "findings"},
	}
}

// only is the queue of that name in the list.
func only(t *testing.T, s *Stack, name string) Queue {
	t.Helper()
	all, err := s.List(t.Context())
	require.NoError(t, err)
	found, err := Find(all, name)
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

func TestListShowsDepthAgeAndWhereMessagesGoBack(t *testing.T) {
	there := &world{region: "us-east-1", queues: map[string][]*message{prefix + "forward-us-east-1-undelivered": {{id: "5", hidden: true}}}}
	all, err := stackOf(home(), there).List(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Queue{
		{Region: "ap-northeast-2", Name: prefix + "findings-dead", Short: "findings-dead", URL: "http://sqs/123456789012/" + prefix + "findings-dead",
			ARN: "arn:aws:sqs:ap-northeast-2:123456789012:" + prefix + "findings-dead", Waiting: 2,
			Source: "arn:aws:sqs:ap-northeast-2:123456789012:" + prefix + "findings", Oldest: 2 * time.Hour},
		{Region: "ap-northeast-2", Name: prefix + "findings-undelivered", Short: "findings-undelivered", URL: "http://sqs/123456789012/" + prefix + "findings-undelivered",
			ARN: "arn:aws:sqs:ap-northeast-2:123456789012:" + prefix + "findings-undelivered"},
		{Region: "us-east-1", Name: prefix + "forward-us-east-1-undelivered", Short: "forward-us-east-1-undelivered",
			URL: "http://sqs/123456789012/" + prefix + "forward-us-east-1-undelivered",
			ARN: "arn:aws:sqs:us-east-1:123456789012:" + prefix + "forward-us-east-1-undelivered", Hidden: 1},
	}, all)
	_, err = Find(all, "findings")
	require.ErrorContains(t, err, `there is no dead-letter queue "findings"; there are: findings-dead, findings-undelivered, forward-us-east-1-undelivered`)

	broken := home()
	broken.refuse = func(call string) error { return errors.New(call + " refused") }
	_, err = stackOf(broken).List(t.Context())
	require.ErrorContains(t, err, "ap-northeast-2: list queues:", "a list without a region would look complete")
}

func TestShowConsumesNothing(t *testing.T) {
	w := home()
	w.queues[prefix+"findings-dead"][0].attributes = map[string]string{"Reason": "no_webhook"}
	s := stackOf(w)
	for range 2 {
		letters, err := s.Show(t.Context(), only(t, s, "findings-dead"), 10)
		require.NoError(t, err)
		require.Len(t, letters, 2)
		assert.Equal(t, map[string]string{"Reason": "no_webhook"}, letters[0].Attributes)
		assert.Equal(t, now.Add(-time.Hour), letters[0].Sent)
		for _, m := range w.queues[prefix+"findings-dead"] {
			assert.False(t, m.hidden, "others see it at once")
		}
	}
	letters, err := s.Show(t.Context(), only(t, s, "findings-dead"), 1)
	require.NoError(t, err)
	require.Len(t, letters, 1)
}

func TestShowReadsMoreThanOneBatch(t *testing.T) {
	w := home()
	for i := range 25 {
		w.queues[prefix+"findings-undelivered"] = append(w.queues[prefix+"findings-undelivered"], &message{id: fmt.Sprint("m", i)})
	}
	s := stackOf(w)
	letters, err := s.Show(t.Context(), only(t, s, "findings-undelivered"), 100)
	require.NoError(t, err)
	require.Len(t, letters, 25)
}

func TestPrettyBodies(t *testing.T) {
	for body, want := range map[string]string{
		`{"Message":"{\"n\":12345678901234567890}"}`: "{\n  \"Message\": {\n    \"n\": 12345678901234567890\n  }\n}",
		"plain text":                "plain text",
		"red \x1b[31m alarm\x07":    "red [31m alarm",
		`{"a":"<b>","c":"{broken"}`: "{\n  \"a\": \"<b>\",\n  \"c\": \"{broken\"\n}",
		`{"a":1} {"b":2}`:           `{"a":1} {"b":2}`,
		`["수강생"]`:                   "[\n  \"수강생\"\n]",
	} {
		assert.Equal(t, want, Letter{Body: body}.Pretty(), body)
	}
}

func TestRedriveOfAQueueIsAMoveTaskThatNamesTheQueue(t *testing.T) {
	w := home()
	w.status = []string{"RUNNING", "RUNNING", "COMPLETED"}
	s := stackOf(w)
	q := only(t, s, "findings-dead")
	plan, err := s.Plan(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, Plan{Queue: q, Where: []string{"queue " + prefix + "findings"}}, plan)
	require.Len(t, w.queues[prefix+"findings-dead"], 2, "a plan changes nothing")
	moved, err := s.Redrive(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, 2, moved)
	require.Len(t, w.queues[prefix+"findings"], 2)
}

func TestFailedMovesAreTold(t *testing.T) {
	w := home()
	w.status = []string{"FAILED"}
	s := stackOf(w)
	q := only(t, s, "findings-dead")
	_, err := s.Redrive(t.Context(), q)
	require.ErrorContains(t, err, "the move is FAILED: AccessDenied")
	w.status = nil
	_, err = s.Redrive(t.Context(), q)
	require.ErrorContains(t, err, "SQS knows nothing of the move")
	w.status = []string{"RUNNING"}
	s.Wait = func(context.Context, time.Duration) error { return context.Canceled }
	_, err = s.Redrive(t.Context(), q)
	require.ErrorIs(t, err, context.Canceled)
	w.refuse = func(string) error { return errors.New("refused") }
	_, err = s.Redrive(t.Context(), q)
	require.ErrorContains(t, err, "start the move: refused")
}

const (
	queueARN = "arn:aws:sqs:ap-northeast-2:123456789012:"
	event    = `{"source":"aws.securityhub","detail":{}}`
)

// Each kind of dead letter that is not a queue's own goes back to where it was meant to go.
func TestRedriveOfLetters(t *testing.T) {
	failed := `{"version":"1.0","requestContext":{"functionArn":"arn:aws:lambda:ap-northeast-2:123456789012:function:assetguard-prod-suppression:$LATEST",` +
		`"condition":"RetriesExhausted"},"requestPayload":{"day":1},"responsePayload":{"errorMessage":"no"}}`
	for name, c := range map[string]struct {
		letter message
		where  string
		check  func(*testing.T, *world)
	}{
		"a rule's target queue": {
			message{id: "1", body: event, attributes: map[string]string{"TARGET_ARN": queueARN + prefix + "findings", "RULE_ARN": "arn:rule"}}, "queue " + prefix + "findings",
			func(t *testing.T, w *world) {
				require.Len(t, w.queues[prefix+"findings"], 1)
				require.Equal(t, event, w.queues[prefix+"findings"][0].body)
			},
		},
		"a schedule's target function": {
			message{id: "1", body: "{}", attributes: map[string]string{"TARGET_ARN": "arn:aws:lambda:ap-northeast-2:123456789012:function:assetguard-prod-subscriptions"}},
			"function assetguard-prod-subscriptions",
			func(t *testing.T, w *world) {
				require.Equal(t, []string{"arn:aws:lambda:ap-northeast-2:123456789012:function:assetguard-prod-subscriptions Event {}"}, w.invoked)
			},
		},
		"a rule's target log group": {
			message{id: "1", body: event, attributes: map[string]string{"TARGET_ARN": "arn:aws:logs:ap-northeast-2:123456789012:log-group:/aws/events/assetguard-prod-findings-log"}},
			"log group /aws/events/assetguard-prod-findings-log",
			func(t *testing.T, w *world) {
				require.Equal(t, []string{"/aws/events/assetguard-prod-findings-log " + event}, w.logged)
			},
		},
		"a rule's target topic": {
			message{id: "1", body: event, attributes: map[string]string{"TARGET_ARN": "arn:aws:sns:ap-northeast-2:123456789012:assetguard-prod-security"}},
			"topic assetguard-prod-security (all its subscribers receive it)",
			func(t *testing.T, w *world) {
				require.Equal(t, []string{"arn:aws:sns:ap-northeast-2:123456789012:assetguard-prod-security " + event}, w.notices)
			},
		},
		"a function's own": {
			message{id: "1", body: failed}, "function assetguard-prod-suppression",
			func(t *testing.T, w *world) {
				require.Equal(t, []string{`arn:aws:lambda:ap-northeast-2:123456789012:function:assetguard-prod-suppression Event {"day":1}`}, w.invoked)
			},
		},
		"an event bus: the rules there that take it": {
			message{id: "1", body: event, attributes: map[string]string{"TARGET_ARN": "arn:aws:events:ap-northeast-2:123456789012:event-bus/default"}}, "queue " + prefix + "findings",
			func(t *testing.T, w *world) { require.Len(t, w.queues[prefix+"findings"], 1) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := home()
			w.rules = map[string]string{prefix + "findings": "aws.securityhub", prefix + "autotag-0": "aws.cloudtrail", "other": "aws.securityhub"}
			w.targets = map[string]string{prefix + "findings": queueARN + prefix + "findings"}
			w.queues[prefix+"x-undelivered"] = []*message{&c.letter}
			s := stackOf(w)
			q := only(t, s, "x-undelivered")
			plan, err := s.Plan(t.Context(), q)
			require.NoError(t, err)
			require.Equal(t, Plan{Queue: q, Where: []string{c.where}}, plan)
			sent, err := s.Redrive(t.Context(), q)
			require.NoError(t, err)
			require.Equal(t, 1, sent)
			require.Empty(t, w.queues[prefix+"x-undelivered"])
			c.check(t, w)
		})
	}
}

func subscribed(arn, protocol, endpoint string) snstypes.Subscription {
	return snstypes.Subscription{SubscriptionArn: aws.String(arn), Protocol: aws.String(protocol), Endpoint: aws.String(endpoint)}
}

func TestNoticesGoBackToWhatDidNotTakeThem(t *testing.T) {
	w := home()
	w.topics = map[string][]snstypes.Subscription{
		prefix + "security": {
			subscribed("arn:mail", "email", "a@example.com"), subscribed("PendingConfirmation", "email", "b@example.com"),
			subscribed("arn:slack-security", "sqs", queueARN+prefix+"slack"),
		},
		prefix + "operations": {subscribed("arn:slack-operations", "sqs", queueARN+prefix+"slack")},
		"other":               {subscribed("arn:other", "sqs", queueARN+"other")},
	}
	w.redrives = map[string]string{
		"arn:mail": queueARN + prefix + "security-undelivered", "arn:slack-security": queueARN + prefix + "slack-undelivered",
		"arn:slack-operations": queueARN + prefix + "slack-undelivered", "arn:other": queueARN + prefix + "slack-undelivered",
	}
	w.queues[prefix+"slack"] = nil
	w.queues[prefix+"slack-undelivered"] = []*message{{id: "1", body: `{"version":1}`}}
	w.queues[prefix+"security-undelivered"] = []*message{{id: "1", body: "a text"}}
	s := stackOf(w)

	sent, err := s.Redrive(t.Context(), only(t, s, "slack-undelivered"))
	require.NoError(t, err)
	require.Equal(t, 1, sent)
	require.Equal(t, `{"version":1}`, w.queues[prefix+"slack"][0].body, "two topics, one queue")

	sent, err = s.Redrive(t.Context(), only(t, s, "security-undelivered"))
	require.NoError(t, err)
	require.Equal(t, 1, sent)
	require.Equal(t, []string{"arn:aws:sns:ap-northeast-2:123456789012:" + prefix + "security a text"}, w.notices)

	w.redrives["arn:slack-security"] = queueARN + prefix + "security-undelivered"
	w.queues[prefix+"security-undelivered"] = []*message{{id: "1", body: "a text"}}
	plan, err := s.Plan(t.Context(), only(t, s, "security-undelivered"))
	require.NoError(t, err)
	require.Equal(t, []string{"1: several subscriptions share these dead letters, and the message does not say which failed"}, plan.Faults)
}

// What cannot be sent on stays, visible, and its fault is told; the others go.
func TestWhatCannotGoStays(t *testing.T) {
	w := home()
	w.queues[prefix+"x-undelivered"] = []*message{
		{id: "1", body: "lost"},
		{id: "2", body: event, attributes: map[string]string{"TARGET_ARN": queueARN + prefix + "findings"}},
		{id: "3", body: event, attributes: map[string]string{"TARGET_ARN": queueARN + prefix + "gone"}},
		{id: "4", body: event, attributes: map[string]string{"TARGET_ARN": "arn:aws:states:ap-northeast-2:123456789012:stateMachine:" + prefix + "x"}},
		{id: "5", body: event, attributes: map[string]string{"TARGET_ARN": "queue"}},
		{id: "6", body: event, attributes: map[string]string{"TARGET_ARN": "arn:aws:events:ap-northeast-2:123456789012:event-bus/default"}},
	}
	s := stackOf(w)
	q := only(t, s, "x-undelivered")
	sent, err := s.Redrive(t.Context(), q)
	require.Equal(t, 1, sent)
	for _, want := range []string{
		"1: neither the message nor a subscription says where it was meant to go", "3: queue " + prefix + "gone: ", "no queue " + prefix + "gone",
		"4: nothing here sends to arn:aws:states", `5: "queue": `, "6: no rule of the stack in ap-northeast-2 takes the event any more",
	} {
		require.ErrorContains(t, err, want)
	}
	require.Len(t, w.queues[prefix+"x-undelivered"], 5)
	for _, m := range w.queues[prefix+"x-undelivered"] {
		require.False(t, m.hidden)
	}
	plan, err := s.Plan(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, plan.Faults, 4, "that the queue is gone, only the attempt tells")
}

// Whoever may write dead letters says where they were meant to go; the one who redrives may reach more than they.
func TestLettersReachOnlyWhatIsTheStacks(t *testing.T) {
	for _, target := range []string{
		"arn:aws:lambda:ap-northeast-2:123456789012:function:payroll", "arn:aws:lambda:ap-northeast-2:999999999999:function:" + prefix + "findings",
		"arn:aws:sqs:eu-west-1:123456789012:" + prefix + "findings", "arn:aws:sns:ap-northeast-2:999999999999:" + prefix + "security",
		"arn:aws:logs:ap-northeast-2:123456789012:log-group:/aws/lambda/payroll", "arn:aws:sqs:ap-northeast-2:123456789012:assetguard-dev-findings",
	} {
		for _, letter := range []message{
			{id: "1", body: event, attributes: map[string]string{"TARGET_ARN": target}},
			{id: "1", body: `{"requestContext":{"functionArn":"` + target + `"},"requestPayload":{}}`},
		} {
			w := home()
			w.queues[prefix+"x-undelivered"] = []*message{&letter}
			s := stackOf(w)
			sent, err := s.Redrive(t.Context(), only(t, s, "x-undelivered"))
			require.Zero(t, sent)
			require.ErrorContains(t, err, target+" is none of the stack's")
			require.Empty(t, append(append(w.invoked, w.notices...), w.logged...))
			require.Len(t, w.queues[prefix+"x-undelivered"], 1)
		}
	}
}

func TestAMessageIsDeletedOnlyAfterItWasTaken(t *testing.T) {
	w := home()
	w.queues[prefix+"x-undelivered"] = []*message{{id: "1", body: event, attributes: map[string]string{"TARGET_ARN": queueARN + prefix + "findings"}}}
	s := stackOf(w)
	q := only(t, s, "x-undelivered")
	w.refuse = func(call string) error {
		if call == "SendMessage" {
			return errors.New("throttled")
		}
		return nil
	}
	sent, err := s.Redrive(t.Context(), q)
	require.ErrorContains(t, err, "throttled")
	require.Zero(t, sent)
	require.Len(t, w.queues[prefix+"x-undelivered"], 1)

	w.refuse = func(call string) error {
		if call == "DeleteMessage" {
			return errors.New("denied")
		}
		return nil
	}
	_, err = s.Redrive(t.Context(), q)
	require.ErrorContains(t, err, "went on, but stays here too and will come twice: denied")

	w.refuse = func(call string) error { return errors.New(call + " refused") }
	_, err = s.Redrive(t.Context(), q)
	require.ErrorContains(t, err, "receive: ReceiveMessage refused")
}

func TestSleepEndsWithTheContext(t *testing.T) {
	require.NoError(t, Sleep(t.Context(), 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, Sleep(ctx, time.Hour), context.Canceled)
}
