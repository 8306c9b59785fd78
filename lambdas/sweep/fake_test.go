package sweep

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/amp"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	controltypes "github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/grafana"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/resourceexplorer2"
	extypes "github.com/aws/aws-sdk-go-v2/service/resourceexplorer2/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/internal/tagpolicy"
	"assetguard/lambdas/internal/servicetags"
)

const (
	seoul    = "ap-northeast-2"
	virginia = "us-east-1"
	account  = "123456789012"
	ec2ARN   = "arn:aws:ec2:" + seoul + ":" + account + ":"
)

// companyPolicy is the policy in force in the tests.
const companyPolicy = `{"version":1,
	"assetTypes":[{"id":"web-server","value":"Web Server"},{"id":"student-database","value":"수강생 데이터 베이스"},{"id":"lab","value":"Lab"}],
	"defaults":{"Environment":"PROD","Owner":"DevOps","PersonalInformation":"N"},
	"rules":[
		{"name":"by creator","match":{"creators":["lab-*"]},"tags":{"AssetType":"lab"}},
		{"name":"student databases","match":{"services":["rds"],"names":["student-*"]},"tags":{"AssetType":"student-database","PersonalInformation":"Y"},"overwrite":true},
		{"name":"web servers","match":{"services":["ec2"],"names":["web-*"]},"tags":{"AssetType":"web-server"}},
		{"name":"scratch buckets","match":{"names":["scratch-*"]},"exclude":true}]}`

// world is a fake account. It is all clients of all regions, the queue and the bucket.
type world struct {
	mutex sync.Mutex
	clock time.Time
	// tags are those of all assets by ARN; listed are the ARNs that the tagging API knows of.
	tags    map[string]map[string]string
	created map[string]time.Time
	of      map[string]string // volume and interface ids: their instance's id

	indexed    map[string][]string // Resource Explorer's results by query; nil: no index
	supported  []extypes.SupportedResourceType
	controlled map[string][]string // Cloud Control's identifiers by region, type and model
	recorded   []string            // AWS Config's results, JSON
	failedARNs map[string]tagtypes.FailureInfo
	fail       func(call, region string) error // asked before each call
	pageOf     int                             // page size of all lists

	objects map[string][]byte
	sent    []*sqs.SendMessageInput
	calls   []string // "ap-northeast-2 TagResources 3"
	out     bytes.Buffer
	slept   []time.Duration
}

func newWorld() *world {
	return &world{clock: time.Date(2026, 3, 1, 19, 0, 0, 0, time.UTC), tags: map[string]map[string]string{}, created: map[string]time.Time{},
		of: map[string]string{}, failedARNs: map[string]tagtypes.FailureInfo{}, controlled: map[string][]string{}, objects: map[string][]byte{}, pageOf: 1000,
		fail: func(string, string) error { return nil }}
}

func (w *world) add(arn string, tags map[string]string) { w.tags[arn] = noNil(tags) }

func (w *world) handler(regions ...string) *Handler {
	zone := time.FixedZone("KST", 9*3600)
	h := New(Config{Partition: "aws", Account: account, Regions: regions, QueueURL: "queue", Zone: zone}, w,
		func(region string) Region {
			c := client{w, region}
			return Region{EC2: c, S3: c, RDS: c, IAM: c, Control: c, Tagging: c, Config: c, Explorer: c,
				Own: servicetags.Clients{IAM: c, Prometheus: workspaces{c}, Grafana: dashboards{c}}}
		}, w, w, &w.out)
	h.now = func() time.Time { return w.clock }
	h.sleep = func(_ context.Context, d time.Duration) error { w.slept = append(w.slept, d); return nil }
	return h
}

// sweep runs a sweep to its end, over as many messages as it takes.
func (w *world) sweep(t testing.TB, h *Handler, start string) Answer {
	t.Helper()
	w.sent = nil
	answer, err := h.Handle(w.limited(t), json.RawMessage(start))
	require.NoError(t, err)
	for i := 0; i < len(w.sent); i++ {
		require.Less(t, i, 1000, "the run does not end")
		answer, err = h.Handle(w.limited(t), message(t, "m", *w.sent[i].MessageBody))
		require.NoError(t, err)
	}
	return answer
}

