package events_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
	"assetguard/sandbox/emulator"
	"assetguard/sandbox/events"
	"assetguard/sandbox/functions/functionstest"
	"assetguard/sandbox/gateway"
	"assetguard/sandbox/inbox"
	"assetguard/sandbox/securityhub"
)

const (
	region  = "ap-northeast-2"
	account = "123456789012"
	role    = "arn:aws:iam::123456789012:role/probe-role"
	patient = 60 * time.Second
	tick    = 50 * time.Millisecond
)

// The emulator is one for all tests; each test makes resources of its own name
// behind a gateway and a plane of its own.
var moto struct {
	once    sync.Once
	err     error
	running *emulator.Emulator
	models  *apimodel.Library
}

func TestMain(m *testing.M) {
	code := m.Run()
	if moto.running != nil {
		if err := moto.running.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "moto:", err)
			code = 1
		}
	}
	os.Exit(code)
}

func startMoto(t *testing.T) {
	t.Helper()
	moto.once.Do(func() {
		quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
		found, err := emulator.Find(context.Background(), os.TempDir()+"/assetguard-moto", quiet)
		if err != nil {
			moto.err = err
			return
		}
		if moto.models, moto.err = apimodel.Open(found.Models); moto.err != nil {
			return
		}
		if moto.running, moto.err = emulator.Start(context.Background(), found, io.Discard, quiet); moto.err == nil {
			moto.err = makeRole(moto.running.URL)
		}
	})
	require.NoError(t, moto.err)
}

// makeRole makes the execution role of the functions.
func makeRole(url string) error {
	form := "Action=CreateRole&Version=2010-05-08&RoleName=probe-role&AssumeRolePolicyDocument=" +
		`%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D`
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(form))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("role: %s %s %w", answer.Status, body, err)
	}
	return nil
}

// world is a plane behind a gateway, and clients of the gateway.
type world struct {
	t         *testing.T
	plane     *events.Plane
	logged    *bytes.Buffer
	name      string
	queues    *sqs.Client
	topics    *sns.Client
	buses     *eventbridge.Client
	functions *lambda.Client
	logs      *cloudwatchlogs.Client
	config    aws.Config
	mails     *inbox.Box
}

func newWorld(t *testing.T) *world {
	t.Helper()
	startMoto(t)
	w := &world{t: t, logged: &bytes.Buffer{}, mails: &inbox.Box{}, name: "t" + strings.NewReplacer("/", "-", "_", "-").Replace(t.Name())}
	var mu sync.Mutex
	log := slog.New(slog.NewTextHandler(locked{mu: &mu, to: w.logged}, nil))
	var front http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { front.ServeHTTP(rw, r) }))
	w.plane = events.New(events.Options{
		Upstream: moto.running.URL, Endpoint: server.URL, Region: region, AccountID: account, Dir: t.TempDir(), Log: log, Mail: w.mails.Deliver,
		RetryWaits: []time.Duration{10 * time.Millisecond}, DeliveryWaits: []time.Duration{10 * time.Millisecond},
	})
	g, err := gateway.New(gateway.Options{
		Upstream: moto.running.URL, Library: moto.models, Supplements: w.plane.Supplements(), Bus: w.plane,
		Findings:  securityhub.New(securityhub.Options{AccountID: account, Bus: w.plane}),
		AccountID: account, AccessLog: io.Discard, Log: log, Own: map[string]http.Handler{"sns": w.plane.Links()},
	})
	require.NoError(t, err)
	front = g
	t.Cleanup(func() {
		assert.NoError(t, w.plane.Close())
		server.Close()
		assert.Zero(t, w.plane.Stats()["processes"])
		if t.Failed() {
			mu.Lock()
			defer mu.Unlock()
			t.Log(w.logged.String(), w.plane.Stats())
		}
	})
	w.config = aws.Config{Region: region, BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 1}
	w.queues, w.topics, w.buses = sqs.NewFromConfig(w.config), sns.NewFromConfig(w.config), eventbridge.NewFromConfig(w.config)
	w.functions, w.logs = lambda.NewFromConfig(w.config), cloudwatchlogs.NewFromConfig(w.config)
	return w
}

type locked struct {
	mu *sync.Mutex
	to io.Writer
}

func (l locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(b)
}

// queue makes a queue and returns its URL and ARN.
func (w *world) queue(suffix string, attributes map[string]string) (url, arn string) {
	w.t.Helper()
	name := w.name + "-" + suffix
	got, err := w.queues.CreateQueue(w.t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: attributes})
	require.NoError(w.t, err)
	return aws.ToString(got.QueueUrl), "arn:aws:sqs:" + region + ":" + account + ":" + name
}

// policy lets a service act on a resource for one source.
func policy(service, action, resource, source string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Service","Effect":"Allow","Principal":{"Service":%q},"Action":%q,"Resource":%q,"Condition":{"ArnEquals":{"aws:SourceArn":%q},"StringEquals":{"aws:SourceAccount":%q}}}]}`, service, action, resource, source, account)
}

func (w *world) openQueue(url, arn, service, source string) {
	w.t.Helper()
	_, err := w.queues.SetQueueAttributes(w.t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: aws.String(url), Attributes: map[string]string{"Policy": policy(service, "sqs:SendMessage", arn, source)}})
	require.NoError(w.t, err)
}

