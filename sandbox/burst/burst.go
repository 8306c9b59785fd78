package burst

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/google/uuid"

	"assetguard/sandbox/client"
	"assetguard/sandbox/gateway"
	"assetguard/sandbox/inbox"
)

// Options say what is imported and where. All are required.
type Options struct {
	// AWS points at the sandbox; its Region is the home region.
	AWS aws.Config
	// Endpoint is the sandbox's address.
	Endpoint string
	// LogDir holds the functions' logs: LogDir/<region>/<function>.log.
	LogDir string
	// Findings is how many come at once; a twentieth of them is imported twice.
	Findings int
	// Singles is how many come one by one before, to see how long each takes.
	Singles int
	// Patience bounds the wait for the last outcome.
	Patience time.Duration
	// FaultPercent of the functions' calls, and of the posts to Slack, are refused.
	FaultPercent float64
	// Say is told each step.
	Say func(format string, args ...any)
}

const (
	// visibilitySeconds is the visibility timeout of the queue of findings meanwhile, in place of the product's minutes:
	// what an attempt could not finish comes again sooner.
	visibilitySeconds = "60"
	// singlePeriod keeps singles out of each other's digests and below the one message a second that Slack takes.
	singlePeriod = 2500 * time.Millisecond
	settle       = 3 * time.Second
	slackHangs   = 12 // seconds, longer than the function waits for Slack
)

// run is one burst.
type run struct {
	Options
	id       string // begins the IDs of findings
	box      client.Sandbox
	hub      *securityhub.Client
	findings client.Function
	slack    client.Function
	audience *audience
	log      functionLog
}

// Run imports the findings and waits until nothing is under way. What it changes in the sandbox (visibility timeout,
// faults, a subscriber of its own) is as before afterwards, and the findings are archived. An error means that it could
// not be run; whether the sums hold is told by Report.Faults.
func Run(ctx context.Context, o Options) (report *Report, err error) {
	r := &run{Options: o, id: "burst-" + uuid.NewString()[:8], box: client.Sandbox{Endpoint: o.Endpoint}, hub: securityhub.NewFromConfig(o.AWS)}
	var findingsErr, slackErr error
	r.findings, findingsErr = client.Find(ctx, o.AWS, "-findings")
	r.slack, slackErr = client.Find(ctx, o.AWS, "-slack")
	if err := errors.Join(findingsErr, slackErr); err != nil {
		return nil, err
	}
	r.log = functionLog{tail: client.Tail{Path: filepath.Join(o.LogDir, o.AWS.Region, r.findings.Name+".log")}, run: r.id}
	if r.audience, err = r.listen(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.audience.leave(context.WithoutCancel(ctx))) }()
	restore, err := r.findings.ShortenVisibility(ctx, visibilitySeconds)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, restore(context.WithoutCancel(ctx))) }()
	return r.run(ctx)
}

func (r *run) run(ctx context.Context) (*Report, error) {
	report := &Report{Findings: r.Findings, Singles: r.Singles}
	if err := r.idle(ctx); err != nil {
		return nil, err
	}
	var err error
	if report.Latency, err = r.oneByOne(ctx); err != nil {
		return nil, err
	}
	if err := r.idle(ctx); err != nil {
		return nil, err
	}
	if _, err := r.audience.hear(ctx); err != nil { // what came one by one
		return nil, err
	}
	if err := r.log.skip(); err != nil {
		return nil, err
	}
	before, err := r.measure(ctx)
	if err != nil {
		return nil, err
	}
	waitErr, err := r.atOnce(ctx, report)
	if err != nil {
		return nil, err
	}
	after, err := r.measure(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.count(ctx, report, before, after); err != nil {
		return nil, err
	}
	report.judge(waitErr)
	return report, r.archive(ctx)
}

// oneByOne imports findings apart from each other and says how long each took to Slack.
func (r *run) oneByOne(ctx context.Context) (Latency, error) {
	sent := map[string]time.Time{}
	from, err := r.box.Inbox(ctx, 0, "")
	if err != nil {
		return Latency{}, err
	}
	last := 0
	for _, m := range from.Messages {
		last = m.ID
	}
	for i := range r.Singles {
		id := r.singleID(i)
		sent[id] = time.Now()
		if err := r.importAll(ctx, []string{id}, time.Now()); err != nil {
			return Latency{}, err
		}
		if err := client.Pause(ctx, singlePeriod); err != nil {
			return Latency{}, err
		}
	}
	if err := r.idle(ctx); err != nil {
		return Latency{}, err
	}
	posts, err := r.box.Inbox(ctx, last, inbox.KindSlack)
	if err != nil {
		return Latency{}, err
	}
	return latencyOf(sent, posts.Messages), nil
}

// atOnce imports all findings, some twice, under faults, and waits until every one has an outcome and nothing waits any
// more. waited is how that wait ended.
func (r *run) atOnce(ctx context.Context, report *Report) (waited, err error) {
	if err := r.box.SetFaults(ctx, faultsOf(r.FaultPercent)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.box.SetFaults(context.WithoutCancel(ctx), nil)) }()
	begun := time.Now()
	if err := r.importMany(ctx); err != nil {
		return nil, err
	}
	report.ImportedSeconds = time.Since(begun).Seconds()
	r.Say("imported %d findings in %s; waiting for their outcomes", r.Findings, time.Since(begun).Round(time.Second))
	waited = r.await(ctx)
	report.DoneSeconds = time.Since(begun).Seconds()
	return waited, nil
}

