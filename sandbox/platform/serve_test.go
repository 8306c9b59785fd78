package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	region  = "ap-northeast-2"
	account = "123456789012"
)

// served runs a server and returns its endpoint, and a function that ends it and
// returns what Serve returned.
func served(t *testing.T) (endpoint string, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- Serve(ctx, Options{Dir: t.TempDir(), Region: region, AccountID: account, Ready: func(at string) { ready <- at }})
	}()
	t.Cleanup(cancel)
	select {
	case endpoint = <-ready:
	case err := <-done:
		t.Fatalf("the server did not start: %v", err)
	}
	return endpoint, func() error { cancel(); return <-done }
}

func TestACallBecomesAnEventOnAQueue(t *testing.T) {
	endpoint, end := served(t)
	ctx := t.Context()
	cfg := aws.Config{Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	buckets := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true; o.Region = "us-east-1" })
	_, err := buckets.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("logs")})
	require.NoError(t, err)
	call(t, endpoint, "CreateTrail", `{"Name":"audit","S3BucketName":"logs","IsMultiRegionTrail":true}`)
	call(t, endpoint, "StartLogging", `{"Name":"audit"}`)

	queues := sqs.NewFromConfig(cfg)
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("work"), Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`,
	}})
	require.NoError(t, err)
	rules := eventbridge.NewFromConfig(cfg)
	_, err = rules.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("queues"), EventPattern: aws.String(`{"source":["aws.sqs"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["CreateQueue"],"errorCode":[{"exists":false}]}}`)})
	require.NoError(t, err)
	_, err = rules.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("queues"), Targets: []ebtypes.Target{{Id: aws.String("q"), Arn: aws.String("arn:aws:sqs:" + region + ":" + account + ":work")}}})
	require.NoError(t, err)
	_, err = queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("another")})
	require.NoError(t, err)

	detail := received(t, queues, queue.QueueUrl)
	assert.Equal(t, "another", detail["requestParameters"].(map[string]any)["queueName"])
	assert.Equal(t, endpoint+"/"+account+"/another", detail["responseElements"].(map[string]any)["queueUrl"])

	_, err = lambda.NewFromConfig(cfg).ListFunctions(ctx, &lambda.ListFunctionsInput{})
	require.NoError(t, err)
	require.NoError(t, end())
	_, err = net.DialTimeout("tcp", endpoint[len("http://"):], time.Second)
	assert.Error(t, err, "nothing listens after the end")
}

// received waits for one message and returns the detail of its event.
func received(t *testing.T, queues *sqs.Client, url *string) map[string]any {
	t.Helper()
	var messages []sqstypes.Message
	require.Eventually(t, func() bool {
		out, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url})
		require.NoError(t, err)
		messages = out.Messages
		return len(messages) > 0
	}, 15*time.Second, 100*time.Millisecond)
	var event struct{ Detail map[string]any }
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(messages[0].Body)), &event))
	return event.Detail
}

// call makes a call to CloudTrail that must succeed.
func call(t *testing.T, endpoint, operation, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/"+region+"/cloudtrail/aws4_request, SignedHeaders=host, Signature=0")
	r.Header.Set("X-Amz-Target", "CloudTrail_20131101."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}

func TestAServerWhoseDirectoryIsGoneEnds(t *testing.T) {
	dir := t.TempDir()
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- Serve(t.Context(), Options{Dir: dir, Region: region, AccountID: account, Ready: func(at string) { ready <- at }})
	}()
	select {
	case <-ready:
	case err := <-done:
		t.Fatalf("the server did not start: %v", err)
	}
	require.NoError(t, os.RemoveAll(dir))
	require.ErrorContains(t, <-done, "directory was removed")
}

func TestAPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Close()) }()
	taken := l.Addr().(*net.TCPAddr).Port
	err = Serve(t.Context(), Options{Port: taken, Dir: t.TempDir(), Region: region, AccountID: account})
	require.ErrorContains(t, err, fmt.Sprintf("port %d of 127.0.0.1 is in use by", taken))
}
