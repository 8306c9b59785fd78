package burst

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

	"assetguard/internal/contract"
	"assetguard/sandbox/client"
	"assetguard/sandbox/inbox"
)

// written is a function's log: two findings of the run, one of them repeated and tried again, and what is of others.
const written = `2026-11-22T05:00:00Z START RequestId: 1
2026-11-22T05:00:01Z {"level":"INFO","msg":"message","finding":"burst-a-1","outcome":"told","reason":"none"}
2026-11-22T05:00:01Z {"level":"WARN","msg":"message","finding":"burst-a-2","outcome":"failed","reason":"throttled"}
2026-11-22T05:00:02Z {"level":"INFO","msg":"message","finding":"burst-a-2","outcome":"duplicate","reason":"same-batch"}
2026-11-22T05:00:02Z {"level":"INFO","msg":"message","finding":"burst-a-2","outcome":"folded","reason":"none"}
2026-11-22T05:00:03Z {"level":"INFO","msg":"message","finding":"burst-a.single-1","outcome":"told","reason":"none"}
2026-11-22T05:00:03Z {"level":"INFO","msg":"message","finding":"burst-b-1","outcome":"told","reason":"none"}
2026-11-22T05:00:03Z {"level":"INFO","msg":"message","finding":"burst-a-3","outcome":"fol`

func TestLog(t *testing.T) {
	l := functionLog{tail: client.Tail{Path: filepath.Join(t.TempDir(), "findings.log")}, run: "burst-a"}
	require.NoError(t, l.skip())
	require.NoError(t, l.read(), "the function has not run yet")
	require.NoError(t, os.WriteFile(l.tail.Path, []byte(written), 0o600))
	require.NoError(t, l.read())
	assert.Equal(t, map[string][]string{"burst-a-1": {"told"}, "burst-a-2": {"duplicate", "folded"}}, l.outcomes)
	assert.Equal(t, 1, l.retries)
	require.NoError(t, os.WriteFile(l.tail.Path, []byte(written+`ded","reason":"none"}`+"\n"), 0o600))
	require.NoError(t, l.read())
	assert.Equal(t, []string{"folded"}, l.outcomes["burst-a-3"], "a line is read when it is complete")
	assert.Equal(t, map[string]int{"told, none": 1, "duplicate, same-batch": 1, "folded, none": 2}, l.reasons)
	require.NoError(t, l.skip())
	require.NoError(t, l.read())
	assert.Empty(t, l.outcomes)
}

func TestDecisive(t *testing.T) {
	for want, outcomes := range map[string][]string{
		"told": {"duplicate", "told"}, "folded": {"folded", "duplicate"}, "failed": {"failed", "duplicate"}, "skipped": {"skipped"}, "duplicate": {"duplicate", "duplicate"},
	} {
		assert.Equal(t, want, decisive(outcomes))
	}
}

func TestLatency(t *testing.T) {
	begun := time.Now()
	sent := map[string]time.Time{}
	var posts []inbox.Message
	post := func(after time.Duration, text string) {
		payload, err := json.Marshal(map[string]string{"text": text})
		require.NoError(t, err)
		posts = append(posts, inbox.Message{At: begun.Add(after), Slack: &inbox.Slack{Payload: payload}})
	}
	for i, id := range []string{"burst-a.single-1", "burst-a.single-10", "burst-a.single-2"} {
		sent[id] = begun
		post(time.Duration(i+1)*time.Second, "A finding "+id+" to be told")
	}
	sent["burst-a.single-3"] = begun
	post(9*time.Second, "a digest of burst-a.single-3 and of burst-a.single-2 ")
	post(9*time.Second, "somebody else's")
	assert.Equal(t, Latency{Count: 3, Median: 2, P99: 3}, latencyOf(sent, posts))
	assert.Equal(t, Latency{}, latencyOf(nil, nil))
}

// sound is a report in which everything holds.
func sound() *Report {
	return &Report{
		Findings: 10, Singles: 1, Latency: Latency{Count: 1, Median: 2, P99: 2},
		Outcomes: map[string]int{contract.OutcomeTold: 2, contract.OutcomeFolded: 6, contract.OutcomeSkipped: 1, contract.OutcomeFailed: 1},
		Told:     2, Folded: 6, Digests: 1, DeadLetters: 1, Notified: 8, Notices: 3, Posts: 2, SlackDeadLetters: 1,
	}
}

func TestJudge(t *testing.T) {
	report := sound()
	report.judge(nil)
	require.NoError(t, report.Err())
	for want, spoil := range map[string]func(*Report){
		"nothing is known":                       func(r *Report) { r.Missing = 1 },
		"are not the 10 that were imported":      func(r *Report) { r.Outcomes[contract.OutcomeSkipped] = 0 },
		"a subscriber got 3 findings singly":     func(r *Report) { r.Told = 3 },
		"the digests count 5 findings":           func(r *Report) { r.Folded = 5 },
		"there are 0 dead letters of 1 failed":   func(r *Report) { r.DeadLetters = 0 },
		"calls 7 findings NOTIFIED, of 8":        func(r *Report) { r.Notified = 7 },
		"of 3 notices 1 arrived in Slack":        func(r *Report) { r.Posts = 1 },
		"Slack would refuse 1 posts":             func(r *Report) { r.Refused = 1 },
		"came one by one 0 were posted to Slack": func(r *Report) { r.Latency.Count = 0 },
	} {
		report := sound()
		spoil(report)
		report.judge(nil)
		require.ErrorContains(t, report.Err(), want)
	}
	report = sound()
	report.judge(errors.New("patience"))
	require.EqualError(t, report.Err(), "the sums do not hold: patience")
}

func TestTable(t *testing.T) {
	report := sound()
	report.Events = map[string]int{"told, none": 2}
	report.Problems = []string{"something"}
	var out strings.Builder
	require.NoError(t, report.Write(&out))
	assert.Contains(t, out.String(), "median 2.0 s, p99 2.0 s, of 1 findings")
	assert.Regexp(t, `  sum +10 of 10, 0 missing`, out.String())
	assert.Regexp(t, `FAULT +something`, out.String())
}

func TestWhatAnAudienceHears(t *testing.T) {
	h := heard{Singles: map[string]int{}}
	require.NoError(t, h.take(`{"AlarmName":"a"}`))
	require.NoError(t, h.take(`{"version":1,"kind":"digest","at":"2026-11-22T05:00:00Z","stack":"local","digest":{"total":7}}`))
	require.ErrorContains(t, h.take(`{"version":1,"kind":"digest","strange":1}`), "strange")
	assert.Equal(t, heard{Singles: map[string]int{}, Digests: 1, InDigest: 7, Notices: 1}, h)
}
