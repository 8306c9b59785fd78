package findings

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

const (
	home    = "ap-northeast-2"
	account = "111122223333"
)

var start = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

// rules of the tests: security hears of everything from MEDIUM, DevOps of production from HIGH.
const testRules = `{"routes":[{"audience":"security","severity":"MEDIUM"},{"audience":"devops","severity":"HIGH","environments":["PROD"]}],
"singles":5,"gatherSeconds":300,"runbookBase":"https://example.com/runbooks"}`

// crash ends a process in the middle of a call.
type crash struct{}

// world is an account of AWS with the function's queue.
type world struct {
	t     testing.TB
	mutex sync.Mutex

	clock    time.Time
	table    *fakeTable
	topics   []publication
	hub      map[string]string // workflow status by identity
	refuses  map[string]string // code of the hub by identity
	tags     map[string]map[string]string
	oddARNs  map[string]bool // that the tagging API takes for none
	register []byte
	queue    []*message
	dead     []*message
	sent     int
	maxBatch int
	inFlight int             // batches
	context  context.Context //nolint:containedctx // that of the next invocations

	calls map[string]int
	total int
	// fault is asked before (and with after, behind) each call: it gives an error, or panics with crash.
	fault func(operation string, count int, after bool) error

	metrics bytes.Buffer
	handler *Handler
}

type publication struct {
	topic  string
	notice notice.Notice
	email  string
}

type message struct {
	id, body string
	visible  time.Time
	receives int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: start, hub: map[string]string{}, refuses: map[string]string{}, tags: map[string]map[string]string{},
		calls: map[string]int{}, context: context.Background(), maxBatch: contract.FindingsBatchSize}
	w.table = &fakeTable{w: w, items: map[string]attributes{}}
	w.handler = w.newHandler(&w.metrics)
	return w
}

func (w *world) newHandler(out io.Writer) *Handler {
	topics := map[contract.Audience]string{contract.AudienceSecurity: "security", contract.AudienceDevOps: "devops", contract.AudiencePurchasing: "purchasing"}
	rules, err := ParseRules(testRules, topics)
	require.NoError(w.t, err)
	locale, err := notice.NewLocale("ko", "Asia/Seoul")
	require.NoError(w.t, err)
	h := New(Settings{Stack: "test", Partition: "aws", Account: account, Home: home, Table: "state", QueueURL: "queue", Bucket: "register",
		Topics: topics, Rules: rules, Locale: locale, MaxReceives: contract.FindingsMaxReceives},
		Clients{Table: w.table, Topics: w, Hub: w, Queue: w, Store: w, Tagging: func(region string) Tagging { return fakeTagging{w, region} }}, out)
	h.now = func() time.Time {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		return w.clock
	}
	h.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return h
}

func (w *world) require(holds bool, format string, values ...any) {
	if !holds {
		panic(fmt.Sprintf(format, values...))
	}
}

// call does a call of AWS, or fails as fault says.
func (w *world) call(operation string, do func() error) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.calls[operation]++
	w.total++
	if w.fault != nil {
		if err := w.fault(operation, w.calls[operation], false); err != nil {
			return err
		}
	}
	err := do()
	if err == nil && w.fault != nil {
		err = w.fault(operation, w.calls[operation], true)
	}
	return err
}

func (w *world) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	return &sns.PublishOutput{}, w.call("sns:Publish", func() error {
		w.require(*in.MessageStructure == "json" && len(*in.Subject) <= 100, "subject %q", *in.Subject)
		var texts map[string]string
		w.require(json.Unmarshal([]byte(*in.Message), &texts) == nil, "message %s", *in.Message)
		n, err := notice.Parse([]byte(texts["sqs"]))
		w.require(err == nil, "notice: %v", err)
		w.topics = append(w.topics, publication{*in.TopicArn, n, texts["email"]})
		return nil
	})
}

