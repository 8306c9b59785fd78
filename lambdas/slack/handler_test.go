package slack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

// aNotice is the body of a message about a finding with that title.
func aNotice(t testing.TB, title string) string {
	t.Helper()
	b, err := notice.Marshal(notice.Notice{Kind: notice.KindFinding, Stack: "prod", Finding: &notice.Finding{
		Finding: finding.Finding{ID: title, ProductARN: "arn", Title: title, Severity: finding.High}}})
	require.NoError(t, err)
	return string(b)
}

func TestBatchIsPostedAtThePace(t *testing.T) {
	w := newWorld(t)
	assert.Empty(t, w.handle(aNotice(t, "one"), aNotice(t, "two"), "AWS says hello"))
	require.Len(t, w.posts, 3)
	assert.Equal(t, "🟠 높음(HIGH): one", w.posts[0].Text)
	assert.Equal(t, "header", w.posts[0].Blocks[0].Type)
	assert.Equal(t, "💬 알림: AWS says hello", w.posts[2].Text)
	assert.Equal(t, []time.Duration{0, contract.SlackPace, contract.SlackPace}, w.waits)
	assert.Equal(t, 1, w.reads, "the secret is kept")
	assert.Equal(t, map[string]int{"SlackOutcome delivered none": 3}, w.metrics())

	assert.Empty(t, w.handle(aNotice(t, "three")))
	assert.Equal(t, contract.SlackPace, w.waits[3], "also from one batch to the next")
	assert.Contains(t, w.out.String(), `"about":"finding"`)
	assert.Contains(t, w.out.String(), `"ageMilliseconds"`)
}

func TestThrottling(t *testing.T) {
	const date = "Sun, 22 Nov 2026 05:36:00 GMT"
	for name, c := range map[string]struct {
		headers []string
		waits   time.Duration
	}{
		"seconds":          {[]string{"Retry-After", "7"}, 7 * time.Second},
		"a date":           {[]string{"Retry-After", "Sun, 22 Nov 2026 05:36:20 GMT", "Date", date}, 20 * time.Second},
		"a date long gone": {[]string{"Retry-After", "Sun, 22 Nov 2020 05:36:20 GMT", "Date", date}, contract.SlackPace},
		"less than a pace": {[]string{"Retry-After", "0"}, contract.SlackPace},
		"negative":         {[]string{"Retry-After", "-5"}, contract.SlackPace},
		"nothing":          {nil, throttleDefault},
		"nonsense":         {[]string{"Retry-After", "soon"}, throttleDefault},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.answers = append(w.answers, says(429, "rate_limited", c.headers...))
			assert.Empty(t, w.handle(aNotice(t, "one")))
			assert.Equal(t, []time.Duration{0, c.waits}, w.waits)
			assert.Len(t, w.taken, 1)
		})
	}
}

func TestThrottlingBeyondTheInvocationGoesBackToTheQueue(t *testing.T) {
	for value, delay := range map[string]int32{"120": 120, "86400": int32(throttleMost / time.Second)} {
		w := newWorld(t)
		w.answers = append(w.answers, says(429, "", "Retry-After", value))
		assert.Equal(t, []string{"0", "1"}, w.handle(aNotice(t, "one"), aNotice(t, "two")))
		assert.Len(t, w.posts, 1, "the second is not tried")
		assert.Equal(t, []int32{delay, delay}, w.delays)
		assert.Equal(t, map[string]int{"SlackRetry throttled": 2}, w.metrics())

		assert.Equal(t, []string{"0"}, w.handle(aNotice(t, "three")), "nor is anything before the time is over")
		assert.Len(t, w.posts, 1)
		w.clock = w.clock.Add(throttleMost)
		assert.Empty(t, w.handle(aNotice(t, "one")))
	}
}

func TestSlackIsDown(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		reason string
	}{
		"500":    {says(500, "rollup_error"), "service-error"},
		"503":    {says(503, "<html>"), "service-error"},
		"408":    {says(408, ""), "service-error"},
		"hangs":  {hangs, "timeout"},
		"breaks": {breaks, "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.handler.webhook.client.Timeout = 100 * time.Millisecond
			w.always = c.answer
			assert.Equal(t, []string{"0", "1", "2", "3"}, w.handle(aNotice(t, "a"), aNotice(t, "b"), aNotice(t, "c"), aNotice(t, "d")))
			assert.Len(t, w.posts, strikes, "the rest is not tried")
			assert.Equal(t, []int32{10, 10, 10, 10}, w.delays)
			assert.Equal(t, map[string]int{"SlackRetry " + c.reason: 4}, w.metrics())
		})
	}
}

