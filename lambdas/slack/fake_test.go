package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
)

const path = "/services/T000/B000/verysecret"

// world is a Slack, a secret, a queue with its dead letters, and a clock that moves when somebody waits. It is ahead of
// the real one, so that no deadline passes while a test runs.
type world struct {
	t       *testing.T
	clock   time.Time
	out     bytes.Buffer
	slack   *httptest.Server
	mutex   sync.Mutex
	answers []func(http.ResponseWriter, *http.Request) // of the next posts; ok after them
	always  func(http.ResponseWriter, *http.Request)
	posts   []notice.Post
	taken   []string // texts of the posts that were taken

	secret      string
	secretFault error
	reads       int

	queued    map[string]*queued
	dead      map[string]map[string]sqstypes.MessageAttributeValue // by body
	overdue   int                                                  // messages that went to the dead letters by maxReceiveCount
	visible   error
	send      error
	delays    []int32
	waits     []time.Duration
	invoked   int
	handler   *Handler
	timeLimit time.Duration
}

type queued struct {
	body     string
	at       time.Time // when it is seen again
	receives int
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, clock: time.Date(2046, 11, 22, 5, 36, 0, 0, time.UTC), queued: map[string]*queued{},
		dead: map[string]map[string]sqstypes.MessageAttributeValue{}, timeLimit: contract.SlackTimeoutSeconds * time.Second}
	w.slack = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.slack.Close)
	w.secret = w.slack.URL + path
	locale, err := notice.NewLocale("ko", "Asia/Seoul")
	require.NoError(t, err)
	w.handler = New(Settings{Secret: "arn:secret", QueueURL: "queue", DeadLettersURL: "dead", Locale: locale,
		MaxReceives: contract.SlackMaxReceives, Pace: contract.SlackPace}, w, w, &w.out)
	w.handler.now = func() time.Time { return w.clock }
	w.handler.sleep = func(_ context.Context, d time.Duration) error {
		w.waits = append(w.waits, d)
		w.clock = w.clock.Add(d)
		return nil
	}
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mutex.Lock()
	body, _ := io.ReadAll(r.Body)
	var post notice.Post
	if r.URL.Path != path || r.Header.Get("Content-Type") != "application/json; charset=utf-8" || json.Unmarshal(body, &post) != nil {
		w.mutex.Unlock()
		http.Error(rw, "no_service", http.StatusNotFound)
		return
	}
	w.posts = append(w.posts, post)
	answer := w.always
	if len(w.answers) > 0 {
		answer, w.answers = w.answers[0], w.answers[1:]
	}
	if answer == nil {
		w.taken = append(w.taken, post.Text)
		w.mutex.Unlock()
		_, _ = io.WriteString(rw, "ok")
		return
	}
	w.mutex.Unlock()
	answer(rw, r)
}

// says is an answer of Slack's, with headers in pairs.
func says(status int, text string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(rw http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			rw.Header().Set(headers[i], headers[i+1])
		}
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, text)
	}
}

// hangs answers nothing until the other side gives up.
func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// breaks closes the connection.
func breaks(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func (w *world) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	w.reads++
	if aws.ToString(in.SecretId) != "arn:secret" {
		return nil, errors.New("no such secret")
	}
	if w.secretFault != nil {
		return nil, w.secretFault
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(w.secret)}, nil
}

func (w *world) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	if w.visible != nil {
		return nil, w.visible
	}
	require.Equal(w.t, "queue", aws.ToString(in.QueueUrl))
	require.LessOrEqual(w.t, len(in.Entries), 10)
	ids := map[string]bool{}
	for _, e := range in.Entries {
		require.False(w.t, ids[*e.Id])
		ids[*e.Id] = true
		require.GreaterOrEqual(w.t, e.VisibilityTimeout, int32(1))
		require.LessOrEqual(w.t, e.VisibilityTimeout, int32(43200))
		w.delays = append(w.delays, e.VisibilityTimeout)
		if m := w.queued[strings.TrimPrefix(*e.ReceiptHandle, "receipt-")]; m != nil {
			m.at = w.clock.Add(time.Duration(e.VisibilityTimeout) * time.Second)
		}
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
}