func (w *world) BatchUpdateFindings(_ context.Context, in *securityhub.BatchUpdateFindingsInput, _ ...func(*securityhub.Options)) (out *securityhub.BatchUpdateFindingsOutput, err error) {
	err = w.call("securityhub:BatchUpdateFindings", func() error {
		w.require(len(in.FindingIdentifiers) <= 100 && in.Workflow.Status == hubtypes.WorkflowStatusNotified, "%d findings", len(in.FindingIdentifiers))
		out = &securityhub.BatchUpdateFindingsOutput{}
		for _, id := range in.FindingIdentifiers {
			f := finding.Finding{ID: *id.Id, ProductARN: *id.ProductArn}
			if code := w.refuses[f.Identity()]; code != "" {
				if code == "ConcurrentUpdateError" { // once
					delete(w.refuses, f.Identity())
				}
				out.UnprocessedFindings = append(out.UnprocessedFindings, hubtypes.BatchUpdateFindingsUnprocessedFinding{
					FindingIdentifier: &id, ErrorCode: aws.String(code), ErrorMessage: aws.String(code)})
				continue
			}
			w.hub[f.Identity()] = finding.WorkflowNotified
		}
		return nil
	})
	return out, err
}

func (w *world) BatchUpdateFindingsV2(_ context.Context, in *securityhub.BatchUpdateFindingsV2Input, _ ...func(*securityhub.Options)) (out *securityhub.BatchUpdateFindingsV2Output, err error) {
	err = w.call("securityhub:BatchUpdateFindingsV2", func() error {
		w.require(len(in.FindingIdentifiers) <= 100 && *in.StatusId == finding.InProgress, "%d findings", len(in.FindingIdentifiers))
		out = &securityhub.BatchUpdateFindingsV2Output{}
		for _, id := range in.FindingIdentifiers {
			f := finding.Finding{ID: *id.FindingInfoUid, ProductARN: *id.MetadataProductUid}
			if code := w.refuses[f.Identity()]; code != "" {
				out.UnprocessedFindings = append(out.UnprocessedFindings, hubtypes.BatchUpdateFindingsV2UnprocessedFinding{
					FindingIdentifier: &id, ErrorCode: hubtypes.BatchUpdateFindingsV2UnprocessedFindingErrorCode(code)})
				continue
			}
			w.hub[f.Identity()] = finding.WorkflowNotified
		}
		return nil
	})
	return out, err
}

func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	return &sqs.SendMessageOutput{}, w.call("sqs:SendMessage", func() error {
		w.require(*in.QueueUrl == "queue" && in.DelaySeconds >= 0 && in.DelaySeconds <= 900, "delay %d", in.DelaySeconds)
		w.enqueue(*in.MessageBody, time.Duration(in.DelaySeconds)*time.Second)
		return nil
	})
}

func (w *world) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (out *s3.GetObjectOutput, err error) {
	err = w.call("s3:GetObject", func() error {
		w.require(*in.Bucket == "register" && *in.Key == contract.RegisterLatestLines, "key %s", *in.Key)
		if w.register == nil {
			return &smithy.GenericAPIError{Code: "NoSuchKey"}
		}
		out = &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(w.register))}
		return nil
	})
	return out, err
}

type fakeTagging struct {
	w      *world
	region string
}

