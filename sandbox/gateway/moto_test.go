package gateway_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assetguard/sandbox/apimodel"
	"assetguard/sandbox/awsconfig"
	"assetguard/sandbox/emulator"
	"assetguard/sandbox/gateway"
	"assetguard/sandbox/securityhub"
	"assetguard/sandbox/supplement"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroups"
	grouptypes "github.com/aws/aws-sdk-go-v2/service/resourcegroups/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	region  = "ap-northeast-2"
	account = "123456789012"
)

// recordingBus keeps envelopes in the order in which they came.
type recordingBus struct {
	mu   sync.Mutex
	kept []map[string]any
	came chan struct{}
}

func (b *recordingBus) Fire(context.Context, string, string) error { return nil }

func (b *recordingBus) Put(_ context.Context, region, bus string, envelope map[string]any) {
	text, err := json.Marshal(envelope)
	if err != nil {
		panic(err)
	}
	var plain map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		panic(err)
	}
	b.mu.Lock()
	b.kept = append(b.kept, plain)
	b.mu.Unlock()
	b.came <- struct{}{}
}

// cloud is a gateway before a real moto.
type cloud struct {
	t    *testing.T
	bus  *recordingBus
	url  string
	gate *gateway.Gateway
}

// newCloud starts an emulator of its own, so that a test begins with an empty
// account, and a gateway before it.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	found, err := emulator.Find(t.Context(), filepath.Join(os.TempDir(), "assetguard-moto"), log)
	require.NoError(t, err)
	moto, err := emulator.Start(t.Context(), found, &bytes.Buffer{}, log)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, moto.Stop()) })
	library, err := apimodel.Open(found.Models)
	require.NoError(t, err)
	c := &cloud{t: t, bus: &recordingBus{came: make(chan struct{}, 1000)}}
	extra := supplement.Options{Upstream: moto.URL, AccountID: account}
	hub := securityhub.New(securityhub.Options{AccountID: account, Bus: c.bus})
	server := httptest.NewUnstartedServer(nil)
	c.url = "http://" + server.Listener.Addr().String()
	config := awsconfig.New(awsconfig.Options{
		AccountID: account, Bus: c.bus, Log: log, Settle: time.Millisecond, Judged: hub.Judge, Emulator: extra.Emulator, Gateway: supplement.Options{Upstream: c.url}.Emulator,
	})
	hub.Link = config.Link
	c.gate, err = gateway.New(gateway.Options{
		Upstream: moto.URL, Library: library, Bus: c.bus, Findings: hub, AccountID: account, AccessLog: &bytes.Buffer{}, Log: log,
		Supplements: slices.Concat(supplement.Tables(extra), hub.Supplements(), config.Supplements()),
	})
	require.NoError(t, err)
	server.Config.Handler = c.gate
	server.Start()
	t.Cleanup(server.Close)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.gate.Run(ctx, time.Second) }()
	evaluated := make(chan struct{})
	go func() { config.Run(ctx); close(evaluated) }()
	t.Cleanup(func() { stop(); assert.NoError(t, <-done); <-evaluated })
	return c
}

func (c *cloud) config(key string) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: aws.String(c.url), Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")}
}

// trail makes a multi-region trail with logging on, as raw calls: the service has
// no client in this module.
func (c *cloud) trail() {
	c.json("cloudtrail", "CloudTrail_20131101.CreateTrail", `{"Name":"audit","S3BucketName":"audit-logs","IsMultiRegionTrail":true}`)
	c.json("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StartLogging", `{"Name":"arn:aws:cloudtrail:ap-northeast-2:123456789012:trail/audit"}`)
}

func (c *cloud) s3() *s3.Client {
	return s3.NewFromConfig(c.config("test"), func(o *s3.Options) { o.UsePathStyle = true })
}

