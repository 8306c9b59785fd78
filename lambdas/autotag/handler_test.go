package autotag

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
)

const (
	instanceA = prefix + "instance/i-0000000000000000a"
	instanceB = prefix + "instance/i-0000000000000000b"
	volumeA   = prefix + "volume/vol-of-i-0000000000000000a"
	database  = "arn:aws:rds:ap-northeast-2:123456789012:db:student-lms"
	function  = "arn:aws:lambda:ap-northeast-2:123456789012:function:grade-report"
	bucket    = "arn:aws:s3:::yourclass-lectures"
	group     = prefix + "security-group/sg-0000000000000000f"
)

// withTags are the defaults and what the event gives, with changes.
func withTags(creator string, changes map[string]string) map[string]string {
	tags := map[string]string{"Environment": "PROD", "Owner": "DevOps", "PersonalInformation": "N", "AssetType": "unclassified",
		"Creator": creator, "CreatedAt": "2026-03-02T01:20:00Z"}
	maps.Copy(tags, changes)
	return tags
}

func handle(t *testing.T, h *Handler, e events.SQSEvent) []string {
	t.Helper()
	r, err := h.Handle(t.Context(), e)
	require.NoError(t, err)
	return failed(r)
}

func TestHandleTagsEveryKind(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	var bodies []string
	for _, name := range []string{"RunInstances", "CreateVolume", "CreateNetworkInterface", "CreateSecurityGroup",
		"CreateFunction20150331", "CreateDBInstance", "CreateBucket"} {
		bodies = append(bodies, fixture(t, name))
	}
	assert.Empty(t, handle(t, w.handler(3), queue(bodies...)))

	web, lee := map[string]string{"AssetType": "Web Server"}, "lee@example.com"
	want := map[string]map[string]string{
		instanceA: withTags("kim", web), instanceB: withTags("kim", web),
		// The launch gives the volumes an Owner: it stays, and here only the service would hold it.
		volumeA:                                 without(withTags("kim", web), "Owner"),
		volumeOf("b"):                           without(withTags("kim", web), "Owner"),
		interfaceOf("a"):                        withTags("kim", web),
		interfaceOf("b"):                        withTags("kim", web),
		prefix + "volume/vol-0000000000000000c": withTags(lee, nil),
		prefix + "network-interface/eni-0000000000000000e": withTags(lee, nil),
		group:    without(withTags("kim", web), "Owner"),
		function: withTags(lee, nil),
		database: withTags("kim", map[string]string{"AssetType": "수강생 데이터 베이스", "PersonalInformation": "Y"}),
		bucket:   withTags(lee, nil),
	}
	assert.Equal(t, want, w.tags)
	assert.Equal(t, map[string]int{"tagged ec2 none": 9, "tagged lambda none": 1, "tagged rds none": 1, "tagged s3 none": 1}, w.outcomes(t))
	assert.Len(t, w.lines(t, "arn"), 12, "one log line for each asset")
	assert.Equal(t, 1, w.count("DescribeTags"), "one read for all of EC2")
}

func without(tags map[string]string, key string) map[string]string { delete(tags, key); return tags }
func volumeOf(id string) string                                    { return prefix + "volume/vol-of-i-0000000000000000" + id }
func interfaceOf(id string) string {
	return prefix + "network-interface/eni-of-i-0000000000000000" + id
}

func TestHandleEmptyBatch(t *testing.T) {
	w := newWorld()
	r, err := w.handler(3).Handle(t.Context(), events.SQSEvent{})
	require.NoError(t, err)
	answer, err := json.Marshal(r)
	require.NoError(t, err)
	assert.JSONEq(t, `{"batchItemFailures":[]}`, string(answer))
	assert.Empty(t, w.calls)
}