// message waits for one message and removes it.
func (w *world) message(url string) sqstypes.Message {
	w.t.Helper()
	var found []sqstypes.Message
	require.Eventually(w.t, func() bool {
		got, err := w.queues.ReceiveMessage(w.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(url), MaxNumberOfMessages: 1, MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"}})
		if err == nil {
			found = got.Messages
		}
		return len(found) > 0
	}, patient, tick, "no message in %s", url)
	_, err := w.queues.DeleteMessage(w.t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(url), ReceiptHandle: found[0].ReceiptHandle})
	require.NoError(w.t, err)
	return found[0]
}

func (w *world) left(url string) string {
	got, err := w.queues.GetQueueAttributes(w.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		return err.Error()
	}
	return got.Attributes["ApproximateNumberOfMessages"] + "+" + got.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

func (w *world) send(url string, bodies ...string) {
	w.t.Helper()
	for _, body := range bodies {
		_, err := w.queues.SendMessage(w.t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String(body)})
		require.NoError(w.t, err)
	}
}

// function deploys the probe and returns its ARN.
func (w *world) function(suffix string, change func(*lambda.CreateFunctionInput)) (name, arn string) {
	w.t.Helper()
	code, err := os.ReadFile(functionstest.Probe(w.t))
	require.NoError(w.t, err)
	name = w.name + "-" + suffix
	input := &lambda.CreateFunctionInput{
		FunctionName: aws.String(name), Role: aws.String(role), Runtime: "provided.al2023", Handler: aws.String("bootstrap"),
		Timeout: aws.Int32(5), MemorySize: aws.Int32(256), Code: &lambdatypes.FunctionCode{ZipFile: code},
	}
	if change != nil {
		change(input)
	}
	_, err = w.functions.CreateFunction(w.t.Context(), input)
	require.NoError(w.t, err)
	return name, "arn:aws:lambda:" + region + ":" + account + ":function:" + name
}

func variables(pairs ...string) *lambdatypes.Environment {
	e := &lambdatypes.Environment{Variables: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		e.Variables[pairs[i]] = pairs[i+1]
	}
	return e
}

// rule makes a rule for one source with one target and returns its ARN.
func (w *world) rule(bus, source string, target eventtypes.Target) string {
	w.t.Helper()
	name := w.name + "-" + source
	got, err := w.buses.PutRule(w.t.Context(), &eventbridge.PutRuleInput{Name: aws.String(name), EventBusName: aws.String(bus), EventPattern: aws.String(fmt.Sprintf(`{"source":[%q],"detail":{"skip":[{"exists":false}]}}`, source))})
	require.NoError(w.t, err)
	if target.Id == nil {
		target.Id = aws.String("t")
	}
	_, err = w.buses.PutTargets(w.t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String(name), EventBusName: aws.String(bus), Targets: []eventtypes.Target{target}})
	require.NoError(w.t, err)
	return aws.ToString(got.RuleArn)
}

func (w *world) put(bus, source, detail string) {
	w.t.Helper()
	got, err := w.buses.PutEvents(w.t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{{
		EventBusName: aws.String(bus), Source: aws.String(source), DetailType: aws.String("Test"), Detail: aws.String(detail), Resources: []string{"r1"},
	}}})
	require.NoError(w.t, err)
	require.Zero(w.t, got.FailedEntryCount, "%v", got.Entries)
}

func (w *world) stat(group, name string) int {
	counts, _ := w.plane.Stats()[group].(map[string]int)
	return counts[name]
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	require.Eventually(w.t, holds, patient, tick, what)
}

func code(err error) string {
	var fault smithy.APIError
	if !assert.ErrorAs(nopT{}, err, &fault) {
		return fmt.Sprint(err)
	}
	return fault.ErrorCode()
}

type nopT struct{}

func (nopT) Errorf(string, ...any) {}

func TestRuleToQueueToFunction(t *testing.T) {
	w := newWorld(t)
	url, arn := w.queue("in", map[string]string{"VisibilityTimeout": "30"})
	rule := w.rule("default", "chain", eventtypes.Target{Arn: aws.String(arn)})
	w.openQueue(url, arn, "events.amazonaws.com", rule)
	name, _ := w.function("f", nil)
	_, err := w.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/aws/lambda/" + name)})
	require.NoError(t, err)
	_, err = w.functions.CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{FunctionName: aws.String(name), EventSourceArn: aws.String(arn), FunctionResponseTypes: []lambdatypes.FunctionResponseType{"ReportBatchItemFailures"}})
	require.NoError(t, err)
	w.put("default", "chain", `{"n":1}`)
	w.put("default", "chain", `{"skip":true}`)
	w.eventually("the function runs", func() bool { return w.stat("functions", name+".invocations") == 1 && w.stat("queues", "deleted") == 1 })
	assert.Equal(t, 1, w.stat("events", "matched"))
	w.eventually("its log is in CloudWatch Logs", func() bool {
		got, err := w.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/" + name)})
		text := fmt.Sprint(err)
		if err == nil {
			for _, e := range got.Events {
				text += aws.ToString(e.Message)
			}
		}
		return strings.Contains(text, `"source":"chain"`) && strings.Contains(text, "REPORT RequestId")
	})
}