func (f fakeTagging) GetResources(_ context.Context, in *resourcegroupstaggingapi.GetResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (out *resourcegroupstaggingapi.GetResourcesOutput, err error) {
	err = f.w.call("tag:GetResources "+f.region, func() error {
		f.w.require(len(in.ResourceARNList) <= 100, "%d ARNs", len(in.ResourceARNList))
		out = &resourcegroupstaggingapi.GetResourcesOutput{}
		for _, arn := range in.ResourceARNList {
			if f.w.oddARNs[arn] {
				return &taggingtypes.InvalidParameterException{Message: aws.String(arn + " is not a valid AmazonResourceName (ARN)")}
			}
			if tags, there := f.w.tags[arn]; there {
				mapping := taggingtypes.ResourceTagMapping{ResourceARN: aws.String(arn)}
				for key, value := range tags {
					mapping.Tags = append(mapping.Tags, taggingtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
				}
				out.ResourceTagMappingList = append(out.ResourceTagMappingList, mapping)
			}
		}
		return nil
	})
	return out, err
}

func zipped(lines ...string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(strings.Join(lines, "\n") + "\n"))
	_ = z.Close()
	return b.Bytes()
}

// enqueue puts a message into the queue; the world is locked.
func (w *world) enqueue(body string, delay time.Duration) {
	w.sent++
	w.queue = append(w.queue, &message{id: fmt.Sprintf("message-%d", w.sent), body: body, visible: w.clock.Add(delay)})
}

// send puts events into the queue.
func (w *world) send(bodies ...string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, body := range bodies {
		w.enqueue(body, 0)
	}
}

// step hands one batch to a handler, as the event source does: a process that crashes answers nothing. It says whether
// anything was visible.
func (w *world) step(h *Handler) bool {
	w.mutex.Lock()
	var batch []*message
	for _, m := range w.queue {
		if len(batch) < w.maxBatch && !m.visible.After(w.clock) {
			m.receives++
			m.visible = w.clock.Add(contract.FindingsVisibility)
			batch = append(batch, m)
		}
	}
	if len(batch) > 0 {
		w.inFlight++
	}
	w.mutex.Unlock()
	if len(batch) == 0 {
		return false
	}
	failed, crashed := w.handle(h, batch)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.inFlight--
	for _, m := range batch {
		switch {
		case !crashed && !failed[m.id]:
			w.queue = slices.DeleteFunc(w.queue, func(q *message) bool { return q == m })
		case m.receives >= contract.FindingsMaxReceives:
			w.queue = slices.DeleteFunc(w.queue, func(q *message) bool { return q == m })
			w.dead = append(w.dead, m)
		}
	}
	return true
}

func (w *world) handle(h *Handler, batch []*message) (failed map[string]bool, crashed bool) {
	event := events.SQSEvent{}
	for _, m := range batch {
		event.Records = append(event.Records, events.SQSMessage{MessageId: m.id, Body: m.body,
			Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.receives)}})
	}
	defer func() {
		if r := recover(); r != nil {
			if _, wanted := r.(crash); !wanted {
				panic(r)
			}
			crashed = true
		}
	}()
	answer, err := h.Handle(w.context, event)
	w.require(err == nil, "Handle: %v", err)
	failed = map[string]bool{}
	for _, f := range answer.BatchItemFailures {
		failed[f.ItemIdentifier] = true
	}
	return failed, false
}

// drain hands out batches until the queue is empty; where nothing is visible, time passes.
func (w *world) drain() {
	for w.left() > 0 {
		if !w.step(w.handler) {
			w.pass()
		}
	}
}

func (w *world) left() int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return len(w.queue)
}

// pass lets the time pass until the next message is visible, unless a batch is being handled.
func (w *world) pass() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.queue) == 0 || w.inFlight > 0 {
		return
	}
	next := slices.MinFunc(w.queue, func(a, b *message) int { return a.visible.Compare(b.visible) })
	if next.visible.After(w.clock) {
		w.clock = next.visible
	}
}

// told is how often each finding was told singly, per topic.
func (w *world) told(topic string) map[string]int {
	times := map[string]int{}
	for _, p := range w.topics {
		if p.topic == topic && p.notice.Finding != nil {
			times[p.notice.Finding.ID]++
		}
	}
	return times
}

func (w *world) digests(topic string) []*notice.Digest {
	var all []*notice.Digest
	for _, p := range w.topics {
		if p.topic == topic && p.notice.Digest != nil {
			all = append(all, p.notice.Digest)
		}
	}
	return all
}

// counted sums the metrics that were published with a dimension Outcome or Source, else by Reason.
func (w *world) counted() map[string]int {
	sums := map[string]int{}
	for line := range strings.Lines(w.metrics.String()) {
		var m map[string]any
		if json.Unmarshal([]byte(line), &m) != nil || m["_aws"] == nil {
			continue
		}
		for _, name := range []string{contract.MetricFindingOutcome, contract.MetricFindingRetry, contract.MetricFindingLacks,
			contract.MetricFindingsInDigests, contract.MetricDigests, contract.MetricFindingMark} {
			value, there := m[name].(float64)
			if !there {
				continue
			}
			label := name
			for _, dimension := range []string{contract.DimensionOutcome, contract.DimensionSource, contract.DimensionReason} {
				if v, there := m[dimension].(string); there {
					label += " " + v
				}
			}
			sums[label] += int(value)
		}
	}
	return sums
}