// event waits for the next event of a name and returns its detail.
func (c *cloud) event(name string) map[string]any {
	c.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		c.bus.mu.Lock()
		for _, e := range c.bus.kept {
			if d := e["detail"].(map[string]any); d["eventName"] == name {
				c.bus.mu.Unlock()
				assert.Equal(c.t, "AWS API Call via CloudTrail", e["detail-type"])
				assert.Equal(c.t, d["awsRegion"], e["region"])
				return d
			}
		}
		c.bus.mu.Unlock()
		select {
		case <-c.bus.came:
		case <-deadline:
			c.t.Fatalf("no event %s came; there were %v", name, c.names())
		}
	}
}

func (c *cloud) names() []string {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	var out []string
	for _, e := range c.bus.kept {
		out = append(out, e["detail"].(map[string]any)["eventName"].(string))
	}
	return out
}

// at walks a path of keys and list places through decoded JSON.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch key := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			require.True(t, ok, "%v of %v is no object", path, v)
			v = m[key]
		case int:
			l, ok := v.([]any)
			require.True(t, ok && len(l) > key, "%v is too short", path)
			v = l[key]
		}
	}
	return v
}

func TestEventsOfCreates(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	_, err := c.s3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("audit-logs"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	c.trail()

	t.Run("nothing before the trail", func(t *testing.T) {
		c.event("StartLogging")
		assert.Equal(t, []string{"StartLogging"}, c.names())
	})
	t.Run("RunInstances", func(t *testing.T) {
		out, err := ec2.NewFromConfig(c.config("AKIAIOSFODNN7EXAMPLE")).RunInstances(ctx, &ec2.RunInstancesInput{
			ImageId: aws.String("ami-12c6146b"), MinCount: aws.Int32(2), MaxCount: aws.Int32(2), InstanceType: ec2types.InstanceTypeT3Micro, UserData: aws.String("c2VjcmV0"),
			TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeInstance, Tags: []ec2types.Tag{{Key: aws.String("Name"), Value: aws.String("웹 서버")}}}},
		})
		require.NoError(t, err)
		d := c.event("RunInstances")
		assert.Equal(t, "ec2.amazonaws.com", d["eventSource"])
		assert.Equal(t, aws.ToString(out.Instances[1].InstanceId), at(t, d, "responseElements", "instancesSet", "items", 1, "instanceId"))
		assert.Equal(t, map[string]any{"imageId": "ami-12c6146b", "minCount": 2.0, "maxCount": 2.0}, at(t, d, "requestParameters", "instancesSet", "items", 0))
		assert.Equal(t, "<sensitiveDataRemoved>", at(t, d, "requestParameters", "userData"))
		assert.Equal(t, map[string]any{"resourceType": "instance", "tags": []any{map[string]any{"key": "Name", "value": "웹 서버"}}}, at(t, d, "requestParameters", "tagSpecificationSet", "items", 0))
		assert.Equal(t, map[string]any{"key": "Name", "value": "웹 서버"}, at(t, d, "responseElements", "instancesSet", "items", 0, "tagSet", "items", 0))
		assert.Equal(t, "IAMUser", at(t, d, "userIdentity", "type"))
		assert.Equal(t, "arn:aws:iam::123456789012:user/AKIAIOSFODNN7EXAMPLE", at(t, d, "userIdentity", "arn"))
		assert.NotContains(t, d, "errorCode")
	})
	t.Run("CreateSecurityGroup", func(t *testing.T) {
		out, err := ec2.NewFromConfig(c.config("test")).CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: aws.String("web"), Description: aws.String("web servers")})
		require.NoError(t, err)
		d := c.event("CreateSecurityGroup")
		assert.Equal(t, aws.ToString(out.GroupId), at(t, d, "responseElements", "groupId"))
		assert.Equal(t, "web servers", at(t, d, "requestParameters", "groupDescription"))
	})
	t.Run("CreateVolume", func(t *testing.T) {
		out, err := ec2.NewFromConfig(c.config("test")).CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: aws.String(region + "a"), Size: aws.Int32(8)})
		require.NoError(t, err)
		assert.Equal(t, aws.ToString(out.VolumeId), at(t, c.event("CreateVolume"), "responseElements", "volumeId"))
	})
	t.Run("CreateBucket", func(t *testing.T) {
		_, err := c.s3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("lectures"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
		require.NoError(t, err)
		d := c.event("CreateBucket")
		assert.Equal(t, "lectures", at(t, d, "requestParameters", "bucketName"))
		assert.Equal(t, region, at(t, d, "requestParameters", "CreateBucketConfiguration", "LocationConstraint"))
		assert.Nil(t, d["responseElements"])
		_, err = c.s3().PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("lectures"), Key: aws.String("a/b"), Body: strings.NewReader("x")})
		require.NoError(t, err)
		got, err := c.s3().GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("lectures"), Key: aws.String("a/b")})
		require.NoError(t, err)
		var body bytes.Buffer
		_, err = body.ReadFrom(got.Body)
		require.NoError(t, err)
		assert.Equal(t, "x", body.String())
	})
	t.Run("CreateDBInstance", func(t *testing.T) {
		_, err := rds.NewFromConfig(c.config("test")).CreateDBInstance(ctx, &rds.CreateDBInstanceInput{DBInstanceIdentifier: aws.String("students"), DBInstanceClass: aws.String("db.t3.micro"), Engine: aws.String("mysql"), AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("admin"), MasterUserPassword: aws.String("secret99secret")})
		require.NoError(t, err)
		d := c.event("CreateDBInstance")
		assert.Equal(t, "students", at(t, d, "requestParameters", "dBInstanceIdentifier"))
		assert.Equal(t, "****", at(t, d, "requestParameters", "masterUserPassword"))
		assert.Equal(t, "arn:aws:rds:ap-northeast-2:123456789012:db:students", at(t, d, "responseElements", "dBInstanceArn"))
	})
	t.Run("CreateFunction", func(t *testing.T) {
		c.function("report")
		d := c.event("CreateFunction20150331")
		assert.Equal(t, "report", at(t, d, "requestParameters", "functionName"))
		assert.Equal(t, "arn:aws:lambda:ap-northeast-2:123456789012:function:report", at(t, d, "responseElements", "functionArn"))
		text, err := json.Marshal(d)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "hunter2")
		assert.NotContains(t, strings.ToLower(string(text)), "zipfile")
	})
	t.Run("a failed call says so", func(t *testing.T) {
		_, err := ec2.NewFromConfig(c.config("test")).TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{"i-0123456789abcdef0"}})
		require.Error(t, err)
		d := c.event("TerminateInstances")
		assert.Equal(t, "InvalidInstanceID.NotFound", d["errorCode"])
		assert.Nil(t, d["responseElements"])
		assert.Equal(t, "i-0123456789abcdef0", at(t, d, "requestParameters", "instancesSet", "items", 0, "instanceId"))
	})
	t.Run("reads and data events make none", func(t *testing.T) {
		for _, name := range c.names() {
			assert.NotContains(t, []string{"PutObject", "GetObject", "DescribeInstances", "AssumeRole"}, name)
		}
	})
	t.Run("none after StopLogging", func(t *testing.T) {
		c.json("cloudtrail", "CloudTrail_20131101.StopLogging", `{"Name":"audit"}`)
		c.event("StopLogging")
		before := len(c.names())
		_, err := ec2.NewFromConfig(c.config("test")).CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: aws.String(region + "a"), Size: aws.Int32(8)})
		require.NoError(t, err)
		c.json("cloudtrail", "CloudTrail_20131101.StartLogging", `{"Name":"audit"}`)
		require.Eventually(t, func() bool { return len(c.names()) > before }, 10*time.Second, 10*time.Millisecond)
		assert.Equal(t, []string{"StartLogging"}, c.names()[before:])
	})
}

