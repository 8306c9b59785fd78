package slack

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// Reasons are values of contract.DimensionReason, beside those of package reason.
const (
	reasonNone           = "none"
	reasonAsText         = "as-text"         // delivered without blocks, which Slack refused
	reasonMalformed      = "malformed"       // the message is empty, or still a notice of another version after some minutes
	reasonPayload        = "payload-refused" // Slack takes the message in no form
	reasonWebhookMissing = "webhook-missing" // the secret has no value yet
	reasonWebhookInvalid = "webhook-invalid" // the secret's value is no https URL
	reasonWebhookRefused = "webhook-refused" // Slack does not know the webhook, or its channel is gone
	reasonUnreachable    = "unreachable"
	reasonNoTime         = "no-time"      // the batch took as long as an invocation may
	reasonDeadLetters    = "dead-letters" // what no retry mends could not be put there
)

// result is how a message ended in this attempt.
type result struct {
	outcome string // one of contract.Outcome*
	reason  string
	detail  string        // for the log
	again   bool          // the message comes again; the outcome counts only if this was its last attempt
	poison  bool          // no retry mends it
	after   time.Duration // when it comes again, 0 for the usual
}

// again is a failure that another attempt may get over.
func again(reason, detail string) result {
	return result{outcome: contract.OutcomeFailed, reason: reason, detail: detail, again: true}
}

// poison is a failure that no other attempt gets over.
func poison(reason, detail string) result {
	return result{outcome: contract.OutcomeFailed, reason: reason, detail: detail, poison: true}
}

// bury puts a message into the dead letters, with the reason.
func (h *Handler) bury(ctx context.Context, t *task) result {
	attribute := func(text string) sqstypes.MessageAttributeValue {
		return sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(text)}
	}
	_, err := h.queue.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(h.settings.DeadLettersURL), MessageBody: aws.String(t.raw.Body),
		MessageAttributes: map[string]sqstypes.MessageAttributeValue{
			contract.SlackAttributeReason: attribute(t.result.reason), contract.SlackAttributeDetail: attribute(attributeText(t.result.detail)),
		},
	})
	if err != nil {
		return again(reasonDeadLetters, t.result.reason+": "+t.result.detail+": "+err.Error())
	}
	return t.result
}

// attributeText is a text that SQS takes as an attribute: not empty, without control characters.
func attributeText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
	if len(text) > 500 {
		text = strings.ToValidUTF8(text[:500], "")
	}
	return text + "."
}

// finish counts and logs every message, tells the queue when failed ones come again, and names them.
func (h *Handler) finish(ctx context.Context, tasks []*task) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	tallies := map[tally]int{}
	var failed []*task
	for _, t := range tasks {
		if t.result.again {
			failed = append(failed, t)
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: t.raw.MessageId})
		}
		tallies[h.tally(t)]++
		h.logTask(t)
	}
	h.postpone(ctx, failed)
	for t, n := range tallies {
		h.count(t, n)
	}
	return response
}

// postpone tells the queue when messages come again. Where it cannot be told they come after its visibility timeout.
func (h *Handler) postpone(ctx context.Context, failed []*task) {
	if len(failed) == 0 {
		return
	}
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(h.settings.QueueURL)}
	for i, t := range failed {
		delay := max(t.result.after, contract.SlackDelay(t.receives))
		if t.result.reason == reasonNoTime {
			delay = t.result.after
		}
		in.Entries = append(in.Entries, sqstypes.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(t.raw.ReceiptHandle), VisibilityTimeout: int32(delay / time.Second),
		})
	}
	out, err := h.queue.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		h.log.Warn("failed messages come again after the queue's visibility timeout", "messages", len(failed), "error", err.Error())
		return
	}
	for _, fault := range out.Failed {
		h.log.Warn("a failed message comes again after the queue's visibility timeout", "code", aws.ToString(fault.Code))
	}
}

// tally is what a message counts as.
type tally struct{ metric, outcome, reason string }

// tally is a retry while the message comes again, so that over all attempts it has one outcome.
func (h *Handler) tally(t *task) tally {
	if t.result.again && t.receives < h.settings.MaxReceives {
		return tally{contract.MetricSlackRetry, "", t.result.reason}
	}
	return tally{contract.MetricSlackOutcome, t.result.outcome, t.result.reason}
}

func (h *Handler) count(t tally, n int) {
	c := emf.Count{Namespace: contract.MetricNamespace, Name: t.metric, Value: n,
		Dimensions: map[string]string{contract.DimensionReason: t.reason}, Sets: [][]string{{contract.DimensionReason}}}
	if t.outcome != "" {
		c.Dimensions[contract.DimensionOutcome] = t.outcome
		c.Sets = [][]string{{contract.DimensionOutcome}, {contract.DimensionOutcome, contract.DimensionReason}}
	}
	if err := emf.Write(h.metrics, h.now(), c); err != nil {
		h.log.Error("metric lost", "metric", c.Name, "error", err.Error())
	}
}

func (h *Handler) logTask(t *task) {
	level := slog.LevelInfo
	switch {
	case t.result.poison || (t.result.again && t.receives >= h.settings.MaxReceives):
		level = slog.LevelError
	case t.result.outcome == contract.OutcomeFailed || t.result.reason == reasonAsText:
		level = slog.LevelWarn
	}
	attributes := []slog.Attr{
		slog.String("message", t.raw.MessageId), slog.String("about", t.about()), slog.String("outcome", t.result.outcome),
		slog.String("reason", t.result.reason), slog.Int("receives", t.receives),
	}
	if sent, err := strconv.ParseInt(t.raw.Attributes["SentTimestamp"], 10, 64); err == nil {
		attributes = append(attributes, slog.Int64("ageMilliseconds", t.ended.UnixMilli()-sent))
	}
	if t.result.detail != "" {
		attributes = append(attributes, slog.String("detail", t.result.detail))
	}
	h.log.LogAttrs(context.Background(), level, "message", attributes...)
}