func TestHandleCountsCalls(t *testing.T) {
	w := newWorld()
	var bodies []string
	for i := range 10 {
		bodies = append(bodies, fixture(t, "CreateVolume", "vol-0000000000000000c", fmt.Sprintf("vol-%017d", i)))
	}
	assert.Empty(t, handle(t, w.handler(3), queue(bodies...)))
	assert.Equal(t, []string{"- GetParameters 2", "ap-northeast-2 DescribeTags 10", "ap-northeast-2 TagResources 10"}, w.calls)

	w = newWorld()
	bodies = nil
	for i := range 45 {
		bodies = append(bodies, fixture(t, "CreateVolume", "vol-0000000000000000c", fmt.Sprintf("vol-%017d", i)))
	}
	handle(t, w.handler(3), queue(bodies...))
	assert.Equal(t, 3, w.count("TagResources"), "20 assets a call")
	assert.Equal(t, map[string]int{"tagged ec2 none": 45}, w.outcomes(t))
}

// A hundred things that one person makes in one second take five writes and two reads.
func TestHandleCountsCallsOverServices(t *testing.T) {
	w := newWorld()
	var bodies []string
	for i := range 50 {
		bodies = append(bodies, fixture(t, "CreateVolume", "vol-0000000000000000c", fmt.Sprintf("vol-%017d", i)),
			fixture(t, "CreateTable", "enrolments", fmt.Sprintf("enrolments-%d", i), `"key": "Course"`, `"key": "Term"`))
	}
	assert.Empty(t, handle(t, w.handler(3), queue(bodies...)))
	assert.Equal(t, map[string]int{"tagged ec2 none": 50, "tagged dynamodb none": 50}, w.outcomes(t))
	assert.Equal(t, 5, w.count("TagResources"))
	assert.Equal(t, 1, w.count("DescribeTags"))
	assert.Equal(t, 1, w.count("GetResources"))
}

// Every event ends in tags, by the calls that ways declares.
func TestHandleTagsEveryEvent(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	w.tags["arn:aws:iam::123456789012:role/team/was"] = map[string]string{"Course": "Go"} // there, so that the fake knows its path
	var bodies []string
	for _, e := range createevent.All() {
		bodies = append(bodies, fixture(t, fixtureName(e)))
	}
	assert.Empty(t, handle(t, w.handler(3), queue(bodies...)))
	for event, assets := range arns(t) {
		for _, arn := range assets {
			assert.Equal(t, "2026-03-02T01:20:00Z", w.tags[arn]["CreatedAt"], "%s %s", event, arn)
		}
	}
	for _, call := range []string{"us-east-1 TagUser 1", "us-east-1 TagRole 1", "us-east-1 TagPolicy 1", "us-east-1 TagInstanceProfile 1",
		"us-east-1 ListUserTags 1", "us-east-1 GetResources 5"} {
		assert.Contains(t, w.calls, call)
	}
}

func TestHandleIdentityThatCannotBeTagged(t *testing.T) {
	for code, outcome := range map[string]string{"AccessDenied": "retry iam access-denied", "NoSuchEntity": "retry iam not-visible",
		"ConcurrentModification": "retry iam not-ready"} {
		for _, call := range []string{"ListRoleTags", "TagRole"} {
			w := newWorld()
			w.fail = func(made string, _ []string) error {
				if made == call {
					return apiError(code)
				}
				return nil
			}
			assert.Equal(t, []string{"m0"}, handle(t, w.handler(3), queue(fixture(t, "CreateRole"))))
			assert.Equal(t, map[string]int{outcome: 1}, w.outcomes(t))
		}
	}
}

func TestHandleTaggingAPICannotBeRead(t *testing.T) {
	w := newWorld()
	w.fail = func(call string, _ []string) error {
		if call == "GetResources" {
			return apiError("ThrottledException")
		}
		return nil
	}
	assert.Equal(t, []string{"m0"}, handle(t, w.handler(3), queue(fixture(t, "CreateTable"))))
	assert.Equal(t, map[string]int{"retry dynamodb throttled": 1}, w.outcomes(t))
	assert.Empty(t, w.tags)
}

