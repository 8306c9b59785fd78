package findings

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

// burst is so many findings, an event for each.
func burst(count int) []string {
	bodies := make([]string, count)
	for n := range bodies {
		bodies[n] = event(start, asff(n))
	}
	return bodies
}

// delivered checks that every finding that was sent went out singly or in a digest, each once, and is NOTIFIED. twice is
// how many may have been told twice.
func delivered(t *testing.T, w *world, count, twice int) {
	t.Helper()
	singly, repeated := w.told("security"), 0
	for _, times := range singly {
		repeated += times - 1
	}
	folded := 0
	for _, d := range w.digests("security") {
		folded += d.Total
	}
	var states int
	for key := range w.table.items {
		if len(key) == len(contract.StateFinding)+64 {
			states++
		}
	}
	counted := w.counted()
	t.Logf("%d findings: %d singly, %d in %d digests, %d messages in the dead letters, %d told twice; %d calls, %.0f for 1,000 findings",
		count, len(singly), folded, len(w.digests("security")), len(w.dead), repeated, w.total, float64(w.total)/float64(count)*1000)
	assert.Equal(t, count, len(singly)+folded, "every finding")
	assert.LessOrEqual(t, repeated, twice)
	assert.Equal(t, count, states)
	assert.Len(t, w.hub, count, "everything is NOTIFIED")
	assert.Equal(t, count, sum(counted, "FindingOutcome told")+sum(counted, "FindingOutcome folded"), counted)
	assert.Equal(t, folded, counted["FindingsInDigests"])
	assert.Equal(t, count, sum(counted, "FindingMark marked"))
	assert.Empty(t, w.dead)
}

func TestBurstOf10000(t *testing.T) {
	w := newWorld(t)
	for n := range 200 {
		w.tags[instance(n)] = classification("PROD", "N")
	}
	w.send(burst(10_000)...)
	w.drain()
	delivered(t, w, 10_000, 0)
	assert.Len(t, w.told("security"), 5)
	require.Len(t, w.digests("security"), 1)
	d := w.digests("security")[0]
	assert.Equal(t, map[string]int{account: 9995}, d.Accounts)
	assert.Equal(t, 9995, d.Severity["CRITICAL"]+d.Severity["HIGH"]+d.Severity["MEDIUM"])
	assert.Equal(t, 3334, d.Severity["MEDIUM"], "the worst went out singly")
	assert.Len(t, d.Top, topFindings)
	assert.Equal(t, finding.Critical, d.Top[0].Severity)
	assert.Len(t, d.Controls, topControls)
	assert.Equal(t, 250, d.Controls[0].Count)
	assert.Equal(t, start, d.From)
	assert.Equal(t, start.Add(5*time.Minute), d.To)
	require.Len(t, w.digests("devops"), 1)
	assert.Equal(t, d.Severity["HIGH"]+d.Severity["CRITICAL"], w.digests("devops")[0].Total, "who hears of HIGH and worse counts these only")
	counted := w.counted()
	assert.Equal(t, 5, counted["FindingOutcome told none"])
	assert.Equal(t, 9995, counted["FindingOutcome folded none"])

	// What was in the digest and opens again is told.
	w.clock = start.Add(24 * time.Hour)
	w.send(event(w.clock, asff(9_999)), event(start.Add(time.Second), asff(9_998)))
	w.drain()
	assert.Equal(t, 1, w.told("security")["finding-09999"])
	assert.Equal(t, 1, w.counted()["FindingOutcome told reopened"])
	assert.Equal(t, 1, w.counted()["FindingOutcome duplicate known"])
}

// TestEveryTenthCallFails: throttled, or 500, before the call had an effect.
func TestEveryTenthCallFails(t *testing.T) {
	w := newWorld(t)
	failed := 0
	w.fault = func(_ string, _ int, after bool) error {
		if after || w.total%10 != 0 {
			return nil
		}
		failed++
		return &smithy.GenericAPIError{Code: []string{"ThrottlingException", "InternalServerError"}[failed%2]}
	}
	w.send(burst(10_000)...)
	w.drain()
	t.Logf("%d calls failed", failed)
	delivered(t, w, 10_000, 0)
}

