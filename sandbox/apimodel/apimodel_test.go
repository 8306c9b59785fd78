package apimodel

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/sandbox/emulator"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// library opens the models of the botocore that the emulator runs with.
func library(t *testing.T) *Library {
	t.Helper()
	found, err := emulator.Find(t.Context(), filepath.Join(os.TempDir(), "assetguard-moto"), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	l, err := Open(found.Models)
	require.NoError(t, err)
	return l
}

type request struct {
	method, target, body string
	header               map[string]string
}

func (r request) http() *http.Request {
	out := httptest.NewRequest(r.method, r.target, strings.NewReader(r.body))
	for k, v := range r.header {
		out.Header.Set(k, v)
	}
	return out
}

func TestResolve(t *testing.T) {
	l := library(t)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
	target := func(name string) map[string]string { return map[string]string{"X-Amz-Target": name} }
	for name, c := range map[string]struct {
		scope     string
		request   request
		service   string
		operation string
		input     map[string]any
	}{
		"ec2 with nested lists": {"ec2", request{"POST", "/", "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=2&EbsOptimized=true&SecurityGroupId.1=sg-1&SecurityGroupId.2=sg-2&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=%EA%B0%95%EC%9D%98", form},
			"ec2", "RunInstances", map[string]any{"ImageId": "ami-1", "MinCount": 1.0, "MaxCount": 2.0, "EbsOptimized": true, "SecurityGroupIds": []any{"sg-1", "sg-2"},
				"TagSpecifications": []any{map[string]any{"ResourceType": "instance", "Tags": []any{map[string]any{"Key": "Name", "Value": "강의"}}}}}},
		"ec2, ten items in order": {"ec2", request{"POST", "/", "Action=TerminateInstances&Version=2016-11-15&InstanceId.10=i-10&InstanceId.2=i-2&InstanceId.1=i-1", form},
			"ec2", "TerminateInstances", map[string]any{"InstanceIds": []any{"i-1", "i-2", "i-10"}}},
		"query with named items": {"rds", request{"POST", "/", "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=db&AllocatedStorage=20&Tags.Tag.1.Key=a&Tags.Tag.1.Value=b&VpcSecurityGroupIds.VpcSecurityGroupId.1=sg-1", form},
			"rds", "CreateDBInstance", map[string]any{"DBInstanceIdentifier": "db", "AllocatedStorage": 20.0, "Tags": []any{map[string]any{"Key": "a", "Value": "b"}}, "VpcSecurityGroupIds": []any{"sg-1"}}},
		"query with members": {"iam", request{"POST", "/", "Action=TagRole&Version=2010-05-08&RoleName=r&Tags.member.1.Key=a&Tags.member.1.Value=b", form},
			"iam", "TagRole", map[string]any{"RoleName": "r", "Tags": []any{map[string]any{"Key": "a", "Value": "b"}}}},
		"query with a map": {"sns", request{"POST", "/", "Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=x", form},
			"sns", "CreateTopic", map[string]any{"Name": "t", "Attributes": map[string]any{"DisplayName": "x"}}},
		"query by GET": {"sts", request{"GET", "/?Action=GetCallerIdentity&Version=2011-06-15", "", nil}, "sts", "GetCallerIdentity", map[string]any{}},
		"load balancer, second version": {"elasticloadbalancing", request{"POST", "/", "Action=DescribeLoadBalancers&Version=2015-12-01&Names.member.1=a", form},
			"elbv2", "DescribeLoadBalancers", map[string]any{"Names": []any{"a"}}},
		"load balancer, first version": {"elasticloadbalancing", request{"POST", "/", "Action=DescribeLoadBalancers&Version=2012-06-01&LoadBalancerNames.member.1=a", form},
			"elb", "DescribeLoadBalancers", map[string]any{"LoadBalancerNames": []any{"a"}}},
		"cloudwatch by query": {"monitoring", request{"POST", "/", "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=a&Threshold=0.5&ActionsEnabled=false", form},
			"cloudwatch", "PutMetricAlarm", map[string]any{"AlarmName": "a", "Threshold": 0.5, "ActionsEnabled": false}},
		"cloudwatch by json": {"monitoring", request{"POST", "/", `{"AlarmNames":["a"]}`, target("GraniteServiceVersion20100801.DeleteAlarms")}, "cloudwatch", "DeleteAlarms", map[string]any{"AlarmNames": []any{"a"}}},
		"json":               {"sqs", request{"POST", "/", `{"QueueName":"q","Attributes":{"DelaySeconds":"1"}}`, target("AmazonSQS.CreateQueue")}, "sqs", "CreateQueue", map[string]any{"QueueName": "q", "Attributes": map[string]any{"DelaySeconds": "1"}}},
		"json, long target":  {"cloudtrail", request{"POST", "/", `{"Name":"t"}`, target("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StartLogging")}, "cloudtrail", "StartLogging", map[string]any{"Name": "t"}},
		"json, short target": {"cloudtrail", request{"POST", "/", `{"Name":"t"}`, target("CloudTrail_20131101.StartLogging")}, "cloudtrail", "StartLogging", map[string]any{"Name": "t"}},
		"json, tagging":      {"tagging", request{"POST", "/", `{"ResourceARNList":["a"],"Tags":{"k":"v"}}`, target("ResourceGroupsTaggingAPI_20170126.TagResources")}, "resourcegroupstaggingapi", "TagResources", map[string]any{"ResourceARNList": []any{"a"}, "Tags": map[string]any{"k": "v"}}},
		"json, unreadable":   {"sqs", request{"POST", "/", `{"QueueName`, target("AmazonSQS.CreateQueue")}, "sqs", "CreateQueue", map[string]any{}},
		"rest-json":          {"lambda", request{"PUT", "/2019-09-25/functions/f/event-invoke-config?Qualifier=live", `{"MaximumRetryAttempts":2}`, nil}, "lambda", "PutFunctionEventInvokeConfig", map[string]any{"FunctionName": "f", "Qualifier": "live", "MaximumRetryAttempts": 2.0}},
		"rest-json, escaped ARN": {"lambda", request{"POST", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aap-northeast-2%3A123456789012%3Afunction%3Af", `{"Tags":{"a":"b"}}`, nil},
			"lambda", "TagResource", map[string]any{"Resource": "arn:aws:lambda:ap-northeast-2:123456789012:function:f", "Tags": map[string]any{"a": "b"}}},
		"rest-json, several values":        {"lambda", request{"DELETE", "/2017-03-31/tags/f?tagKeys=a&tagKeys=b", "", nil}, "lambda", "UntagResource", map[string]any{"Resource": "f", "TagKeys": []any{"a", "b"}}},
		"rest-json, header":                {"lambda", request{"POST", "/2015-03-31/functions/f/invocations", "", map[string]string{"X-Amz-Invocation-Type": "Event"}}, "lambda", "Invoke", map[string]any{"FunctionName": "f", "InvocationType": "Event"}},
		"amp by its signing name":          {"aps", request{"POST", "/workspaces", `{"alias":"a"}`, nil}, "amp", "CreateWorkspace", map[string]any{"alias": "a"}},
		"s3 bucket":                        {"s3", request{"PUT", "/b", `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>ap-northeast-2</LocationConstraint></CreateBucketConfiguration>`, nil}, "s3", "CreateBucket", map[string]any{"Bucket": "b", "CreateBucketConfiguration": map[string]any{"LocationConstraint": "ap-northeast-2"}}},
		"s3 bucket, virtual host":          {"s3", request{"PUT", "http://b.s3.ap-northeast-2.amazonaws.com/", "", nil}, "s3", "CreateBucket", map[string]any{"Bucket": "b"}},
		"s3 object, virtual host":          {"s3", request{"GET", "http://b.localhost:4566/a/b%20c", "", nil}, "s3", "GetObject", map[string]any{"Bucket": "b", "Key": "a/b c"}},
		"s3 tags":                          {"s3", request{"PUT", "/b?tagging", `<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`, nil}, "s3", "PutBucketTagging", map[string]any{"Bucket": "b", "Tagging": map[string]any{"TagSet": []any{map[string]any{"Key": "a", "Value": "b"}}}}},
		"s3 policy":                        {"s3", request{"PUT", "/b?policy", `{"Version":"x"}`, nil}, "s3", "PutBucketPolicy", map[string]any{"Bucket": "b", "Policy": `{"Version":"x"}`}},
		"s3 lifecycle, not the deprecated": {"s3", request{"GET", "/b?lifecycle", "", nil}, "s3", "GetBucketLifecycleConfiguration", map[string]any{"Bucket": "b"}},
		"s3 list":                          {"s3", request{"GET", "/b?list-type=2&max-keys=5", "", nil}, "s3", "ListObjectsV2", map[string]any{"Bucket": "b", "MaxKeys": 5.0}},
		"s3 old list":                      {"s3", request{"GET", "/b/", "", nil}, "s3", "ListObjects", map[string]any{"Bucket": "b"}},
		"s3 copy":                          {"s3", request{"PUT", "/b/k", "", map[string]string{"X-Amz-Copy-Source": "b/j"}}, "s3", "CopyObject", map[string]any{"Bucket": "b", "Key": "k", "CopySource": "b/j"}},
		"s3 part":                          {"s3", request{"PUT", "/b/k?partNumber=1&uploadId=u", "data", nil}, "s3", "UploadPart", map[string]any{"Bucket": "b", "Key": "k", "PartNumber": 1.0, "UploadId": "u"}},
		"s3 put, with metadata":            {"s3", request{"PUT", "/b/k?x-id=PutObject", "data", map[string]string{"X-Amz-Meta-Who": "me"}}, "s3", "PutObject", map[string]any{"Bucket": "b", "Key": "k", "Metadata": map[string]any{"who": "me"}}},
		"s3 buckets":                       {"s3", request{"GET", "/?x-id=ListBuckets", "", nil}, "s3", "ListBuckets", map[string]any{}},
		"s3 unknown subresource put":       {"s3", request{"PUT", "/b?versioning", `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`, nil}, "s3", "PutBucketVersioning", map[string]any{"Bucket": "b", "VersioningConfiguration": map[string]any{"Status": "Enabled"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := l.Resolve(c.scope, c.request.http(), []byte(c.request.body))
			require.NotNil(t, got)
			assert.Equal(t, c.service, got.Operation.Service.Name)
			assert.Equal(t, c.operation, got.Operation.Name)
			assert.Equal(t, c.input, got.Input)
		})
	}
}

func TestResolveNothing(t *testing.T) {
	l := library(t)
	for name, c := range map[string]struct {
		scope   string
		request request
	}{
		"unknown service":   {"quantum-toaster", request{"POST", "/", "", nil}},
		"unknown operation": {"sqs", request{"POST", "/", "{}", map[string]string{"X-Amz-Target": "AmazonSQS.Sing"}}},
		"unknown version":   {"ec2", request{"POST", "/?Action=RunInstances&Version=1999-01-01", "", nil}},
		"unknown path":      {"lambda", request{"GET", "/2099-01-01/songs", "", nil}},
		"other service":     {"sqs", request{"POST", "/", "{}", map[string]string{"X-Amz-Target": "AWSEvents.PutEvents"}}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Nil(t, l.Resolve(c.scope, c.request.http(), []byte(c.request.body)))
		})
	}
}

func TestCBOR(t *testing.T) {
	l := library(t)
	body, err := cbor.Marshal(map[string]any{"Namespace": "n", "MetricData": []any{map[string]any{"MetricName": "m", "Value": 1.5, "StorageResolution": 1, "Timestamp": cbor.Tag{Number: 1, Content: 1700000000}}}})
	require.NoError(t, err)
	r := request{"POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData", string(body), nil}
	got := l.Resolve("monitoring", r.http(), body)
	require.NotNil(t, got)
	assert.Equal(t, map[string]any{"Namespace": "n", "MetricData": []any{map[string]any{"MetricName": "m", "Value": 1.5, "StorageResolution": 1.0, "Timestamp": 1700000000.0}}}, got.Input)
	target, text, err := got.ToJSON()
	require.NoError(t, err)
	assert.Equal(t, "GraniteServiceVersion20100801.PutMetricData", target)
	assert.JSONEq(t, `{"Namespace":"n","MetricData":[{"MetricName":"m","Value":1.5,"StorageResolution":1,"Timestamp":1700000000}]}`, string(text))

	r = request{"POST", "/service/GraniteServiceVersion20100801/operation/GetMetricStatistics", "\xa0", nil}
	got = l.Resolve("monitoring", r.http(), []byte(r.body))
	require.NotNil(t, got)
	answer, err := got.FromJSON([]byte(`{"Label":"m","Datapoints":[{"Timestamp":"2026-01-02T03:04:05Z","Sum":2}]}`))
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"Label": "m", "Datapoints": []any{map[string]any{"Timestamp": 1767323045.0, "Sum": 2.0}}}, got.Output(nil, answer))
}

