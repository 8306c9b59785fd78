package remediation

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/notice"
	"assetguard/internal/remediation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryRow: the exact event of each row starts exactly this execution, in this region.
func TestEveryRow(t *testing.T) {
	inputs := map[string]any{}
	for _, row := range remediation.Rows() {
		w, h := newWorld(t)
		w.config.Modes[row.ID] = contract.ModeAuto
		w.config.Window = contract.Window{Days: []string{"sun"}, Start: "00:00", Hours: 24}
		require.False(t, w.give(t, h, eventOf(t, row.ID)), row.ID)
		require.Len(t, w.starts, 1, row.ID)
		_, err := uuid.Parse(aws.ToString(w.starts[0].ClientToken))
		require.NoError(t, err)
		w.starts[0].ClientToken = nil
		inputs[row.ID] = map[string]any{"region": w.regions[0], "input": w.starts[0]}
		assert.Equal(t, map[string]int{"started/auto": 1}, w.outcomes(t, contract.MetricRepairOutcome), row.ID)
	}
	golden(t, "testdata/inputs.json", inputs)
}

func golden(t *testing.T, path string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", " ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
}

// TestRepair: from the finding to the notice and the note.
func TestRepair(t *testing.T) {
	w, h := newWorld(t)
	w.config.Modes["EC2.13"] = contract.ModeAuto
	require.False(t, w.give(t, h, eventOf(t, "EC2.13")))
	require.Len(t, w.starts, 1)
	require.Len(t, w.set(keySlots), 1, "its place is taken")
	w.clock = w.clock.Add(time.Minute)
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	require.Empty(t, w.set(keySlots), "and given back")
	require.Len(t, w.told, 1)
	repair := w.told[0].Repair
	assert.Equal(t, notice.RepairSucceeded, repair.State)
	assert.Equal(t, "AWS-DisableIncomingSSHOnPort22", repair.Runbook)
	assert.Equal(t, "IpPermissions: tcp 22 from 0.0.0.0/0", repair.Before)
	assert.Equal(t, "IpPermissions from 0.0.0.0/0 or ::/0: none", repair.After)
	assert.Equal(t, "Data", repair.Finding.Assets[0].Owner, "as tagged now")
	assert.Equal(t, "https://ap-northeast-2.console.aws.amazon.com/systems-manager/automation/execution/00000000-0000-4000-8000-000000000001?region=ap-northeast-2", repair.Link)
	assert.Equal(t, []string{"Repaired by AWS-DisableIncomingSSHOnPort22. 00000000-0000-4000-8000-000000000001 " +
		"IpPermissions: tcp 22 from 0.0.0.0/0 → IpPermissions from 0.0.0.0/0 or ::/0: none"}, w.notes)
	assert.Equal(t, map[string]int{"succeeded": 1}, w.outcomes(t, contract.MetricRepairResult))

	// Our note makes Security Hub send the finding again, and AWS Config may be late.
	require.False(t, w.give(t, h, eventOf(t, "EC2.13")))
	require.False(t, w.give(t, h, updated(eventOf(t, "EC2.13"), w.clock.Add(time.Minute))))
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess) // told twice
	assert.Len(t, w.starts, 1)
	assert.Len(t, w.told, 1)
	assert.Equal(t, map[string]int{"started/auto": 1, "settled/repaired": 2}, w.outcomes(t, contract.MetricRepairOutcome))
}

// TestDuplicates: the same event many times, in whatever order, starts one execution.
func TestDuplicates(t *testing.T) {
	w, h := newWorld(t)
	for range 5 {
		require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	}
	require.Len(t, w.starts, 1)
	assert.Equal(t, map[string]int{"started/auto": 1, "settled/running": 4}, w.outcomes(t, contract.MetricRepairOutcome))
}

