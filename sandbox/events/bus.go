package events

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"assetguard/sandbox/api"
	"assetguard/sandbox/events/pattern"
)

const (
	maxEntries   = 10
	maxPutBytes  = 256 << 10
	maxBusHops   = 4
	defaultBus   = "default"
	eventsDomain = "events.amazonaws.com"
)

// Put matches an event, already in EventBridge's envelope, against the rules of
// a bus and delivers it, beside the caller. bus is a name or an ARN; "" is the
// default bus.
func (p *Plane) Put(_ context.Context, region, bus string, envelope map[string]any) {
	p.stats.add("events", "put", 1)
	p.background(func(ctx context.Context) { p.carry(ctx, p.region(region), busName(bus), envelope, 0) })
}

// carry matches and delivers; hops counts the buses before this one.
func (p *Plane) carry(ctx context.Context, region, bus string, envelope map[string]any, hops int) {
	rules, err := p.rulesOf(ctx, region, bus)
	if err != nil {
		p.stats.add("events", "unmatchable", 1)
		p.log.Warn("event not matched", "bus", bus, "region", region, "error", err)
		return
	}
	for _, r := range rules {
		if !r.pattern.Match(envelope) {
			continue
		}
		p.stats.add("events", "matched", 1)
		p.stats.add("rules", r.name, 1)
		for _, target := range r.targets {
			// A failure is counted, logged and dead-lettered by deliver: nobody waits for it here.
			_ = p.deliver(ctx, delivery{source: r.arn, region: region, target: targetOf(target), event: envelope, hops: hops, rule: r.name})
		}
	}
}

// busName is the name in a bus's name or ARN.
func busName(bus string) string {
	if bus == "" {
		return defaultBus
	}
	return bus[strings.LastIndex(bus, "/")+1:]
}

// entry is one entry of PutEvents.
type entry struct {
	Source, DetailType, Detail, EventBusName string
	Resources                                []string
	Time                                     any
}

// entryResult is its result.
type entryResult struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// putEvents answers PutEvents.
func (p *Plane) putEvents(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var input struct{ Entries []entry }
	if err := read(c, &input); err != nil {
		return nil, err
	}
	if n := len(input.Entries); n == 0 || n > maxEntries {
		return nil, &api.Error{Code: "ValidationException", Message: fmt.Sprintf("1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint: Member must have length between 1 and %d, it has %d", maxEntries, n)}
	}
	size := 0
	for _, e := range input.Entries {
		size += e.size()
	}
	if size > maxPutBytes {
		return nil, &api.Error{Code: "ValidationException", Message: "Total size of the entries in the request is over the limit."}
	}
	results, failed := make([]entryResult, len(input.Entries)), 0
	for i, e := range input.Entries {
		results[i] = p.putEntry(ctx, p.region(c.Region), e)
		if results[i].ErrorCode != "" {
			failed++
		}
	}
	return api.JSON(200, map[string]any{"FailedEntryCount": failed, "Entries": results}), nil
}

// size is what EventBridge counts of an entry.
func (e entry) size() int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != nil {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}

// putEntry checks one entry and puts its event on the bus.
func (p *Plane) putEntry(ctx context.Context, region string, e entry) entryResult {
	if fault := e.check(); fault != nil {
		return *fault
	}
	bus := busName(e.EventBusName)
	if at, ok := parseARN(e.EventBusName); ok {
		region = at.region
	}
	if _, err := p.rulesOf(ctx, region, bus); err != nil && missing(err) {
		return entryResult{ErrorCode: "ResourceNotFoundException", ErrorMessage: "Event bus " + bus + " does not exist."}
	}
	envelope := p.envelope(region, e)
	p.Put(ctx, region, bus, envelope)
	return entryResult{EventID: envelope["id"].(string)}
}

