package load

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/client"
	"assetguard/sandbox/gateway"
)

const logged = `2026-11-22T01:17:29.293Z START RequestId: 1 Version: $LATEST
2026-11-22T01:17:29.558Z {"level":"INFO","msg":"asset","outcome":"tagged","reason":"none","eventID":"load-a-0"}
2026-11-22T01:17:29.558Z {"level":"WARN","msg":"asset","outcome":"retry","reason":"throttled","eventID":"load-a-1"}
2026-11-22T01:17:29.558Z {"level":"INFO","msg":"asset","outcome":"tagged","reason":"none","eventID":"other"}
2026-11-22T01:17:29.559Z {"_aws":{},"AutotagOutcome":2,"Outcome":"tagged","Service":"ec2","Reason":"none"}
2026-11-22T01:17:29.559Z {"_aws":{},"AutotagRetry":1,"Service":"sns","Reason":"throttled"}
2026-11-22T01:17:29.560Z REPORT RequestId: 1	Duration: 1.00 ms	Memory Size: 256 MB	Max Memory Used: 40 MB
`

// written makes a run of two events whose function wrote some text after the load began.
func written(t *testing.T, text string) *run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.log")
	require.NoError(t, os.WriteFile(path, []byte("2026-11-22T01:00:00Z {\"_aws\":{},\"AutotagOutcome\":9,\"Outcome\":\"tagged\"}\n"), 0o600))
	r := &run{id: "load-a", log: functionLog{tail: client.Tail{Path: path}}, assets: []asset{{kind: topics}, {kind: topics}}}
	require.NoError(t, r.log.skip())
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	for _, part := range []string{text[:len(text)/3], text[len(text)/3:]} { // a line may be read when it is half there
		_, err = file.WriteString(part)
		require.NoError(t, err)
		require.NoError(t, r.log.read())
	}
	require.NoError(t, file.Close())
	return r
}

func counts(refused int) measured {
	return measured{calls: map[string]gateway.Count{"TagResources": {Total: 1 + refused, Throttled: refused}}}
}

func TestEveryEventIsCountedOnce(t *testing.T) {
	const second = `2026-11-22T01:18:29.558Z {"msg":"asset","outcome":"already-tagged","reason":"none","eventID":"load-a-1"}
2026-11-22T01:18:29.559Z {"_aws":{},"AutotagOutcome":1,"Outcome":"already-tagged"}
`
	for name, c := range map[string]struct {
		log    string
		after  measured
		waited error
		faults []string
	}{
		"it holds": {log: logged + second, after: counts(1)},
		"an event without outcome": {log: logged, after: counts(1), waited: errors.New("after 1s 1 of 2"),
			faults: []string{"after 1s 1 of 2", "1 events have no outcome", "1 outcomes of 2 events", "some assets were not tagged"}},
		"an event with two": {log: logged + second + second, after: counts(1), faults: []string{"1 events have more than one outcome"}},
		"an asset that was not tagged": {log: logged + strings.ReplaceAll(second, "already-tagged", "failed"), after: counts(1),
			faults: []string{"some assets were not tagged"}},
		"metrics that lack one": {log: logged + strings.ReplaceAll(second, `"AutotagOutcome":1`, `"AutotagOutcome":0`), after: counts(1),
			faults: []string{"the metrics count 2 outcomes, the log 3"}},
		"no call refused": {log: logged + second, after: counts(0), faults: []string{"no call was refused: the faults were not in force"}},
		"dead letters":    {log: logged + second, after: measured{calls: counts(1).calls, deadLetters: 2}, faults: []string{"2 dead letters"}},
		"a call for every asset": {log: logged + second, after: measured{calls: map[string]gateway.Count{"TagResources": {Total: 3, Broken: 1}}},
			faults: []string{"20.00 TagResources calls for 20 assets, more than 2.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := written(t, c.log).report(measured{}, c.after)
			if name != "a call for every asset" {
				p.CallRatio = 1
			}
			p.judge(c.waited)
			assert.ElementsMatch(t, c.faults, p.Faults)
			assert.Equal(t, len(c.faults) == 0, p.Err() == nil)
			assert.Equal(t, 1, p.Others)
			assert.Equal(t, 1, p.Retries)
		})
	}
}

func TestManyEventsShareTheirCalls(t *testing.T) {
	for name, c := range map[string]struct {
		events int
		ratio  float64
		bad    bool
	}{
		"many":                 {fewEvents, maxCallRatio, false},
		"many, too many calls": {fewEvents, maxCallRatio + 0.01, true},
		"few":                  {fewEvents - 1, 2, false},
		"few, too many calls":  {fewEvents - 1, 2.1, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Report{Events: c.events, CallRatio: c.ratio}
			p.judge(nil)
			assert.Equal(t, c.bad, strings.Contains(strings.Join(p.Faults, ";"), "TagResources calls for 20 assets"), p.Faults)
		})
	}
}

func TestMemoryThatGrows(t *testing.T) {
	for name, c := range map[string]struct {
		used []int
		bad  bool
	}{
		"flat":    {append(repeat(40, 10), repeat(60, 10)...), false},
		"growing": {append(repeat(40, 10), repeat(61, 10)...), true},
		"too few": {[]int{40, 61}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Report{MemoryMB: halves(c.used), Invocations: len(c.used), Calls: counts(1).calls}
			p.judge(nil)
			assert.Equal(t, c.bad, strings.Contains(strings.Join(p.Faults, ";"), "memory grew"), p.Faults)
		})
	}
}

func repeat(value, times int) []int {
	values := make([]int, times)
	for i := range values {
		values[i] = value
	}
	return values
}

func TestAnEventGoesWhereARuleTakesIt(t *testing.T) {
	r := &run{id: "load-a", assets: []asset{{kind: topics, region: "us-east-1", name: "n", arn: "arn:aws:sns:us-east-1:1:n"}}}
	r.AWS.Region = "ap-northeast-2"
	for forwarded, bus := range map[bool]string{false: "ap-northeast-2", true: "us-east-1"} {
		r.forwards = map[string]bool{"us-east-1": forwarded}
		text, err := r.event(0, time.Date(2026, 3, 2, 1, 20, 30, 0, time.UTC))
		require.NoError(t, err)
		var event struct {
			Region string
			Detail struct{ AwsRegion, EventID, EventTime string }
		}
		require.NoError(t, json.Unmarshal(text, &event))
		assert.Equal(t, bus, event.Region)
		assert.Equal(t, "us-east-1", event.Detail.AwsRegion)
		assert.Equal(t, "load-a-0", event.Detail.EventID)
		assert.Equal(t, "2026-03-02T01:20:30Z", event.Detail.EventTime)
	}
}

func TestTheTableNamesEveryFault(t *testing.T) {
	p := &Report{Events: 2, Regions: []string{"a", "b"}, Reasons: map[string]int{"retry, throttled": 3}, Faults: []string{"dead"}}
	var text strings.Builder
	require.NoError(t, p.Write(&text))
	for _, part := range []string{"2 in a and b", "retry, throttled", "FAULT", "dead", "TagResources"} {
		assert.Contains(t, text.String(), part)
	}
}