// TestEverySecondCallFails: more than an attempt gets over, so that messages come again.
func TestEverySecondCallFails(t *testing.T) {
	w := newWorld(t)
	random := rand.New(rand.NewPCG(3, 4))
	w.fault = func(_ string, _ int, after bool) error {
		if !after && random.IntN(2) == 0 {
			return &smithy.GenericAPIError{Code: "ServiceUnavailable"}
		}
		return nil
	}
	w.send(burst(3_000)...)
	w.drain()
	t.Logf("%d messages came again", sum(w.counted(), "FindingRetry"))
	assert.Positive(t, sum(w.counted(), "FindingRetry"))
	delivered(t, w, 3_000, 5)
}

// TestEveryTenthAnswerIsLost: the call had its effect. What SNS took without an answer is told twice.
func TestEveryTenthAnswerIsLost(t *testing.T) {
	w := newWorld(t)
	lost := map[string]int{}
	w.fault = func(operation string, _ int, after bool) error {
		if !after || w.total%10 != 0 {
			return nil
		}
		lost[operation]++
		return &smithy.GenericAPIError{Code: "InternalServerError"}
	}
	w.maxBatch = 10 // many singles would come alone otherwise
	w.send(burst(2_000)...)
	w.drain()
	t.Logf("answers lost: %v", lost)
	twice := lost["sns:Publish"]
	singly, folded := w.told("security"), map[string]bool{}
	for _, d := range w.digests("security") {
		assert.False(t, folded[d.From.String()], "a digest is told once, or its answer was lost")
		folded[d.From.String()] = lost["sns:Publish"] == 0
	}
	repeated := 0
	for _, times := range singly {
		repeated += times - 1
	}
	counted := w.counted()
	assert.LessOrEqual(t, repeated, twice)
	assert.Len(t, w.hub, 2_000)
	assert.Equal(t, 2_000, sum(counted, "FindingOutcome"), counted)
	assert.Equal(t, 2_000, sum(counted, "FindingOutcome told")+sum(counted, "FindingOutcome folded"))
	assert.Equal(t, counted["FindingOutcome folded none"], counted["FindingsInDigests"])
	assert.Empty(t, w.dead)
}

func TestDuplicatesAndReordering(t *testing.T) {
	w := newWorld(t)
	bodies := append(burst(3_000), burst(3_000)...)
	for n := range 1_000 { // and some of them once more, a moment later
		bodies = append(bodies, event(start.Add(2*time.Second), asff(n)))
	}
	w.send(shuffled(bodies)...)
	w.drain()
	delivered(t, w, 3_000, 0)
	counted := w.counted()
	assert.Equal(t, 7_000, sum(counted, "FindingOutcome"), "every message has an outcome")
	assert.Equal(t, 4_000, sum(counted, "FindingOutcome duplicate"))
	t.Logf("7,000 messages: %d told, %d folded, %d duplicates", sum(counted, "FindingOutcome told"), sum(counted, "FindingOutcome folded"), sum(counted, "FindingOutcome duplicate"))
}

func TestPoisonInABurst(t *testing.T) {
	w := newWorld(t)
	bodies := burst(2_000)
	for n := range 50 {
		bodies = append(bodies, fmt.Sprintf(`{"poison":%d}`, n))
	}
	w.send(shuffled(bodies)...)
	w.drain()
	counted := w.counted()
	assert.Len(t, w.dead, 50)
	assert.Equal(t, 50, counted["FindingOutcome failed malformed"])
	assert.Equal(t, 2_050, sum(counted, "FindingOutcome"))
	w.dead = nil
	delivered(t, w, 2_000, 0)
}

