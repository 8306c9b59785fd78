package emulator

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Producers and consumers at once: every message is received by one consumer, and none is lost.
func TestQueuesKeepEveryMessageOnce(t *testing.T) {
	const producers, consumers, each = 4, 4, 30
	found, err := Find(t.Context(), filepath.Join(t.TempDir(), "venv"), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	e, err := Start(t.Context(), found, io.Discard, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Stop()) })
	client := sqs.New(sqs.Options{BaseEndpoint: &e.URL, Region: "ap-northeast-2", Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	made, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: map[string]string{"VisibilityTimeout": "600"}})
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a lost message would be waited for
	defer cancel()
	var mu sync.Mutex
	times := map[string]int{}
	var received atomic.Int32
	consume := func() error {
		for received.Load() < producers*each*10 {
			got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: made.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
			if err != nil {
				return err
			}
			for _, m := range got.Messages {
				mu.Lock()
				times[aws.ToString(m.Body)]++
				mu.Unlock()
				received.Add(1)
				if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: made.QueueUrl, ReceiptHandle: m.ReceiptHandle}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	produce := func(producer int) error {
		for i := range each {
			var entries []types.SendMessageBatchRequestEntry
			for k := range 10 {
				entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(k)), MessageBody: aws.String(fmt.Sprintf("%d-%d-%d", producer, i, k))})
			}
			if _, err := client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: made.QueueUrl, Entries: entries}); err != nil {
				return err
			}
		}
		return nil
	}
	var all sync.WaitGroup
	for i := range producers {
		all.Go(func() { assert.NoError(t, produce(i)) })
	}
	for range consumers {
		all.Go(func() { assert.NoError(t, consume()) })
	}
	all.Wait()
	for body, n := range times {
		assert.Equal(t, 1, n, body)
	}
	assert.Len(t, times, producers*each*10)
	left, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: made.QueueUrl, AttributeNames: []types.QueueAttributeName{"All"}})
	require.NoError(t, err)
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		assert.Equal(t, "0", left.Attributes[name], name)
	}
}