func TestHandleKeepsRegionsApart(t *testing.T) {
	w := newWorld()
	handle(t, w.handler(3), queue(fixture(t, "CreateVolume"),
		fixture(t, "CreateVolume", `"awsRegion": "ap-northeast-2"`, `"awsRegion": "us-east-1"`),
		fixture(t, "CreateBucket", `"LocationConstraint": "ap-northeast-2"`, `"LocationConstraint": "EU"`)))
	for _, call := range []string{"ap-northeast-2 TagResources 1", "us-east-1 TagResources 1", "eu-west-1 GetBucketTagging 1", "eu-west-1 TagResources 1"} {
		assert.Contains(t, w.calls, call)
	}
	assert.Contains(t, w.tags, "arn:aws:ec2:us-east-1:123456789012:volume/vol-0000000000000000c")
}

func TestHandleDuplicates(t *testing.T) {
	w := newWorld()
	body := fixture(t, "CreateBucket")
	assert.Empty(t, handle(t, w.handler(3), queue(body, body, body)), "all are acknowledged")
	assert.Equal(t, 1, w.count("TagResources"))
	assert.Equal(t, map[string]int{"tagged s3 none": 1}, w.outcomes(t))

	w.out.Reset()
	assert.Empty(t, handle(t, w.handler(3), queue(body)))
	assert.Equal(t, 1, w.count("TagResources"), "the second delivery writes nothing")
	assert.Equal(t, map[string]int{"already-tagged s3 none": 1}, w.outcomes(t))
}

func TestHandleWritesOnlyMissingKeys(t *testing.T) {
	w := newWorld()
	w.tags[bucket] = map[string]string{"Owner": "Sales", "AssetType": "unclassified", "Course": "Go", "CreatedAt": "long ago"}
	// The database's rule overwrites; its default Owner does not.
	w.tags[database] = map[string]string{"PersonalInformation": "N", "Owner": "Sales", "AssetType": "수강생 데이터 베이스"}
	handle(t, w.handler(3), queue(fixture(t, "CreateBucket"), fixture(t, "CreateDBInstance")))
	assert.Equal(t, withTags("lee@example.com", map[string]string{"Owner": "Sales", "Course": "Go", "CreatedAt": "long ago"}), w.tags[bucket])
	assert.Equal(t, withTags("kim", map[string]string{"Owner": "Sales", "AssetType": "수강생 데이터 베이스", "PersonalInformation": "Y"}), w.tags[database])
}

func TestHandleExcludes(t *testing.T) {
	w := newWorld()
	assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "CreateBucket", "yourclass-lectures", "scratch-1"))))
	assert.Empty(t, w.tags)
	assert.Equal(t, map[string]int{"excluded s3 policy": 1}, w.outcomes(t))
}

func TestHandleMessagesWithoutAsset(t *testing.T) {
	for _, c := range []struct {
		name, body, outcome string
		comesAgain          bool
	}{
		{"no JSON", `{`, "failed unknown malformed", true},
		{"another event", `{"detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","detail":{}}`, "failed unknown malformed", true},
		{"body is null", `null`, "failed unknown malformed", true},
		{"unknown event", fixture(t, "CreateVolume", `"CreateVolume"`, `"CopyVolumes"`), "unknown-event ec2 none", false},
		{"call failed", fixture(t, "CreateVolume", `"eventVersion"`, `"errorCode": "Client.VolumeLimitExceeded", "eventVersion"`), "not-taggable ec2 call-failed", false},
		{"null response", nullResponse(t, "CreateVolume"), "failed ec2 incomplete-event", true},
		{"null response of a launch", nullResponse(t, "RunInstances"), "failed ec2 incomplete-event", true},
		{"response left out for its size", strings.Replace(nullResponse(t, "RunInstances"), `"responseElements":null`, `"responseElements":"omitted"`, 1), "failed ec2 incomplete-event", true},
		{"id of a wrong kind", fixture(t, "CreateVolume", `"vol-0000000000000000c"`, `["vol-1"]`), "failed ec2 incomplete-event", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			again := handle(t, w.handler(1), queue(c.body))
			assert.Equal(t, c.comesAgain, len(again) == 1)
			assert.Equal(t, map[string]int{c.outcome: 1}, w.outcomes(t))
			assert.Empty(t, w.calls, "nothing is asked of AWS")
		})
	}
}

