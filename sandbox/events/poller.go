package events

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"assetguard/sandbox/functions"
)

const (
	receiveWait        = 2 // seconds of a long poll; a poller stops after one at most
	maxReceive         = 10
	maxBatchBytes      = 6 << 20
	defaultConcurrency = 5
	troublePause       = time.Second
	gatherPause        = 200 * time.Millisecond // between receives that found the queue all but empty
)

// setPolling starts the poller of an enabled mapping; p.maps.mu must be held.
func (p *Plane) setPolling(m *mapping) {
	if m.State != "Enabled" {
		return
	}
	m.stop = make(chan struct{})
	poller := &poller{plane: p, mapping: *m, stop: m.stop}
	poller.queue, _ = parseARN(m.EventSourceArn)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.work.Go(func() { poller.run(p.ctx) })
	}
}

// stopPolling ends a mapping's poller after its present batch; p.maps.mu must
// be held.
func (p *Plane) stopPolling(m *mapping) {
	if m.stop != nil {
		close(m.stop)
		m.stop = nil
	}
}

// poller reads a queue for one state of a mapping.
type poller struct {
	plane   *Plane
	mapping mapping
	queue   place
	stop    <-chan struct{}
	trouble string // the last trouble, so that it is logged once
}

// run receives batches and invokes the function with some of them at a time.
func (l *poller) run(ctx context.Context) {
	concurrency := defaultConcurrency
	if l.mapping.ScalingConfig != nil {
		concurrency = *l.mapping.ScalingConfig.MaximumConcurrency
	}
	slots := make(chan struct{}, concurrency)
	var batches sync.WaitGroup
	defer batches.Wait()
	for {
		select {
		case slots <- struct{}{}:
		case <-l.stop:
			return
		case <-ctx.Done():
			return
		}
		f, batch, err := l.next(ctx)
		if l.noteTrouble(err); err != nil || len(batch) == 0 {
			<-slots
			if !l.goOn(ctx, err) {
				return
			}
			continue
		}
		batches.Go(func() {
			defer func() { <-slots }()
			l.process(ctx, f, batch)
		})
	}
}

// goOn reports whether to poll again, after a pause if there was trouble.
func (l *poller) goOn(ctx context.Context, err error) bool {
	if err != nil && !pause(ctx, troublePause) {
		return false
	}
	select {
	case <-l.stop:
		return false
	case <-ctx.Done():
		return false
	default:
		return true
	}
}

func (l *poller) noteTrouble(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && l.trouble == "" {
		l.plane.log.Warn("queue not polled", "queue", l.mapping.EventSourceArn, "function", l.mapping.FunctionArn, "error", err)
	}
	l.trouble = text
}

// next collects a batch: what is there at once, or what comes within the
// batching window. A function that does not exist receives nothing.
func (l *poller) next(ctx context.Context) (functions.Function, []types.Message, error) {
	f, err := l.plane.function(ctx, l.mapping.region, functionName(l.mapping.FunctionArn))
	if err != nil {
		return f, nil, err
	}
	var batch []types.Message
	bytes := 0
	var end time.Time
	for {
		wait := int32(receiveWait)
		if len(batch) > 0 {
			wait = int32(min(receiveWait, max(1, time.Until(end).Seconds())))
		}
		got, err := l.receive(ctx, int32(min(maxReceive, l.mapping.BatchSize-len(batch))), wait)
		if err != nil {
			return f, batch, keepBatch(batch, err)
		}
		if len(batch) == 0 && len(got) > 0 {
			end = time.Now().Add(time.Duration(l.mapping.MaximumBatchingWindowInSeconds) * time.Second)
		}
		for _, message := range got {
			bytes += len(aws.ToString(message.Body))
		}
		batch = append(batch, got...)
		if len(batch) == 0 || len(batch) >= l.mapping.BatchSize || bytes >= maxBatchBytes-maxReceive*maxPutBytes || !time.Now().Before(end) {
			return f, batch, nil
		}
		if len(got) < maxReceive && !l.gather(ctx, min(gatherPause, time.Until(end))) {
			return f, batch, nil
		}
	}
}

// gather gives the queue time to fill, so that a batch is not fetched one message at a time; false when the poller
// is to stop.
func (l *poller) gather(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.stop:
	case <-ctx.Done():
	}
	return false
}

// keepBatch drops an error that came after some messages: they are delivered.
func keepBatch(batch []types.Message, err error) error {
	if len(batch) > 0 {
		return nil
	}
	return err
}

func (l *poller) receive(ctx context.Context, count, wait int32) ([]types.Message, error) {
	got, err := l.plane.aws.in(l.queue.region).queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: l.plane.aws.queueURL(l.queue), MaxNumberOfMessages: count, WaitTimeSeconds: wait,
		MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		return nil, err
	}
	l.plane.stats.add("queues", "received", len(got.Messages))
	return got.Messages, nil
}