func TestIdentities(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	_, err := c.s3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("audit-logs"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	c.trail()
	people := iam.NewFromConfig(c.config("test"))
	_, err = people.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("minji")})
	require.NoError(t, err)
	key, err := people.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("minji")})
	require.NoError(t, err)
	d := c.event("CreateAccessKey")
	assert.Equal(t, "us-east-1", d["awsRegion"], "IAM has no region")
	text, err := json.Marshal(d)
	require.NoError(t, err)
	assert.NotContains(t, string(text), aws.ToString(key.AccessKey.SecretAccessKey))

	volume := func(key string) map[string]any {
		c.bus.mu.Lock()
		c.bus.kept = nil
		c.bus.mu.Unlock()
		_, err := ec2.NewFromConfig(c.config(key)).CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: aws.String(region + "a"), Size: aws.Int32(8)})
		require.NoError(t, err)
		return c.event("CreateVolume")["userIdentity"].(map[string]any)
	}
	user := volume(aws.ToString(key.AccessKey.AccessKeyId))
	assert.Equal(t, "minji", user["userName"])
	assert.Equal(t, "arn:aws:iam::123456789012:user/minji", user["arn"])

	session, err := sts.NewFromConfig(c.config("test")).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/deploy"), RoleSessionName: aws.String("jisoo")})
	require.NoError(t, err)
	role := volume(aws.ToString(session.Credentials.AccessKeyId))
	assert.Equal(t, "AssumedRole", role["type"])
	assert.Equal(t, "arn:aws:sts::123456789012:assumed-role/deploy/jisoo", role["arn"])
	assert.True(t, strings.HasSuffix(role["principalId"].(string), ":jisoo"))
	assert.Equal(t, "deploy", at(t, role, "sessionContext", "sessionIssuer", "userName"))

	c.gate.Register("ASIAFUNCTION", "arn:aws:sts::123456789012:assumed-role/autotag/autotag-function")
	assert.Equal(t, "arn:aws:iam::123456789012:role/autotag", at(t, volume("ASIAFUNCTION"), "sessionContext", "sessionIssuer", "arn"))
}

