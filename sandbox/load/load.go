package load

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"

	"assetguard/sandbox/client"
)

// Options say what is sent and where. All are required.
type Options struct {
	// AWS points at the sandbox; its Region is the home region.
	AWS aws.Config
	// Endpoint is the sandbox's address.
	Endpoint string
	// LogDir holds the functions' logs: LogDir/<region>/<function>.log.
	LogDir string
	// Regions are where the assets are. Events of regions that forward nothing are put on the bus of the home
	// region, where a forwarding rule would have brought them.
	Regions []string
	// Events is how many create events are sent, Over the time for that.
	Events int
	Over   time.Duration
	// Patience bounds the wait for the last outcome.
	Patience time.Duration
	// FaultPercent of the function's calls for tags and parameters are refused, half of them as throttled.
	FaultPercent float64
	// Say is told each step.
	Say func(format string, args ...any)
}

// visibilitySeconds is the queue's visibility timeout during the load, in place of the product's six minutes: no
// shorter than the function's timeout, so that a batch under way is not delivered twice.
const visibilitySeconds = "60"

// Run makes the assets, sends their events, waits for the outcomes and removes the assets. What it changes in the
// sandbox (rules, visibility timeout, faults) is as before afterwards. An error means that the load could not be
// run; whether its sums hold is told by Report.Faults.
func Run(ctx context.Context, o Options) (report *Report, err error) {
	r := &run{Options: o, id: "load-" + uuid.NewString()[:8], box: client.Sandbox{Endpoint: o.Endpoint}}
	if r.deployed, err = client.Find(ctx, o.AWS, "-autotag"); err != nil {
		return nil, err
	}
	if r.forwards, err = forwarding(ctx, o.AWS, o.Regions); err != nil {
		return nil, err
	}
	r.log = functionLog{tail: client.Tail{Path: filepath.Join(o.LogDir, o.AWS.Region, r.deployed.Name+".log")}}
	defer func() { err = errors.Join(err, r.remove(context.WithoutCancel(ctx))) }()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	return r.burden(ctx)
}

// run is one load.
type run struct {
	Options
	id       string // begins the names of assets and the IDs of events
	box      client.Sandbox
	deployed client.Function
	forwards map[string]bool // regions with rules of their own, which bring their events home
	log      functionLog
	assets   []asset
}

// prepare makes the assets while the rules are off: only the events that are sent are to reach the function.
func (r *run) prepare(ctx context.Context) (err error) {
	enable, err := disableRules(ctx, r.AWS, r.Regions)
	defer func() { err = errors.Join(err, enable(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	begun := time.Now()
	r.assets, err = r.make(ctx)
	r.Say("made %d assets in %s", len(r.assets), time.Since(begun).Round(time.Second))
	return errors.Join(err, client.Pause(ctx, settle)) // events of the calls just made meet no rule
}

// settle is how long the sandbox may take to hand on the events of calls.
const settle = 3 * time.Second

// burden sends the events under faults and waits for their outcomes.
func (r *run) burden(ctx context.Context) (report *Report, err error) {
	restore, err := r.deployed.ShortenVisibility(ctx, visibilitySeconds)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, restore(context.WithoutCancel(ctx))) }()
	if err := r.box.SetFaults(ctx, faultsOf(r.FaultPercent)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.box.SetFaults(context.WithoutCancel(ctx), nil)) }()
	if err := r.log.skip(); err != nil {
		return nil, err
	}
	before, err := r.measure(ctx)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := r.send(ctx); err != nil {
		return nil, err
	}
	sent := time.Since(begun)
	r.Say("sent %d events in %s; waiting for their outcomes", len(r.assets), sent.Round(time.Second))
	waitErr := r.await(ctx)
	after, err := r.measure(ctx)
	if err != nil {
		return nil, errors.Join(waitErr, err)
	}
	if err := r.box.SetFaults(ctx, nil); err != nil { // the look below is not part of the load
		return nil, err
	}
	complete, looked, err := r.lookAtTags(ctx)
	if err != nil {
		return nil, err
	}
	report = r.report(before, after)
	report.SentSeconds, report.DoneSeconds = sent.Seconds(), time.Since(begun).Seconds()
	report.TagsComplete, report.TagsLookedAt = complete, looked
	report.judge(waitErr)
	return report, nil
}

// await waits until every event has an outcome and the queue is empty.
func (r *run) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for told := time.Now(); ; {
		if err := r.log.read(); err != nil {
			return err
		}
		counted := r.log.countedOf(r.id)
		waiting, err := r.deployed.Waiting(ctx)
		if err == nil && counted >= len(r.assets) && waiting == 0 {
			return r.log.read()
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			r.Say("%d of %d have an outcome, %d messages wait", counted, len(r.assets), waiting)
		}
		if err := errors.Join(err, client.Pause(ctx, time.Second)); err != nil {
			return fmt.Errorf("after %s %d of %d events have an outcome and %d messages wait", r.Patience, counted, len(r.assets), waiting)
		}
	}
}