// TestCrashes: whatever call fails once, the message comes again and in the end one execution was started and told.
func TestCrashes(t *testing.T) {
	for _, call := range []string{"GetItem", "PutItem", "UpdateItem", "GetResources", "DescribeDBInstances", "Start", "StartAnswer"} {
		w, h := newWorld(t)
		w.failures[call] = apiError("ThrottlingException")
		again := w.giveAs(t, h, "m", 1, eventOf(t, "RDS.8"))
		require.True(t, again, call)
		require.False(t, w.giveAs(t, h, "m", 2, eventOf(t, "RDS.8")), call)
		require.Len(t, w.byToken, 1, "%s: a repeated start has the same token", call)
		assert.Equal(t, map[string]int{"started/auto": 1}, w.outcomes(t, contract.MetricRepairOutcome), call)
		assert.Equal(t, map[string]int{"throttled": 1}, w.outcomes(t, contract.MetricRepairRetry), call)
		assert.Len(t, w.set(keySlots), 1, call)
	}
	for _, call := range []string{"GetItem", "PutItem", "UpdateItem", "GetAutomationExecution", "Publish", "BatchUpdateFindings"} {
		w, h := newWorld(t)
		require.False(t, w.give(t, h, eventOf(t, "RDS.8")), call)
		id := "00000000-0000-4000-8000-000000000001"
		w.status[id] = ssmtypes.AutomationExecutionStatusSuccess
		w.failures[call] = apiError("ThrottlingException")
		require.True(t, w.giveAs(t, h, "end", 1, statusEvent(id, ssmtypes.AutomationExecutionStatusSuccess)), call)
		require.False(t, w.giveAs(t, h, "end", 2, statusEvent(id, ssmtypes.AutomationExecutionStatusSuccess)), call)
		assert.NotEmpty(t, w.told, "%s: people were told", call)
		assert.NotEmpty(t, w.notes, call)
		assert.Empty(t, w.set(keySlots), call)
	}
}

// TestThrottledForGood: what fails to its last attempt counts once, as failed, and its place comes back.
func TestThrottledForGood(t *testing.T) {
	w, h := newWorld(t)
	w.always["Start"] = apiError("ThrottlingException")
	for receives := 1; receives <= 3; receives++ {
		require.True(t, w.giveAs(t, h, "m", receives, eventOf(t, "S3.14")))
	}
	assert.Equal(t, map[string]int{"failed/throttled": 1}, w.outcomes(t, contract.MetricRepairOutcome))
	assert.Equal(t, map[string]int{"throttled": 2}, w.outcomes(t, contract.MetricRepairRetry))
	w.clock = w.clock.Add(time.Hour)
	require.False(t, w.give(t, h, contract.RemediationWindowMessage))
	assert.Empty(t, w.set(keySlots))
	delete(w.always, "Start")
	require.False(t, w.give(t, h, updated(eventOf(t, "S3.14"), w.clock)))
	assert.Len(t, w.starts, 1, "a stale claim does not keep others out")
}

// TestLoop: the third repair of a resource within a day is for people, who are told once a day.
func TestLoop(t *testing.T) {
	w, h := newWorld(t)
	for range 5 {
		require.False(t, w.give(t, h, updated(eventOf(t, "S3.14"), w.clock)))
		if len(w.set(keySlots)) > 0 {
			w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
		}
		w.clock = w.clock.Add(time.Hour)
	}
	require.Len(t, w.starts, 2)
	assert.Equal(t, map[string]int{"started/auto": 2, "refused/looping": 3}, w.outcomes(t, contract.MetricRepairOutcome))
	require.Len(t, w.told, 3)
	assert.Equal(t, notice.RepairLooping, w.told[2].Repair.State)
	assert.Equal(t, 2, w.told[2].Repair.Attempts)

	require.False(t, w.give(t, h, pressed(eventOf(t, "S3.14"), w.clock)))
	assert.Len(t, w.starts, 3, "somebody may ask for it all the same")
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	w.clock = w.clock.Add(25 * time.Hour)
	require.False(t, w.give(t, h, updated(eventOf(t, "S3.14"), w.clock)))
	assert.Len(t, w.starts, 4, "a new day")
}