func TestNoConnection(t *testing.T) {
	w := newWorld(t)
	w.slack.Close()
	assert.Equal(t, []string{"0"}, w.handle(aNotice(t, "a")))
	assert.Equal(t, map[string]int{"SlackRetry unreachable": 1}, w.metrics())
	w.noSecret()
}

func TestOneFailureDoesNotHoldTheOthers(t *testing.T) {
	w := newWorld(t)
	w.answers = append(w.answers, says(500, ""), nil, says(500, ""), nil)
	assert.Equal(t, []string{"0", "2"}, w.handle(aNotice(t, "a"), aNotice(t, "b"), aNotice(t, "c"), aNotice(t, "d")))
	assert.Len(t, w.taken, 2)
}

func TestTheLastAttemptCountsAsFailed(t *testing.T) {
	w := newWorld(t)
	w.always = says(500, "")
	event := eventOf(record("m", aNotice(t, "a"), contract.SlackMaxReceives))
	assert.Equal(t, []string{"m"}, w.invoke(event), "SQS moves it to the dead letters")
	assert.Equal(t, map[string]int{"SlackOutcome failed service-error": 1}, w.metrics())
	assert.Contains(t, w.out.String(), `"level":"ERROR"`)
}

func TestBlocksThatSlackRefusesAreToldAsText(t *testing.T) {
	w := newWorld(t)
	w.answers = append(w.answers, says(400, "invalid_blocks"))
	assert.Empty(t, w.handle(aNotice(t, "one")))
	require.Len(t, w.posts, 2)
	assert.Empty(t, w.posts[1].Blocks)
	assert.Contains(t, w.posts[1].Text, "one")
	assert.Equal(t, map[string]int{"SlackOutcome delivered as-text": 1}, w.metrics())
}

func TestPoison(t *testing.T) {
	for name, c := range map[string]struct {
		body, reason, detail string
		answer               func(http.ResponseWriter, *http.Request)
		posts                int
	}{
		"refused in every form": {aNotice(t, "one"), "payload-refused", "HTTP 400 invalid_payload.", says(400, "invalid_payload"), 2},
		"too large":             {aNotice(t, "one"), "payload-refused", "HTTP 413.", says(413, "<html>Request Entity Too Large"), 2},
		"empty":                 {" ", "malformed", "notice: the message is empty.", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.always = c.answer
			assert.Empty(t, w.handle(c.body), "it is not tried again")
			assert.Len(t, w.posts, c.posts)
			require.Contains(t, w.dead, c.body, "as it came")
			assert.Equal(t, c.reason, *w.dead[c.body][contract.SlackAttributeReason].StringValue)
			assert.Equal(t, c.detail, *w.dead[c.body][contract.SlackAttributeDetail].StringValue)
			assert.Equal(t, map[string]int{"SlackOutcome failed " + c.reason: 1}, w.metrics())
		})
	}
}

func TestPoisonThatCannotBePutAwayComesAgain(t *testing.T) {
	w := newWorld(t)
	w.send = errors.New("queue is down")
	assert.Equal(t, []string{"0"}, w.handle(" "))
	assert.Equal(t, map[string]int{"SlackRetry dead-letters": 1}, w.metrics())
	w.send = nil
	assert.Empty(t, w.handle(" "))
	assert.Len(t, w.dead, 1)
}

// While a deployment goes on, the findings function may be newer than this one.
func TestANoticeOfAnotherVersionWaitsForTheDeployment(t *testing.T) {
	for body, detail := range map[string]string{
		`{"version":7,"kind":"finding"}`:             "notice: version 7: this reader knows 1.",
		`{"version":1,"kind":"finding","a\u0007":1}`: `notice: json: unknown field "a\a".`,
	} {
		w := newWorld(t)
		var waited time.Duration
		for receives := 1; receives < versionReceives; receives++ {
			assert.Equal(t, []string{"m"}, w.invoke(eventOf(record("m", body, receives))))
			waited += contract.SlackDelay(receives)
		}
		assert.Empty(t, w.dead)
		assert.GreaterOrEqual(t, waited, 5*time.Minute)
		assert.Empty(t, w.invoke(eventOf(record("m", body, versionReceives))))
		require.Contains(t, w.dead, body, "nobody understands it")
		assert.Equal(t, "malformed", *w.dead[body][contract.SlackAttributeReason].StringValue)
		assert.Equal(t, detail, *w.dead[body][contract.SlackAttributeDetail].StringValue)
		assert.Equal(t, map[string]int{"SlackRetry malformed": versionReceives - 1, "SlackOutcome failed malformed": 1}, w.metrics())
	}
}