func (w *world) limited(t testing.TB) context.Context { return t.Context() }

func message(t testing.TB, id, body string) json.RawMessage {
	t.Helper()
	event, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{{MessageId: id, Body: body}}})
	require.NoError(t, err)
	return event
}

// Load gives the policy: world is a Policies.
func (w *world) Load(context.Context) (policy, overrides *tagpolicy.Policy, err error) {
	policy, err = tagpolicy.Parse([]byte(companyPolicy))
	return policy, &tagpolicy.Policy{Version: 1}, err
}

func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	w.sent = append(w.sent, in)
	return &sqs.SendMessageOutput{}, nil
}

func (w *world) Put(_ context.Context, key, _ string, body io.Reader) error {
	text, err := io.ReadAll(body)
	w.objects[key] = text
	return err
}

func (w *world) Open(_ context.Context, key string) (io.ReadCloser, error) {
	text, there := w.objects[key]
	if !there {
		return nil, ErrNoObject
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

func (w *world) List(_ context.Context, prefix string) ([]string, error) {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(w.objects)) {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (w *world) Copy(_ context.Context, from, to string) error {
	w.objects[to] = w.objects[from]
	return nil
}

func (w *world) Remove(_ context.Context, keys []string) error {
	for _, key := range keys {
		delete(w.objects, key)
	}
	return nil
}

// register is a CSV register: rows by ARN, each by column.
func (w *world) register(t *testing.T, key string) map[string]map[string]string {
	t.Helper()
	text, found := bytes.CutPrefix(w.objects[key], []byte(byteOrderMark))
	require.True(t, found, "Excel takes a file without a mark for another encoding")
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	rows := map[string]map[string]string{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		require.NotContains(t, rows, row["ARN"], "an asset has one row")
		rows[row["ARN"]] = row
	}
	return rows
}

func unzip(t *testing.T, text []byte) string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(text))
	require.NoError(t, err)
	out, err := io.ReadAll(zip)
	require.NoError(t, err)
	return string(out)
}

// metric sums a metric's values for the given dimensions, which must all be there.
func (w *world) metric(t *testing.T, name string, dimensions map[string]string) int {
	t.Helper()
	sum := 0
	for line := range strings.Lines(w.out.String()) {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &m))
		value, there := m[name].(float64)
		matches := there
		for key, want := range dimensions {
			matches = matches && m[key] == want
		}
		if matches {
			sum += int(value)
		}
	}
	return sum
}

func (w *world) count(operation string) int {
	n := 0
	for _, c := range w.calls {
		if strings.Fields(c)[1] == operation {
			n++
		}
	}
	return n
}

// client is a service in a region.
type client struct {
	*world
	region string
}

func (c client) called(operation string, n int) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls = append(c.calls, fmt.Sprintf("%s %s %d", c.region, operation, n))
	return c.fail(operation, c.region)
}

// some gives one page of the ARNs with a prefix.
func (c client) some(operation, prefix string, token *string) (arns []string, next *string, err error) {
	if err := c.called(operation, 0); err != nil {
		return nil, nil, err
	}
	for _, arn := range slices.Sorted(maps.Keys(c.tags)) {
		if strings.HasPrefix(arn, prefix) {
			arns = append(arns, arn)
		}
	}
	from, _ := strconv.Atoi(aws.ToString(token))
	to := min(from+c.pageOf, len(arns))
	if to < len(arns) {
		next = aws.String(strconv.Itoa(to))
	}
	return arns[from:to], next, nil
}

func (c client) arn(service, rest string) string {
	return "arn:aws:" + service + ":" + c.region + ":" + account + ":" + rest
}

func id(arn string) *string { return aws.String(arn[strings.LastIndexAny(arn, ":/")+1:]) }

func (c client) ec2Tags(arn string) (tags []ec2types.Tag) {
	for key, value := range c.tags[arn] {
		tags = append(tags, ec2types.Tag{Key: &key, Value: &value})
	}
	return tags
}