// TestApproval: what can cut access waits, people are told once, and the custom action is the approval.
func TestApproval(t *testing.T) {
	w, h := newWorld(t)
	for range 3 {
		require.False(t, w.give(t, h, eventOf(t, "EC2.13")))
	}
	require.Empty(t, w.starts)
	require.Len(t, w.told, 1)
	waiting := w.told[0].Repair
	assert.Equal(t, notice.RepairWaiting, waiting.State)
	assert.Contains(t, waiting.Reason, `choose the action "repair"`)
	assert.Contains(t, waiting.Reason, "Cuts off administrators")
	assert.Contains(t, waiting.Link, "https://ap-northeast-2.console.aws.amazon.com/securityhub/home?region=ap-northeast-2#/findings?search=Id%3D%5Coperator")
	assert.Equal(t, map[string]int{"waiting/approval": 1, "waiting/told-before": 2}, w.outcomes(t, contract.MetricRepairOutcome))

	press := pressed(eventOf(t, "EC2.13"), w.clock)
	require.False(t, w.give(t, h, press))
	require.Len(t, w.starts, 1)
	w.clock = w.clock.Add(time.Minute)
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	require.False(t, w.give(t, h, press), "the same press once more")
	assert.Len(t, w.starts, 1)
}

// TestLeftAlone: each reason why a finding is not repaired, and that whoever asked is told.
func TestLeftAlone(t *testing.T) {
	suppressed := func(e string) string { return strings.Replace(e, `"NOTIFIED"`, `"SUPPRESSED"`, 1) }
	for name, c := range map[string]struct {
		row     string
		change  func(string) string
		prepare func(*world)
		want    string
		told    int // when somebody asked
	}{
		"suppressed":        {"S3.14", suppressed, nil, "ignored/suppressed", 1},
		"archived":          {"S3.14", func(e string) string { return strings.Replace(e, `"ACTIVE"`, `"ARCHIVED"`, 1) }, nil, "ignored/archived", 1},
		"passed":            {"S3.14", func(e string) string { return strings.Replace(e, `"FAILED"`, `"PASSED"`, 1) }, nil, "ignored/not-failed", 1},
		"resolved":          {"S3.14", func(e string) string { return strings.Replace(e, `"NOTIFIED"`, `"RESOLVED"`, 1) }, nil, "ignored/resolved", 1},
		"without a runbook": {"S3.14", func(e string) string { return strings.ReplaceAll(e, "S3.14", "S3.99") }, nil, "ignored/no-runbook", 1},
		"off":               {"S3.14", nil, func(w *world) { w.config.Modes["S3.14"] = contract.ModeOff }, "refused/off", 1},
		"opted out":         {"S3.14", nil, func(w *world) { w.tags[contract.OptOutTag] = "" }, "refused/opted-out", 1},
		"opted out user":    {"IAM.8", nil, func(w *world) { w.tags[contract.OptOutTag] = "because"; w.config.Modes["IAM.8"] = contract.ModeAuto }, "refused/opted-out", 1},
		"another account": {"S3.14", func(e string) string {
			return strings.Replace(e, `"AwsAccountId": "111122223333"`, `"AwsAccountId": "444455556666"`, 1)
		},
			nil, "refused/other-account", 1},
		"a pretended product": {"S3.14", func(e string) string {
			return strings.ReplaceAll(e, "ap-northeast-2::product/aws/securityhub", "ap-northeast-2:111122223333:product/111122223333/default")
		}, nil, "ignored/no-runbook", 1},
		"no ARN":      {"S3.14", func(e string) string { return strings.ReplaceAll(e, "arn:aws:s3:::", "") }, nil, "refused/not-drawn", 1},
		"no resource": {"S3.14", func(e string) string { return strings.ReplaceAll(e, "AwsS3Bucket", "Other") }, nil, "refused/not-drawn", 1},
	} {
		for _, asked := range []bool{false, true} {
			w, h := newWorld(t)
			body := eventOf(t, c.row)
			if c.change != nil {
				body = c.change(body)
			}
			if c.prepare != nil {
				c.prepare(w)
			}
			told := 0
			if asked {
				body, told = pressed(body, w.clock), c.told
			}
			require.False(t, w.give(t, h, body), name)
			assert.Empty(t, w.starts, name)
			assert.Equal(t, map[string]int{c.want: 1}, w.outcomes(t, contract.MetricRepairOutcome), name)
			require.Len(t, w.told, told, name)
			if asked {
				assert.Equal(t, notice.RepairRefused, w.told[0].Repair.State, name)
				assert.NotEmpty(t, w.told[0].Repair.Reason, name)
				assert.Equal(t, c.want == "ignored/no-runbook", w.told[0].Repair.Runbook == "", name)
			}
		}
	}
}

