package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// refuse keeps web pages away from the endpoint: a page on another site may name
// it, or its own host may be made to point at it (DNS rebinding). Only loopback
// names and the names that AWS clients compose are served.
func refuse(r *http.Request) error {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if !ownHost(strings.Trim(host, "[]")) {
		return fmt.Errorf("the sandbox answers on loopback names only, not as %q; use http://127.0.0.1 or http://localhost", r.Host)
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
			return fmt.Errorf("the sandbox does not answer web pages of %s", origin)
		}
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return errors.New("the sandbox does not answer web pages of other sites")
	}
	return nil
}

func ownHost(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".amazonaws.com") || accountHost.MatchString(host)
}

// accountHost is the name that clients of S3 Control make of a loopback address: the account stands before it. No
// resolver knows it; it comes through the proxy that the sandbox names to Pulumi.
var accountHost = regexp.MustCompile(`^\d{12}\.127\.0\.0\.1$`)

// Health is the answer of GET /_sandbox/health.
type Health struct {
	// Instance is made at the start: another value means another sandbox, or the
	// same one with all its state gone.
	Instance string            `json:"instance"`
	Emulator bool              `json:"emulator"` // whether moto answers
	Account  string            `json:"account"`
	Started  time.Time         `json:"started"`
	Versions map[string]string `json:"versions"`
}

// serveOwn answers what is the sandbox's own: GET /_sandbox/health (Health; status
// 503 while the emulator is down), GET /_sandbox/calls?service=&operation= (Count),
// GET and PUT /_sandbox/faults (Faults), POST /_sandbox/events (takeEvent), POST
// /_sandbox/findings?region= (takeFinding), POST /_sandbox/actions?region= (choose), POST
// /_sandbox/schedules?region=&name= (fire) and what serveMore does.
func (g *Gateway) serveOwn(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_sandbox/health":
		h := Health{Instance: g.instance, Emulator: g.emulatorUp(r.Context()), Account: g.AccountID, Started: g.started, Versions: g.Versions}
		status := http.StatusOK
		if !h.Emulator {
			status = http.StatusServiceUnavailable
		}
		g.sendJSON(w, status, h)
	case "GET /_sandbox/calls":
		g.sendJSON(w, http.StatusOK, g.calls.count(r.URL.Query().Get("service"), r.URL.Query().Get("operation")))
	case "GET /_sandbox/faults":
		g.sendJSON(w, http.StatusOK, g.injected.now())
	case "PUT /_sandbox/faults":
		g.setFaults(w, r)
	case "POST /_sandbox/events":
		g.takeEvent(w, r)
	case "POST /_sandbox/findings":
		g.takeFinding(w, r)
	case "POST /_sandbox/actions":
		g.choose(w, r)
	case "POST /_sandbox/schedules":
		g.fire(w, r)
	default:
		g.serveMore(w, r)
	}
}

// serveMore answers what the gateway was given handlers for.
func (g *Gateway) serveMore(w http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/_sandbox/"), "/")
	if handler := g.Own[name]; handler != nil {
		handler.ServeHTTP(w, r)
		return
	}
	if name == "slack" && r.Method == http.MethodPost && g.Slack != nil {
		g.post(w, r, rest)
		return
	}
	http.NotFound(w, r)
}

// postBound is the largest post, in bytes, to a webhook.
const postBound = 1 << 20

// post answers a post to a webhook of Slack, or refuses it by a fault in Slack's manner. It is counted as the
// operation Post of the service slack.
func (g *Gateway) post(w http.ResponseWriter, r *http.Request, webhook string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, postBound))
	if err != nil {
		http.Error(w, "invalid_payload", http.StatusRequestEntityTooLarge)
		return
	}
	c := &api.Call{Service: "slack", Operation: "Post", Request: r, Body: body, At: time.Now()}
	a := g.refuseBySetting(r.Context(), c, nil)
	if a == nil {
		a = g.Slack.Post("/"+webhook, body)
	}
	g.calls.note(c, a)
	if err := send(w, r, a); err != nil {
		g.Log.Debug("client left before Slack's answer", "err", err)
	}
}

// eventBound is the largest event, in bytes, that EventBridge takes.
const eventBound = 256 << 10

// takeEvent puts the event in the body on the default bus of the event's region, as
// an AWS service would: PutEvents refuses a source that begins with "aws.". It must
// have region, source, detail-type and detail; id, time and account are added where
// they are missing.
func (g *Gateway) takeEvent(w http.ResponseWriter, r *http.Request) {
	var envelope map[string]any
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, eventBound)).Decode(&envelope); err != nil {
		http.Error(w, "not an event: "+err.Error(), http.StatusBadRequest)
		return
	}
	for _, name := range []string{"region", "source", "detail-type"} {
		if text, ok := envelope[name].(string); !ok || text == "" {
			http.Error(w, "not an event: "+name+" is no text", http.StatusBadRequest)
			return
		}
	}
	if _, ok := envelope["detail"].(map[string]any); !ok {
		http.Error(w, "not an event: detail is no object", http.StatusBadRequest)
		return
	}
	for name, value := range map[string]any{
		"version": "0", "id": uuid.NewString(), "time": time.Now().UTC().Format(time.RFC3339),
		"account": g.AccountID, "resources": []any{},
	} {
		if _, ok := envelope[name]; !ok {
			envelope[name] = value
		}
	}
	g.events.put(event{region: envelope["region"].(string), envelope: envelope})
	g.sendJSON(w, http.StatusAccepted, map[string]any{"id": envelope["id"]})
}