func (c client) DescribeInstances(_ context.Context, in *ec2.DescribeInstancesInput, _ ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	arns, next, err := c.some("DescribeInstances", c.arn("ec2", "instance/"), in.NextToken)
	out := &ec2.DescribeInstancesOutput{NextToken: next}
	for _, arn := range arns {
		instance := ec2types.Instance{InstanceId: id(arn), Tags: c.ec2Tags(arn), State: &ec2types.InstanceState{Name: "running"}}
		if at, known := c.created[arn]; known {
			instance.NetworkInterfaces = []ec2types.InstanceNetworkInterface{
				{Attachment: &ec2types.InstanceNetworkInterfaceAttachment{DeviceIndex: aws.Int32(0), AttachTime: &at}}}
		}
		out.Reservations = append(out.Reservations, ec2types.Reservation{Instances: []ec2types.Instance{instance}})
	}
	return out, err
}

func (c client) DescribeVolumes(_ context.Context, in *ec2.DescribeVolumesInput, _ ...func(*ec2.Options)) (*ec2.DescribeVolumesOutput, error) {
	arns, next, err := c.some("DescribeVolumes", c.arn("ec2", "volume/"), in.NextToken)
	out := &ec2.DescribeVolumesOutput{NextToken: next}
	for _, arn := range arns {
		v := ec2types.Volume{VolumeId: id(arn), Tags: c.ec2Tags(arn)}
		if at, known := c.created[arn]; known {
			v.CreateTime = &at
		}
		if of, attached := c.of[*id(arn)]; attached {
			v.Attachments = []ec2types.VolumeAttachment{{InstanceId: &of}}
		}
		out.Volumes = append(out.Volumes, v)
	}
	return out, err
}

func (c client) DescribeNetworkInterfaces(_ context.Context, in *ec2.DescribeNetworkInterfacesInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error) {
	arns, next, err := c.some("DescribeNetworkInterfaces", c.arn("ec2", "network-interface/"), in.NextToken)
	out := &ec2.DescribeNetworkInterfacesOutput{NextToken: next}
	for _, arn := range arns {
		out.NetworkInterfaces = append(out.NetworkInterfaces, ec2types.NetworkInterface{NetworkInterfaceId: id(arn), TagSet: c.ec2Tags(arn),
			Attachment: &ec2types.NetworkInterfaceAttachment{InstanceId: aws.String(c.of[*id(arn)])}})
	}
	return out, err
}

func (c client) DescribeSecurityGroups(_ context.Context, in *ec2.DescribeSecurityGroupsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	arns, next, err := c.some("DescribeSecurityGroups", c.arn("ec2", "security-group/"), in.NextToken)
	out := &ec2.DescribeSecurityGroupsOutput{NextToken: next}
	for _, arn := range arns {
		out.SecurityGroups = append(out.SecurityGroups, ec2types.SecurityGroup{GroupId: id(arn), GroupName: aws.String("web-group"), Tags: c.ec2Tags(arn)})
	}
	return out, err
}

func (c client) DescribeImages(_ context.Context, in *ec2.DescribeImagesInput, _ ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error) {
	arns, next, err := c.some("DescribeImages", c.arn("ec2", "image/"), in.NextToken)
	out := &ec2.DescribeImagesOutput{NextToken: next}
	for _, arn := range arns {
		out.Images = append(out.Images, ec2types.Image{ImageId: id(arn), Name: aws.String("golden"), CreationDate: aws.String("2026-02-01T19:00:00.000Z"), Tags: c.ec2Tags(arn)})
	}
	return out, err
}

// DescribeSnapshots shows AWS's own too.
func (c client) DescribeSnapshots(_ context.Context, in *ec2.DescribeSnapshotsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSnapshotsOutput, error) {
	arns, next, err := c.some("DescribeSnapshots", c.arn("ec2", "snapshot/"), in.NextToken)
	out := &ec2.DescribeSnapshotsOutput{NextToken: next, Snapshots: []ec2types.Snapshot{
		{SnapshotId: aws.String("snap-aws"), OwnerId: aws.String("801119661308")}}}
	for _, arn := range arns {
		out.Snapshots = append(out.Snapshots, ec2types.Snapshot{SnapshotId: id(arn), OwnerId: aws.String(account), Tags: c.ec2Tags(arn)})
	}
	return out, err
}