// TestPlaces: no more executions than may run at the same time; the others come again and count once.
func TestPlaces(t *testing.T) {
	w, h := newWorld(t)
	for _, row := range []string{"S3.8", "S3.14", "ELB.6", "KMS.4"} {
		require.False(t, w.give(t, h, eventOf(t, row)))
	}
	require.Len(t, w.starts, 3)
	require.Len(t, w.sent, 1)
	assert.Equal(t, int32(90), w.sent[0].delay)
	assert.Equal(t, map[string]int{"no-place": 1}, w.outcomes(t, contract.MetricRepairRetry))
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	require.False(t, w.give(t, h, w.sent[0].body))
	assert.Len(t, w.starts, 4)
	assert.Equal(t, map[string]int{"started/auto": 4}, w.outcomes(t, contract.MetricRepairOutcome))
}

// TestPaused: failures in a row pause the runbook, people are told, and a repair that somebody asks for resumes it.
func TestPaused(t *testing.T) {
	w, h := newWorld(t)
	bucket := func(name string) string { return strings.ReplaceAll(eventOf(t, "S3.14"), "lecture-files", name) }
	for _, name := range []string{"one", "two"} {
		require.False(t, w.give(t, h, bucket(name)))
		w.end(t, h, ssmtypes.AutomationExecutionStatusFailed)
	}
	require.Len(t, w.told, 3, "two failures, and that the runbook is paused")
	assert.Equal(t, "Step fails when it is Execute/Cancelling action", w.told[0].Repair.Reason)
	assert.True(t, slices.ContainsFunc(w.told, func(n notice.Notice) bool { return strings.Contains(n.Repair.Reason, "2 times in a row") }))
	assert.Len(t, w.outcomes(t, contract.MetricRunbookPaused), 1)
	require.False(t, w.give(t, h, bucket("three")))
	require.Len(t, w.starts, 2, "paused")
	require.False(t, w.give(t, h, pressed(bucket("three"), w.clock)))
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	require.False(t, w.give(t, h, bucket("four")))
	assert.Len(t, w.starts, 4, "resumed")
	assert.Equal(t, map[string]int{"started/auto": 3, "started/approved": 1, "refused/paused": 1}, w.outcomes(t, contract.MetricRepairOutcome))
}

// TestNotStarted: what Systems Manager refuses for good is a failed repair that people hear of.
func TestNotStarted(t *testing.T) {
	w, h := newWorld(t)
	w.failures["Start"] = apiError("InvalidAutomationExecutionParametersException")
	require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	assert.Equal(t, map[string]int{"refused/not-started": 1}, w.outcomes(t, contract.MetricRepairOutcome))
	require.Len(t, w.told, 1)
	assert.Equal(t, notice.RepairFailed, w.told[0].Repair.State)
	assert.Empty(t, w.set(keySlots))
	assert.Len(t, w.set(failuresKey("bucket-versioning")), 1)
}