func TestOutput(t *testing.T) {
	l := library(t)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for name, c := range map[string]struct {
		scope   string
		request request
		header  http.Header
		body    string
		want    map[string]any
	}{
		"ec2": {"ec2", request{"POST", "/", "Action=CreateVolume&Version=2016-11-15", form}, nil,
			`<CreateVolumeResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><volumeId>v-1</volumeId><size>8</size><encrypted>false</encrypted><tagSet><item><key>a</key><value>b</value></item></tagSet></CreateVolumeResponse>`,
			map[string]any{"VolumeId": "v-1", "Size": 8.0, "Encrypted": false, "Tags": []any{map[string]any{"Key": "a", "Value": "b"}}}},
		"query": {"rds", request{"POST", "/", "Action=CreateDBInstance&Version=2014-10-31", form}, nil,
			`<CreateDBInstanceResponse><CreateDBInstanceResult><DBInstance><DBInstanceIdentifier>d</DBInstanceIdentifier><VpcSecurityGroups><VpcSecurityGroupMembership><Status>active</Status></VpcSecurityGroupMembership></VpcSecurityGroups></DBInstance></CreateDBInstanceResult></CreateDBInstanceResponse>`,
			map[string]any{"DBInstance": map[string]any{"DBInstanceIdentifier": "d", "VpcSecurityGroups": []any{map[string]any{"Status": "active"}}}}},
		"json":                   {"sqs", request{"POST", "/", "{}", map[string]string{"X-Amz-Target": "AmazonSQS.CreateQueue"}}, nil, `{"QueueUrl":"u"}`, map[string]any{"QueueUrl": "u"}},
		"rest-xml with a header": {"s3", request{"PUT", "/b", "", nil}, http.Header{"Location": {"/b"}}, "", map[string]any{"Location": "/b"}},
		"unreadable":             {"ec2", request{"POST", "/", "Action=CreateVolume&Version=2016-11-15", form}, nil, "<oops", map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := l.Resolve(c.scope, c.request.http(), []byte(c.request.body))
			require.NotNil(t, got)
			assert.Equal(t, c.want, got.Output(c.header, []byte(c.body)))
		})
	}
}

func TestFault(t *testing.T) {
	for name, c := range map[string]struct {
		header        http.Header
		body          string
		code, message string
	}{
		"json":      {nil, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}`, "QueueDoesNotExist", "gone"},
		"rest-json": {http.Header{"X-Amzn-Errortype": {"ResourceNotFoundException:http://internal/"}}, `{"Message":"gone"}`, "ResourceNotFoundException", "gone"},
		"query":     {nil, `<ErrorResponse><Error><Type>Sender</Type><Code>DBInstanceNotFound</Code><Message>gone</Message></Error></ErrorResponse>`, "DBInstanceNotFound", "gone"},
		"ec2":       {nil, `<Response><Errors><Error><Code>InvalidID</Code><Message>gone</Message></Error></Errors></Response>`, "InvalidID", "gone"},
		"rest-xml":  {nil, `<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>`, "NoSuchBucket", "gone"},
		"neither":   {nil, "oops", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, message := Fault(c.header, []byte(c.body))
			assert.Equal(t, c.code, code)
			assert.Equal(t, c.message, message)
		})
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none"))
	assert.ErrorContains(t, err, "botocore's service models")
	_, err = Open(t.TempDir())
	assert.ErrorContains(t, err, "holds no service models")
}