// nullResponse is a fixture with responseElements null.
func nullResponse(t *testing.T, name string) string {
	t.Helper()
	var event map[string]any
	require.NoError(t, json.Unmarshal([]byte(fixture(t, name)), &event))
	event["detail"].(map[string]any)["responseElements"] = nil
	b, err := json.Marshal(event)
	require.NoError(t, err)
	return string(b)
}

func TestHandleNullResponseWhereTheRequestNamesTheAsset(t *testing.T) {
	w := newWorld()
	assert.Empty(t, handle(t, w.handler(3), queue(nullResponse(t, "CreateDBInstance"), nullResponse(t, "CreateFunction20150331"))))
	assert.ElementsMatch(t, []string{database, function}, slices.Collect(maps.Keys(w.tags)), "RDS keeps names in lower case")
}

func TestHandleHalfFailed(t *testing.T) {
	w := newWorld()
	var bodies []string
	for i := range 6 {
		bodies = append(bodies, fixture(t, "CreateVolume", "vol-0000000000000000c", fmt.Sprintf("vol-%d", i)))
	}
	w.refuse[prefix+"volume/vol-0"] = failure("ThrottlingException", 400)
	w.refuse[prefix+"volume/vol-1"] = failure("InternalServiceException", 500)
	w.refuse[prefix+"volume/vol-2"] = failure("UnauthorizedOperation", 403)
	h := w.handler(3)
	assert.Equal(t, []string{"m0", "m1", "m2"}, handle(t, h, queue(bodies...)))
	assert.Equal(t, map[string]int{"tagged ec2 none": 3, "retry ec2 throttled": 1, "retry ec2 service-error": 1, "retry ec2 access-denied": 1}, w.outcomes(t))

	delete(w.refuse, prefix+"volume/vol-0")
	delete(w.refuse, prefix+"volume/vol-1")
	w.out.Reset()
	assert.Equal(t, []string{"m2"}, handle(t, h, redelivery(3, bodies[:3]...)))
	assert.Equal(t, map[string]int{"tagged ec2 none": 2, "failed ec2 access-denied": 1}, w.outcomes(t), "the last attempt is counted")
}

func TestHandleGone(t *testing.T) {
	for _, code := range []string{"InvalidVolume.NotFound", "DBInstanceNotFoundFault", "NoSuchBucket", "ResourceNotFoundException"} {
		w := newWorld()
		w.refuse[prefix+"volume/vol-0000000000000000c"] = failure(code, 400)
		h := w.handler(3)
		assert.Equal(t, []string{"m0"}, handle(t, h, queue(fixture(t, "CreateVolume"))), "just created: the service may not know it yet")
		assert.Equal(t, map[string]int{"retry ec2 not-visible": 1}, w.outcomes(t))

		w.out.Reset()
		w.clock = w.clock.Add(settleTime)
		assert.Empty(t, handle(t, h, redelivery(2, fixture(t, "CreateVolume"))), "later it is gone")
		assert.Equal(t, map[string]int{"not-taggable ec2 gone": 1}, w.outcomes(t))
	}
}

// An alarm sees a metric only under the very dimensions that it is published with: components/tagging/watch.go.
func TestMetricsArePublishedAsTheAlarmsWatchThem(t *testing.T) {
	w := newWorld()
	w.parameters[overridesPath] = `{`
	w.refuse[bucket] = failure("AccessDenied", 403)
	handle(t, w.handler(1), queue(fixture(t, "CreateBucket")))
	published := func(metric string) []any {
		lines := w.lines(t, metric)
		require.Len(t, lines, 1)
		directive := lines[0]["_aws"].(map[string]any)["CloudWatchMetrics"].([]any)[0].(map[string]any)
		assert.Equal(t, contract.MetricNamespace, directive["Namespace"])
		return directive["Dimensions"].([]any)
	}
	assert.Contains(t, published(contract.MetricAutotagOutcome), []any{contract.DimensionOutcome})
	assert.Equal(t, contract.OutcomeFailed, w.lines(t, contract.MetricAutotagOutcome)[0][contract.DimensionOutcome])
	assert.Equal(t, []any{[]any{}}, published(contract.MetricOverridesInvalid))
}