// TestWindow: an approved patch waits for the window, and the hourly look starts it when it is open.
func TestWindow(t *testing.T) {
	w, h := newWorld(t)
	require.False(t, w.give(t, h, eventOf(t, "CVE")))
	require.False(t, w.give(t, h, pressed(eventOf(t, "CVE"), w.clock)))
	require.Empty(t, w.starts)
	assert.Equal(t, map[string]int{"waiting/approval": 1, "deferred/window": 1}, w.outcomes(t, contract.MetricRepairOutcome))
	assert.Equal(t, notice.RepairDeferred, w.told[1].Repair.State)
	assert.Equal(t, "It starts in the maintenance window, which opens at 2026-11-29 02:00 KST", w.told[1].Repair.Reason)

	require.False(t, w.give(t, h, pressed(eventOf(t, "CVE"), w.clock)), "another vulnerability of the same instance")
	require.False(t, w.give(t, h, contract.RemediationWindowMessage))
	require.Empty(t, w.sent, "it is closed")
	w.clock = time.Date(2026, 11, 28, 17, 30, 0, 0, time.UTC) // Sunday 02:30 in Seoul
	require.False(t, w.give(t, h, contract.RemediationWindowMessage))
	require.Len(t, w.sent, 1)
	require.False(t, w.give(t, h, w.sent[0].body))
	require.Len(t, w.starts, 1)
	assert.Equal(t, "assetguard-test-patch", aws.ToString(w.starts[0].DocumentName))
	require.False(t, w.give(t, h, w.sent[0].body), "sent again by a later look")
	require.Len(t, w.starts, 1)
	assert.Empty(t, w.set(keyDeferred))
	assert.Equal(t, map[string]int{"started/approved": 1, "settled/repaired": 1}, w.outcomes(t, contract.MetricRepairDeferred))
	assert.Equal(t, 1, w.outcomes(t, contract.MetricRepairOutcome)["settled/deferred"])
}

// TestWindowOpensTooLate: what was approved is not done when somebody decided otherwise before the window opened, and a
// later approval is taken.
func TestWindowOpensTooLate(t *testing.T) {
	sunday := time.Date(2026, 11, 28, 17, 30, 0, 0, time.UTC)
	for want, decide := range map[string]func(*world){
		"ignored/suppressed": func(w *world) { w.workflow = hubtypes.WorkflowStatusSuppressed },
		"ignored/resolved":   func(w *world) { w.workflow = hubtypes.WorkflowStatusResolved },
		"ignored/archived":   func(w *world) { w.gone = true },
		"refused/off":        func(w *world) { w.config.Modes["CVE"] = contract.ModeOff },
		"refused/opted-out":  func(w *world) { w.tags[contract.OptOutTag] = "" },
		"refused/not-drawn":  func(w *world) { w.config.Roles["patch-instance"] = "" },
	} {
		w, h := newWorld(t)
		require.False(t, w.give(t, h, pressed(eventOf(t, "CVE"), w.clock)), want)
		w.clock = sunday
		decide(w)
		require.False(t, w.give(t, h, contract.RemediationWindowMessage), want)
		require.False(t, w.give(t, h, w.sent[0].body), want)
		assert.Empty(t, w.starts, want)
		assert.Equal(t, map[string]int{want: 1}, w.outcomes(t, contract.MetricRepairDeferred), want)
		assert.Empty(t, w.set(keyDeferred), want)

		w.workflow, w.gone, h.read = hubtypes.WorkflowStatusNotified, false, time.Time{}
		w.config.Modes["CVE"], w.config.Roles["patch-instance"] = contract.ModeApproval, "arn:role"
		delete(w.tags, contract.OptOutTag)
		require.False(t, w.give(t, h, pressed(eventOf(t, "CVE"), w.clock)), want)
		assert.Len(t, w.starts, 1, "%s: approved anew, in the window", want)
	}
}