func TestPartialFailuresReachTheDeadLetters(t *testing.T) {
	w := newWorld(t)
	dead, deadARN := w.queue("dead", nil)
	url, arn := w.queue("in", map[string]string{"VisibilityTimeout": "1", "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":2}`, deadARN)})
	name, _ := w.function("f", func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(1) })
	w.send(url, "good 1", "bad 2", "good 3")
	_, err := w.functions.CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{
		FunctionName: aws.String(name), EventSourceArn: aws.String(arn), FunctionResponseTypes: []lambdatypes.FunctionResponseType{"ReportBatchItemFailures"},
		ScalingConfig: &lambdatypes.ScalingConfig{MaximumConcurrency: aws.Int32(2)},
	})
	require.NoError(t, err)
	assert.Equal(t, "bad 2", aws.ToString(w.message(dead).Body))
	w.eventually("the good ones are deleted", func() bool { return w.left(url) == "0+0" && w.stat("queues", "deleted") == 2 })
	assert.Equal(t, 2, w.stat("queues", "failed"))
}

func TestBatchOfAFailingFunctionComesBack(t *testing.T) {
	w := newWorld(t)
	dead, deadARN := w.queue("dead", nil)
	url, arn := w.queue("in", map[string]string{"VisibilityTimeout": "1", "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":2}`, deadARN)})
	name, _ := w.function("f", func(in *lambda.CreateFunctionInput) {
		in.Timeout = aws.Int32(1)
		in.Environment = variables("PROBE_FAIL", "1")
	})
	_, err := w.functions.CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{FunctionName: aws.String(name), EventSourceArn: aws.String(arn)})
	require.NoError(t, err)
	w.send(url, "x")
	assert.Equal(t, "x", aws.ToString(w.message(dead).Body))
	assert.Equal(t, 2, w.stat("functions", name+".errors"))
	assert.Zero(t, w.stat("queues", "deleted"))
}

func TestMappingFilterWindowAndLifeCycle(t *testing.T) {
	w := newWorld(t)
	url, arn := w.queue("in", map[string]string{"VisibilityTimeout": "60"})
	name, fnARN := w.function("f", nil)
	w.send(url, `{"kind":"keep"}`, `{"kind":"drop"}`, `plain`)
	made, err := w.functions.CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{
		FunctionName: aws.String(name), EventSourceArn: aws.String(arn), BatchSize: aws.Int32(20), MaximumBatchingWindowInSeconds: aws.Int32(1),
		FilterCriteria: &lambdatypes.FilterCriteria{Filters: []lambdatypes.Filter{{Pattern: aws.String(`{"body":{"kind":["keep"]}}`)}}}, Tags: map[string]string{"a": "b"},
	})
	require.NoError(t, err)
	assert.Equal(t, "Creating", aws.ToString(made.State))
	assert.Equal(t, fnARN, aws.ToString(made.FunctionArn))
	w.eventually("all three are dealt with", func() bool { return w.left(url) == "0+0" && w.stat("queues", "filtered") == 2 })
	assert.Equal(t, 1, w.stat("functions", name+".invocations"))

	got, err := w.functions.GetEventSourceMapping(t.Context(), &lambda.GetEventSourceMappingInput{UUID: made.UUID})
	require.NoError(t, err)
	assert.Equal(t, "Enabled", aws.ToString(got.State))
	assert.EqualValues(t, 20, aws.ToInt32(got.BatchSize))
	assert.WithinDuration(t, time.Now(), aws.ToTime(got.LastModified), time.Hour)
	listed, err := w.functions.ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{FunctionName: aws.String(fnARN)})
	require.NoError(t, err)
	require.Len(t, listed.EventSourceMappings, 1)
	tags, err := w.functions.ListTags(t.Context(), &lambda.ListTagsInput{Resource: got.EventSourceMappingArn})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "b"}, tags.Tags)
	_, err = w.functions.TagResource(t.Context(), &lambda.TagResourceInput{Resource: got.EventSourceMappingArn, Tags: map[string]string{"c": "d"}})
	require.NoError(t, err)
	_, err = w.functions.UntagResource(t.Context(), &lambda.UntagResourceInput{Resource: got.EventSourceMappingArn, TagKeys: []string{"a"}})
	require.NoError(t, err)
	tags, err = w.functions.ListTags(t.Context(), &lambda.ListTagsInput{Resource: got.EventSourceMappingArn})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"c": "d"}, tags.Tags)

	_, err = w.functions.UpdateEventSourceMapping(t.Context(), &lambda.UpdateEventSourceMappingInput{UUID: made.UUID, Enabled: aws.Bool(false)})
	require.NoError(t, err)
	got, err = w.functions.GetEventSourceMapping(t.Context(), &lambda.GetEventSourceMappingInput{UUID: made.UUID})
	require.NoError(t, err)
	assert.Equal(t, "Disabled", aws.ToString(got.State))
	deleted, err := w.functions.DeleteEventSourceMapping(t.Context(), &lambda.DeleteEventSourceMappingInput{UUID: made.UUID})
	require.NoError(t, err)
	assert.Equal(t, "Deleting", aws.ToString(deleted.State))
	_, err = w.functions.GetEventSourceMapping(t.Context(), &lambda.GetEventSourceMappingInput{UUID: made.UUID})
	assert.Equal(t, "ResourceNotFoundException", code(err))
}

