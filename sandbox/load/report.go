package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"assetguard/internal/contract"
	"assetguard/sandbox/gateway"
)

// Bounds of the verdict.
const (
	arnsPerCall = 20 // resources that one TagResources call takes
	// maxGrowth is how much more memory the second half of the invocations may use than the first: garbage collection
	// and the sizes of batches move a few dozen megabytes by more than a fifth.
	maxGrowth = 1.5
	// fewInvocations have no halves worth comparing: every process is still filling its caches.
	fewInvocations = 8
	// maxCallRatio bounds TagResources calls per 20 assets; one call for each asset would be 20. The last call of each
	// region in a batch is not full, which tells in fewEvents, and where a fast machine takes many small batches.
	maxCallRatio, maxCallRatioOfFew = 1.5, 2.0
	fewEvents                       = 2000
)

// Report is what came of a load.
type Report struct {
	Events   int            `json:"events"`
	Regions  []string       `json:"regions"`
	Outcomes map[string]int `json:"outcomes"` // of the run's events, each counted once
	// Metrics are the same counts as the function published them: of all events in that time.
	Metrics map[string]int `json:"metrics"`
	Retries int            `json:"retries"` // assets that had to come again, for each time
	Reasons map[string]int `json:"reasons"` // lines of assets by outcome and reason, retries too
	Missing int            `json:"missing"` // events without an outcome
	Double  int            `json:"double"`  // events with more than one
	Others  int            `json:"others"`  // outcomes of events that are not of the run
	Logged  int            `json:"logged"`  // outcomes in the log, of all events

	Calls       map[string]gateway.Count `json:"calls"` // during the load, by operation
	CallRatio   float64                  `json:"tagResourcesPer20Assets"`
	Invocations int                      `json:"invocations"`
	// MemoryMB are the most that any function process had used, in the halves of the invocations.
	MemoryMB    [2]int `json:"memoryMB"`
	DeadLetters int    `json:"deadLetters"`

	TagsComplete int     `json:"tagsComplete"` // assets that carry every required tag, of those looked at
	TagsLookedAt int     `json:"tagsLookedAt"`
	SentSeconds  float64 `json:"sentSeconds"`
	DoneSeconds  float64 `json:"doneSeconds"` // from the first event to the last outcome, for information

	Faults []string `json:"faults"` // why the load does not hold; empty when it does
}

// measured are counts of the sandbox at one time.
type measured struct {
	calls       map[string]gateway.Count
	deadLetters int
}

// watched are the calls that the function makes, by service.
var watched = [][2]string{{"tagging", "TagResources"}, {"tagging", "GetResources"}, {"ec2", "DescribeTags"}, {"ssm", "GetParameters"}}

func (r *run) measure(ctx context.Context) (m measured, err error) {
	m.calls = map[string]gateway.Count{}
	for _, w := range watched {
		if m.calls[w[1]], err = r.box.Count(ctx, w[0], w[1]); err != nil {
			return m, err
		}
	}
	m.deadLetters, err = r.deployed.DeadLetters(ctx)
	return m, err
}

// report makes a report of what the log and two measurements say.
func (r *run) report(before, after measured) *Report {
	p := &Report{
		Events: len(r.assets), Regions: r.Regions, Outcomes: map[string]int{}, Metrics: r.log.outcomes, Retries: r.log.retries,
		Reasons: r.log.reasons, Calls: map[string]gateway.Count{}, Invocations: len(r.log.memory), MemoryMB: halves(r.log.memory),
		DeadLetters: after.deadLetters - before.deadLetters,
	}
	for i := range r.assets {
		counted := r.log.counted[r.eventID(i)]
		switch len(counted) {
		case 0:
			p.Missing++
			continue
		case 1:
		default:
			p.Double++
		}
		p.Outcomes[counted[0]]++
	}
	for id, counted := range r.log.counted {
		p.Logged += len(counted)
		if !strings.HasPrefix(id, r.id+"-") {
			p.Others += len(counted)
		}
	}
	for name, a := range after.calls {
		b := before.calls[name]
		p.Calls[name] = gateway.Count{Total: a.Total - b.Total, Failed: a.Failed - b.Failed, Throttled: a.Throttled - b.Throttled, Broken: a.Broken - b.Broken}
	}
	tag := p.Calls["TagResources"]
	p.CallRatio = float64(tag.Total-tag.Throttled-tag.Broken) * arnsPerCall / float64(max(1, p.Events))
	return p
}