func (c client) DescribeKeyPairs(context.Context, *ec2.DescribeKeyPairsInput, ...func(*ec2.Options)) (*ec2.DescribeKeyPairsOutput, error) {
	arns, _, err := c.some("DescribeKeyPairs", c.arn("ec2", "key-pair/"), nil)
	out := &ec2.DescribeKeyPairsOutput{}
	for _, arn := range arns {
		out.KeyPairs = append(out.KeyPairs, ec2types.KeyPairInfo{KeyPairId: id(arn), KeyName: aws.String("web-key"), Tags: c.ec2Tags(arn)})
	}
	return out, err
}

func (c client) DescribeSpotInstanceRequests(_ context.Context, in *ec2.DescribeSpotInstanceRequestsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSpotInstanceRequestsOutput, error) {
	arns, next, err := c.some("DescribeSpotInstanceRequests", c.arn("ec2", "spot-instances-request/"), in.NextToken)
	out := &ec2.DescribeSpotInstanceRequestsOutput{NextToken: next}
	for _, arn := range arns {
		state := ec2types.SpotInstanceStateActive
		if strings.Contains(arn, "ended") {
			state = ec2types.SpotInstanceStateCancelled
		}
		out.SpotInstanceRequests = append(out.SpotInstanceRequests, ec2types.SpotInstanceRequest{SpotInstanceRequestId: id(arn), State: state, Tags: c.ec2Tags(arn)})
	}
	return out, err
}

// DescribeManagedPrefixLists shows AWS's own too.
func (c client) DescribeManagedPrefixLists(_ context.Context, in *ec2.DescribeManagedPrefixListsInput, _ ...func(*ec2.Options)) (*ec2.DescribeManagedPrefixListsOutput, error) {
	arns, next, err := c.some("DescribeManagedPrefixLists", c.arn("ec2", "prefix-list/"), in.NextToken)
	out := &ec2.DescribeManagedPrefixListsOutput{NextToken: next, PrefixLists: []ec2types.ManagedPrefixList{
		{PrefixListId: aws.String("pl-s3"), OwnerId: aws.String("AWS")}}}
	for _, arn := range arns {
		out.PrefixLists = append(out.PrefixLists, ec2types.ManagedPrefixList{PrefixListId: id(arn), OwnerId: aws.String(account), Tags: c.ec2Tags(arn)})
	}
	return out, err
}

func (c client) DescribeTags(_ context.Context, in *ec2.DescribeTagsInput, _ ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error) {
	out := &ec2.DescribeTagsOutput{}
	for _, of := range in.Filters[0].Values {
		if name, named := c.tags[c.arn("ec2", "instance/"+of)]["Name"]; named {
			out.Tags = append(out.Tags, ec2types.TagDescription{ResourceId: &of, Key: aws.String("Name"), Value: &name})
		}
	}
	return out, c.called("DescribeTags", len(in.Filters[0].Values))
}

func (c client) ListBuckets(_ context.Context, in *s3.ListBucketsInput, _ ...func(*s3.Options)) (*s3.ListBucketsOutput, error) {
	arns, next, err := c.some("ListBuckets", "arn:aws:s3:::"+c.region, in.ContinuationToken)
	out := &s3.ListBucketsOutput{ContinuationToken: next}
	for _, arn := range arns {
		out.Buckets = append(out.Buckets, s3types.Bucket{Name: id(arn), BucketRegion: &c.region})
	}
	return out, err
}