// TestCrashAtEachPoint ends the process at every call of a small burst in turn, before the call and behind it. Nothing is
// lost; what is told twice was taken by SNS right before the crash.
func TestCrashAtEachPoint(t *testing.T) {
	const count = 40
	calm := newWorld(t)
	calm.maxBatch = 20
	calm.send(burst(count)...)
	calm.drain()
	delivered(t, calm, count, 0)

	crashes, twice := 0, 0
	for at := 1; at <= calm.total; at++ {
		for _, after := range []bool{false, true} {
			w := newWorld(t)
			w.maxBatch = 20
			operation := ""
			w.fault = func(name string, _ int, behind bool) error {
				if w.total == at && behind == after && operation == "" {
					operation = name
					panic(crash{})
				}
				return nil
			}
			w.send(burst(count)...)
			w.drain()
			if operation == "" {
				continue // a condition was not met: there is nothing behind this call
			}
			crashes++
			where := fmt.Sprintf("crash at call %d, %s, behind it: %t", at, operation, after)

			singly, repeated := w.told("security"), 0
			for _, times := range singly {
				repeated += times - 1
			}
			folded, digests := 0, map[time.Time]int{}
			for _, d := range w.digests("security") {
				digests[d.From]++
				if digests[d.From] == 1 {
					folded += d.Total
				} else {
					repeated++
				}
			}
			twice += repeated
			require.Equal(t, count, len(singly)+folded, where)
			require.Len(t, w.hub, count, where)
			require.Empty(t, w.dead, where)
			require.Equal(t, count, sum(w.counted(), "FindingOutcome"), where)
			// SNS has it, and the table does not say so yet.
			if operation != "sns:Publish" && operation != "dynamodb:UpdateItem" {
				require.Zero(t, repeated, where)
			}
			require.LessOrEqual(t, repeated, 1, where)
		}
	}
	t.Logf("%d crashes: nothing lost, %d notices came twice", crashes, twice)
}

// TestConcurrentBatches: as many processes as the event source starts, on one table.
func TestConcurrentBatches(t *testing.T) {
	w := newWorld(t)
	w.send(shuffled(append(burst(2_000), burst(500)...))...)
	var group sync.WaitGroup
	var out sync.Mutex
	for range contract.FindingsConcurrency {
		group.Go(func() {
			h := w.newHandler(writer(func(p []byte) (int, error) {
				out.Lock()
				defer out.Unlock()
				return w.metrics.Write(p)
			}))
			for w.left() > 0 {
				if !w.step(h) {
					w.pass()
				}
			}
		})
	}
	group.Wait()
	delivered(t, w, 2_000, 0)
	assert.Equal(t, 2_500, sum(w.counted(), "FindingOutcome"))
}

type writer func([]byte) (int, error)

func (f writer) Write(p []byte) (int, error) { return f(p) }

func TestDigestEndsOnceWhateverComes(t *testing.T) {
	w := newWorld(t)
	w.send(burst(20)...)
	w.step(w.handler)
	end := w.queue[0].body
	w.send(end, end, `{"source":"assetguard.findings","digest":"nothing"}`)
	w.drain()
	require.Len(t, w.digests("security"), 1)
	assert.Equal(t, 15, w.digests("security")[0].Total)
	assert.Equal(t, 15, w.counted()["FindingsInDigests"])
	assert.Equal(t, map[string]int{"Digests told none": 1, "Digests duplicate ended": 2, "Digests duplicate empty": 1}, only(w.counted(), "Digests"))

	// A digest that ended early, since its clock went differently, takes nothing any more: the next one does.
	w.clock = start.Add(time.Hour)
	for n := 100; n < 120; n++ {
		w.send(event(w.clock, asff(n)))
	}
	w.step(w.handler)
	w.clock = w.clock.Add(-time.Second)
	w.queue[0].visible = w.clock
	w.step(w.handler)
	for n := 120; n < 130; n++ {
		w.send(event(w.clock, asff(n)))
	}
	w.drain()
	total := 0
	for _, d := range w.digests("security") {
		total += d.Total
	}
	assert.Equal(t, 15+15+10, total, "what was too much for the window whose digest had ended is in the next digest")
	assert.Len(t, w.told("security"), 10)
}