// halves are the maxima of the first and the second half.
func halves(values []int) [2]int {
	half := len(values) / 2
	return [2]int{slices.Max(append([]int{0}, values[:half]...)), slices.Max(append([]int{0}, values[half:]...))}
}

// judge says everything that does not hold; waited is how the wait for the outcomes ended.
func (p *Report) judge(waited error) {
	p.Faults = []string{}
	if waited != nil {
		p.Faults = append(p.Faults, waited.Error())
	}
	refused := 0
	for _, c := range p.Calls {
		refused += c.Throttled + c.Broken
	}
	published := sum(p.Metrics)
	ratio := maxCallRatio
	if p.Events < fewEvents {
		ratio = maxCallRatioOfFew
	}
	for _, check := range []struct {
		bad  bool
		text string
	}{
		{p.Missing > 0, fmt.Sprintf("%d events have no outcome", p.Missing)},
		{p.Double > 0, fmt.Sprintf("%d events have more than one outcome", p.Double)},
		{sum(p.Outcomes) != p.Events, fmt.Sprintf("%d outcomes of %d events", sum(p.Outcomes), p.Events)},
		{published != p.Logged, fmt.Sprintf("the metrics count %d outcomes, the log %d", published, p.Logged)},
		{p.Outcomes[contract.OutcomeTagged]+p.Outcomes[contract.OutcomeAlreadyTagged] != p.Events, "some assets were not tagged"},
		{p.TagsComplete != p.TagsLookedAt, fmt.Sprintf("%d of %d assets carry their tags", p.TagsComplete, p.TagsLookedAt)},
		{p.DeadLetters != 0, fmt.Sprintf("%d dead letters", p.DeadLetters)},
		{refused == 0, "no call was refused: the faults were not in force"},
		{p.CallRatio > ratio, fmt.Sprintf("%.2f TagResources calls for 20 assets, more than %.2f", p.CallRatio, ratio)},
		{p.Invocations >= fewInvocations && float64(p.MemoryMB[1]) > maxGrowth*float64(p.MemoryMB[0]),
			fmt.Sprintf("memory grew from %d to %d MB", p.MemoryMB[0], p.MemoryMB[1])},
	} {
		if check.bad {
			p.Faults = append(p.Faults, check.text)
		}
	}
}

// Err joins the faults, nil when the load holds.
func (p *Report) Err() error {
	if len(p.Faults) == 0 {
		return nil
	}
	return errors.New("the load does not hold: " + strings.Join(p.Faults, "; "))
}

func sum(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// Write writes the report as a table.
func (p *Report) Write(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(table, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("events", "%d in %s, sent in %.0f s, the last outcome %.0f s later", p.Events, strings.Join(p.Regions, " and "), p.SentSeconds, p.DoneSeconds-p.SentSeconds)
	for _, outcome := range outcomes {
		row("  "+outcome, "%d", p.Outcomes[outcome])
	}
	row("  sum", "%d (metrics %d, of other events %d)", sum(p.Outcomes), sum(p.Metrics), p.Others)
	row("retries", "%d assets came again", p.Retries)
	for _, reason := range slices.Sorted(maps.Keys(p.Reasons)) {
		if strings.HasPrefix(reason, outcomeRetry+",") {
			row("  "+reason, "%d", p.Reasons[reason])
		}
	}
	row("TagResources", "%.2f answered calls for 20 assets", p.CallRatio)
	for _, w := range watched {
		c := p.Calls[w[1]]
		row("  "+w[1], "%d calls, of them refused %d throttled + %d broken", c.Total, c.Throttled, c.Broken)
	}
	row("invocations", "%d, of %d events on average", p.Invocations, p.Logged/max(1, p.Invocations))
	row("peak memory", "%d MB in the first half of the invocations, %d MB in the second", p.MemoryMB[0], p.MemoryMB[1])
	row("dead letters", "%d", p.DeadLetters)
	row("tags looked at", "%d of %d assets carry every required tag", p.TagsComplete, p.TagsLookedAt)
	for _, fault := range p.Faults {
		row("FAULT", "%s", fault)
	}
	return table.Flush()
}