func TestMappingIsRefused(t *testing.T) {
	w := newWorld(t)
	_, arn := w.queue("in", map[string]string{"VisibilityTimeout": "3"})
	_, slow := w.queue("slow", map[string]string{"VisibilityTimeout": "30"})
	name, _ := w.function("f", nil)
	for want, in := range map[string]lambda.CreateEventSourceMappingInput{
		"Queue visibility timeout: 3 seconds is less than Function timeout: 5 seconds": {EventSourceArn: aws.String(arn)},
		"NonExistentQueue":        {EventSourceArn: aws.String(arn + "x")},
		"Function does not exist": {EventSourceArn: aws.String(slow), FunctionName: aws.String("nobody")},
		"batch window":            {EventSourceArn: aws.String(slow), BatchSize: aws.Int32(11)},
		"between 2 and 1000":      {EventSourceArn: aws.String(slow), ScalingConfig: &lambdatypes.ScalingConfig{MaximumConcurrency: aws.Int32(1)}},
		"filter pattern":          {EventSourceArn: aws.String(slow), FilterCriteria: &lambdatypes.FilterCriteria{Filters: []lambdatypes.Filter{{Pattern: aws.String(`{"body":"x"}`)}}}},
		"SQS queues only":         {EventSourceArn: aws.String("arn:aws:kinesis:" + region + ":" + account + ":stream/s")},
	} {
		if in.FunctionName == nil {
			in.FunctionName = aws.String(name)
		}
		_, err := w.functions.CreateEventSourceMapping(t.Context(), &in)
		assert.Equal(t, "InvalidParameterValueException", code(err), want)
		assert.ErrorContains(t, err, want)
	}
	in := &lambda.CreateEventSourceMappingInput{EventSourceArn: aws.String(slow), FunctionName: aws.String(name), Enabled: aws.Bool(false)}
	_, err := w.functions.CreateEventSourceMapping(t.Context(), in)
	require.NoError(t, err)
	_, err = w.functions.CreateEventSourceMapping(t.Context(), in)
	assert.Equal(t, "ResourceConflictException", code(err))
}

func TestInvoke(t *testing.T) {
	w := newWorld(t)
	name, arn := w.function("f", func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(1) })
	invoke := func(payload string, kind lambdatypes.InvocationType) (*lambda.InvokeOutput, error) {
		return w.functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(arn), Payload: []byte(payload), InvocationType: kind, LogType: "Tail"})
	}
	got, err := invoke(`{"do":"log","text":"hello"}`, "")
	require.NoError(t, err)
	assert.JSONEq(t, `{"do":"log","text":"hello"}`, string(got.Payload))
	assert.Nil(t, got.FunctionError)
	assert.Equal(t, "$LATEST", aws.ToString(got.ExecutedVersion))
	tail, err := base64.StdEncoding.DecodeString(aws.ToString(got.LogResult))
	require.NoError(t, err)
	assert.Contains(t, string(tail), "hello")
	for payload, want := range map[string]string{
		`{"do":"fail"}`: "told to fail", `{"do":"crash"}`: "Runtime.ExitError", `{"do":"sleep","ms":30000}`: "Sandbox.Timedout",
	} {
		got, err = invoke(payload, "RequestResponse")
		require.NoError(t, err)
		assert.Equal(t, "Unhandled", aws.ToString(got.FunctionError))
		assert.Contains(t, string(got.Payload), want)
	}
	got, err = invoke(`{}`, "DryRun")
	require.NoError(t, err)
	assert.EqualValues(t, 204, got.StatusCode)
	_, err = invoke(`{`, "")
	assert.Equal(t, "InvalidRequestContentException", code(err))
	_, err = w.functions.PutFunctionConcurrency(t.Context(), &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String(name), ReservedConcurrentExecutions: aws.Int32(0)})
	require.NoError(t, err)
	_, err = invoke(`{}`, "")
	assert.Equal(t, "TooManyRequestsException", code(err))
	_, err = w.functions.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String(name)})
	require.NoError(t, err)
	_, err = invoke(`{}`, "")
	assert.Equal(t, "ResourceNotFoundException", code(err))
}

func TestNewCodeAndCodeFromABucket(t *testing.T) {
	w := newWorld(t)
	name, _ := w.function("f", nil)
	arm := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57)...)
	arm[16], arm[18], arm[20] = 2, 0xF7, 1
	broken, err := os.ReadFile(functionstest.Zip(t, "bootstrap", arm))
	require.NoError(t, err)
	_, err = w.functions.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: aws.String(name), ZipFile: broken})
	require.NoError(t, err)
	got, err := w.functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(name)})
	require.NoError(t, err)
	assert.Contains(t, string(got.Payload), "Runtime.InvalidEntrypoint")
	assert.Contains(t, string(got.Payload), "exec format error")

	objects := s3.NewFromConfig(w.config, func(o *s3.Options) { o.UsePathStyle = true })
	bucket := strings.ToLower(w.name)
	_, err = objects.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	file, err := os.Open(functionstest.Probe(t))
	require.NoError(t, err)
	defer file.Close()
	_, err = objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("f.zip"), Body: file})
	require.NoError(t, err)
	_, err = w.functions.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: aws.String(name), S3Bucket: aws.String(bucket), S3Key: aws.String("f.zip")})
	require.NoError(t, err)
	got, err = w.functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(name), Payload: []byte(`{"do":"pid"}`)})
	require.NoError(t, err)
	assert.Nil(t, got.FunctionError, "%s", got.Payload)
}

