package autotag

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

// tagChangeEvent is testdata/tag-change.json: an instance lost Owner and AssetType. Edits are pairs of old and new text.
func tagChangeEvent(t testing.TB, edits ...string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/tag-change.json")
	require.NoError(t, err)
	for i := 0; i < len(edits); i += 2 {
		require.Contains(t, string(b), edits[i])
	}
	return strings.NewReplacer(edits...).Replace(string(b))
}

// stripped are the tags of the event's instance after the change.
func stripped() map[string]string {
	return map[string]string{"Name": "web-1", "Environment": "STAGE", "PersonalInformation": "Y", "Creator": "kim",
		"CreatedAt": "2026-01-01T00:00:00Z"}
}

// removals are the sums of MetricRequiredKeyRemoved by service.
func (w *world) removals(t *testing.T) map[string]int {
	t.Helper()
	sums := map[string]int{}
	for _, line := range w.lines(t, contract.MetricRequiredKeyRemoved) {
		sums[line["Service"].(string)] += int(line[contract.MetricRequiredKeyRemoved].(float64))
		sets := line["_aws"].(map[string]any)["CloudWatchMetrics"].([]any)[0].(map[string]any)["Dimensions"]
		assert.Equal(t, []any{[]any{}, []any{"Service"}}, sets, "the alarm watches the sum of all services")
	}
	return sums
}

func TestRemovedKeysComeBack(t *testing.T) {
	w := newWorld()
	w.tags[instanceA] = stripped()
	assert.Empty(t, handle(t, w.handler(3), queue(tagChangeEvent(t))))
	want := stripped()
	maps.Copy(want, map[string]string{"Owner": "DevOps", "AssetType": "Web Server"})
	assert.Equal(t, want, w.tags[instanceA], "what was not removed stays as it is")
	assert.Equal(t, map[string]int{"tagged ec2 restored": 1}, w.outcomes(t))
	assert.Equal(t, map[string]int{"ec2": 1}, w.removals(t))
	line := w.lines(t, "arn")[0]
	assert.Equal(t, []any{"AssetType", "Owner"}, line["removedKeys"])
	assert.Equal(t, "WARN", line["level"])
	assert.Equal(t, "Tag Change on Resource", line["event"])
	assert.Equal(t, []string{"- GetParameters 2", "ap-northeast-2 DescribeTags 1", "ap-northeast-2 TagResources 1"}, w.calls)
}

// A machine that no rule knows is unclassified again, so that it is seen.
func TestRemovedAssetTypeOfNoRule(t *testing.T) {
	w := newWorld()
	w.tags[instanceA] = map[string]string{"Owner": "Sales"}
	handle(t, w.handler(3), queue(tagChangeEvent(t, `"Name": "web-1",`, `"Owner": "Sales",`)))
	assert.Equal(t, map[string]string{"Owner": "Sales", "AssetType": "unclassified"}, w.tags[instanceA])
}

// Only the removed keys are written, also where a rule would overwrite another.
func TestRestoringOverwritesNothing(t *testing.T) {
	w := newWorld()
	w.tags[database] = map[string]string{"PersonalInformation": "N", "AssetType": "WAS"}
	handle(t, w.handler(3), queue(tagChangeEvent(t, instanceA, database, `"instance"`, `"db"`)))
	assert.Equal(t, map[string]string{"PersonalInformation": "N", "AssetType": "WAS", "Owner": "DevOps"}, w.tags[database])
}

func TestRulesThatNameCreatorsDecideAgain(t *testing.T) {
	w := newWorld()
	w.parameters[overridesPath] = `{"version":1,"rules":[{"name":"kim","match":{"creators":["kim"]},"tags":{"Owner":"Lab"}}]}`
	w.tags[instanceA] = stripped()
	handle(t, w.handler(3), queue(tagChangeEvent(t)))
	assert.Equal(t, "Lab", w.tags[instanceA]["Owner"])
}

func TestRemovedKeysAreReported(t *testing.T) {
	w := newWorld()
	w.reports = true
	w.tags[instanceA] = stripped()
	assert.Empty(t, handle(t, w.handler(3), queue(tagChangeEvent(t))))
	assert.Equal(t, stripped(), w.tags[instanceA])
	assert.Equal(t, map[string]int{"reported ec2 key-removed": 1}, w.outcomes(t))
	assert.Equal(t, map[string]int{"ec2": 1}, w.removals(t))
	assert.Zero(t, w.count("TagResources"))
}