func (c client) GetBucketTagging(_ context.Context, in *s3.GetBucketTaggingInput, _ ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error) {
	if err := c.called("GetBucketTagging", 1); err != nil {
		return nil, err
	}
	out := &s3.GetBucketTaggingOutput{}
	for key, value := range c.tags["arn:aws:s3:::"+*in.Bucket] {
		out.TagSet = append(out.TagSet, s3types.Tag{Key: &key, Value: &value})
	}
	if len(out.TagSet) == 0 {
		return nil, &smithy.GenericAPIError{Code: "NoSuchTagSet"}
	}
	return out, nil
}

func (c client) DescribeDBInstances(_ context.Context, in *rds.DescribeDBInstancesInput, _ ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	arns, next, err := c.some("DescribeDBInstances", c.arn("rds", "db:"), in.Marker)
	out := &rds.DescribeDBInstancesOutput{Marker: next}
	for _, arn := range arns {
		db := rdstypes.DBInstance{DBInstanceArn: &arn}
		for key, value := range c.tags[arn] {
			db.TagList = append(db.TagList, rdstypes.Tag{Key: &key, Value: &value})
		}
		out.DBInstances = append(out.DBInstances, db)
	}
	return out, err
}

func (c client) DescribeDBSnapshots(_ context.Context, in *rds.DescribeDBSnapshotsInput, _ ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error) {
	arns, next, err := c.some("DescribeDBSnapshots", c.arn("rds", "snapshot:"), in.Marker)
	out := &rds.DescribeDBSnapshotsOutput{Marker: next}
	for _, arn := range arns {
		out.DBSnapshots = append(out.DBSnapshots, rdstypes.DBSnapshot{DBSnapshotArn: &arn})
	}
	return out, err
}

func (c client) DescribeDBClusterSnapshots(_ context.Context, in *rds.DescribeDBClusterSnapshotsInput, _ ...func(*rds.Options)) (*rds.DescribeDBClusterSnapshotsOutput, error) {
	arns, next, err := c.some("DescribeDBClusterSnapshots", c.arn("rds", "cluster-snapshot:"), in.Marker)
	out := &rds.DescribeDBClusterSnapshotsOutput{Marker: next}
	for _, arn := range arns {
		out.DBClusterSnapshots = append(out.DBClusterSnapshots, rdstypes.DBClusterSnapshot{DBClusterSnapshotArn: &arn})
	}
	return out, err
}

// ListResources knows functions by their tags and the types that the world has identifiers of; it refuses any other.
func (c client) ListResources(_ context.Context, in *cloudcontrol.ListResourcesInput, _ ...func(*cloudcontrol.Options)) (*cloudcontrol.ListResourcesOutput, error) {
	if err := c.called("ListResources:"+*in.TypeName, 0); err != nil {
		return nil, err
	}
	ids, known := c.controlled[c.region+" "+strings.TrimSpace(*in.TypeName+" "+aws.ToString(in.ResourceModel))]
	if prefix := c.arn("lambda", "function:"); *in.TypeName == "AWS::Lambda::Function" {
		for _, arn := range slices.Sorted(maps.Keys(c.tags)) {
			if name, found := strings.CutPrefix(arn, prefix); found {
				ids, known = append(ids, name), true
			}
		}
	}
	if !known {
		return nil, &smithy.GenericAPIError{Code: "UnsupportedActionException"}
	}
	from, _ := strconv.Atoi(aws.ToString(in.NextToken))
	to := min(from+c.pageOf, len(ids))
	out := &cloudcontrol.ListResourcesOutput{}
	if to < len(ids) {
		out.NextToken = aws.String(strconv.Itoa(to))
	}
	for _, id := range ids[from:to] {
		out.ResourceDescriptions = append(out.ResourceDescriptions, controltypes.ResourceDescription{Identifier: &id})
	}
	return out, nil
}

// identities gives one page of the ARNs of a kind of IAM.
func (c client) identities(operation, kind string, marker *string) (arns []string, next *string, err error) {
	return c.some(operation, "arn:aws:iam::"+account+":"+kind+"/", marker)
}