// TestOldEvents: what waited for a place, or lay in the dead letters, is asked for again before it is repaired.
func TestOldEvents(t *testing.T) {
	w, h := newWorld(t)
	w.clock = time.Date(2026, 11, 22, 5, 41, 0, 0, time.UTC)
	require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	require.Len(t, w.starts, 1)
	require.Zero(t, w.asked, "a minute after the event")

	w.clock, w.workflow = w.clock.Add(3*24*time.Hour), hubtypes.WorkflowStatusSuppressed
	require.False(t, w.give(t, h, eventOf(t, "KMS.4")))
	require.Len(t, w.starts, 1, "suppressed since")
	assert.Equal(t, map[string]int{"started/auto": 1, "ignored/suppressed": 1}, w.outcomes(t, contract.MetricRepairOutcome))

	w.workflow, w.failures["GetFindings"] = hubtypes.WorkflowStatusNew, apiError("ThrottlingException")
	require.True(t, w.giveAs(t, h, "late", 1, eventOf(t, "KMS.4")), "without an answer nothing is repaired")
	require.False(t, w.giveAs(t, h, "late", 2, eventOf(t, "KMS.4")))
	assert.Len(t, w.starts, 2)
}

// TestBucketsOfOthers: a bucket that is not in the account and region of the finding is an error, not one without tags.
func TestBucketsOfOthers(t *testing.T) {
	for _, code := range []string{"AccessDenied", "PermanentRedirect"} {
		w, h := newWorld(t)
		w.always["GetBucketTagging"] = apiError(code)
		require.True(t, w.giveAs(t, h, "m", 3, eventOf(t, "S3.14")), code)
		assert.Empty(t, w.starts, code)
		assert.Equal(t, 1, w.outcomes(t, contract.MetricRepairOutcome)["failed/"+map[string]string{"AccessDenied": "access-denied", "PermanentRedirect": "refused"}[code]])
	}
	w, h := newWorld(t)
	w.always["GetBucketTagging"] = apiError("NoSuchBucket")
	require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	assert.Equal(t, map[string]int{"ignored/gone": 1}, w.outcomes(t, contract.MetricRepairOutcome))
	w, h = newWorld(t)
	w.tags = nil
	require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	assert.Len(t, w.starts, 1, "a bucket without tags")
}

// TestDuplicateEnds: an end that is told again later changes nothing of what is known of the runbook since.
func TestDuplicateEnds(t *testing.T) {
	w, h := newWorld(t)
	bucket := func(name string) string { return strings.ReplaceAll(eventOf(t, "S3.14"), "lecture-files", name) }
	require.False(t, w.give(t, h, bucket("one")))
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	for _, name := range []string{"two", "three"} {
		require.False(t, w.give(t, h, bucket(name)))
		w.end(t, h, ssmtypes.AutomationExecutionStatusFailed)
	}
	require.Len(t, w.set(failuresKey("bucket-versioning")), 2)
	require.False(t, w.give(t, h, statusEvent("00000000-0000-4000-8000-000000000001", ssmtypes.AutomationExecutionStatusSuccess)))
	assert.Len(t, w.set(failuresKey("bucket-versioning")), 2, "the pause stays")

	require.False(t, w.give(t, h, pressed(bucket("four"), w.clock)))
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	require.Empty(t, w.set(failuresKey("bucket-versioning")))
	require.False(t, w.give(t, h, statusEvent("00000000-0000-4000-8000-000000000002", ssmtypes.AutomationExecutionStatusFailed)))
	assert.Empty(t, w.set(failuresKey("bucket-versioning")), "nor does an old failure count again")
}