func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if w.send != nil {
		return nil, w.send
	}
	require.Equal(w.t, "dead", aws.ToString(in.QueueUrl))
	for _, a := range in.MessageAttributes {
		require.NotEmpty(w.t, aws.ToString(a.StringValue))
	}
	w.dead[aws.ToString(in.MessageBody)] = in.MessageAttributes
	return &sqs.SendMessageOutput{}, nil
}

// handle gives the function one batch, and returns the ids of those that come again.
func (w *world) handle(bodies ...string) []string {
	var event events.SQSEvent
	for i, body := range bodies {
		event.Records = append(event.Records, record(strconv.Itoa(i), body, 1))
	}
	return w.invoke(event)
}

func record(id, body string, receives int) events.SQSMessage {
	return events.SQSMessage{MessageId: id, ReceiptHandle: "receipt-" + id, Body: body, Attributes: map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(receives), "SentTimestamp": "1795325760000"}}
}

func (w *world) invoke(event events.SQSEvent) []string {
	w.invoked++
	response, err := w.handler.Handle(deadlined{w.t.Context(), w.clock.Add(w.timeLimit)}, event)
	require.NoError(w.t, err)
	failed := []string{}
	for _, f := range response.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed
}

// deadlined is a context whose deadline is by the world's clock; it never ends by itself.
type deadlined struct {
	context.Context
	at time.Time
}

func (d deadlined) Deadline() (time.Time, bool) { return d.at, true }

// enqueue puts messages into the queue.
func (w *world) enqueue(bodies ...string) {
	for _, body := range bodies {
		w.queued[fmt.Sprintf("%06d", len(w.queued))] = &queued{body: body, at: w.clock}
	}
}

// run lets the queue and the function work until the queue is empty, as SQS and Lambda do. each is called before each
// invocation.
func (w *world) run(each func()) {
	for len(w.queued) > 0 {
		each()
		var event events.SQSEvent
		next := w.clock.Add(1000 * time.Hour)
		for _, id := range slices.Sorted(maps.Keys(w.queued)) {
			m := w.queued[id]
			if m.at.After(w.clock) {
				if m.at.Before(next) {
					next = m.at
				}
				continue
			}
			if m.receives++; m.receives > contract.SlackMaxReceives {
				w.overdue++
				delete(w.queued, id)
				continue
			}
			m.at = w.clock.Add(contract.SlackVisibilitySeconds * time.Second)
			event.Records = append(event.Records, record(id, m.body, m.receives))
			if len(event.Records) == contract.SlackBatch {
				break
			}
		}
		if len(event.Records) == 0 {
			if len(w.queued) > 0 {
				w.clock = next
			}
			continue
		}
		failed := w.invoke(event)
		for _, r := range event.Records {
			if !slices.Contains(failed, r.MessageId) {
				delete(w.queued, r.MessageId)
			}
		}
	}
}

// metrics sums what was counted, by metric, outcome and reason.
func (w *world) metrics() map[string]int {
	sums := map[string]int{}
	for line := range strings.Lines(w.out.String()) {
		var entry map[string]any
		require.NoError(w.t, json.Unmarshal([]byte(line), &entry))
		for _, name := range []string{contract.MetricSlackOutcome, contract.MetricSlackRetry} {
			if n, counted := entry[name].(float64); counted {
				outcome, _ := entry[contract.DimensionOutcome].(string)
				sums[strings.Trim(name+" "+outcome, " ")+" "+entry[contract.DimensionReason].(string)] += int(n)
			}
		}
	}
	return sums
}

func eventOf(records ...events.SQSMessage) events.SQSEvent { return events.SQSEvent{Records: records} }