// sum is the sum of all metrics whose label begins so.
func sum(counted map[string]int, prefix string) int {
	n := 0
	for label, value := range counted {
		if strings.HasPrefix(label, prefix) {
			n += value
		}
	}
	return n
}

// change changes a finding in ASFF.
type change func(f map[string]any)

func label(severity string) change {
	return func(f map[string]any) {
		f["Severity"] = map[string]any{"Label": severity}
		f["FindingProviderFields"] = map[string]any{"Severity": map[string]any{"Label": severity}}
	}
}

func workflow(status string) change {
	return func(f map[string]any) { f["Workflow"] = map[string]any{"Status": status} }
}

func with(field string, value any) change {
	return func(f map[string]any) { f[field] = value }
}

// asff is the nth finding.
func asff(n int, changes ...change) map[string]any {
	f := map[string]any{
		"Id": fmt.Sprintf("finding-%05d", n), "ProductArn": "arn:aws:securityhub:" + home + "::product/aws/inspector", "ProductName": "Inspector",
		"Region": home, "AwsAccountId": account, "GeneratorId": "AWSInspector", "Title": fmt.Sprintf("CVE-2026-%04d - openssl", n%40),
		"Description": "A flaw.", "CreatedAt": "2026-11-22T04:59:00Z", "UpdatedAt": "2026-11-22T04:59:00Z", "RecordState": "ACTIVE",
		"Workflow":  map[string]any{"Status": "NEW"},
		"Resources": []any{map[string]any{"Type": "AwsEc2Instance", "Id": instance(n), "Region": home}},
		"Vulnerabilities": []any{map[string]any{"Id": fmt.Sprintf("CVE-2026-%04d", n%40),
			"VulnerablePackages": []any{map[string]any{"Name": "openssl", "Version": "3", "FixedInVersion": "4"}}}},
	}
	label([]string{"MEDIUM", "HIGH", "CRITICAL"}[n%3])(f)
	for _, c := range changes {
		c(f)
	}
	return f
}

func instance(n int) string {
	return fmt.Sprintf("arn:aws:ec2:%s:%s:instance/i-%05d", home, account, n%200)
}

// event is an event with findings, sent at a time.
func event(at time.Time, findings ...map[string]any) string {
	body, err := json.Marshal(map[string]any{"id": "e", "source": finding.Source, "detail-type": finding.Imported, "account": account,
		"region": home, "time": at, "detail": map[string]any{"findings": findings}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// ocsf is the nth finding as the newer Security Hub sends it, at a time.
func ocsf(n int) func(at time.Time) string {
	f := asff(n)
	return func(at time.Time) string {
		body, err := json.Marshal(map[string]any{"id": "e", "source": finding.Source, "detail-type": finding.ImportedV2, "account": account,
			"region": home, "time": at, "detail": map[string]any{"findings": []any{map[string]any{
				"severity_id": 4, "status_id": 1, "finding_info": map[string]any{"uid": f["Id"], "title": f["Title"]},
				"metadata": map[string]any{"uid": "m", "product": map[string]any{"uid": f["ProductArn"], "name": "Inspector"}},
				"cloud":    map[string]any{"region": home, "account": map[string]any{"uid": account}},
			}}}})
		if err != nil {
			panic(err)
		}
		return string(body)
	}
}

// singleOf and topOf are the findings that a notice shows.
func singleOf(n notice.Notice) []notice.Finding {
	if n.Finding == nil {
		return nil
	}
	return []notice.Finding{*n.Finding}
}

func topOf(n notice.Notice) []notice.Finding {
	if n.Digest == nil {
		return nil
	}
	return n.Digest.Top
}

func shuffled(bodies []string) []string {
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(bodies), func(a, b int) { bodies[a], bodies[b] = bodies[b], bodies[a] })
	return bodies
}

func identity(n int) string {
	f := finding.Finding{ID: fmt.Sprintf("finding-%05d", n), ProductARN: "arn:aws:securityhub:" + home + "::product/aws/inspector"}
	return f.Identity()
}

// classification are the tags of an asset.
func classification(environment, personal string) map[string]string {
	return map[string]string{contract.TagEnvironment: environment, contract.TagAssetType: "Web Server",
		contract.TagPersonalInformation: personal, contract.TagOwner: "Platform", "Name": "web-1"}
}