func (c client) identityTags(kind, name string) (tags []iamtypes.Tag, err error) {
	if err := c.called("IdentityTags", 1); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for arn, carried := range c.tags {
		if strings.HasPrefix(arn, "arn:aws:iam::"+account+":"+kind+"/") && strings.HasSuffix(arn, "/"+name) {
			for key, value := range carried {
				tags = append(tags, iamtypes.Tag{Key: &key, Value: &value})
			}
		}
	}
	return tags, nil
}

func (c client) tagIdentity(kind, name string, tags []iamtypes.Tag) error {
	if err := c.called("TagIdentity", 1); err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for arn, carried := range c.tags {
		if strings.HasPrefix(arn, "arn:aws:iam::"+account+":"+kind+"/") && strings.HasSuffix(arn, "/"+name) {
			for _, tag := range tags {
				carried[*tag.Key] = *tag.Value
			}
		}
	}
	return nil
}

func (c client) ListUsers(_ context.Context, in *iam.ListUsersInput, _ ...func(*iam.Options)) (*iam.ListUsersOutput, error) {
	arns, next, err := c.identities("ListUsers", "user", in.Marker)
	out := &iam.ListUsersOutput{Marker: next}
	for _, arn := range arns {
		out.Users = append(out.Users, iamtypes.User{Arn: &arn, CreateDate: &c.clock})
	}
	return out, err
}

func (c client) ListUserTags(_ context.Context, in *iam.ListUserTagsInput, _ ...func(*iam.Options)) (*iam.ListUserTagsOutput, error) {
	tags, err := c.identityTags("user", *in.UserName)
	return &iam.ListUserTagsOutput{Tags: tags}, err
}

func (c client) TagUser(_ context.Context, in *iam.TagUserInput, _ ...func(*iam.Options)) (*iam.TagUserOutput, error) {
	return &iam.TagUserOutput{}, c.tagIdentity("user", *in.UserName, in.Tags)
}

func (c client) ListRoles(_ context.Context, in *iam.ListRolesInput, _ ...func(*iam.Options)) (*iam.ListRolesOutput, error) {
	arns, next, err := c.identities("ListRoles", "role", in.Marker)
	out := &iam.ListRolesOutput{Marker: next}
	for _, arn := range arns {
		created, known := c.created[arn]
		if !known {
			created = c.clock
		}
		out.Roles = append(out.Roles, iamtypes.Role{Arn: &arn, CreateDate: &created, Path: aws.String(pathOf(arn))})
	}
	return out, err
}

func (c client) ListRoleTags(_ context.Context, in *iam.ListRoleTagsInput, _ ...func(*iam.Options)) (*iam.ListRoleTagsOutput, error) {
	tags, err := c.identityTags("role", *in.RoleName)
	return &iam.ListRoleTagsOutput{Tags: tags}, err
}

func (c client) TagRole(_ context.Context, in *iam.TagRoleInput, _ ...func(*iam.Options)) (*iam.TagRoleOutput, error) {
	return &iam.TagRoleOutput{}, c.tagIdentity("role", *in.RoleName, in.Tags)
}

func (c client) ListPolicies(_ context.Context, in *iam.ListPoliciesInput, _ ...func(*iam.Options)) (*iam.ListPoliciesOutput, error) {
	arns, next, err := c.identities("ListPolicies", "policy", in.Marker)
	out := &iam.ListPoliciesOutput{Marker: next}
	for _, arn := range arns {
		out.Policies = append(out.Policies, iamtypes.Policy{Arn: &arn, CreateDate: &c.clock})
	}
	return out, err
}

func (c client) ListPolicyTags(_ context.Context, in *iam.ListPolicyTagsInput, _ ...func(*iam.Options)) (*iam.ListPolicyTagsOutput, error) {
	tags, err := c.identityTags("policy", *id(*in.PolicyArn))
	return &iam.ListPolicyTagsOutput{Tags: tags}, err
}

func (c client) TagPolicy(_ context.Context, in *iam.TagPolicyInput, _ ...func(*iam.Options)) (*iam.TagPolicyOutput, error) {
	return &iam.TagPolicyOutput{}, c.tagIdentity("policy", *id(*in.PolicyArn), in.Tags)
}

