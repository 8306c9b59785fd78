package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"assetguard/internal/notice"
	"assetguard/lambdas/internal/reason"
)

const (
	// postTimeout is how long one post may take.
	postTimeout = 10 * time.Second
	// throttleDefault is the pause after a 429 that says nothing about it, and throttleMost the longest that is believed:
	// beyond it a message has better chances by trying.
	throttleDefault = 30 * time.Second
	throttleMost    = 15 * time.Minute
)

// kind is what an answer means for what comes next.
type kind int

const (
	taken kind = iota
	throttled
	outage         // no answer, or one of a service that is down
	webhookRefused // nothing can be posted until the webhook is mended
	messageRefused // this message cannot be posted in this form
)

// answer is how a post ended. It has nothing of the webhook's URL in it.
type answer struct {
	kind   kind
	after  time.Duration // how long Slack asked to wait
	reason string
	detail string
}

// webhook is an incoming webhook whose URL is a secret.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
type webhook struct {
	secrets  Secrets
	secret   string
	client   *http.Client
	url      *url.URL // nil until it is read
	previous string   // the URL that was forgotten
}

// newClient follows no redirect: the next address would get the message, and nobody has configured it.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: postTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post posts once.
func (w *webhook) post(ctx context.Context, post notice.Post) answer {
	body, err := json.Marshal(post)
	if err != nil {
		return answer{kind: messageRefused, reason: reasonMalformed, detail: err.Error()}
	}
	if err := w.read(ctx); err != nil {
		return answer{kind: webhookRefused, reason: reasonOfSecret(err), detail: err.Error()}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader(body))
	if err != nil {
		return answer{kind: webhookRefused, reason: reasonWebhookInvalid, detail: "the secret is no URL to post to"}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	response, err := w.client.Do(request)
	if err != nil {
		return unanswered(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
	return answered(response, string(text))
}

// unanswered sorts errors. They quote the URL, so none is passed on.
func unanswered(err error) answer {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return answer{kind: outage, reason: reason.Timeout, detail: "no answer in time"}
	}
	var lookup *net.DNSError
	if errors.As(err, &lookup) {
		return answer{kind: outage, reason: reasonUnreachable, detail: "the name of the host cannot be looked up"}
	}
	return answer{kind: outage, reason: reasonUnreachable, detail: "no connection, or it broke"}
}

// payloadFaults are what Slack says with 400 of a message that it will never take.
var payloadFaults = []string{"invalid_payload", "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "no_text",
	"too_many_attachments", "msg_too_long", "msg_blocks_too_long", "missing_text_or_fallback_or_attachments"}

// slackWord is an answer of Slack's: one word. Any other text may be of a proxy and quote the URL.
var slackWord = regexp.MustCompile(`^[a-z_]{1,64}$`)

func answered(response *http.Response, text string) answer {
	detail := fmt.Sprintf("HTTP %d", response.StatusCode)
	word := strings.TrimSpace(text)
	if slackWord.MatchString(word) {
		detail += " " + word
	}
	status := response.StatusCode
	switch {
	case status == http.StatusOK && word == "ok":
		return answer{kind: taken}
	case status == http.StatusTooManyRequests:
		return answer{kind: throttled, reason: reason.Throttled, detail: detail, after: retryAfter(response)}
	case status >= 500 || status == http.StatusRequestTimeout:
		return answer{kind: outage, reason: reason.Service, detail: detail}
	case status == http.StatusRequestEntityTooLarge, status == http.StatusBadRequest && slices.Contains(payloadFaults, word):
		return answer{kind: messageRefused, reason: reasonPayload, detail: detail}
	default: // 403, 404 and 410 are Slack's; a redirect, a page or anything else is not from an incoming webhook
		return answer{kind: webhookRefused, reason: reasonWebhookRefused, detail: detail}
	}
}

// retryAfter reads the header Retry-After: seconds, or a date by the clock of the answer where it has one.
// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func retryAfter(response *http.Response) time.Duration {
	value := strings.TrimSpace(response.Header.Get("Retry-After"))
	after := throttleDefault
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		after = time.Duration(min(seconds, int64(throttleMost/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		now, err := http.ParseTime(response.Header.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		after = at.Sub(now)
	}
	return min(max(after, time.Second), throttleMost)
}

// read reads the URL, once.
func (w *webhook) read(ctx context.Context) error {
	if w.url != nil {
		return nil
	}
	out, err := w.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(w.secret)})
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	w.url, err = parseWebhook(aws.ToString(out.SecretString))
	return err
}

// forget makes the next post read the URL again.
func (w *webhook) forget() {
	if w.url != nil {
		w.previous, w.url = w.url.String(), nil
	}
}

// changed reads the URL again and says whether it is another than before.
func (w *webhook) changed(ctx context.Context) bool {
	return w.read(ctx) == nil && w.url.String() != w.previous
}

// errWebhook is the error of a secret that is no webhook. It does not quote it.
var errWebhook = errors.New("webhook: the secret is no https URL: put the URL of the incoming webhook there, and nothing else")

// parseWebhook takes https alone; http for an address of this machine, where the sandbox has its inbox.
func parseWebhook(secret string) (*url.URL, error) {
	address, err := url.Parse(strings.TrimSpace(secret))
	if err != nil || address.Hostname() == "" || address.User != nil {
		return nil, errWebhook
	}
	loopback := address.Hostname() == "localhost"
	if ip := net.ParseIP(address.Hostname()); ip != nil {
		loopback = ip.IsLoopback()
	}
	if address.Scheme != "https" && (address.Scheme != "http" || !loopback) {
		return nil, errWebhook
	}
	return address, nil
}

// reasonOfSecret says why the URL could not be read.
func reasonOfSecret(err error) string {
	var missing *smtypes.ResourceNotFoundException
	switch {
	case errors.Is(err, errWebhook):
		return reasonWebhookInvalid
	case errors.As(err, &missing):
		return reasonWebhookMissing
	default:
		return reason.Of(err)
	}
}
