package autotag

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/lambdas/internal/servicetags"
)

const (
	policyPath    = "/test/policy"
	overridesPath = "/test/overrides"
	queueARN      = "arn:aws:sqs:ap-northeast-2:123456789012:autotag"
	prefix        = "arn:aws:ec2:ap-northeast-2:123456789012:"
)

// companyPolicy is the policy in force in the tests.
const companyPolicy = `{"version":1,
	"assetTypes":[{"id":"web-server","value":"Web Server"},{"id":"student-database","value":"수강생 데이터 베이스"}],
	"defaults":{"Environment":"PROD","Owner":"DevOps","PersonalInformation":"N"},
	"rules":[
		{"name":"student databases","match":{"services":["rds"],"names":["student-*"]},"tags":{"AssetType":"student-database","PersonalInformation":"Y"},"overwrite":true},
		{"name":"web servers","match":{"services":["ec2"],"names":["web-*"]},"tags":{"AssetType":"web-server"}},
		{"name":"scratch buckets","match":{"names":["scratch-*"]},"exclude":true}]}`

// world is a fake account: the tags of its assets by ARN, its instances, its parameters, and what goes wrong.
type world struct {
	mutex     sync.Mutex
	clock     time.Time
	tags      map[string]map[string]string
	instances map[string]ec2types.Instance
	// looks holds for an instance how often it is to be looked at before it shows its parts.
	looks map[string]int
	// parents are the tags of Auto Scaling groups by name, and of fleets, launch templates and stacks by id.
	parents map[string]map[string]string

	parameters map[string]string
	history    []ssmtypes.ParameterHistory // in pages of two

	// fail is asked before each call: operation and region, and the ARNs or ids it is for.
	fail func(call string, ids []string) error
	// spoil are ARNs that fail every resource of a TagResources call that names them.
	spoil map[string]taggingtypes.FailureInfo
	// refuse gives FailedResourcesMap entries.
	refuse map[string]taggingtypes.FailureInfo

	calls   []string // "ap-northeast-2 TagResources 3"
	reports bool     // removed keys are reported only

	out   bytes.Buffer
	slept []time.Duration
}

func newWorld() *world {
	return &world{
		clock: time.Date(2026, 3, 2, 1, 20, 40, 0, time.UTC), tags: map[string]map[string]string{},
		instances: map[string]ec2types.Instance{}, looks: map[string]int{}, refuse: map[string]taggingtypes.FailureInfo{},
		spoil:      map[string]taggingtypes.FailureInfo{},
		parameters: map[string]string{policyPath: companyPolicy, overridesPath: "{}"},
		fail:       func(string, []string) error { return nil },
	}
}

func (w *world) handler(maxReceives int) *Handler {
	policies := NewPolicies(w, policyPath, overridesPath, &w.out)
	policies.now = func() time.Time { return w.clock }
	h := New(policies, func(region string) Region {
		c := client{w, region}
		return Region{EC2: c, S3: c, RDS: c, Lambda: c, Tagging: c, AutoScaling: parents{c}, CloudFormation: c,
			Own: servicetags.Clients{IAM: c, Prometheus: prometheus{c}, Grafana: grafanas{c}}}
	}, &w.out, maxReceives, !w.reports)
	h.now = func() time.Time { return w.clock }
	h.sleep = func(_ context.Context, d time.Duration) error {
		w.slept = append(w.slept, d)
		w.clock = w.clock.Add(d)
		return nil
	}
	return h
}

// launch adds an instance that shows one volume and one interface.
func (w *world) launch(id string) {
	w.instances[id] = ec2types.Instance{
		InstanceId: &id, State: &ec2types.InstanceState{Name: ec2types.InstanceStateNamePending}, RootDeviceType: ec2types.DeviceTypeEbs,
		BlockDeviceMappings: []ec2types.InstanceBlockDeviceMapping{{Ebs: &ec2types.EbsInstanceBlockDevice{VolumeId: aws.String("vol-of-" + id)}}},
		NetworkInterfaces:   []ec2types.InstanceNetworkInterface{{NetworkInterfaceId: aws.String("eni-of-" + id)}},
		Tags:                []ec2types.Tag{{Key: aws.String("Name"), Value: aws.String("web-1")}},
	}
}

