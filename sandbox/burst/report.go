package burst

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"assetguard/internal/contract"
	"assetguard/sandbox/gateway"
	"assetguard/sandbox/inbox"
)

// Report is what came of a burst.
type Report struct {
	Findings int `json:"findings"`
	Singles  int `json:"singles"` // that came one by one before
	// ImportedSeconds is how long the import took, DoneSeconds until nothing waited any more, Slack's posts included.
	ImportedSeconds float64 `json:"importedSeconds"`
	DoneSeconds     float64 `json:"doneSeconds"`
	Latency         Latency `json:"latency"`
	// Outcomes are the findings by what became of them, Missing those of which nothing is known.
	Outcomes map[string]int `json:"outcomes"`
	Missing  int            `json:"missing"`
	// Events are all that the function received of them, by outcome and reason; Retries those that came again.
	Events  map[string]int `json:"events"`
	Retries int            `json:"retries"`
	// Told are findings in notices of their own, Repeated the notices beyond one of a finding, Folded those in digests:
	// as a subscriber got them.
	Told     int `json:"told"`
	Repeated int `json:"repeated"`
	Digests  int `json:"digests"`
	Folded   int `json:"folded"`
	// DeadLetters are messages that the functions gave up.
	DeadLetters      int `json:"deadLetters"`
	SlackDeadLetters int `json:"slackDeadLetters"`
	// Notified are findings that Security Hub calls NOTIFIED.
	Notified int `json:"notified"`
	// Notices went to the topic, Posts arrived in Slack; the posts are refused by Slack's own rules if Refused.
	Notices int `json:"notices"`
	Posts   int `json:"posts"`
	Refused int `json:"refused"`
	// Calls are those of the functions, by service.
	Calls map[string]gateway.Count `json:"calls"`
	// CallsPerThousand are calls for 1,000 findings, refused ones included.
	CallsPerThousand float64 `json:"callsPerThousand"`
	// Problems are what does not hold.
	Problems []string `json:"problems,omitempty"`
}

// Latency is the time from the import of a finding to its post in Slack, in seconds.
type Latency struct {
	Count  int     `json:"count"` // findings whose post was found
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
}

func latencyOf(sent map[string]time.Time, posts []inbox.Message) Latency {
	var seconds []float64
	seen := map[string]bool{}
	for _, post := range posts {
		if id := mentioned(sent, string(post.Slack.Payload)); id != "" && !seen[id] {
			seconds = append(seconds, post.At.Sub(sent[id]).Seconds())
			seen[id] = true
		}
	}
	slices.Sort(seconds)
	return Latency{Count: len(seconds), Median: quantile(seconds, 0.5), P99: quantile(seconds, 0.99)}
}

// quantile is the smallest value that so large a share of the sorted values does not exceed; 0 of none.
func quantile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// measured is read before and after the burst.
type measured struct {
	calls           map[string]gateway.Count
	dead, slackDead int
	posts, refused  int
}

// watched are the services that the functions call.
var watched = []string{"dynamodb", "sns", "securityhub", "tagging", "slack"}

func (r *run) measure(ctx context.Context) (m measured, err error) {
	m.calls = map[string]gateway.Count{}
	for _, service := range watched {
		if m.calls[service], err = r.box.Count(ctx, service, ""); err != nil {
			return m, err
		}
	}
	var findingsErr, slackErr error
	m.dead, findingsErr = r.findings.DeadLetters(ctx)
	m.slackDead, slackErr = r.slack.DeadLetters(ctx)
	contents, err := r.box.Inbox(ctx, 0, inbox.KindSlack)
	m.posts, m.refused = len(contents.Messages), contents.Refused
	return m, errors.Join(findingsErr, slackErr, err)
}

// count fills the report from the log, the subscriber, Security Hub and two measurements.
func (r *run) count(ctx context.Context, p *Report, before, after measured) error {
	said, err := r.audience.hear(ctx)
	if err != nil {
		return err
	}
	if p.Notified, err = r.notified(ctx); err != nil {
		return err
	}
	p.Outcomes, p.Events, p.Retries = map[string]int{}, r.log.reasons, r.log.retries
	for number := range r.Findings {
		id := r.findingID(number)
		if outcomes := r.log.outcomes[id]; len(outcomes) > 0 {
			p.Outcomes[decisive(outcomes)]++
		} else {
			p.Missing++
		}
	}
	for id, times := range said.Singles {
		if !strings.HasPrefix(id, r.id+"-") {
			continue
		}
		p.Told++
		p.Repeated += times - 1
	}
	p.Digests, p.Folded, p.Notices = said.Digests, said.InDigest, said.Notices
	p.DeadLetters, p.SlackDeadLetters = after.dead-before.dead, after.slackDead-before.slackDead
	p.Posts, p.Refused = after.posts-before.posts, after.refused-before.refused
	p.Calls = map[string]gateway.Count{}
	total := 0
	for service, a := range after.calls {
		b := before.calls[service]
		p.Calls[service] = gateway.Count{Total: a.Total - b.Total, Failed: a.Failed - b.Failed, Throttled: a.Throttled - b.Throttled, Broken: a.Broken - b.Broken}
		total += a.Total - b.Total
	}
	p.CallsPerThousand = float64(total) / float64(max(1, r.Findings)) * 1000
	return nil
}