// process invokes the function with a batch and deletes what it has handled or
// what no filter admits. The rest comes back after the visibility timeout, and
// goes to the dead letters by the queue's redrive policy.
func (l *poller) process(ctx context.Context, f functions.Function, batch []types.Message) {
	var admitted, done []types.Message
	var records []any
	for _, message := range batch {
		record := l.record(message)
		if !l.admits(record) {
			done = append(done, message)
			continue
		}
		admitted, records = append(admitted, message), append(records, record)
	}
	l.plane.stats.add("queues", "filtered", len(done))
	if len(admitted) > 0 {
		result, err := l.plane.run(ctx, f, mustJSON(map[string]any{"Records": records}))
		handled := l.handled(admitted, result, err)
		l.plane.stats.add("queues", "failed", len(admitted)-len(handled))
		done = append(done, handled...)
	}
	l.delete(ctx, done)
}

func (l *poller) admits(record map[string]any) bool {
	for _, filter := range l.mapping.filters {
		if filter.admits(record) {
			return true
		}
	}
	return len(l.mapping.filters) == 0
}

// handled are the messages that the function has dealt with.
func (l *poller) handled(batch []types.Message, result functions.Result, err error) []types.Message {
	if err != nil || result.FunctionError != "" {
		return nil
	}
	if len(l.mapping.FunctionResponseTypes) == 0 {
		return batch
	}
	failed, ok := batchFailures(result.Payload)
	if !ok {
		return nil
	}
	known := map[string]bool{}
	var good []types.Message
	for _, message := range batch {
		id := aws.ToString(message.MessageId)
		known[id] = true
		if !failed[id] {
			good = append(good, message)
		}
	}
	for id := range failed {
		if !known[id] {
			return nil // Lambda treats a batch with an unknown identifier as failed
		}
	}
	return good
}

// batchFailures reads a partial batch response. Nothing, null and an empty list
// mean success; anything malformed means that the whole batch failed.
func batchFailures(payload []byte) (failed map[string]bool, ok bool) {
	if len(payload) == 0 || string(payload) == "null" {
		return nil, true
	}
	var response struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if json.Unmarshal(payload, &response) != nil {
		return nil, false
	}
	failed = map[string]bool{}
	for _, failure := range response.BatchItemFailures {
		if aws.ToString(failure.ItemIdentifier) == "" {
			return nil, false
		}
		failed[*failure.ItemIdentifier] = true
	}
	return failed, true
}

// delete removes messages, ten at a time.
func (l *poller) delete(ctx context.Context, messages []types.Message) {
	for len(messages) > 0 {
		n := min(maxReceive, len(messages))
		entries := make([]types.DeleteMessageBatchRequestEntry, n)
		for i, message := range messages[:n] {
			entries[i] = types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: message.ReceiptHandle}
		}
		got, err := l.plane.aws.in(l.queue.region).queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: l.plane.aws.queueURL(l.queue), Entries: entries})
		if err != nil {
			l.plane.log.Warn("messages not deleted: they will come again", "queue", l.mapping.EventSourceArn, "error", err)
			return
		}
		l.plane.stats.add("queues", "deleted", len(got.Successful))
		messages = messages[n:]
	}
}

// record is a message as a function receives it.
func (l *poller) record(message types.Message) map[string]any {
	attributes := map[string]any{}
	for name, value := range message.Attributes {
		attributes[name] = value
	}
	own := map[string]any{}
	for name, value := range message.MessageAttributes {
		own[name] = messageAttribute(value)
	}
	record := map[string]any{
		"messageId": aws.ToString(message.MessageId), "receiptHandle": aws.ToString(message.ReceiptHandle),
		"body": aws.ToString(message.Body), "md5OfBody": aws.ToString(message.MD5OfBody),
		"attributes": attributes, "messageAttributes": own,
		"eventSource": "aws:sqs", "eventSourceARN": l.mapping.EventSourceArn, "awsRegion": l.queue.region,
	}
	if digest := aws.ToString(message.MD5OfMessageAttributes); digest != "" {
		record["md5OfMessageAttributes"] = digest
	}
	return record
}

func messageAttribute(value types.MessageAttributeValue) map[string]any {
	out := map[string]any{"dataType": aws.ToString(value.DataType), "stringListValues": []any{}, "binaryListValues": []any{}}
	if strings.HasPrefix(aws.ToString(value.DataType), "Binary") {
		out["binaryValue"] = base64.StdEncoding.EncodeToString(value.BinaryValue)
	} else {
		out["stringValue"] = aws.ToString(value.StringValue)
	}
	return out
}