func TestAsyncRetriesThenDestinationAndDeadLetters(t *testing.T) {
	w := newWorld(t)
	url, arn := w.queue("failed", nil)
	dead, deadARN := w.queue("dead", nil)
	name, fnARN := w.function("f", func(in *lambda.CreateFunctionInput) {
		in.DeadLetterConfig = &lambdatypes.DeadLetterConfig{TargetArn: aws.String(deadARN)}
	})
	_, err := w.functions.PutFunctionEventInvokeConfig(t.Context(), &lambda.PutFunctionEventInvokeConfigInput{
		FunctionName: aws.String(name), MaximumRetryAttempts: aws.Int32(1),
		DestinationConfig: &lambdatypes.DestinationConfig{OnFailure: &lambdatypes.OnFailure{Destination: aws.String(arn)}},
	})
	require.NoError(t, err)
	accepted, err := w.functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(name), Payload: []byte(`{"do":"fail"}`), InvocationType: "Event"})
	require.NoError(t, err)
	assert.EqualValues(t, 202, accepted.StatusCode)
	var record struct {
		RequestContext struct {
			FunctionARN, Condition string
			ApproximateInvokeCount int
		}
		RequestPayload, ResponsePayload map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(w.message(url).Body)), &record))
	assert.Equal(t, "RetriesExhausted", record.RequestContext.Condition)
	assert.Equal(t, 2, record.RequestContext.ApproximateInvokeCount)
	assert.Equal(t, fnARN+":$LATEST", record.RequestContext.FunctionARN)
	assert.Equal(t, "fail", record.RequestPayload["do"])
	assert.Equal(t, "told to fail", record.ResponsePayload["errorMessage"])
	buried := w.message(dead)
	assert.JSONEq(t, `{"do":"fail"}`, aws.ToString(buried.Body))
	assert.Equal(t, "told to fail", aws.ToString(buried.MessageAttributes["ErrorMessage"].StringValue))
}

func TestRefusedDeliveriesReachTheTargetsDeadLetters(t *testing.T) {
	w := newWorld(t)
	dead, deadARN := w.queue("dead", nil)
	_, closed := w.queue("closed", nil)
	_, function := w.function("f", nil)
	topic, err := w.topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(w.name)})
	require.NoError(t, err)
	for source, tt := range map[string]struct{ arn, code string }{
		"policy":     {closed, "NO_PERMISSIONS"},
		"gone":       {closed + "-gone", "NO_RESOURCE"},
		"permission": {function, "NO_PERMISSIONS"},
		"nobody":     {function + "-gone", "NO_RESOURCE"},
		"topic":      {aws.ToString(topic.TopicArn), "NO_PERMISSIONS"},
		"log":        {"arn:aws:logs:" + region + ":" + account + ":log-group:/aws/events/x", "NO_PERMISSIONS"},
		"otherwise":  {"arn:aws:kinesis:" + region + ":" + account + ":stream/s", "UNSUPPORTED_TARGET"},
	} {
		rule := w.rule("default", source, eventtypes.Target{Arn: aws.String(tt.arn), DeadLetterConfig: &eventtypes.DeadLetterConfig{Arn: aws.String(deadARN)}})
		w.openQueue(dead, deadARN, "events.amazonaws.com", rule)
		w.put("default", source, `{"n":1}`)
		m := w.message(dead)
		assert.Equal(t, tt.code, aws.ToString(m.MessageAttributes["ERROR_CODE"].StringValue), source)
		assert.Equal(t, rule, aws.ToString(m.MessageAttributes["RULE_ARN"].StringValue))
		assert.Equal(t, tt.arn, aws.ToString(m.MessageAttributes["TARGET_ARN"].StringValue))
		assert.Contains(t, aws.ToString(m.Body), `"source":"`+source+`"`)
	}
	w.openQueue(dead, deadARN, "events.amazonaws.com", "arn:aws:events:"+region+":"+account+":rule/another")
	w.put("default", "policy", `{"n":2}`)
	w.eventually("an event is lost", func() bool { return w.stat("events", "lost") == 1 })
}