func only(counted map[string]int, prefix string) map[string]int {
	out := map[string]int{}
	for label, n := range counted {
		if len(label) > len(prefix) && label[:len(prefix)] == prefix {
			out[label] = n
		}
	}
	return out
}

func TestDigestThatCannotBeToldLiesInTheDeadLetters(t *testing.T) {
	w := newWorld(t)
	down := true
	w.fault = func(operation string, count int, after bool) error {
		if down && operation == "sns:Publish" && count > 5+5 && !after { // security and DevOps heard of five
			return &smithy.GenericAPIError{Code: "InternalError"}
		}
		return nil
	}
	w.send(burst(50)...)
	w.drain()
	require.Len(t, w.dead, 1)
	assert.Equal(t, 1, w.counted()["Digests failed service-error"])
	assert.Equal(t, 9, w.counted()["FindingRetry service-error"])
	down = false
	w.clock = w.clock.Add(13 * 24 * time.Hour)
	w.send(w.dead[0].body) // as a redrive does
	w.drain()
	require.Len(t, w.digests("security"), 1)
	assert.Equal(t, 50-len(w.told("security")), w.digests("security")[0].Total)
	assert.Len(t, w.hub, 50)
}

// TestDigestGoesOnWhereTheTimeWasUp: setting findings NOTIFIED takes longer than an attempt has.
func TestDigestGoesOnWhereTheTimeWasUp(t *testing.T) {
	w := newWorld(t)
	w.send(burst(1_000)...)
	for w.step(w.handler) {
	}
	attempts := 0
	for w.pass(); w.left() > 0; w.pass() {
		ctx, cancel := context.WithCancel(t.Context())
		w.context = ctx
		marks := 0
		w.fault = func(operation string, _ int, after bool) error {
			if operation == "securityhub:BatchUpdateFindings" && after {
				if marks++; marks == 3 {
					cancel()
				}
			}
			return nil
		}
		require.True(t, w.step(w.handler))
		attempts++
		cancel()
	}
	w.fault = nil
	assert.Equal(t, 4, attempts, "three parts each")
	delivered(t, w, 1_000, 0)
	require.Len(t, w.digests("security"), 1)
	assert.Equal(t, 3, w.counted()["Digests duplicate continued"])
	assert.Zero(t, sum(w.counted(), "FindingRetry"))
}

func TestSummaryOfMany(t *testing.T) {
	s := newSummary()
	for n := range 3_000 {
		f := notice.Finding{Finding: finding.Finding{ID: fmt.Sprint(n), Title: "t", Control: fmt.Sprintf("C.%d", n%15), Severity: finding.Severity(n % 5)}}
		s.add(&f)
	}
	d := s.digest()
	assert.Equal(t, 3_000, d.Total)
	assert.Len(t, d.Top, topFindings)
	assert.Len(t, d.Controls, topControls)
	assert.Equal(t, notice.Count{Name: "C.0", Title: "t", Count: 200}, d.Controls[0])
	for _, f := range d.Top {
		assert.Equal(t, finding.Critical, f.Severity)
	}
}

// BenchmarkBurst handles full batches of new findings without waiting for AWS: what the function's own work costs.
func BenchmarkBurst(b *testing.B) {
	const count = 1_000
	bodies := burst(count)
	var calls int
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		w.handler = w.newHandler(io.Discard)
		w.send(bodies...)
		b.StartTimer()
		w.drain()
		calls = w.total
	}
	b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "findings/s")
	b.ReportMetric(float64(calls), "calls/1000")
}