func TestRemovedKeysThatAreBack(t *testing.T) {
	for _, reports := range []bool{false, true} {
		w := newWorld()
		w.reports = reports
		w.tags[instanceA] = withTags("kim", map[string]string{"Owner": "Sales"})
		assert.Empty(t, handle(t, w.handler(3), queue(tagChangeEvent(t))))
		assert.Equal(t, map[string]int{"already-tagged ec2 none": 1}, w.outcomes(t))
		assert.Equal(t, "Sales", w.tags[instanceA]["Owner"])
		assert.Empty(t, w.removals(t))
		assert.Zero(t, w.count("TagResources"))
	}
}

// The tagging API shows a removal some seconds late, so a key that seems to be back is looked at again.
func TestRemovedKeysThatSeemToBeBack(t *testing.T) {
	const table = "arn:aws:dynamodb:ap-northeast-2:123456789012:table/enrolments"
	w := newWorld()
	w.tags[table] = withTags("kim", nil)
	body := tagChangeEvent(t, instanceA, table, `"instance"`, `"table"`)
	assert.Equal(t, []string{"m0"}, handle(t, w.handler(3), queue(body)))
	assert.Equal(t, map[string]int{"retry dynamodb not-visible": 1}, w.outcomes(t))

	w.out.Reset()
	w.clock = w.clock.Add(6 * time.Minute)
	delete(w.tags[table], "Owner")
	delete(w.tags[table], "AssetType")
	assert.Empty(t, handle(t, w.handler(3), redelivery(2, body)))
	assert.Equal(t, map[string]int{"tagged dynamodb restored": 1}, w.outcomes(t))
	assert.Equal(t, map[string]int{"dynamodb": 1}, w.removals(t))

	w.out.Reset()
	assert.Empty(t, handle(t, w.handler(3), redelivery(3, body)))
	assert.Equal(t, map[string]int{"already-tagged dynamodb none": 1}, w.outcomes(t))
}

// The function's own writes change tags too. Their events name what it wrote, and end without a call.
func TestOwnWritesMakeNoLoop(t *testing.T) {
	for name, body := range map[string]string{
		"all keys are there": tagChangeEvent(t, `"Name": "web-1",`, `"Owner": "DevOps", "AssetType": "unclassified",`),
		"other keys":         tagChangeEvent(t, `"Owner", "AssetType", "Course"`, `"Course"`),
		"born with one key":  tagChangeEvent(t, `"Owner", "AssetType", "Course"`, `"Name", "Environment"`),
	} {
		w := newWorld()
		assert.Empty(t, handle(t, w.handler(3), queue(body)), name)
		assert.Equal(t, map[string]int{"already-tagged ec2 none": 1}, w.outcomes(t), name)
		assert.Empty(t, w.calls, name)
		assert.Empty(t, w.removals(t), name)
	}
}

func TestRemovedKeysOfExcludedAssets(t *testing.T) {
	w := newWorld()
	w.tags["arn:aws:s3:::scratch-1"] = map[string]string{"Course": "Go"}
	assert.Empty(t, handle(t, w.handler(3), queue(tagChangeEvent(t, instanceA, "arn:aws:s3:::scratch-1", `"instance"`, `"bucket"`))))
	assert.Equal(t, map[string]int{"excluded s3 policy": 1}, w.outcomes(t))
	assert.Empty(t, w.removals(t))
	assert.Equal(t, map[string]string{"Course": "Go"}, w.tags["arn:aws:s3:::scratch-1"])
}

func TestRemovedKeysOfServicesThatAreNotTagged(t *testing.T) {
	w := newWorld()
	body := tagChangeEvent(t, instanceA, "arn:aws:workspaces:ap-northeast-2:123456789012:workspace/ws-1", `"instance"`, `"workspace"`)
	assert.Empty(t, handle(t, w.handler(3), queue(body)))
	assert.Equal(t, map[string]int{"reported workspaces not-covered": 1}, w.outcomes(t))
	assert.Equal(t, map[string]int{"workspaces": 1}, w.removals(t))
}