func TestEncryptedQueueNeedsTheKeysPolicy(t *testing.T) {
	w := newWorld(t)
	keys := kms.NewFromConfig(w.config)
	key, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{})
	require.NoError(t, err)
	url, arn := w.queue("in", map[string]string{"KmsMasterKeyId": aws.ToString(key.KeyMetadata.KeyId)})
	rule := w.rule("default", "sealed", eventtypes.Target{Arn: aws.String(arn)})
	w.openQueue(url, arn, "events.amazonaws.com", rule)
	w.put("default", "sealed", `{}`)
	w.eventually("the key refuses", func() bool { return w.stat("events", "failed") == 1 })
	_, err = keys.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: key.KeyMetadata.KeyId, PolicyName: aws.String("default"), Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}]}`)})
	require.NoError(t, err)
	w.put("default", "sealed", `{"n":2}`)
	assert.Contains(t, aws.ToString(w.message(url).Body), `"n":2`)
}

// What the plane knows of policies and targets is as new as the last call that a client has an answer to.
func TestAChangeHoldsForTheNextEvent(t *testing.T) {
	w := newWorld(t)
	keys := kms.NewFromConfig(w.config)
	key, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{})
	require.NoError(t, err)
	url, queue := w.queue("in", map[string]string{"KmsMasterKeyId": aws.ToString(key.KeyMetadata.KeyId)})
	topic, err := w.topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(w.name)})
	require.NoError(t, err)
	name, function := w.function("f", nil)
	rules := map[string]string{}
	for source, arn := range map[string]string{"to-queue": queue, "to-topic": aws.ToString(topic.TopicArn), "to-function": function} {
		rules[source] = w.rule("default", source, eventtypes.Target{Arn: aws.String(arn)})
	}
	keyFor := func(service string) {
		_, err := keys.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: key.KeyMetadata.KeyId, PolicyName: aws.String("default"), Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"kms:*","Resource":"*"}]}`)})
		require.NoError(t, err)
	}
	topicFor := func(service string) {
		_, err := w.topics.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: topic.TopicArn, AttributeName: aws.String("Policy"), AttributeValue: aws.String(policy(service, "sns:Publish", aws.ToString(topic.TopicArn), rules["to-topic"]))})
		require.NoError(t, err)
	}
	keyFor("events.amazonaws.com")
	for _, step := range []struct {
		what, source, counted string
		change                func()
	}{
		{"the queue has no policy", "to-queue", "failed", func() {}},
		{"the queue's policy admits", "to-queue", "delivered", func() { w.openQueue(url, queue, "events.amazonaws.com", rules["to-queue"]) }},
		{"the key's policy refuses", "to-queue", "failed", func() { keyFor("sns.amazonaws.com") }},
		{"the key's policy admits again", "to-queue", "delivered", func() { keyFor("events.amazonaws.com") }},
		{"the queue's policy admits another service", "to-queue", "failed", func() { w.openQueue(url, queue, "sns.amazonaws.com", rules["to-queue"]) }},
		{"the topic's policy admits", "to-topic", "delivered", func() { topicFor("events.amazonaws.com") }},
		{"the topic's policy admits another service", "to-topic", "failed", func() { topicFor("s3.amazonaws.com") }},
		{"the function has no permission", "to-function", "failed", func() {}},
		{"the function has a permission", "to-function", "delivered", func() {
			_, err := w.functions.AddPermission(t.Context(), &lambda.AddPermissionInput{FunctionName: &name, StatementId: aws.String("events"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("events.amazonaws.com"), SourceArn: aws.String(rules["to-function"])})
			require.NoError(t, err)
		}},
		{"the permission is taken away", "to-function", "failed", func() {
			_, err := w.functions.RemovePermission(t.Context(), &lambda.RemovePermissionInput{FunctionName: &name, StatementId: aws.String("events")})
			require.NoError(t, err)
		}},
		{"the rule has another target", "to-topic", "delivered", func() {
			w.openQueue(url, queue, "events.amazonaws.com", rules["to-topic"])
			w.rule("default", "to-topic", eventtypes.Target{Arn: aws.String(queue)})
		}},
	} {
		before := w.stat("events", step.counted)
		ended := w.stat("events", "failed") + w.stat("events", "delivered")
		step.change()
		w.put("default", step.source, `{}`)
		w.eventually(step.what, func() bool { return w.stat("events", "failed")+w.stat("events", "delivered") == ended+1 })
		require.Equal(t, before+1, w.stat("events", step.counted), step.what)
	}
}