// function makes a function with a secret in its environment.
func (c *cloud) function(name string) {
	c.t.Helper()
	_, err := iam.NewFromConfig(c.config("test")).CreateRole(c.t.Context(), &iam.CreateRoleInput{RoleName: aws.String(name + "-role"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)})
	require.NoError(c.t, err)
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	_, err = z.Create("bootstrap")
	require.NoError(c.t, err)
	require.NoError(c.t, z.Close())
	_, err = lambda.NewFromConfig(c.config("test")).CreateFunction(c.t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Role: aws.String("arn:aws:iam::123456789012:role/" + name + "-role"), Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Code: &lambdatypes.FunctionCode{ZipFile: code.Bytes()}, Environment: &lambdatypes.Environment{Variables: map[string]string{"TOKEN": "hunter2"}},
		DeadLetterConfig: &lambdatypes.DeadLetterConfig{TargetArn: aws.String("arn:aws:sqs:ap-northeast-2:123456789012:dead")},
		LoggingConfig:    &lambdatypes.LoggingConfig{LogFormat: lambdatypes.LogFormatJson},
	})
	require.NoError(c.t, err)
}

func TestTaggingOfEveryService(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	cfg := c.config("test")
	_, err := c.s3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("lectures"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
	require.NoError(t, err)
	run, err := ec2.NewFromConfig(cfg).RunInstances(ctx, &ec2.RunInstancesInput{ImageId: aws.String("ami-12c6146b"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	require.NoError(t, err)
	topic, err := sns.NewFromConfig(cfg).CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("notices")})
	require.NoError(t, err)
	_, err = sqs.NewFromConfig(cfg).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("work")})
	require.NoError(t, err)
	db, err := rds.NewFromConfig(cfg).CreateDBInstance(ctx, &rds.CreateDBInstanceInput{DBInstanceIdentifier: aws.String("students"), DBInstanceClass: aws.String("db.t3.micro"), Engine: aws.String("mysql"), AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("admin"), MasterUserPassword: aws.String("secret99secret")})
	require.NoError(t, err)
	key, err := kms.NewFromConfig(cfg).CreateKey(ctx, &kms.CreateKeyInput{})
	require.NoError(t, err)
	_, err = ssm.NewFromConfig(cfg).PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String("/assetguard/policy"), Type: ssmtypes.ParameterTypeString, Value: aws.String("{}")})
	require.NoError(t, err)
	c.function("report")
	_, err = cloudwatchlogs.NewFromConfig(cfg).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/lms/was")})
	require.NoError(t, err)

	prefix := "arn:aws:ec2:" + region + ":123456789012:"
	arns := []string{
		prefix + "instance/" + aws.ToString(run.Instances[0].InstanceId),
		prefix + "volume/" + aws.ToString(run.Instances[0].BlockDeviceMappings[0].Ebs.VolumeId),
		"arn:aws:s3:::lectures", aws.ToString(topic.TopicArn), "arn:aws:sqs:" + region + ":123456789012:work",
		aws.ToString(db.DBInstance.DBInstanceArn), "arn:aws:lambda:" + region + ":123456789012:function:report",
		aws.ToString(key.KeyMetadata.Arn), "arn:aws:ssm:" + region + ":123456789012:parameter/assetguard/policy",
		"arn:aws:logs:" + region + ":123456789012:log-group:/lms/was",
	}
	missing := []string{
		prefix + "instance/i-0123456789abcdef0", prefix + "security-group/sg-0123456789abcdef0", "arn:aws:s3:::no-such-bucket",
		"arn:aws:sqs:" + region + ":123456789012:gone", "arn:aws:lambda:" + region + ":123456789012:function:gone",
		"arn:aws:rds:" + region + ":123456789012:db:gone", "arn:aws:sns:us-east-1:123456789012:notices", "no-arn-but-long-enough",
	}
	tags := resourcegroupstaggingapi.NewFromConfig(cfg)
	out, err := tags.TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{ResourceARNList: append(append([]string{}, arns...), missing...), Tags: map[string]string{"AssetType": "수강생 데이터 베이스", "Owner": "DevOps"}})
	require.NoError(t, err)
	var failed []string
	for resource, fault := range out.FailedResourcesMap {
		failed = append(failed, resource)
		assert.Equal(t, "InvalidParameterException", string(fault.ErrorCode), resource)
		assert.NotEmpty(t, aws.ToString(fault.ErrorMessage))
	}
	assert.ElementsMatch(t, missing, failed)

	read := func() map[string]map[string]string {
		got, err := tags.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: append(append([]string{}, arns...), missing...)})
		require.NoError(t, err)
		found := map[string]map[string]string{}
		for _, m := range got.ResourceTagMappingList {
			found[aws.ToString(m.ResourceARN)] = map[string]string{}
			for _, tag := range m.Tags {
				found[aws.ToString(m.ResourceARN)][aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
		}
		return found
	}
	found := read()
	assert.Len(t, found, len(arns))
	for _, resource := range arns {
		assert.Equal(t, map[string]string{"AssetType": "수강생 데이터 베이스", "Owner": "DevOps"}, found[resource], resource)
	}
	_, err = tags.UntagResources(ctx, &resourcegroupstaggingapi.UntagResourcesInput{ResourceARNList: arns, TagKeys: []string{"AssetType"}})
	require.NoError(t, err)
	for resource, left := range read() {
		assert.Equal(t, map[string]string{"Owner": "DevOps"}, left, resource)
	}
	_, err = tags.TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{ResourceARNList: make([]string, 21), Tags: map[string]string{"a": "b"}})
	assert.ErrorContains(t, err, "InvalidParameterException")
	_, err = tags.TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{ResourceARNList: arns[:1], Tags: map[string]string{"aws:x": "b"}})
	assert.ErrorContains(t, err, "AWS's own")
}