func (w *world) called(region, operation string, ids []string) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.calls = append(w.calls, fmt.Sprintf("%s %s %d", region, operation, len(ids)))
	return w.fail(operation, ids)
}

// count is how many calls of an operation were made.
func (w *world) count(operation string) int {
	n := 0
	for _, c := range w.calls {
		if strings.Fields(c)[1] == operation {
			n++
		}
	}
	return n
}

// lines returns the lines of standard output that hold a key, decoded.
func (w *world) lines(t *testing.T, key string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for _, text := range strings.Split(strings.TrimSpace(w.out.String()), "\n") {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line), text)
		if _, has := line[key]; has {
			lines = append(lines, line)
		}
	}
	return lines
}

// outcomes sums the metrics by "outcome service reason", retries with the outcome "retry".
func (w *world) outcomes(t *testing.T) map[string]int {
	t.Helper()
	sums := map[string]int{}
	for _, line := range w.lines(t, contract.MetricAutotagOutcome) {
		sums[fmt.Sprint(line["Outcome"], " ", line["Service"], " ", line["Reason"])] += int(line[contract.MetricAutotagOutcome].(float64))
	}
	for _, line := range w.lines(t, contract.MetricAutotagRetry) {
		sums[fmt.Sprint("retry ", line["Service"], " ", line["Reason"])] += int(line[contract.MetricAutotagRetry].(float64))
	}
	return sums
}

func (w *world) GetParameters(_ context.Context, in *ssm.GetParametersInput, _ ...func(*ssm.Options)) (*ssm.GetParametersOutput, error) {
	if err := w.called("-", "GetParameters", in.Names); err != nil {
		return nil, err
	}
	out := &ssm.GetParametersOutput{}
	for _, name := range in.Names {
		if value, ok := w.parameters[name]; ok {
			out.Parameters = append(out.Parameters, ssmtypes.Parameter{Name: aws.String(name), Value: aws.String(value)})
		} else {
			out.InvalidParameters = append(out.InvalidParameters, name)
		}
	}
	return out, nil
}

func (w *world) GetParameterHistory(_ context.Context, in *ssm.GetParameterHistoryInput, _ ...func(*ssm.Options)) (*ssm.GetParameterHistoryOutput, error) {
	if err := w.called("-", "GetParameterHistory", []string{*in.Name}); err != nil {
		return nil, err
	}
	from := len(aws.ToString(in.NextToken))
	to := min(from+2, len(w.history))
	out := &ssm.GetParameterHistoryOutput{Parameters: w.history[from:to]}
	if to < len(w.history) {
		out.NextToken = aws.String(strings.Repeat("x", to))
	}
	return out, nil
}

// client is the world as one region's clients see it.
type client struct {
	*world
	region string
}

func (c client) DescribeInstances(_ context.Context, in *ec2.DescribeInstancesInput, _ ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	ids := in.Filters[0].Values
	if err := c.called(c.region, "DescribeInstances", ids); err != nil {
		return nil, err
	}
	var found []ec2types.Instance
	for _, id := range ids {
		instance, ok := c.instances[id]
		if c.looks[id] > 0 {
			c.looks[id]--
			instance.BlockDeviceMappings, instance.NetworkInterfaces = nil, nil
		}
		if ok {
			found = append(found, instance)
		}
	}
	return &ec2.DescribeInstancesOutput{Reservations: []ec2types.Reservation{{Instances: found}}}, nil
}

func (c client) DescribeTags(_ context.Context, in *ec2.DescribeTagsInput, _ ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error) {
	ids := in.Filters[0].Values
	if err := c.called(c.region, "DescribeTags", ids); err != nil {
		return nil, err
	}
	out := &ec2.DescribeTagsOutput{}
	for id, tags := range c.parents {
		for key, value := range tags {
			if slices.Contains(ids, id) {
				out.Tags = append(out.Tags, ec2types.TagDescription{ResourceId: &id, Key: aws.String(key), Value: aws.String(value)})
			}
		}
	}
	for arn, tags := range c.tags {
		if id := lastPart(arn); slices.Contains(ids, id) {
			for key, value := range tags {
				out.Tags = append(out.Tags, ec2types.TagDescription{ResourceId: &id, Key: aws.String(key), Value: aws.String(value)})
			}
		}
	}
	return out, nil
}