func TestHandleReadFails(t *testing.T) {
	for code, reason := range map[string]string{"AccessDenied": "access-denied", "SlowDown": "throttled", "InvalidDBInstanceState": "not-ready",
		"ServiceUnavailable": "service-error", "SomethingNew": "refused"} {
		w := newWorld()
		w.fail = func(call string, _ []string) error {
			if call == "TagResources" || call == "GetParameters" {
				return nil
			}
			return apiError(code)
		}
		again := handle(t, w.handler(3), queue(fixture(t, "CreateBucket"), fixture(t, "CreateDBInstance"),
			fixture(t, "CreateFunction20150331"), fixture(t, "CreateVolume")))
		assert.Equal(t, []string{"m0", "m1", "m2", "m3"}, again)
		assert.Empty(t, w.tags, "what cannot be read is not written")
		assert.Equal(t, map[string]int{"retry s3 " + reason: 1, "retry rds " + reason: 1, "retry lambda " + reason: 1, "retry ec2 " + reason: 1}, w.outcomes(t))
	}
}

func TestHandleWholeCallRefusedGoesOneByOne(t *testing.T) {
	w := newWorld()
	w.fail = func(call string, arns []string) error {
		if call == "TagResources" && slices.ContainsFunc(arns, func(arn string) bool { return strings.HasSuffix(arn, "vol-1") }) {
			return apiError("InvalidParameterException")
		}
		return nil
	}
	var bodies []string
	for i := range 3 {
		bodies = append(bodies, fixture(t, "CreateVolume", "vol-0000000000000000c", fmt.Sprintf("vol-%d", i)))
	}
	assert.Equal(t, []string{"m1"}, handle(t, w.handler(3), queue(bodies...)))
	assert.Equal(t, map[string]int{"tagged ec2 none": 2, "retry ec2 refused": 1}, w.outcomes(t))
	assert.Equal(t, 4, w.count("TagResources"))
}

func TestHandleOneGoneResourceTakesNoOtherAlong(t *testing.T) {
	for _, code := range []string{"InvalidVolume.NotFound", "InvalidParameterException"} {
		w := newWorld()
		w.clock = w.clock.Add(time.Hour) // what is not found now is gone
		w.spoil[prefix+"volume/vol-1"] = failure(code, 400)
		var bodies []string
		for i := range 3 {
			bodies = append(bodies, fixture(t, "CreateVolume", "vol-0000000000000000c", fmt.Sprintf("vol-%d", i)))
		}
		handle(t, w.handler(3), queue(bodies...))
		assert.Contains(t, w.tags, prefix+"volume/vol-0", code)
		assert.Contains(t, w.tags, prefix+"volume/vol-2", code)
		assert.Equal(t, 2, w.outcomes(t)["tagged ec2 none"], code)
		assert.Equal(t, 4, w.count("TagResources"), code)
	}
}

func TestHandleWholeCallThrottledIsNotRepeated(t *testing.T) {
	w := newWorld()
	w.fail = func(call string, _ []string) error {
		if call == "TagResources" {
			return apiError("ThrottledException")
		}
		return nil
	}
	assert.Equal(t, []string{"m0", "m1"}, handle(t, w.handler(3), queue(fixture(t, "CreateBucket"), fixture(t, "CreateVolume"))))
	assert.Equal(t, map[string]int{"retry s3 throttled": 1, "retry ec2 throttled": 1}, w.outcomes(t))
	assert.Equal(t, 1, w.count("TagResources"), "two services, one call, no hammering")
}