func (e entry) check() *entryResult {
	for _, required := range []struct{ name, value string }{{"Source", e.Source}, {"DetailType", e.DetailType}, {"Detail", e.Detail}} {
		if required.value == "" {
			return &entryResult{ErrorCode: "InvalidArgument", ErrorMessage: fmt.Sprintf("Parameter %s is not valid. Reason: %s is a required argument.", required.name, required.name)}
		}
	}
	if strings.HasPrefix(e.Source, "aws.") {
		return &entryResult{ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source."}
	}
	var detail map[string]any
	if json.Unmarshal([]byte(e.Detail), &detail) != nil || detail == nil {
		return &entryResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	return nil
}

// envelope is the event that rules see.
func (p *Plane) envelope(region string, e entry) map[string]any {
	var detail map[string]any
	_ = json.Unmarshal([]byte(e.Detail), &detail) // checked before
	resources := make([]any, len(e.Resources))
	for i, r := range e.Resources {
		resources[i] = r
	}
	return map[string]any{
		"version": "0", "id": newID(), "detail-type": e.DetailType, "source": e.Source, "account": p.options.AccountID,
		"time": eventTime(e.Time), "region": region, "resources": resources, "detail": detail,
	}
}

// eventTime reads the time of an entry: epoch seconds or RFC 3339; now if none.
func eventTime(value any) string {
	at := time.Now()
	switch v := value.(type) {
	case float64:
		at = time.Unix(int64(v), 0)
	case string:
		if parsed, err := time.Parse(time.RFC3339, v); err == nil {
			at = parsed
		}
	}
	return at.UTC().Format(time.RFC3339)
}

// newID is a random UUID.
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails (Go 1.24)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// checkPattern refuses a rule whose pattern EventBridge would refuse; the
// emulator keeps the rule.
func (p *Plane) checkPattern(_ context.Context, c *api.Call) (*api.Answer, error) {
	var input struct{ EventPattern string }
	if err := read(c, &input); err != nil {
		return nil, err
	}
	if input.EventPattern == "" {
		return nil, nil
	}
	if _, err := pattern.Parse([]byte(input.EventPattern)); err != nil {
		return nil, &api.Error{Code: "InvalidEventPatternException", Message: err.Error()}
	}
	return nil, nil
}

// testPattern answers TestEventPattern.
func (p *Plane) testPattern(_ context.Context, c *api.Call) (*api.Answer, error) {
	var input struct{ EventPattern, Event string }
	if err := read(c, &input); err != nil {
		return nil, err
	}
	parsed, err := pattern.Parse([]byte(input.EventPattern))
	if err != nil {
		return nil, &api.Error{Code: "InvalidEventPatternException", Message: err.Error()}
	}
	var event map[string]any
	if err := json.Unmarshal([]byte(input.Event), &event); err != nil {
		return nil, &api.Error{Code: "ValidationException", Message: "Parameter Event is not valid. Reason: " + err.Error()}
	}
	return api.JSON(200, map[string]bool{"Result": parsed.Match(event)}), nil
}

// Fire runs a schedule once, by hand: an EventBridge rule with a schedule
// expression, or a schedule of EventBridge Scheduler ("name" or "group/name").
// It returns when the targets have the event.
func (p *Plane) Fire(ctx context.Context, region, name string) error {
	region = p.region(region)
	described, err := p.aws.in(region).buses.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String(name)})
	if err != nil || aws.ToString(described.ScheduleExpression) == "" {
		return p.fireSchedule(ctx, region, name)
	}
	arn := aws.ToString(described.Arn)
	targets, err := p.targetsOf(ctx, region, defaultBus, name)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return fmt.Errorf("rule %s in %s has no targets", name, region)
	}
	event := p.envelope(region, entry{Source: "aws.events", DetailType: "Scheduled Event", Detail: "{}", Resources: []string{arn}})
	var failed []string
	for _, target := range targets {
		if fault := p.deliver(ctx, delivery{source: arn, region: region, target: targetOf(target), event: event, rule: name}); fault != nil {
			failed = append(failed, fault.Error())
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("rule %s in %s: %s", name, region, strings.Join(failed, "; "))
	}
	return nil
}
