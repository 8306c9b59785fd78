package cloudtrail

import (
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
	"assetguard/sandbox/emulator"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// library opens the models of the botocore that the emulator runs with.
func library(t *testing.T) *apimodel.Library {
	t.Helper()
	found, err := emulator.Find(t.Context(), filepath.Join(os.TempDir(), "assetguard-moto"), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	l, err := apimodel.Open(found.Models)
	require.NoError(t, err)
	return l
}

// exchange is one recorded call and its answer.
type exchange struct {
	service, method, target, contentType, amzTarget, body string
	status                                                int
	answer                                                string
}

const form = "application/x-www-form-urlencoded"

// record plays an exchange to a recorder.
func record(t *testing.T, l *apimodel.Library, r *Recorder, region string, e exchange) map[string]any {
	t.Helper()
	req := httptest.NewRequest(e.method, e.target, strings.NewReader(e.body))
	req.Header.Set("Content-Type", e.contentType)
	req.Header.Set("User-Agent", "aws-cli/2")
	if e.amzTarget != "" {
		req.Header.Set("X-Amz-Target", e.amzTarget)
	}
	c := &api.Call{Service: e.service, Region: region, AccessKey: "test", Request: req, Body: []byte(e.body), At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	res := l.Resolve(e.service, req, c.Body)
	require.NotNil(t, res)
	c.Operation, c.Input = res.Operation.Name, res.Input
	if e.status == 0 {
		e.status = http.StatusOK
	}
	_, envelope := r.Record(c, res, &api.Answer{Status: e.status, Header: http.Header{"X-Amzn-Requestid": {"request-1"}}, Body: []byte(e.answer)})
	return envelope
}

// logging returns a recorder for an account with a multi-region trail that logs.
func logging(t *testing.T, l *apimodel.Library) *Recorder {
	t.Helper()
	r := NewRecorder("123456789012")
	onTrail(t, l, r, "ap-northeast-2", "CreateTrail", `{"Name":"audit","S3BucketName":"b","IsMultiRegionTrail":true}`)
	onTrail(t, l, r, "ap-northeast-2", "StartLogging", `{"Name":"audit"}`)
	return r
}

func onTrail(t *testing.T, l *apimodel.Library, r *Recorder, region, operation, body string) {
	t.Helper()
	record(t, l, r, region, exchange{service: "cloudtrail", method: "POST", target: "/", amzTarget: "CloudTrail_20131101." + operation, body: body, answer: `{}`})
}

func TestShapes(t *testing.T) {
	l := library(t)
	r := logging(t, l)
	for name, e := range map[string]exchange{
		"ec2": {service: "ec2", method: "POST", target: "/", contentType: form,
			body:   "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=1&InstanceType=t3.micro&SecurityGroupId.1=sg-1&UserData=c2VjcmV0&BlockDeviceMapping.1.DeviceName=%2Fdev%2Fxvda&BlockDeviceMapping.1.Ebs.VolumeSize=8&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=web",
			answer: `<RunInstancesResponse><requestId>x</requestId><reservationId>r-1</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item><instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><code>0</code><name>pending</name></instanceState><launchTime>2026-01-02T03:04:05.000Z</launchTime><networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId></item></networkInterfaceSet></item></instancesSet></RunInstancesResponse>`},
		"ec2-tags": {service: "ec2", method: "POST", target: "/", contentType: form, body: "Action=CreateTags&Version=2016-11-15&ResourceId.1=i-1&Tag.1.Key=a&Tag.1.Value=b",
			answer: `<CreateTagsResponse><requestId>x</requestId><return>true</return></CreateTagsResponse>`},
		"ec2-newer": {service: "ec2", method: "POST", target: "/", contentType: form, body: "Action=CreateNatGateway&Version=2016-11-15&SubnetId=subnet-1",
			answer: `<CreateNatGatewayResponse><requestId>x</requestId><natGateway><natGatewayId>nat-1</natGatewayId></natGateway></CreateNatGatewayResponse>`},
		"rds": {service: "rds", method: "POST", target: "/", contentType: form, body: "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=d&MasterUserPassword=hunter2&Tags.Tag.1.Key=a&Tags.Tag.1.Value=b",
			answer: `<CreateDBInstanceResponse><CreateDBInstanceResult><DBInstance><DBInstanceIdentifier>d</DBInstanceIdentifier><DBInstanceArn>arn:aws:rds:ap-northeast-2:123456789012:db:d</DBInstanceArn><StorageEncrypted>true</StorageEncrypted></DBInstance></CreateDBInstanceResult></CreateDBInstanceResponse>`},
		"iam": {service: "iam", method: "POST", target: "/", contentType: form, body: "Action=CreateUser&Version=2010-05-08&UserName=u",
			answer: `<CreateUserResponse><CreateUserResult><User><UserName>u</UserName><Arn>arn:aws:iam::123456789012:user/u</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate></User></CreateUserResult></CreateUserResponse>`},
		"lambda": {service: "lambda", method: "POST", target: "/2015-03-31/functions", body: `{"FunctionName":"f","Code":{"ZipFile":"UEsDBA=="},"Environment":{"Variables":{"TOKEN":"hunter2"}},"Timeout":60}`, status: http.StatusCreated,
			answer: `{"FunctionName":"f","FunctionArn":"arn:aws:lambda:ap-northeast-2:123456789012:function:f","Environment":{"Variables":{"TOKEN":"hunter2"}}}`},
		"s3":          {service: "s3", method: "PUT", target: "/b", body: `<CreateBucketConfiguration><LocationConstraint>ap-northeast-2</LocationConstraint></CreateBucketConfiguration>`},
		"s3-tagging":  {service: "s3", method: "PUT", target: "/b?tagging", body: `<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key><Value>d</Value></Tag></TagSet></Tagging>`, status: http.StatusNoContent},
		"json":        {service: "ssm", method: "POST", target: "/", amzTarget: "AmazonSSM.PutParameter", body: `{"Name":"/a","Value":"hunter2","Type":"String"}`, answer: `{"Version":1,"Tier":"Standard"}`},
		"json-failed": {service: "sqs", method: "POST", target: "/", amzTarget: "AmazonSQS.DeleteQueue", body: `{"QueueUrl":"http://x/q"}`, status: http.StatusBadRequest, answer: `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}`},
	} {
		t.Run(name, func(t *testing.T) {
			envelope := record(t, l, r, "ap-northeast-2", e)
			require.NotNil(t, envelope)
			assert.NotEmpty(t, envelope["id"])
			envelope["id"], envelope["detail"].(map[string]any)["eventID"] = "id", "id"
			got, err := json.MarshalIndent(envelope, "", "  ")
			require.NoError(t, err)
			assert.NotContains(t, string(got), "hunter2")
			golden := filepath.Join("testdata", name+".json")
			if *update {
				require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.JSONEq(t, string(want), string(got))
		})
	}
}

func TestWhatIsRecorded(t *testing.T) {
	for call, want := range map[string]bool{
		"ec2 RunInstances": true, "ec2 DescribeInstances": false, "ec2 GetConsoleOutput": false, "s3 CreateBucket": true, "s3 PutObject": false, "s3 HeadBucket": false,
		"s3 PutBucketPolicy": true, "sqs SendMessage": false, "sqs SetQueueAttributes": true, "sns Publish": false, "lambda Invoke": false, "lambda CreateFunction": true,
		"events PutEvents": false, "events PutRule": true, "logs PutLogEvents": false, "logs PutRetentionPolicy": true, "monitoring PutMetricData": false, "monitoring PutMetricAlarm": true,
		"sts AssumeRole": false, "kms Decrypt": false, "kms CreateKey": true, "ecr BatchGetImage": false, "iam ListRoles": false, "config SelectResourceConfig": false,
		"ec2 Getaway": true, "ec2 ": false,
	} {
		service, operation, _ := strings.Cut(call, " ")
		assert.Equal(t, want, recorded(service, operation), call)
	}
}

func TestTrails(t *testing.T) {
	l := library(t)
	basic := func(kind string, management bool) string {
		text, err := json.Marshal(map[string]any{"TrailName": "t", "EventSelectors": []any{map[string]any{"ReadWriteType": kind, "IncludeManagementEvents": management}}})
		require.NoError(t, err)
		return string(text)
	}
	advanced := func(fields string) string {
		return `{"TrailName":"t","AdvancedEventSelectors":[{"FieldSelectors":[` + fields + `]}]}`
	}
	const single, multi = `{"Name":"t","S3BucketName":"b"}`, `{"Name":"t","S3BucketName":"b","IsMultiRegionTrail":true}`
	const management = `{"Field":"eventCategory","Equals":["Management"]}`
	start := [2]string{"StartLogging", `{"Name":"t"}`}
	for name, c := range map[string]struct {
		calls              [][2]string
		home, away, people bool // covered: the home region, another, IAM
	}{
		"none":                  {nil, false, false, false},
		"not started":           {[][2]string{{"CreateTrail", multi}}, false, false, false},
		"multi-region":          {[][2]string{{"CreateTrail", multi}, start}, true, true, true},
		"single region":         {[][2]string{{"CreateTrail", single}, start}, true, false, false},
		"made multi-region":     {[][2]string{{"CreateTrail", single}, start, {"UpdateTrail", `{"Name":"t","IsMultiRegionTrail":true}`}}, true, true, true},
		"by ARN":                {[][2]string{{"CreateTrail", multi}, {"StartLogging", `{"Name":"arn:aws:cloudtrail:ap-northeast-2:123456789012:trail/t"}`}}, true, true, true},
		"stopped":               {[][2]string{{"CreateTrail", multi}, start, {"StopLogging", `{"Name":"t"}`}}, false, false, false},
		"deleted":               {[][2]string{{"CreateTrail", multi}, start, {"DeleteTrail", `{"Name":"t"}`}}, false, false, false},
		"reads only":            {[][2]string{{"CreateTrail", multi}, start, {"PutEventSelectors", basic("ReadOnly", true)}}, false, false, false},
		"data events only":      {[][2]string{{"CreateTrail", multi}, start, {"PutEventSelectors", basic("All", false)}}, false, false, false},
		"writes":                {[][2]string{{"CreateTrail", multi}, start, {"PutEventSelectors", basic("WriteOnly", true)}}, true, true, true},
		"advanced, management":  {[][2]string{{"CreateTrail", multi}, start, {"PutEventSelectors", advanced(management)}}, true, true, true},
		"advanced, reads":       {[][2]string{{"CreateTrail", multi}, start, {"PutEventSelectors", advanced(management + `,{"Field":"readOnly","Equals":["true"]}`)}}, false, false, false},
		"advanced, data events": {[][2]string{{"CreateTrail", multi}, start, {"PutEventSelectors", advanced(`{"Field":"eventCategory","Equals":["Data"]}`)}}, false, false, false},
		"without global events": {[][2]string{{"CreateTrail", multi}, start, {"UpdateTrail", `{"Name":"t","IncludeGlobalServiceEvents":false}`}}, true, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRecorder("123456789012")
			for _, call := range c.calls {
				onTrail(t, l, r, "ap-northeast-2", call[0], call[1])
			}
			group := exchange{service: "logs", method: "POST", target: "/", amzTarget: "Logs_20140328.CreateLogGroup", body: `{"logGroupName":"g"}`, answer: `{}`}
			user := exchange{service: "iam", method: "POST", target: "/", contentType: form, body: "Action=CreateUser&Version=2010-05-08&UserName=u"}
			assert.Equal(t, c.home, record(t, l, r, "ap-northeast-2", group) != nil, "home")
			assert.Equal(t, c.away, record(t, l, r, "us-west-2", group) != nil, "away")
			assert.Equal(t, c.people, record(t, l, r, "ap-northeast-2", user) != nil, "IAM")
		})
	}
}

func TestStopLoggingIsTheLastEvent(t *testing.T) {
	l := library(t)
	r := logging(t, l)
	stop := exchange{service: "cloudtrail", method: "POST", target: "/", amzTarget: "CloudTrail_20131101.StopLogging", body: `{"Name":"audit"}`, answer: `{}`}
	assert.NotNil(t, record(t, l, r, "ap-northeast-2", stop))
	assert.Nil(t, record(t, l, r, "ap-northeast-2", stop))
}