func TestTargetsOfEveryKind(t *testing.T) {
	w := newWorld(t)
	topic, err := w.topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(w.name)})
	require.NoError(t, err)
	topicARN := aws.ToString(topic.TopicArn)
	url, arn := w.queue("out", nil)
	_, err = w.topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(arn), Attributes: map[string]string{"RawMessageDelivery": "true"}})
	require.NoError(t, err)
	w.openQueue(url, arn, "sns.amazonaws.com", topicARN)
	name, function := w.function("f", nil)
	_, err = w.topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("lambda"), Endpoint: aws.String(function)})
	require.NoError(t, err)
	_, err = w.functions.AddPermission(t.Context(), &lambda.AddPermissionInput{FunctionName: aws.String(name), StatementId: aws.String("s"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("sns.amazonaws.com"), SourceArn: topic.TopicArn, SourceAccount: aws.String(account)})
	require.NoError(t, err)

	rule := w.rule("default", "shout", eventtypes.Target{Arn: topic.TopicArn, InputTransformer: &eventtypes.InputTransformer{
		InputPathsMap: map[string]string{"n": "$.detail.n", "list": "$.detail.list[0].x", "none": "$.detail.none"}, InputTemplate: aws.String(`{"text":"n is <n>, <none>","list":<list>,"rule":"<aws.events.rule-name>"}`),
	}})
	_, err = w.topics.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: topic.TopicArn, AttributeName: aws.String("Policy"), AttributeValue: aws.String(policy("events.amazonaws.com", "sns:Publish", topicARN, rule))})
	require.NoError(t, err)
	w.put("default", "shout", `{"n":7,"list":[{"x":{"y":1}}]}`)
	assert.JSONEq(t, `{"text":"n is 7, ","list":{"y":1},"rule":"`+w.name+`-shout"}`, aws.ToString(w.message(url).Body))
	w.eventually("the topic's function runs", func() bool { return w.stat("functions", name+".invocations") == 1 })

	direct := w.rule("default", "direct", eventtypes.Target{Arn: aws.String(function), InputPath: aws.String("$.detail")})
	_, err = w.functions.AddPermission(t.Context(), &lambda.AddPermissionInput{FunctionName: aws.String(name), StatementId: aws.String("e"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("events.amazonaws.com"), SourceArn: aws.String(direct)})
	require.NoError(t, err)
	w.put("default", "direct", `{"do":"pid"}`)
	w.eventually("the rule's function runs", func() bool { return w.stat("async", "succeeded") == 2 })

	group := "/aws/events/" + w.name
	_, err = w.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(group)})
	require.NoError(t, err)
	_, err = w.logs.PutResourcePolicy(t.Context(), &cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String(w.name), PolicyDocument: aws.String(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","delivery.logs.amazonaws.com"]},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:%s:%s:log-group:%s:*"}]}`, region, account, group))})
	require.NoError(t, err)
	w.rule("default", "written", eventtypes.Target{Arn: aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:" + group)})
	w.put("default", "written", `{"n":9}`)
	w.eventually("the event is in the log group", func() bool {
		got, err := w.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(group)})
		return err == nil && len(got.Events) == 1 && strings.Contains(aws.ToString(got.Events[0].Message), `"n":9`)
	})
}

func TestAnotherRegionsBus(t *testing.T) {
	w := newWorld(t)
	url, arn := w.queue("home", nil)
	home := w.rule("default", "travel", eventtypes.Target{Arn: aws.String(arn)})
	w.openQueue(url, arn, "events.amazonaws.com", home)
	abroad := w.config
	abroad.Region = "us-east-1"
	here := w.buses
	w.buses = eventbridge.NewFromConfig(abroad)
	bus := aws.String("arn:aws:events:" + region + ":" + account + ":event-bus/default")
	w.rule("default", "travel", eventtypes.Target{Arn: bus})
	w.put("default", "travel", `{"try":1}`)
	w.eventually("a bus abroad needs a role", func() bool { return w.stat("events", "failed") == 1 })
	_, err := w.buses.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String(w.name + "-travel"), Targets: []eventtypes.Target{{Id: aws.String("t"), Arn: bus, RoleArn: aws.String(role)}}})
	require.NoError(t, err)
	w.put("default", "travel", `{"try":2}`)
	body := aws.ToString(w.message(url).Body)
	assert.Contains(t, body, `"region":"us-east-1"`)
	assert.Contains(t, body, `"try":2`)
	w.buses = here
	_, err = w.buses.DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String(w.name + "-travel")})
	require.NoError(t, err)
	before := w.stat("events", "matched")
	w.put("default", "travel", `{"try":3}`)
	w.put("default", "travel", `{"try":4}`)
	_, err = w.buses.EnableRule(t.Context(), &eventbridge.EnableRuleInput{Name: aws.String(w.name + "-travel")})
	require.NoError(t, err)
	assert.Equal(t, before, w.stat("events", "matched"))
}

func TestPutEventsRefusesBadEntries(t *testing.T) {
	w := newWorld(t)
	good := eventtypes.PutEventsRequestEntry{Source: aws.String("s"), DetailType: aws.String("d"), Detail: aws.String("{}")}
	change := func(f func(*eventtypes.PutEventsRequestEntry)) eventtypes.PutEventsRequestEntry {
		e := good
		f(&e)
		return e
	}
	got, err := w.buses.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
		good,
		change(func(e *eventtypes.PutEventsRequestEntry) { e.Source = nil }),
		change(func(e *eventtypes.PutEventsRequestEntry) { e.Source = aws.String("aws.ec2") }),
		change(func(e *eventtypes.PutEventsRequestEntry) { e.Detail = aws.String("[1]") }),
		change(func(e *eventtypes.PutEventsRequestEntry) { e.EventBusName = aws.String("nowhere") }),
	}})
	require.NoError(t, err)
	assert.EqualValues(t, 4, got.FailedEntryCount)
	var codes []string
	for _, e := range got.Entries {
		codes = append(codes, aws.ToString(e.ErrorCode))
	}
	assert.Equal(t, []string{"", "InvalidArgument", "NotAuthorizedForSourceException", "MalformedDetail", "ResourceNotFoundException"}, codes)
	assert.NotEmpty(t, aws.ToString(got.Entries[0].EventId))
	many := make([]eventtypes.PutEventsRequestEntry, 11)
	for i := range many {
		many[i] = good
	}
	_, err = w.buses.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: many})
	assert.Equal(t, "ValidationException", code(err))
	large := change(func(e *eventtypes.PutEventsRequestEntry) {
		e.Detail = aws.String(`{"x":"` + strings.Repeat("y", 256<<10) + `"}`)
	})
	_, err = w.buses.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{large}})
	assert.ErrorContains(t, err, "over the limit")
	_, err = w.buses.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String(w.name), EventPattern: aws.String(`{"source":"x"}`)})
	assert.Equal(t, "InvalidEventPatternException", code(err))
	tested, err := w.buses.TestEventPattern(t.Context(), &eventbridge.TestEventPatternInput{EventPattern: aws.String(`{"source":["x"]}`), Event: aws.String(`{"source":"x"}`)})
	require.NoError(t, err)
	assert.True(t, tested.Result)
}

func TestTopicFiltersAndDeadLetters(t *testing.T) {
	w := newWorld(t)
	topic, err := w.topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(w.name)})
	require.NoError(t, err)
	url, arn := w.queue("in", nil)
	dead, deadARN := w.queue("dead", nil)
	w.openQueue(dead, deadARN, "sns.amazonaws.com", aws.ToString(topic.TopicArn))
	_, err = w.topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(arn), Attributes: map[string]string{
		"FilterPolicy": `{"severity":["HIGH"]}`, "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q}`, deadARN),
	}})
	require.NoError(t, err)
	publish := func(severity string) {
		_, err := w.topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: aws.String(severity), Subject: aws.String("s"), MessageAttributes: map[string]snstypes.MessageAttributeValue{
			"severity": {DataType: aws.String("String"), StringValue: aws.String(severity)},
		}})
		require.NoError(t, err)
	}
	publish("LOW")
	w.eventually("a notice is filtered", func() bool { return w.stat("topics", "filtered") == 1 })
	publish("HIGH")
	assert.Contains(t, aws.ToString(w.message(dead).Body), `"Message":"HIGH"`, "the queue does not permit the topic")
	w.openQueue(url, arn, "sns.amazonaws.com", aws.ToString(topic.TopicArn))
	batch, err := w.topics.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: topic.TopicArn, PublishBatchRequestEntries: []snstypes.PublishBatchRequestEntry{
		{Id: aws.String("1"), Message: aws.String("in a batch"), MessageAttributes: map[string]snstypes.MessageAttributeValue{"severity": {DataType: aws.String("String"), StringValue: aws.String("HIGH")}}},
		{Id: aws.String("2"), Message: aws.String("x"), MessageStructure: aws.String("json")},
	}})
	require.NoError(t, err)
	require.Len(t, batch.Successful, 1)
	require.Len(t, batch.Failed, 1)
	assert.Equal(t, "2", aws.ToString(batch.Failed[0].Id))
	assert.Contains(t, aws.ToString(w.message(url).Body), `"Message":"in a batch"`)
	_, err = w.topics.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(aws.ToString(topic.TopicArn) + "-gone"), Message: aws.String("x")})
	assert.Contains(t, code(err), "NotFound")
}