func (c client) ListInstanceProfiles(_ context.Context, in *iam.ListInstanceProfilesInput, _ ...func(*iam.Options)) (*iam.ListInstanceProfilesOutput, error) {
	arns, next, err := c.identities("ListInstanceProfiles", "instance-profile", in.Marker)
	out := &iam.ListInstanceProfilesOutput{Marker: next}
	for _, arn := range arns {
		out.InstanceProfiles = append(out.InstanceProfiles, iamtypes.InstanceProfile{Arn: &arn, CreateDate: &c.clock})
	}
	return out, err
}

func (c client) ListInstanceProfileTags(_ context.Context, in *iam.ListInstanceProfileTagsInput, _ ...func(*iam.Options)) (*iam.ListInstanceProfileTagsOutput, error) {
	tags, err := c.identityTags("instance-profile", *in.InstanceProfileName)
	return &iam.ListInstanceProfileTagsOutput{Tags: tags}, err
}

func (c client) TagInstanceProfile(_ context.Context, in *iam.TagInstanceProfileInput, _ ...func(*iam.Options)) (*iam.TagInstanceProfileOutput, error) {
	return &iam.TagInstanceProfileOutput{}, c.tagIdentity("instance-profile", *in.InstanceProfileName, in.Tags)
}

// workspaces and dashboards are Prometheus and Grafana, which tag by their own calls.
type (
	workspaces struct{ client }
	dashboards struct{ client }
)

func (c client) ownTags(arn string) (map[string]string, error) {
	if err := c.called("OwnTags", 1); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return maps.Clone(c.tags[arn]), nil
}

func (c client) tagOwn(arn string, tags map[string]string) error {
	if err := c.called("TagOwn", 1); err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.tags[arn] = noNil(c.tags[arn])
	maps.Copy(c.tags[arn], tags)
	return nil
}

func (w workspaces) ListTagsForResource(_ context.Context, in *amp.ListTagsForResourceInput, _ ...func(*amp.Options)) (*amp.ListTagsForResourceOutput, error) {
	tags, err := w.ownTags(*in.ResourceArn)
	return &amp.ListTagsForResourceOutput{Tags: tags}, err
}

func (w workspaces) TagResource(_ context.Context, in *amp.TagResourceInput, _ ...func(*amp.Options)) (*amp.TagResourceOutput, error) {
	return &amp.TagResourceOutput{}, w.tagOwn(*in.ResourceArn, in.Tags)
}

func (d dashboards) ListTagsForResource(_ context.Context, in *grafana.ListTagsForResourceInput, _ ...func(*grafana.Options)) (*grafana.ListTagsForResourceOutput, error) {
	tags, err := d.ownTags(*in.ResourceArn)
	return &grafana.ListTagsForResourceOutput{Tags: tags}, err
}

func (d dashboards) TagResource(_ context.Context, in *grafana.TagResourceInput, _ ...func(*grafana.Options)) (*grafana.TagResourceOutput, error) {
	return &grafana.TagResourceOutput{}, d.tagOwn(*in.ResourceArn, in.Tags)
}

// pathOf is the path of a role's ARN.
func pathOf(arn string) string {
	_, path, _ := strings.Cut(arn, ":role")
	return path[:strings.LastIndex(path, "/")+1]
}

// GetResources knows what carries tags, or of the ARNs it is asked for those.
func (c client) GetResources(_ context.Context, in *resourcegroupstaggingapi.GetResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
	out := &resourcegroupstaggingapi.GetResourcesOutput{}
	arns := in.ResourceARNList
	operation := "Look"
	if arns == nil {
		operation = "GetResources"
		var err error
		if arns, out.PaginationToken, err = c.some(operation, "arn:", in.PaginationToken); err != nil {
			return nil, err
		}
	} else if err := c.called(operation, len(arns)); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, arn := range arns {
		if strings.Contains(arn, ":unsupported") && operation == "Look" {
			return nil, &smithy.GenericAPIError{Code: "InvalidParameterException"}
		}
		if len(c.tags[arn]) == 0 || (operation != "Look" && !strings.Contains(arn, c.region)) {
			continue
		}
		m := tagtypes.ResourceTagMapping{ResourceARN: &arn}
		for key, value := range c.tags[arn] {
			m.Tags = append(m.Tags, tagtypes.Tag{Key: &key, Value: &value})
		}
		out.ResourceTagMappingList = append(out.ResourceTagMappingList, m)
	}
	return out, nil
}