func TestMends(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	t.Run("CBOR, which the emulator does not speak", func(t *testing.T) {
		client := cloudwatch.NewFromConfig(c.config("test"))
		at := time.Now().UTC().Truncate(time.Minute)
		_, err := client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("AssetGuard"), MetricData: []cwtypes.MetricDatum{{MetricName: aws.String("Tagged"), Value: aws.Float64(3.5), Timestamp: &at}}})
		require.NoError(t, err)
		out, err := client.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String("AssetGuard"), MetricName: aws.String("Tagged"), StartTime: aws.Time(at.Add(-time.Hour)), EndTime: aws.Time(at.Add(time.Hour)), Period: aws.Int32(60), Statistics: []cwtypes.Statistic{cwtypes.StatisticSum}})
		require.NoError(t, err)
		require.Len(t, out.Datapoints, 1)
		assert.InDelta(t, 3.5, aws.ToFloat64(out.Datapoints[0].Sum), 0)
		_, err = client.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: aws.String("none")})
		require.Error(t, err)
	})
	t.Run("bucket policy with a conditional Deny", func(t *testing.T) {
		bucket := aws.String("private")
		_, err := c.s3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
		require.NoError(t, err)
		policy := `{"Version":"2012-10-17","Statement":[{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::private","arn:aws:s3:::private/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
		_, err = c.s3().PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &policy})
		require.NoError(t, err)
		_, err = c.s3().PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a"), Body: strings.NewReader("x")})
		require.NoError(t, err)
		got, err := c.s3().GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
		require.NoError(t, err)
		assert.JSONEq(t, policy, aws.ToString(got.Policy))
		_, err = c.s3().DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: bucket})
		require.NoError(t, err)
		_, err = c.s3().GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
		assert.ErrorContains(t, err, "NoSuchBucketPolicy")
	})
	t.Run("emptying a bucket whose versioning is suspended", func(t *testing.T) {
		bucket := aws.String("versions")
		_, err := c.s3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}})
		require.NoError(t, err)
		for _, status := range []s3types.BucketVersioningStatus{s3types.BucketVersioningStatusEnabled, s3types.BucketVersioningStatusSuspended} {
			_, err = c.s3().PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &s3types.VersioningConfiguration{Status: status}})
			require.NoError(t, err)
			got, err := c.s3().GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: bucket})
			require.NoError(t, err)
			assert.Equal(t, status, got.Status)
			_, err = c.s3().PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a"), Body: strings.NewReader("x")})
			require.NoError(t, err)
			_, err = c.s3().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("a")})
			require.NoError(t, err)
		}
		all, err := c.s3().ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: bucket})
		require.NoError(t, err)
		var doomed []s3types.ObjectIdentifier
		for _, v := range all.Versions {
			doomed = append(doomed, s3types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range all.DeleteMarkers {
			doomed = append(doomed, s3types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		require.NotEmpty(t, all.DeleteMarkers)
		_, err = c.s3().DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &s3types.Delete{Objects: doomed}})
		require.NoError(t, err)
		_, err = c.s3().DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
		require.NoError(t, err)
	})
	t.Run("queue policies", func(t *testing.T) {
		client := sqs.NewFromConfig(c.config("test"))
		dead, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("dead"), Attributes: map[string]string{"RedriveAllowPolicy": `{"redrivePermission":"allowAll"}`}})
		require.NoError(t, err)
		redrive := `{"deadLetterTargetArn":"arn:aws:sqs:ap-northeast-2:123456789012:dead","maxReceiveCount":5}`
		queue, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("work"), Attributes: map[string]string{"RedrivePolicy": redrive}})
		require.NoError(t, err)
		got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: queue.QueueUrl, AttributeNames: []sqsName{"All"}})
		require.NoError(t, err)
		assert.Equal(t, redrive, got.Attributes["RedrivePolicy"])
		got, err = client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: dead.QueueUrl, AttributeNames: []sqsName{"RedriveAllowPolicy"}})
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"RedriveAllowPolicy": `{"redrivePermission":"allowAll"}`}, got.Attributes)

		policy := `{"Version": "2012-10-17", "Statement": [{"Sid": "a", "Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}`
		for _, change := range []map[string]string{{"Policy": policy}, {"VisibilityTimeout": "40"}} {
			_, err = client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: queue.QueueUrl, Attributes: change})
			require.NoError(t, err)
		}
		got, err = client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: queue.QueueUrl, AttributeNames: []sqsName{"All"}})
		require.NoError(t, err)
		assert.JSONEq(t, policy, got.Attributes["Policy"], "kept when another attribute is set")
		assert.Equal(t, "40", got.Attributes["VisibilityTimeout"])
	})
	t.Run("function configuration", func(t *testing.T) {
		c.function("report")
		client := lambda.NewFromConfig(c.config("test"))
		got, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("report")})
		require.NoError(t, err)
		assert.Equal(t, "arn:aws:sqs:ap-northeast-2:123456789012:dead", aws.ToString(got.DeadLetterConfig.TargetArn))
		assert.Equal(t, lambdatypes.LogFormatJson, got.LoggingConfig.LogFormat)
		assert.Equal(t, "/aws/lambda/report", aws.ToString(got.LoggingConfig.LogGroup))
		_, err = client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("report"), DeadLetterConfig: &lambdatypes.DeadLetterConfig{TargetArn: aws.String("")}})
		require.NoError(t, err)
		got, err = client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("report")})
		require.NoError(t, err)
		assert.Nil(t, got.DeadLetterConfig)

		_, err = client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: aws.String("report"), MaximumRetryAttempts: aws.Int32(2), MaximumEventAgeInSeconds: aws.Int32(600)})
		require.NoError(t, err)
		_, err = client.UpdateFunctionEventInvokeConfig(ctx, &lambda.UpdateFunctionEventInvokeConfigInput{FunctionName: aws.String("report"), MaximumRetryAttempts: aws.Int32(1)})
		require.NoError(t, err)
		invoke, err := client.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: aws.String("report")})
		require.NoError(t, err)
		assert.Equal(t, int32(1), aws.ToInt32(invoke.MaximumRetryAttempts))
		assert.Equal(t, int32(600), aws.ToInt32(invoke.MaximumEventAgeInSeconds))
	})
}