// TestEndsThatAreNotKnown: an execution that Systems Manager has forgotten, and one whose place is gone, hold nothing up.
func TestEndsThatAreNotKnown(t *testing.T) {
	w, h := newWorld(t)
	require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	w.clock = w.clock.Add(40 * 24 * time.Hour)
	w.failures["GetAutomationExecution"] = apiError("AutomationExecutionNotFoundException")
	require.False(t, w.give(t, h, contract.RemediationWindowMessage))
	require.Len(t, w.told, 1)
	assert.Equal(t, notice.RepairFailed, w.told[0].Repair.State)
	assert.Empty(t, w.set(keySlots))

	w, h = newWorld(t)
	require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	delete(w.items, keySlots)
	require.False(t, w.give(t, h, updated(eventOf(t, "S3.14"), w.clock.Add(time.Minute))))
	require.Len(t, w.starts, 1, "it runs")
	w.status["00000000-0000-4000-8000-000000000001"] = ssmtypes.AutomationExecutionStatusSuccess
	w.clock = w.clock.Add(24 * time.Hour)
	require.False(t, w.give(t, h, updated(eventOf(t, "S3.14"), w.clock)))
	require.Len(t, w.told, 1, "its end is told when the finding comes again")
	assert.Equal(t, map[string]int{"succeeded": 1}, w.outcomes(t, contract.MetricRepairResult))
	require.False(t, w.give(t, h, updated(eventOf(t, "S3.14"), w.clock.Add(time.Hour))))
	assert.Len(t, w.starts, 2, "and it can be repaired again")
}

// TestNoteFailsOnce: people hear of it once although others update the finding at the same time.
func TestNoteFailsOnce(t *testing.T) {
	w, h := newWorld(t)
	w.unnoted = []hubtypes.BatchUpdateFindingsUnprocessedFinding{{ErrorCode: aws.String("ConcurrentUpdateError")}}
	require.True(t, w.giveAs(t, h, "m", 1, eventOf(t, "EC2.13")))
	require.False(t, w.giveAs(t, h, "m", 2, eventOf(t, "EC2.13")))
	assert.Len(t, w.told, 1)
	assert.Len(t, w.notes, 1)
}

// TestLateAndLost: an end that comes before the execution is written, one of somebody else, one that never comes.
func TestLateAndLost(t *testing.T) {
	w, h := newWorld(t)
	stranger := statusEvent("99999999-0000-4000-8000-000000000009", ssmtypes.AutomationExecutionStatusSuccess)
	require.False(t, w.give(t, h, stranger))
	for i := range maxUnknown {
		require.Len(t, w.sent, i+1)
		require.False(t, w.give(t, h, w.sent[i].body))
	}
	require.Len(t, w.sent, maxUnknown)
	assert.Equal(t, map[string]int{"ignored": 1}, w.outcomes(t, contract.MetricRepairResult))

	require.False(t, w.give(t, h, eventOf(t, "S3.14")))
	w.status["00000000-0000-4000-8000-000000000001"] = ssmtypes.AutomationExecutionStatusTimedout
	w.clock = w.clock.Add(time.Hour)
	require.False(t, w.give(t, h, contract.RemediationWindowMessage))
	require.Len(t, w.told, 1)
	assert.Equal(t, "TimedOut", w.told[0].Repair.Reason)
	assert.Empty(t, w.set(keySlots))
	assert.Equal(t, map[string]int{"ignored": 1, "failed": 1}, w.outcomes(t, contract.MetricRepairResult))
}

// TestMembers: another account of the organisation is repaired from home, by the role that it made for this runbook.
func TestMembers(t *testing.T) {
	w, h := newWorld(t)
	w.config.Members = true
	member := strings.ReplaceAll(eventOf(t, "EC2.7"), account, "444455556666")
	member = strings.ReplaceAll(member, `"Region": "ap-northeast-2"`, `"Region": "us-east-1"`)
	require.False(t, w.give(t, h, member))
	require.Len(t, w.starts, 1)
	assert.Equal(t, home, w.regions[0])
	assert.Equal(t, []ssmtypes.TargetLocation{{Accounts: []string{"444455556666"}, Regions: []string{"us-east-1"},
		ExecutionRoleName: aws.String("assetguard-repair-encrypt-new-volumes")}}, w.starts[0].TargetLocations)
	assert.Equal(t, []string{w.config.Roles["encrypt-new-volumes"]}, w.starts[0].Parameters["AutomationAssumeRole"])
	w.config.Modes["CVE"], h.read = contract.ModeAuto, time.Time{}
	require.False(t, w.give(t, h, strings.ReplaceAll(eventOf(t, "CVE"), account, "444455556666")))
	assert.Equal(t, 1, w.outcomes(t, contract.MetricRepairOutcome)["refused/other-account"], "our own document is not there")
}