func (c client) TagResources(_ context.Context, in *resourcegroupstaggingapi.TagResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.TagResourcesOutput, error) {
	if err := c.called("TagResources", len(in.ResourceARNList)); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	out := &resourcegroupstaggingapi.TagResourcesOutput{FailedResourcesMap: map[string]tagtypes.FailureInfo{}}
	for _, arn := range in.ResourceARNList {
		if failure, fails := c.failedARNs[arn]; fails {
			out.FailedResourcesMap[arn] = failure
			continue
		}
		c.tags[arn] = noNil(c.tags[arn])
		maps.Copy(c.tags[arn], in.Tags)
	}
	return out, nil
}

func (c client) DescribeConfigurationRecorderStatus(context.Context, *configservice.DescribeConfigurationRecorderStatusInput, ...func(*configservice.Options)) (*configservice.DescribeConfigurationRecorderStatusOutput, error) {
	return &configservice.DescribeConfigurationRecorderStatusOutput{ConfigurationRecordersStatus: []configtypes.ConfigurationRecorderStatus{
		{Recording: len(c.recorded) > 0}}}, c.called("DescribeConfigurationRecorderStatus", 0)
}

func (c client) SelectResourceConfig(context.Context, *configservice.SelectResourceConfigInput, ...func(*configservice.Options)) (*configservice.SelectResourceConfigOutput, error) {
	return &configservice.SelectResourceConfigOutput{Results: c.recorded}, c.called("SelectResourceConfig", 0)
}

func (c client) GetIndex(context.Context, *resourceexplorer2.GetIndexInput, ...func(*resourceexplorer2.Options)) (*resourceexplorer2.GetIndexOutput, error) {
	if err := c.called("GetIndex", 0); err != nil {
		return nil, err
	}
	if c.indexed == nil {
		return nil, &smithy.GenericAPIError{Code: "ResourceNotFoundException"}
	}
	return &resourceexplorer2.GetIndexOutput{State: extypes.IndexStateActive}, nil
}

func (c client) GetDefaultView(context.Context, *resourceexplorer2.GetDefaultViewInput, ...func(*resourceexplorer2.Options)) (*resourceexplorer2.GetDefaultViewOutput, error) {
	return &resourceexplorer2.GetDefaultViewOutput{ViewArn: aws.String("view")}, nil
}

func (c client) ListSupportedResourceTypes(context.Context, *resourceexplorer2.ListSupportedResourceTypesInput, ...func(*resourceexplorer2.Options)) (*resourceexplorer2.ListSupportedResourceTypesOutput, error) {
	return &resourceexplorer2.ListSupportedResourceTypesOutput{ResourceTypes: c.supported}, c.called("ListSupportedResourceTypes", 0)
}

// Search gives at most 1,000 results in two pages and says when there are more.
func (c client) Search(_ context.Context, in *resourceexplorer2.SearchInput, _ ...func(*resourceexplorer2.Options)) (*resourceexplorer2.SearchOutput, error) {
	all := c.indexed[*in.QueryString]
	out := &resourceexplorer2.SearchOutput{Count: &extypes.ResourceCount{
		Complete: aws.Bool(len(all) <= searchLimit), TotalResources: aws.Int64(int64(min(len(all), searchLimit)))}}
	all = all[:min(len(all), searchLimit)]
	half := len(all) / 2
	if in.NextToken != nil {
		all = all[half:]
	} else if half > 0 {
		all, out.NextToken = all[:half], aws.String("second half")
	}
	for _, arn := range all {
		out.Resources = append(out.Resources, extypes.Resource{Arn: &arn, Region: &c.region, OwningAccountId: aws.String(account)})
	}
	return out, c.called("Search", 0)
}