// faultsOf refuses a share of what the functions call, and of the posts to Slack: half of them throttled, a quarter
// failed, and a quarter hanging.
func faultsOf(percent float64) []gateway.Fault {
	if percent == 0 {
		return nil
	}
	faults := []gateway.Fault{
		{Service: "slack", Percent: percent / 2, Status: http.StatusTooManyRequests, Code: "rate_limited", RetryAfter: 1},
		{Service: "slack", Percent: percent / 4, Status: http.StatusInternalServerError, Code: "internal_error"},
		{Service: "slack", Percent: percent / 4, Status: http.StatusGatewayTimeout, Code: "timeout", HoldSeconds: slackHangs},
	}
	for _, operation := range []string{"BatchGetItem", "GetItem", "PutItem", "UpdateItem", "TransactWriteItems"} {
		faults = append(faults, client.Refusing(percent, "dynamodb", operation, "ThrottlingException", "InternalServerError", http.StatusTooManyRequests)...)
	}
	faults = append(faults, client.Refusing(percent, "sns", "Publish", "Throttled", "InternalError", http.StatusTooManyRequests)...)
	faults = append(faults, client.Refusing(percent, "securityhub", "BatchUpdateFindings", "TooManyRequestsException", "InternalException", http.StatusTooManyRequests)...)
	return append(faults, client.Refusing(percent, "tagging", "GetResources", "ThrottledException", "InternalServiceException", http.StatusTooManyRequests)...)
}

// idle waits until both queues have been empty for a moment.
func (r *run) idle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for told := time.Now(); ; {
		waiting, err := r.waiting(ctx)
		if err != nil {
			return err
		}
		if waiting == 0 {
			if err := client.Pause(ctx, settle); err != nil {
				return err
			}
			if waiting, err = r.waiting(ctx); err != nil || waiting == 0 {
				return err
			}
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			r.Say("%d messages wait in the queues of findings and Slack", waiting)
		}
		if err := client.Pause(ctx, time.Second); err != nil {
			return fmt.Errorf("after %s there are still %d messages in the queues of findings and Slack", r.Patience, waiting)
		}
	}
}

func (r *run) waiting(ctx context.Context) (int, error) {
	findings, findingsErr := r.findings.Waiting(ctx)
	slack, slackErr := r.slack.Waiting(ctx)
	return findings + slack, errors.Join(findingsErr, slackErr)
}

// await waits until every finding has an outcome in the function's log and both queues are empty: ends of digests too.
func (r *run) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for told := time.Now(); ; {
		if err := r.log.read(); err != nil {
			return err
		}
		if len(r.log.outcomes) >= r.Findings {
			return r.idle(ctx)
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			r.Say("%d of %d findings have an outcome", len(r.log.outcomes), r.Findings)
		}
		if err := client.Pause(ctx, time.Second); err != nil {
			return fmt.Errorf("after %s %d of %d findings have an outcome", r.Patience, len(r.log.outcomes), r.Findings)
		}
	}
}

// mentioned finds the finding of a run that a message is about; "" when it is about another, or about several.
func mentioned(sent map[string]time.Time, text string) string {
	found := ""
	for id := range sent {
		if strings.Contains(text, id+" ") || strings.Contains(text, id+`"`) || strings.Contains(text, id+`\`) {
			if found != "" {
				return ""
			}
			found = id
		}
	}
	return found
}