// TestManyFindings: each finding of an event is done, and counted, alone.
func TestManyFindings(t *testing.T) {
	w, h := newWorld(t)
	var event map[string]any
	require.NoError(t, json.Unmarshal([]byte(eventOf(t, "S3.14")), &event))
	detail := event["detail"].(map[string]any)
	one := detail["findings"].([]any)[0].(map[string]any)
	two := map[string]any{}
	for key, value := range one {
		two[key] = value
	}
	two["Id"] = "two"
	two["Resources"] = []any{map[string]any{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::other"}}
	detail["findings"] = []any{one, two}
	body, err := json.Marshal(event)
	require.NoError(t, err)
	require.False(t, w.give(t, h, string(body)))
	require.Len(t, w.sent, 2)
	for _, s := range w.sent {
		require.False(t, w.give(t, h, s.body))
	}
	assert.Len(t, w.starts, 2)
	assert.Equal(t, map[string]int{"started/auto": 2}, w.outcomes(t, contract.MetricRepairOutcome))
}

// TestNoticesHeld: a first scan of many buckets does not flood people; the notes say the same.
func TestNoticesHeld(t *testing.T) {
	w, h := newWorld(t)
	for i := range 8 {
		group := strings.ReplaceAll(eventOf(t, "EC2.13"), "sg-0a1b2c3d4e5f60718", "sg-0a1b2c3d4e5f6071"+strconv.Itoa(i))
		require.False(t, w.give(t, h, group))
	}
	assert.Len(t, w.told, 5)
	assert.Len(t, w.notes, 8)
	assert.Len(t, w.outcomes(t, contract.MetricRepairNoticesHeld), 1)
	assert.Equal(t, map[string]int{"waiting/approval": 8}, w.outcomes(t, contract.MetricRepairOutcome))

	// Who approves one of them hears of its end.
	require.False(t, w.give(t, h, pressed(strings.ReplaceAll(eventOf(t, "EC2.13"), "sg-0a1b2c3d4e5f60718", "sg-0a1b2c3d4e5f60717"), w.clock)))
	w.end(t, h, ssmtypes.AutomationExecutionStatusSuccess)
	require.Len(t, w.told, 6)
	assert.Equal(t, notice.RepairSucceeded, w.told[5].Repair.State)
}

// TestNotesThatAreNotTaken: a finding that is gone needs no note; one that is being changed is tried again.
func TestNotesThatAreNotTaken(t *testing.T) {
	for code, comesAgain := range map[string]bool{"FindingNotFound": false, "ConcurrentUpdateError": true} {
		w, h := newWorld(t)
		w.unnoted = []hubtypes.BatchUpdateFindingsUnprocessedFinding{{ErrorCode: aws.String(code)}}
		assert.Equal(t, comesAgain, w.give(t, h, eventOf(t, "EC2.13")), code)
	}
}

// TestPoison: what is nothing goes to the dead letters and counts once.
func TestPoison(t *testing.T) {
	for _, body := range []string{"", "{}", "[]", `{"source":"aws.ssm"}`, `{"source":"assetguard.remediation","step":"dance"}`,
		`{"source":"assetguard.remediation","step":"again"}`, `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[]}}`} {
		w, h := newWorld(t)
		for receives := 1; receives <= 3; receives++ {
			require.True(t, w.giveAs(t, h, "m", receives, body), body)
		}
		assert.Equal(t, map[string]int{"failed/malformed": 1}, w.outcomes(t, contract.MetricRepairOutcome), body)
	}
}

func TestSettingsThatCannotBeRead(t *testing.T) {
	w, h := newWorld(t)
	w.failures["GetParameter"] = apiError("ThrottlingException")
	_, err := h.Handle(t.Context(), sqsEvent(eventOf(t, "S3.14")))
	require.ErrorContains(t, err, "remediation settings")
	assert.Empty(t, w.starts)
}