func TestWebhookIsReadAgain(t *testing.T) {
	for _, status := range []int{403, 404, 410} {
		w := newWorld(t)
		old := w.secret
		w.secret = w.slack.URL + "/services/T000/B000/revoked"
		assert.Equal(t, []string{"0", "1"}, w.handle(aNotice(t, "one"), aNotice(t, "two")))
		assert.Equal(t, 2, w.reads, "once at first, once when it was refused")
		assert.Equal(t, map[string]int{"SlackRetry webhook-refused": 2}, w.metrics())
		w.secret = old
		w.answers = append(w.answers, nil, says(status, "channel_is_archived"))
		assert.Equal(t, []string{"1", "2"}, w.handle(aNotice(t, "one"), aNotice(t, "two"), aNotice(t, "three")),
			"the new one is posted to at once; what is refused then waits")
		assert.Len(t, w.taken, 1)
		w.noSecret()
	}
}

func TestWebhookOfUse(t *testing.T) {
	for secret, fine := range map[string]bool{
		"https://hooks.slack.com/services/T/B/x": true, "https://hooks.slack.com/services/T/B/x\n": true,
		"http://127.0.0.1:4566/slack": true, "http://[::1]:4566/slack": true, "http://localhost:1/x": true,
		"http://hooks.slack.com/services/T/B/x": false, "http://127.0.0.1.example.com/x": false, "http://10.0.0.1/x": false,
		"https://user:verysecret@hooks.slack.com/x": false, "": false, "verysecret": false, `{"url":"https://verysecret"}`: false,
		"https://": false, "ftp://127.0.0.1/verysecret": false, "https://verysecret\x7f/": false,
	} {
		address, err := parseWebhook(secret)
		if fine {
			require.NoError(t, err, secret)
			assert.Equal(t, strings.TrimSpace(secret), address.String())
			continue
		}
		require.ErrorIs(t, err, errWebhook, secret)
		w := newWorld(t)
		w.secret = secret
		assert.Equal(t, []string{"0"}, w.handle(aNotice(t, "one")))
		assert.Equal(t, map[string]int{"SlackRetry webhook-invalid": 1}, w.metrics())
		w.noSecret()
	}
}

func TestSecretCannotBeRead(t *testing.T) {
	for reason, fault := range map[string]error{
		"webhook-missing": &smtypes.ResourceNotFoundException{}, "service-error": errors.New("connection reset"),
	} {
		w := newWorld(t)
		w.secretFault = fault
		assert.Equal(t, []string{"0", "1"}, w.handle(aNotice(t, "one"), aNotice(t, "two")))
		assert.Equal(t, map[string]int{"SlackRetry " + reason: 2}, w.metrics())
		w.secretFault = nil
		assert.Empty(t, w.handle(aNotice(t, "one")), "no restart is needed")
	}
}

// TestNotFromSlack: what an incoming webhook does not answer is no delivery.
func TestNotFromSlack(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"a page":     says(200, "<html>Sign in"),
		"nothing":    says(204, ""),
		"a redirect": says(302, "", "Location", path+"/elsewhere"),
		"moved":      says(307, "", "Location", path),
		"400":        says(400, "Bad Request for "+path),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.always = answer
			assert.Equal(t, []string{"0"}, w.handle(aNotice(t, "one")))
			assert.Len(t, w.posts, 1, "no redirect is followed")
			assert.Equal(t, map[string]int{"SlackRetry webhook-refused": 1}, w.metrics())
			w.noSecret()
		})
	}
}

func TestABatchEndsBeforeTheInvocation(t *testing.T) {
	w := newWorld(t)
	w.timeLimit = deadlineReserve + postTimeout + contract.SlackPace + time.Second
	assert.Equal(t, []string{"2", "3"}, w.handle(aNotice(t, "a"), aNotice(t, "b"), aNotice(t, "c"), aNotice(t, "d")))
	assert.Len(t, w.taken, 2)
	assert.Equal(t, []int32{2, 2}, w.delays, "and the rest follows soon")
	assert.Equal(t, map[string]int{"SlackOutcome delivered none": 2, "SlackRetry no-time": 2}, w.metrics())
}