// findingBound is the largest finding, in bytes, that Security Hub takes.
const findingBound = 240 << 10

// takeFinding gives the finding in the body, in the AWS Security Finding Format, to Security Hub as the product would
// that it names: BatchImportFindings refuses those of AWS's own products. Status 409 says that it was not taken.
func (g *Gateway) takeFinding(w http.ResponseWriter, r *http.Request) {
	var finding map[string]any
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, findingBound)).Decode(&finding); err != nil {
		http.Error(w, "not a finding: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := g.Findings.Receive(r.Context(), r.URL.Query().Get("region"), finding); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// choose chooses a custom action of Security Hub for findings, as a person does in the console: the body has the ID of
// the action and those of the findings. Status 409 says what there is not.
func (g *Gateway) choose(w http.ResponseWriter, r *http.Request) {
	var chosen struct {
		Action   string   `json:"action"`
		Findings []string `json:"findings"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, findingBound)).Decode(&chosen); err != nil || chosen.Action == "" || len(chosen.Findings) == 0 {
		http.Error(w, `the body must be {"action": "ID", "findings": ["ID"]}`, http.StatusBadRequest)
		return
	}
	if err := g.Findings.Choose(r.Context(), r.URL.Query().Get("region"), chosen.Action, chosen.Findings); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// fire runs a schedule once, now: in the sandbox none comes due by itself. Without a
// region it is one of the home region. Status 409 says that its target has nothing.
func (g *Gateway) fire(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	if asked.Get("name") == "" {
		http.Error(w, "name is missing: /_sandbox/schedules?name=NAME", http.StatusBadRequest)
		return
	}
	if err := g.Bus.Fire(r.Context(), asked.Get("region"), asked.Get("name")); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (g *Gateway) sendJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		g.Log.Debug("client left before its answer", "err", err)
	}
}

func (g *Gateway) emulatorUp(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.Upstream+"/moto-api/config", nil)
	if err != nil {
		return false
	}
	a, err := g.roundTrip(req)
	return err == nil && a.OK()
}

// Count is the answer of GET /_sandbox/calls: how many calls there were in all
// and by service and operation, and how many of them failed; throttled and broken
// are those of the failed that a fault refused, with status 429 or 503 and with another.
type Count struct {
	Total      int                       `json:"total"`
	Failed     int                       `json:"failed"`
	Throttled  int                       `json:"throttled"`
	Broken     int                       `json:"broken"`
	Operations map[string]map[string]int `json:"operations"`
}

// ledger writes the access log and counts calls.
type ledger struct {
	mu     sync.Mutex
	log    io.Writer
	total  map[[2]string]int
	failed map[[2]string]int
	// Refused by a fault: with status 429 or 503, and with another.
	throttled, broken map[[2]string]int
}

func newLedger(log io.Writer) *ledger {
	return &ledger{log: log, total: map[[2]string]int{}, failed: map[[2]string]int{},
		throttled: map[[2]string]int{}, broken: map[[2]string]int{}}
}

// note writes one line: time, service, region, operation, status, milliseconds,
// access key.
func (l *ledger) note(c *api.Call, a *api.Answer) {
	service, operation := c.Service, c.Operation
	if service == "" {
		service = "-"
	}
	if operation == "" {
		operation = c.Request.Method + " " + c.Request.URL.Path
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{c.Service, c.Operation}
	l.total[key]++
	if !a.OK() {
		l.failed[key]++
	}
	// The log is for people; a full disk must not fail their calls.
	_, _ = fmt.Fprintf(l.log, "%s %s %s %s %d %dms %s\n", c.At.UTC().Format("2006-01-02T15:04:05.000Z"), service, c.Region, operation, a.Status, time.Since(c.At).Milliseconds(), c.AccessKey)
}

// noteInjected counts a call that a fault refuses; note counts it too.
func (l *ledger) noteInjected(c *api.Call, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{c.Service, c.Operation}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		l.throttled[key]++
	} else {
		l.broken[key]++
	}
}

// count sums the calls of a service and an operation; "" stands for all.
func (l *ledger) count(service, operation string) Count {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := Count{Operations: map[string]map[string]int{}}
	for key, n := range l.total {
		if service != "" && key[0] != service || operation != "" && key[1] != operation {
			continue
		}
		if out.Operations[key[0]] == nil {
			out.Operations[key[0]] = map[string]int{}
		}
		out.Operations[key[0]][key[1]] += n
		out.Total += n
		out.Failed += l.failed[key]
		out.Throttled += l.throttled[key]
		out.Broken += l.broken[key]
	}
	return out
}