func TestFireRunsSchedules(t *testing.T) {
	w := newWorld(t)
	url, arn := w.queue("in", nil)
	rule, err := w.buses.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String(w.name), ScheduleExpression: aws.String("rate(1 day)")})
	require.NoError(t, err)
	_, err = w.buses.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String(w.name), Targets: []eventtypes.Target{{Id: aws.String("1"), Arn: aws.String(arn)}}})
	require.NoError(t, err)
	require.ErrorContains(t, w.plane.Fire(t.Context(), region, w.name), "NO_PERMISSIONS")
	w.openQueue(url, arn, "events.amazonaws.com", aws.ToString(rule.RuleArn))
	require.NoError(t, w.plane.Fire(t.Context(), region, w.name))
	assert.Contains(t, aws.ToString(w.message(url).Body), `"detail-type":"Scheduled Event"`)

	schedules := scheduler.NewFromConfig(w.config)
	_, err = schedules.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		Name: aws.String(w.name + "-s"), ScheduleExpression: aws.String("rate(1 day)"), FlexibleTimeWindow: &schedulertypes.FlexibleTimeWindow{Mode: "OFF"},
		Target: &schedulertypes.Target{Arn: aws.String(arn), RoleArn: aws.String(role), Input: aws.String(`{"run":"<aws.scheduler.attempt-number>"}`)},
	})
	require.NoError(t, err)
	require.NoError(t, w.plane.Fire(t.Context(), region, w.name+"-s"))
	assert.JSONEq(t, `{"run":"1"}`, aws.ToString(w.message(url).Body))
	require.NoError(t, w.plane.Fire(t.Context(), region, "default/"+w.name+"-s"))
	assert.ErrorContains(t, w.plane.Fire(t.Context(), region, "nobody"), "neither a rule with a schedule nor a schedule")
}

func TestEmbeddedMetricsReachCloudWatch(t *testing.T) {
	w := newWorld(t)
	name, _ := w.function("f", nil)
	_, err := w.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/aws/lambda/" + name)})
	require.NoError(t, err)
	line, err := json.Marshal(map[string]any{
		"_aws":   map[string]any{"Timestamp": time.Now().UnixMilli(), "CloudWatchMetrics": []any{map[string]any{"Namespace": "T/" + w.name, "Dimensions": [][]string{{"Reason"}}, "Metrics": []any{map[string]any{"Name": "Skipped", "Unit": "Count"}}}}},
		"Reason": "late", "Skipped": []int{1, 2},
	})
	require.NoError(t, err)
	order, err := json.Marshal(map[string]string{"do": "log", "text": string(line)})
	require.NoError(t, err)
	_, err = w.functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(name), Payload: order})
	require.NoError(t, err)
	metrics := cloudwatch.NewFromConfig(w.config)
	w.eventually("the metric is there", func() bool {
		got, err := metrics.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: aws.String("T/" + w.name)})
		return err == nil && len(got.Metrics) > 0 && aws.ToString(got.Metrics[0].MetricName) == "Skipped" && aws.ToString(got.Metrics[0].Dimensions[0].Value) == "late"
	})
}

func TestSupplementsNameTheirOperationsOnce(t *testing.T) {
	plane := events.New(events.Options{Upstream: "http://127.0.0.1:1", Dir: t.TempDir(), AccountID: account, Region: region})
	t.Cleanup(func() { require.NoError(t, plane.Close()) })
	handled := map[string]api.Handler{}
	for _, s := range plane.Supplements() {
		for operation, handle := range s.Handle {
			assert.NotContains(t, handled, s.Service+"."+operation)
			handled[s.Service+"."+operation] = handle
		}
	}
	assert.Contains(t, handled, "lambda.CreateEventSourceMapping")
	assert.Contains(t, handled, "events.PutEvents")
}