// judge says everything that does not hold; waited is how the wait for the outcomes ended.
func (p *Report) judge(waited error) {
	fault := func(holds bool, format string, args ...any) {
		if !holds {
			p.Problems = append(p.Problems, fmt.Sprintf(format, args...))
		}
	}
	if waited != nil {
		p.Problems = append(p.Problems, waited.Error())
	}
	told, folded, failed := p.Outcomes[contract.OutcomeTold], p.Outcomes[contract.OutcomeFolded], p.Outcomes[contract.OutcomeFailed]
	suppressed := 0
	for _, outcome := range suppressing {
		suppressed += p.Outcomes[outcome]
	}
	fault(p.Missing == 0, "of %d findings nothing is known", p.Missing)
	fault(told+folded+suppressed+failed == p.Findings, "%d singly + %d in digests + %d suppressed + %d dead letters are not the %d that were imported", told, folded, suppressed, failed, p.Findings)
	fault(p.Told == told, "a subscriber got %d findings singly, the function told %d", p.Told, told)
	fault(p.Folded == folded, "the digests count %d findings, the function folded %d", p.Folded, folded)
	fault(p.DeadLetters == failed, "there are %d dead letters of %d failed findings", p.DeadLetters, failed)
	fault(p.Notified == told+folded, "Security Hub calls %d findings NOTIFIED, of %d that were told", p.Notified, told+folded)
	fault(p.Posts+p.SlackDeadLetters >= p.Notices, "of %d notices %d arrived in Slack and %d are dead letters", p.Notices, p.Posts, p.SlackDeadLetters)
	fault(p.Refused == 0, "Slack would refuse %d posts for their form", p.Refused)
	fault(p.Latency.Count == p.Singles, "of %d findings that came one by one %d were posted to Slack singly", p.Singles, p.Latency.Count)
}

// Err is an error when something does not hold.
func (p *Report) Err() error {
	if len(p.Problems) == 0 {
		return nil
	}
	return errors.New("the sums do not hold: " + strings.Join(p.Problems, "; "))
}

// Write prints the report as a table.
func (p *Report) Write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(table, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	told, folded, failed := p.Outcomes[contract.OutcomeTold], p.Outcomes[contract.OutcomeFolded], p.Outcomes[contract.OutcomeFailed]
	suppressed := p.Outcomes[contract.OutcomeDuplicate] + p.Outcomes[contract.OutcomeSkipped]
	row("from import to Slack", "median %.1f s, p99 %.1f s, of %d findings that came one by one", p.Latency.Median, p.Latency.P99, p.Latency.Count)
	row("findings at once", "%d, imported in %.0f s, all done after %.0f s", p.Findings, p.ImportedSeconds, p.DoneSeconds)
	row("  told singly", "%d (a subscriber got %d, %d repeated)", told, p.Told, p.Repeated)
	row("  in digests", "%d (%d digests count %d)", folded, p.Digests, p.Folded)
	row("  suppressed", "%d", suppressed)
	row("  dead letters", "%d (in the queue %d)", failed, p.DeadLetters)
	row("  sum", "%d of %d, %d missing", told+folded+suppressed+failed, p.Findings, p.Missing)
	row("NOTIFIED", "%d by Security Hub", p.Notified)
	row("events", "%d received, %d came again", sum(p.Events), p.Retries)
	for _, reason := range slices.Sorted(maps.Keys(p.Events)) {
		row("  "+reason, "%d", p.Events[reason])
	}
	row("Slack", "%d notices, %d posts, %d dead letters, %d refused for their form", p.Notices, p.Posts, p.SlackDeadLetters, p.Refused)
	row("AWS calls", "%.0f for 1,000 findings", p.CallsPerThousand)
	for _, service := range slices.Sorted(maps.Keys(p.Calls)) {
		c := p.Calls[service]
		row("  "+service, "%d calls, of them refused %d throttled + %d broken", c.Total, c.Throttled, c.Broken)
	}
	for _, problem := range p.Problems {
		row("FAULT", "%s", problem)
	}
	return table.Flush()
}

func sum(counts map[string]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}
