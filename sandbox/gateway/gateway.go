package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
	"assetguard/sandbox/gateway/cloudtrail"

	"github.com/google/uuid"
)

// bodyBound is the largest request body, in bytes, that the gateway takes.
const bodyBound = 1 << 30

// Bus takes EventBridge envelopes.
type Bus interface {
	// Put accepts an envelope for a region's bus; it may block while it delivers.
	Put(ctx context.Context, region, bus string, envelope map[string]any)
	// Fire runs a schedule of a region once; "" is the home region.
	Fire(ctx context.Context, region, name string) error
}

// Findings takes findings as AWS services send them to Security Hub.
type Findings interface {
	// Receive takes a finding for its own region, else the given one; the error says what is wrong with it.
	Receive(ctx context.Context, region string, finding map[string]any) error
	// Choose does what a person does who chooses a custom action, by its ID, for findings, by theirs, in a region.
	Choose(ctx context.Context, region, action string, findings []string) error
}

// Slack answers posts to incoming webhooks.
type Slack interface {
	// Post takes the body of a post to the webhook with the given path.
	Post(webhook string, body []byte) *api.Answer
}

// Options say what a Gateway works with. All but Versions, Own and Slack are required.
type Options struct {
	// Upstream is the emulator's URL.
	Upstream string
	// Library holds the service models.
	Library *apimodel.Library
	// Supplements are what is added to the emulator, the first before the others.
	Supplements []api.Supplement
	// Bus takes the CloudTrail events.
	Bus Bus
	// Findings takes what is sent to Security Hub by hand.
	Findings Findings
	// AccountID is the emulated account.
	AccountID string
	// AccessLog takes one line for each call.
	AccessLog io.Writer
	// Log takes faults of the sandbox itself.
	Log *slog.Logger
	// Own answers more paths of the sandbox's own: "inbox" stands for /_sandbox/inbox and what is below it.
	Own map[string]http.Handler
	// Slack answers posts to /_sandbox/slack/services/..., unless a fault of the service "slack" does.
	Slack Slack
	// Versions are told by the health check, such as {"moto": "5.2.1"}.
	Versions map[string]string
}

// Gateway is the endpoint. Serve it with net/http and Run it for its events.
type Gateway struct {
	Options
	upstream *url.URL
	client   *http.Transport
	table    table
	recorder *cloudtrail.Recorder
	events   *queue
	calls    *ledger
	injected *injection
	instance string
	started  time.Time
}

// New returns a Gateway. The error joins every missing option.
func New(o Options) (*Gateway, error) {
	upstream, err := url.Parse(o.Upstream)
	faults := []error{err}
	for name, missing := range map[string]bool{
		"Upstream": o.Upstream == "", "Library": o.Library == nil, "Bus": o.Bus == nil, "Findings": o.Findings == nil,
		"AccountID": o.AccountID == "", "AccessLog": o.AccessLog == nil, "Log": o.Log == nil,
	} {
		if missing {
			faults = append(faults, fmt.Errorf("gateway: option %s is missing", name))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return &Gateway{
		Options: o, upstream: upstream,
		client:   &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
		table:    newTable(o.Supplements),
		recorder: cloudtrail.NewRecorder(o.AccountID),
		events:   newQueue(),
		calls:    newLedger(o.AccessLog),
		injected: &injection{},
		instance: uuid.NewString(), started: time.Now(),
	}, nil
}

// Register says who stands behind an access key: the ARN of an IAM user or of a
// role's session. Calls signed with the key carry it as their userIdentity.
func (g *Gateway) Register(accessKey, arn string) { g.recorder.Register(accessKey, arn) }

// Run delivers events to the bus, one after the other, until ctx ends, and then
// what is still waiting, for as long as drain allows. It returns an error when
// events were left undelivered.
func (g *Gateway) Run(ctx context.Context, drain time.Duration) error {
	return g.events.deliver(ctx, drain, func(ctx context.Context, e event) {
		g.Bus.Put(ctx, e.region, "default", e.envelope)
	})
}

// ServeHTTP answers one call.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := refuse(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		g.serveOwn(w, r)
		return
	}
	c, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var res *apimodel.Resolved
	if c.Service != "" {
		res = g.Library.Resolve(c.Service, r, c.Body)
	}
	if res != nil {
		c.Operation, c.Input = res.Operation.Name, res.Input
	}
	a := g.refuseBySetting(r.Context(), c, res)
	if a == nil {
		a = g.answer(r.Context(), c, res)
	}
	g.finish(r.Context(), c, res, a)
	if err := send(w, r, a); err != nil {
		g.Log.Debug("client left before its answer", "service", c.Service, "operation", c.Operation, "err", err)
	}
}

// finish follows an answered call before the client sees the answer, so that two
// calls of one client are always followed in their order. Nothing here waits.
func (g *Gateway) finish(ctx context.Context, c *api.Call, res *apimodel.Resolved, a *api.Answer) {
	for _, observe := range g.table.of(c).observe {
		observe(ctx, c, a)
	}
	if region, envelope := g.recorder.Record(c, res, a); envelope != nil {
		g.events.put(event{region: region, envelope: envelope})
	}
	g.calls.note(c, a)
}

// scope is the credential scope of a Signature Version 4, in a header or, as %2F
// is decoded by then, in a presigned URL.
var scope = regexp.MustCompile(`([^/=\s]+)/\d{8}/([^/]*)/([^/]+)/aws4_request`)

// read makes a Call of a request. Service is empty for an unsigned request.
func read(r *http.Request) (*api.Call, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyBound+1))
	if err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	if len(body) > bodyBound {
		return nil, fmt.Errorf("the sandbox takes bodies of up to %d bytes", bodyBound)
	}
	c := &api.Call{Request: r, Body: body, At: time.Now(), Input: map[string]any{}}
	for _, text := range []string{r.Header.Get("Authorization"), r.URL.Query().Get("X-Amz-Credential")} {
		if m := scope.FindStringSubmatch(text); m != nil {
			c.AccessKey, c.Region, c.Service = m[1], m[2], m[3]
			break
		}
	}
	return c, unpackRequest(c)
}

// unpackRequest undoes the compression of a call's body, which newer clients use
// for large calls; in S3 the encoding is the object's own.
func unpackRequest(c *api.Call) error {
	if c.Service == "" || c.Service == "s3" || c.Request.Header.Get("Content-Encoding") != "gzip" {
		return nil
	}
	body, err := gunzip(c.Body)
	if err != nil {
		return fmt.Errorf("the request's compressed body: %w", err)
	}
	c.Body = body
	c.Request.Header.Del("Content-Encoding")
	return nil
}

func send(w http.ResponseWriter, r *http.Request, a *api.Answer) error {
	for key, values := range a.Header {
		w.Header()[key] = values
	}
	if r.Method != http.MethodHead {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(a.Status)
	if r.Method == http.MethodHead || len(a.Body) == 0 {
		return nil
	}
	_, err := io.Copy(w, bytes.NewReader(a.Body))
	return err
}