func TestHandleLateVolumes(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	w.looks["i-0000000000000000b"] = 2
	assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "RunInstances"))))
	assert.Equal(t, bornWithWaits[:2], w.slept)
	assert.Contains(t, w.tags, volumeOf("b"))
	assert.Equal(t, map[string]int{"tagged ec2 none": 6}, w.outcomes(t))
	assert.Equal(t, []string{"2", "1", "1"}, looked(w), "only the late one is looked at again")
}

func looked(w *world) []string {
	var counts []string
	for _, c := range w.calls {
		if f := strings.Fields(c); f[1] == "DescribeInstances" {
			counts = append(counts, f[2])
		}
	}
	return counts
}

func TestHandleVolumesThatStayLateComeAgain(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	w.looks["i-0000000000000000a"] = len(bornWithWaits) + 1
	h, body := w.handler(3), fixture(t, "RunInstances")
	assert.Equal(t, []string{"m0"}, handle(t, h, queue(body)))
	assert.Contains(t, w.tags, instanceA, "what shows is tagged at once")
	assert.NotContains(t, w.tags, volumeA)
	assert.Equal(t, map[string]int{"retry ec2 not-visible": 1}, w.outcomes(t), "the rest counts when the message is finished")

	w.out.Reset()
	assert.Empty(t, handle(t, h, redelivery(2, body)))
	assert.Contains(t, w.tags, volumeA)
	assert.Equal(t, map[string]int{"tagged ec2 none": 6}, w.outcomes(t))
}

func TestHandleWaitsOnlyWhileThereIsTime(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	w.looks["i-0000000000000000a"] = 100
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer cancel()
	h := w.handler(3)
	// The fake clock stands so that 2.2 s are left of the time to work.
	deadline, _ := ctx.Deadline()
	start := deadline.Add(-deadlineReserve - 2200*time.Millisecond)
	w.clock = start
	h.now = func() time.Time { return w.clock }
	body := fixture(t, "RunInstances", `"eventTime": "2026-03-02T01:20:30Z"`, `"eventTime": "`+start.UTC().Format(time.RFC3339)+`"`)
	r, err := h.Handle(ctx, queue(body))
	require.NoError(t, err)
	assert.Equal(t, []string{"m0"}, failed(r))
	assert.Equal(t, bornWithWaits[:1], w.slept, "after 0.5 s the next pause of 1 s leaves no time")
}

func TestHandleInstancesThatEnded(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	ended := w.instances["i-0000000000000000a"]
	ended.State = &ec2types.InstanceState{Name: ec2types.InstanceStateNameTerminated}
	w.instances["i-0000000000000000a"] = ended
	w.clock = w.clock.Add(time.Hour) // and EC2 has forgotten the other
	assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "RunInstances"))))
	assert.Equal(t, map[string]int{"not-taggable ec2 gone": 2}, w.outcomes(t))
	assert.Empty(t, w.slept)
}

func TestHandleInstancesWithoutPermissionToLook(t *testing.T) {
	w := newWorld()
	w.fail = func(call string, _ []string) error {
		if call == "DescribeInstances" {
			return apiError("UnauthorizedOperation")
		}
		return nil
	}
	assert.Equal(t, []string{"m0"}, handle(t, w.handler(1), queue(fixture(t, "RunInstances"))))
	assert.Equal(t, map[string]int{"tagged ec2 none": 2, "failed ec2 access-denied": 2}, w.outcomes(t))
	assert.Empty(t, w.slept)
}

func TestPoliciesAreKept(t *testing.T) {
	w := newWorld()
	h := w.handler(3)
	for range 3 {
		handle(t, h, queue(fixture(t, "CreateBucket")))
	}
	assert.Equal(t, 1, w.count("GetParameters"))

	w.parameters[overridesPath] = `{"version":1,"rules":[{"name":"r","match":{"names":["late-*"]},"tags":{"Owner":"Lab"}}]}`
	w.clock = w.clock.Add(policyAge)
	handle(t, h, queue(fixture(t, "CreateBucket", "yourclass-lectures", "late-1")))
	assert.Equal(t, 2, w.count("GetParameters"))
	assert.Equal(t, "Lab", w.tags["arn:aws:s3:::late-1"]["Owner"])
}