func (c client) GetBucketTagging(_ context.Context, in *s3.GetBucketTaggingInput, _ ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error) {
	if err := c.called(c.region, "GetBucketTagging", []string{*in.Bucket}); err != nil {
		return nil, err
	}
	tags := c.tags["arn:aws:s3:::"+*in.Bucket]
	if len(tags) == 0 {
		return nil, apiError("NoSuchTagSet")
	}
	out := &s3.GetBucketTaggingOutput{}
	for key, value := range tags {
		out.TagSet = append(out.TagSet, s3types.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return out, nil
}

func (c client) ListTagsForResource(_ context.Context, in *rds.ListTagsForResourceInput, _ ...func(*rds.Options)) (*rds.ListTagsForResourceOutput, error) {
	if err := c.called(c.region, "ListTagsForResource", []string{*in.ResourceName}); err != nil {
		return nil, err
	}
	out := &rds.ListTagsForResourceOutput{}
	for key, value := range c.tags[*in.ResourceName] {
		out.TagList = append(out.TagList, rdstypes.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return out, nil
}

func (c client) ListTags(_ context.Context, in *lambda.ListTagsInput, _ ...func(*lambda.Options)) (*lambda.ListTagsOutput, error) {
	if err := c.called(c.region, "ListTags", []string{*in.Resource}); err != nil {
		return nil, err
	}
	return &lambda.ListTagsOutput{Tags: c.tags[*in.Resource]}, nil
}

func (c client) TagResources(_ context.Context, in *resourcegroupstaggingapi.TagResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.TagResourcesOutput, error) {
	if err := c.called(c.region, "TagResources", in.ResourceARNList); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	out := &resourcegroupstaggingapi.TagResourcesOutput{FailedResourcesMap: map[string]taggingtypes.FailureInfo{}}
	for _, spoiler := range in.ResourceARNList {
		if failure, spoils := c.spoil[spoiler]; spoils {
			for _, arn := range in.ResourceARNList {
				out.FailedResourcesMap[arn] = failure
			}
			return out, nil
		}
	}
	for _, arn := range in.ResourceARNList {
		if failure, refused := c.refuse[arn]; refused {
			out.FailedResourcesMap[arn] = failure
			continue
		}
		if c.tags[arn] == nil {
			c.tags[arn] = map[string]string{}
		}
		for key, value := range in.Tags {
			c.tags[arn][key] = value
		}
	}
	return out, nil
}

func apiError(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "as the test says"}
}

func failure(code string, status int32) taggingtypes.FailureInfo {
	return taggingtypes.FailureInfo{ErrorCode: taggingtypes.ErrorCode(code), StatusCode: status, ErrorMessage: aws.String("as the test says")}
}

// fixture reads testdata/NAME.json, or that of the one service that has it; edits are pairs of old and new text.
func fixture(t testing.TB, name string, edits ...string) string {
	t.Helper()
	if !strings.Contains(name, "/") {
		files, err := filepath.Glob("testdata/*/" + name + ".json")
		require.NoError(t, err)
		require.Len(t, files, 1, "name the service of %s too", name)
		name = strings.TrimSuffix(strings.TrimPrefix(files[0], "testdata/"), ".json")
	}
	b, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(t, err)
	for i := 0; i < len(edits); i += 2 {
		require.Contains(t, string(b), edits[i])
	}
	return strings.NewReplacer(edits...).Replace(string(b))
}

// queue makes a batch of first deliveries; message ids are m0, m1, ...
func queue(bodies ...string) events.SQSEvent { return redelivery(1, bodies...) }

func redelivery(receives int, bodies ...string) events.SQSEvent {
	var e events.SQSEvent
	for i, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{MessageId: fmt.Sprint("m", i), Body: body, EventSourceARN: queueARN,
			Attributes: map[string]string{"ApproximateReceiveCount": fmt.Sprint(receives)}})
	}
	return e
}

func failed(r events.SQSEventResponse) []string {
	ids := []string{}
	for _, f := range r.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	return ids
}