func TestGroupsFindWhatTheirQueryAsksFor(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	cfg := c.config("test")
	run, err := ec2.NewFromConfig(cfg).RunInstances(ctx, &ec2.RunInstancesInput{ImageId: aws.String("ami-12c6146b"), MinCount: aws.Int32(2), MaxCount: aws.Int32(2)})
	require.NoError(t, err)
	found := "arn:aws:ec2:" + region + ":123456789012:instance/" + aws.ToString(run.Instances[0].InstanceId)
	_, err = resourcegroupstaggingapi.NewFromConfig(cfg).TagResources(ctx, &resourcegroupstaggingapi.TagResourcesInput{
		ResourceARNList: []string{found}, Tags: map[string]string{"AssetType": "수강생 데이터 베이스"}})
	require.NoError(t, err)
	groups := resourcegroups.NewFromConfig(cfg)
	_, err = groups.CreateGroup(ctx, &resourcegroups.CreateGroupInput{Name: aws.String("students"), ResourceQuery: &grouptypes.ResourceQuery{
		Type:  grouptypes.QueryTypeTagFilters10,
		Query: aws.String(`{"ResourceTypeFilters":["AWS::AllSupported"],"TagFilters":[{"Key":"AssetType","Values":["수강생 데이터 베이스"]}]}`)}})
	require.NoError(t, err)
	out, err := groups.ListGroupResources(ctx, &resourcegroups.ListGroupResourcesInput{Group: aws.String("students")})
	require.NoError(t, err)
	require.Len(t, out.Resources, 1)
	assert.Equal(t, found, aws.ToString(out.Resources[0].Identifier.ResourceArn))
	assert.Equal(t, "AWS::EC2::Instance", aws.ToString(out.Resources[0].Identifier.ResourceType))
	_, err = groups.ListGroupResources(ctx, &resourcegroups.ListGroupResourcesInput{Group: aws.String("gone")})
	require.Error(t, err)
}