func TestInvalidOverridesFallBack(t *testing.T) {
	version := func(n int64, value string) ssmtypes.ParameterHistory {
		return ssmtypes.ParameterHistory{Version: n, Value: aws.String(value)}
	}
	owner := func(name string) string {
		return `{"version":1,"defaults":{"Owner":"` + name + `"}}`
	}
	for _, c := range []struct {
		name    string
		history []ssmtypes.ParameterHistory
		owner   string
		inForce float64
	}{
		{"newest valid one, on another page", []ssmtypes.ParameterHistory{version(1, "{}"), version(2, owner("Old")), version(3, owner("Good")),
			version(4, owner("R&D")), version(5, `{"version":1,"rule":[]}`)}, "Good", 3},
		{"newest first", []ssmtypes.ParameterHistory{version(5, `{`), version(4, owner("Good")), version(1, owner("Old"))}, "Good", 4},
		{"none", []ssmtypes.ParameterHistory{version(1, `{`)}, "DevOps", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.parameters[overridesPath] = `{"version":1,"rule":[]}`
			w.history = c.history
			assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "CreateBucket"))))
			assert.Equal(t, c.owner, w.tags[bucket]["Owner"])
			assert.Len(t, w.lines(t, contract.MetricOverridesInvalid), 1)
			faults := w.lines(t, "faults")
			require.Len(t, faults, 1)
			assert.Contains(t, faults[0]["faults"], `rule: unknown key: did you mean "rules"?`)
			assert.Equal(t, c.inForce, faults[0]["versionInForce"])
		})
	}
}

func TestPolicyCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		err    string
	}{
		{"absent", func(w *world) { delete(w.parameters, policyPath) }, "parameter /test/policy does not exist"},
		{"invalid", func(w *world) { w.parameters[policyPath] = `{"version":2}` }, "parameter /test/policy: version: is 2"},
		{"no permission", func(w *world) { w.fail = func(string, []string) error { return apiError("AccessDeniedException") } }, "AccessDeniedException"},
		{"overrides invalid and no history", func(w *world) {
			w.parameters[overridesPath] = `[]`
			w.fail = func(call string, _ []string) error {
				if call == "GetParameterHistory" {
					return apiError("AccessDeniedException")
				}
				return nil
			}
		}, "history cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			_, err := w.handler(3).Handle(t.Context(), queue(fixture(t, "CreateBucket")))
			assert.ErrorContains(t, err, c.err)
			assert.Empty(t, w.tags)
		})
	}
}

func TestOverridesMayBeAbsent(t *testing.T) {
	w := newWorld()
	delete(w.parameters, overridesPath)
	assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "CreateBucket"))))
	assert.Empty(t, w.lines(t, contract.MetricOverridesInvalid))
}

func TestCreatorIsLeftOut(t *testing.T) {
	w := newWorld()
	w.parameters[overridesPath] = `{"version":1,"recordCreator":false}`
	handle(t, w.handler(3), queue(fixture(t, "CreateBucket")))
	assert.NotContains(t, w.tags[bucket], "Creator")
	assert.Contains(t, w.tags[bucket], "CreatedAt")
}

func TestLogsHoldNoPersonalData(t *testing.T) {
	w := newWorld()
	handle(t, w.handler(3), queue(fixture(t, "CreateBucket"), fixture(t, "CreateDBInstance")))
	for _, secret := range []string{"lee@example.com", "kim", "AKIA", "203.0.113"} {
		assert.NotContains(t, w.out.String(), secret)
	}
	line := w.lines(t, "rules")[0]
	assert.Equal(t, "policy/defaults", line["rules"].(map[string]any)["Owner"])
}

func TestSleepEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, sleep(ctx, time.Hour), context.Canceled)
	assert.NoError(t, sleep(t.Context(), time.Nanosecond))
}