func TestRemovalsOfOneAssetAreOne(t *testing.T) {
	w := newWorld()
	w.tags[instanceA] = stripped()
	owner := tagChangeEvent(t, `"Owner", "AssetType", "Course"`, `"Owner"`)
	assetType := tagChangeEvent(t, `"Owner", "AssetType", "Course"`, `"AssetType"`)
	assert.Empty(t, handle(t, w.handler(3), queue(owner, assetType)))
	assert.Equal(t, map[string]int{"tagged ec2 restored": 1}, w.outcomes(t))
	assert.Equal(t, "Web Server", w.tags[instanceA]["AssetType"])
	assert.Equal(t, "DevOps", w.tags[instanceA]["Owner"])
}

// A bucket that is made with an Owner, and loses it in the same batch, in either order.
func TestRemovalBesideTheCreation(t *testing.T) {
	created := fixture(t, "CreateBucket", `"LocationConstraint": "ap-northeast-2"`, `"LocationConstraint": "ap-northeast-2", "Tags": [{"Key": "Owner", "Value": "Sales"}]`)
	removal := tagChangeEvent(t, instanceA, bucket, `"instance"`, `"bucket"`, `"Name": "web-1",`, "")
	for _, bodies := range [][]string{{created, removal}, {removal, created}} {
		w := newWorld()
		assert.Empty(t, handle(t, w.handler(3), queue(bodies...)))
		assert.Equal(t, withTags("lee@example.com", nil), w.tags[bucket])
		assert.Equal(t, map[string]int{"tagged s3 none": 1}, w.outcomes(t))
		assert.Equal(t, map[string]int{"s3": 1}, w.removals(t))
	}
}

func TestTagChangesInOtherRegions(t *testing.T) {
	w := newWorld()
	there := strings.Replace(instanceA, "ap-northeast-2", "us-east-1", 1)
	w.tags[there] = stripped()
	handle(t, w.handler(3), queue(tagChangeEvent(t, "ap-northeast-2", "us-east-1")))
	assert.Contains(t, w.calls, "us-east-1 TagResources 1")
	assert.Equal(t, "Web Server", w.tags[there]["AssetType"])
}

func TestMalformedTagChanges(t *testing.T) {
	for name, body := range map[string]string{
		"no resource": tagChangeEvent(t, `"`+instanceA+`"`, ""), "no ARN": tagChangeEvent(t, instanceA, "i-1"),
		"no time": tagChangeEvent(t, `"time"`, `"at"`), "tags of a wrong kind": tagChangeEvent(t, `"web-1"`, "1"),
	} {
		w := newWorld()
		assert.Equal(t, []string{"m0"}, handle(t, w.handler(1), queue(body)), name)
		assert.Equal(t, map[string]int{"failed unknown malformed": 1}, w.outcomes(t), name)
		assert.Empty(t, w.calls, name)
	}
}

func TestRemovalThatCannotBeWritten(t *testing.T) {
	w := newWorld()
	w.tags[instanceA] = stripped()
	w.refuse[instanceA] = failure("AccessDeniedException", 403)
	assert.Equal(t, []string{"m0"}, handle(t, w.handler(2), queue(tagChangeEvent(t))))
	assert.Equal(t, map[string]int{"retry ec2 access-denied": 1}, w.outcomes(t))
	assert.Empty(t, w.removals(t), "counted at the end")
	handle(t, w.handler(2), redelivery(2, tagChangeEvent(t)))
	assert.Equal(t, 1, w.outcomes(t)["failed ec2 access-denied"])
	assert.Equal(t, map[string]int{"ec2": 1}, w.removals(t))
}

func TestRemovalOfAnAssetThatIsGone(t *testing.T) {
	w := newWorld()
	w.refuse[instanceA] = failure("InvalidInstanceID.NotFound", 400)
	assert.Empty(t, handle(t, w.handler(3), queue(tagChangeEvent(t))))
	assert.Equal(t, map[string]int{"not-taggable ec2 gone": 1}, w.outcomes(t))
	assert.Empty(t, w.removals(t))
}

// A kind of a covered service that no call tags is reported: to try for half an hour would end in a false alarm.
func TestRemovedFromAKindThatNothingTags(t *testing.T) {
	w := newWorld()
	const provider = "arn:aws:iam::123456789012:oidc-provider/example.com"
	assert.Empty(t, handle(t, w.handler(3), queue(tagChangeEvent(t, instanceA, provider, `"service": "ec2"`, `"service": "iam"`, `"instance"`, `"oidc-provider"`))))
	assert.Equal(t, map[string]int{"reported iam not-covered": 1}, w.outcomes(t))
	assert.Equal(t, map[string]int{"iam": 1}, w.removals(t))
}