// TestSlackIsDownForAnHour: all that came before and meanwhile is delivered afterwards, each once.
func TestSlackIsDownForAnHour(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(http.ResponseWriter, *http.Request)
		visible error
	}{
		"answers 500":            {says(500, ""), nil},
		"answers 429":            {says(429, "", "Retry-After", "120"), nil},
		"breaks":                 {breaks, nil},
		"webhook is gone":        {says(404, "no_service"), nil},
		"the queue hears nobody": {says(503, ""), errors.New("no permission")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.always, w.visible = c.answer, c.visible
			const messages = 200
			for i := range messages {
				w.enqueue(aNotice(t, fmt.Sprintf("finding %d", i)))
			}
			down := w.clock
			w.run(func() {
				if w.clock.Sub(down) >= time.Hour {
					w.mutex.Lock()
					w.always = nil
					w.mutex.Unlock()
				}
			})
			assert.Len(t, w.taken, messages)
			assert.Len(t, unique(w.taken), messages)
			assert.Zero(t, w.overdue+len(w.dead))
			assert.Equal(t, messages, w.metrics()["SlackOutcome delivered none"])
			t.Logf("%d messages: %s from outage to the last delivery, %d invocations, %d posts", messages, w.clock.Sub(down), w.invoked, len(w.posts))
		})
	}
}

// TestEveryMessageIsDeliveredOrDead: with faults of all kinds the sum is exact.
func TestEveryMessageIsDeliveredOrDead(t *testing.T) {
	w := newWorld(t)
	w.handler.webhook.client.Timeout = 50 * time.Millisecond
	const messages, malformed = 300, 20
	for i := range messages {
		w.enqueue(aNotice(t, fmt.Sprintf("finding %d", i)))
	}
	for i := range malformed {
		w.enqueue(fmt.Sprintf(`{"version":%d,"kind":"finding"}`, i+2))
	}
	random := rand.New(rand.NewPCG(6, 6))
	faults := []func(http.ResponseWriter, *http.Request){says(500, ""), says(429, "", "Retry-After", "1"), breaks, hangs,
		says(400, "invalid_payload"), says(404, "no_service"), says(302, "", "Location", "/")}
	w.run(func() {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.visible = nil
		if random.IntN(10) == 0 {
			w.visible = errors.New("throttled")
		}
		w.answers = nil
		for range 20 {
			var answer func(http.ResponseWriter, *http.Request)
			if random.IntN(5) == 0 {
				answer = faults[random.IntN(len(faults))]
			}
			w.answers = append(w.answers, answer)
		}
	})
	got := w.metrics()
	delivered := got["SlackOutcome delivered none"] + got["SlackOutcome delivered as-text"]
	assert.Len(t, w.taken, delivered)
	assert.Equal(t, malformed, got["SlackOutcome failed malformed"])
	assert.Equal(t, messages+malformed, delivered+len(w.dead)+w.overdue)
	t.Logf("%d delivered, %d dead by reason, %d dead by attempts, %d posts: %v", delivered, len(w.dead), w.overdue, len(w.posts), got)
	w.noSecret()
}

func unique(texts []string) map[string]bool {
	out := map[string]bool{}
	for _, text := range texts {
		out[text] = true
	}
	return out
}

// noSecret checks that nothing that left the function has the webhook in it.
func (w *world) noSecret() {
	w.t.Helper()
	assert.NotContains(w.t, w.out.String(), "verysecret")
	assert.NotContains(w.t, w.out.String(), "/services/")
	for _, attributes := range w.dead {
		assert.NotContains(w.t, *attributes[contract.SlackAttributeDetail].StringValue, "services")
	}
}

// FuzzRetryAfter: whatever a header says, the wait is between a second and the most.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"1", "-1", "99999999999999999999", "9223372036854775807", "Sun, 22 Nov 2026 05:36:20 GMT", "Mon, 01 Jan 9999 00:00:00 GMT", ""} {
		f.Add(seed, "Sun, 22 Nov 2026 05:36:00 GMT")
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		after := retryAfter(&http.Response{Header: http.Header{"Retry-After": {value}, "Date": {date}}})
		require.GreaterOrEqual(t, after, time.Second)
		require.LessOrEqual(t, after, throttleMost)
	})
}

// FuzzParseWebhook: what is taken is https, or of this machine.
func FuzzParseWebhook(f *testing.F) {
	f.Add("https://hooks.slack.com/services/T/B/x")
	f.Add("http://[::1%25eth0]:80/x")
	f.Fuzz(func(t *testing.T, secret string) {
		address, err := parseWebhook(secret)
		if err != nil {
			require.Equal(t, errWebhook, err)
			return
		}
		if address.Scheme != "https" {
			ip := net.ParseIP(address.Hostname())
			require.True(t, address.Hostname() == "localhost" || ip.IsLoopback(), address.Hostname())
		}
	})
}
