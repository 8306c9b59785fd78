package driver

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestJudge(t *testing.T) {
	tests := map[string]struct {
		recorded, running string
		hasState          bool
		want              verdict
	}{
		"first up":                          {running: "i-1", want: freshState},
		"second up":                         {recorded: "i-1", running: "i-1", hasState: true, want: keepState},
		"after the machine was rebooted":    {recorded: "i-1", running: "i-2", hasState: true, want: discardState},
		"server gone":                       {recorded: "i-1", hasState: true, want: discardState},
		"state of nobody knows which":       {running: "i-1", hasState: true, want: discardState},
		"nothing recorded, nothing running": {hasState: true, want: discardState},
		"recorded, but no state":            {recorded: "i-1", running: "i-1", want: freshState},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, judge(test.recorded, test.running, test.hasState))
		})
	}
}

func TestInstanceRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "instance")
	got, err := readInstance(path)
	require.NoError(t, err)
	assert.Empty(t, got)
	require.NoError(t, writeInstance(path, "i-1"))
	got, err = readInstance(path)
	require.NoError(t, err)
	assert.Equal(t, "i-1", got)
}

func TestDownSummaryClaimsOnlyWhatWasDone(t *testing.T) {
	assert.Contains(t, downSummary(true, true, true), "destroyed")
	for _, summary := range []string{downSummary(false, true, true), downSummary(false, false, true), downSummary(false, false, false)} {
		assert.NotContains(t, summary, "destroyed")
	}
	assert.Equal(t, "down: nothing was up", downSummary(false, false, false))
}

func TestTable(t *testing.T) {
	assert.Equal(t, "  functionName   autotag\n  queues         [\"a\",\"b\"]\n  trail          arn:t\n",
		table(map[string]any{"trail": "arn:t", "functionName": "autotag", "queues": []any{"a", "b"}}))
}

func TestParseEvent(t *testing.T) {
	const text = `{"version":"0","source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","region":"us-east-1",
		"time":"2026-11-21T00:00:00Z","resources":["arn:x"],"detail":{"eventName":"RunInstances","size":12345678901234567890}}`
	event, err := parseEvent([]byte(text))
	require.NoError(t, err)
	again, err := json.Marshal(event)
	require.NoError(t, err)
	assert.JSONEq(t, text, string(again), "nothing is left out")
	assert.Contains(t, string(again), "12345678901234567890")

	event, err = parseEvent([]byte(`{"source":"aws.ec2","detail-type":"x","detail":{}}`))
	require.NoError(t, err)
	assert.Equal(t, "ap-northeast-2", event["region"])

	_, err = parseEvent([]byte(`{"source":"aws.ec2"}`))
	require.EqualError(t, err, "not an event: it has no detail, detail-type")
	_, err = parseEvent([]byte(`[]`))
	require.ErrorContains(t, err, "not an event")
	_, err = parseEvent([]byte(text + text))
	require.ErrorContains(t, err, "one event at a time")
}

func TestTail(t *testing.T) {
	assert.Equal(t, "b\nc\n", tail("a\nb\nc\n", 2))
	assert.Equal(t, "a\n", tail("a\n", 2))
	assert.Empty(t, tail("", 2))
}

func TestAFindingIsNoEvent(t *testing.T) {
	finding := `{"SchemaVersion":"2018-10-08","ProductArn":"arn:aws:securityhub:ap-northeast-2::product/aws/inspector","Id":"1"}`
	assert.Equal(t, "1", parseFinding([]byte(finding))["Id"])
	assert.Nil(t, parseFinding([]byte(`{"source":"aws.ec2","detail-type":"x","detail":{}}`)))
	assert.Nil(t, parseFinding([]byte(`[]`)))
}