func BenchmarkHandleTenVolumes(b *testing.B) {
	w := newWorld()
	h := w.handler(3)
	h.metrics, h.log = io.Discard, nopLog()
	var bodies []string
	for i := range 10 {
		bodies = append(bodies, fixture(b, "CreateVolume", "vol-0000000000000000c", fmt.Sprintf("vol-%d", i)))
	}
	batch := queue(bodies...)
	b.ReportAllocs()
	for b.Loop() {
		w.tags, w.calls = map[string]map[string]string{}, nil
		if r, err := h.Handle(b.Context(), batch); err != nil || len(r.BatchItemFailures) > 0 {
			b.Fatal(r, err)
		}
	}
}

// An ARN that the tagging API does not take must not keep the others of its call from their tags, message after message.
func TestHandleOneARNThatTheTaggingAPICannotRead(t *testing.T) {
	w := newWorld()
	refused := arns(t)["sqs/CreateQueue"][0]
	w.fail = func(call string, asked []string) error {
		if call == "GetResources" && slices.Contains(asked, refused) {
			return apiError("InvalidParameterException")
		}
		return nil
	}
	again := handle(t, w.handler(3), queue(fixture(t, "sqs/CreateQueue"), fixture(t, "sns/CreateTopic"),
		fixture(t, "dynamodb/CreateTable"), fixture(t, "kinesis/CreateStream")))
	assert.Equal(t, []string{"m0"}, again)
	assert.Empty(t, w.tags[refused], "what it carries is not known, so nothing is written")
	assert.Equal(t, map[string]int{"retry sqs refused": 1, "tagged sns none": 1, "tagged dynamodb none": 1, "tagged kinesis none": 1}, w.outcomes(t))
}

// Of a rule, an alarm, a parameter, a queue or a topic the same call makes and changes. A change is no creation: the day
// of the change and whoever made it must not stand in the auditor's register.
func TestHandleChangeOfWhatWasThere(t *testing.T) {
	for name, made := range map[string]bool{"events/PutRule": false, "monitoring/PutMetricAlarm": false, "ssm/PutParameter": false,
		"sqs/CreateQueue": false, "sns/CreateTopic": false, "acm/ImportCertificate": false, "kinesis/CreateStream": true} {
		w, arn := newWorld(), arns(t)[name][0]
		w.tags[arn] = map[string]string{"Owner": "DevOps"}
		assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, name))))
		assert.NotEmpty(t, w.tags[arn]["AssetType"], name)
		assert.Equal(t, made, w.tags[arn]["CreatedAt"] != "", name)
		assert.Equal(t, made, w.tags[arn]["Creator"] != "", name)
	}
}

func TestHandleWhatIsAWSsOwn(t *testing.T) {
	w := newWorld()
	rule := arns(t)["events/PutRule"][0]
	w.refuse[rule] = failure("ManagedRuleException", 400)
	key := fixture(t, "kms/CreateKey", `"keyState": "Enabled"`, `"keyState": "Enabled", "keyManager": "AWS"`)
	assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "events/PutRule"), key)), "to try again would end in a false alarm")
	assert.Equal(t, map[string]int{"not-taggable events aws-managed": 1, "not-taggable kms aws-managed": 1}, w.outcomes(t))
}

// A rule decides the same by the event and by the sweep, which finds these assets in no region.
func TestHandleRulesKnowGlobalAssets(t *testing.T) {
	w := newWorld()
	w.parameters[overridesPath] = `{"version":1,"rules":[{"name":"everywhere","match":{"regions":["global"]},"tags":{"Owner":"Security"}}]}`
	events := []string{"iam/CreateUser", "cloudfront/CreateDistribution", "route53/CreateHostedZone", "s3/CreateBucket"}
	var bodies []string
	for _, name := range events {
		bodies = append(bodies, fixture(t, name))
	}
	assert.Empty(t, handle(t, w.handler(3), queue(bodies...)))
	for _, name := range events[:3] {
		assert.Equal(t, "Security", w.tags[arns(t)[name][0]]["Owner"], name)
	}
	assert.Equal(t, "DevOps", w.tags[arns(t)[events[3]][0]]["Owner"], "a bucket has a region")
}
