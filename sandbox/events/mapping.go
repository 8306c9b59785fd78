package events

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"assetguard/sandbox/api"
	"assetguard/sandbox/events/pattern"
)

const (
	defaultBatch = 10
	maxBatch     = 10000
	plainBatch   = 10 // the largest batch without a batching window
	maxWindow    = 300
	maxFilters   = 5
)

// mapping is an event source mapping of an SQS queue, as Lambda answers it.
type mapping struct {
	UUID                           string
	EventSourceMappingArn          string
	EventSourceArn                 string
	FunctionArn                    string
	BatchSize                      int
	MaximumBatchingWindowInSeconds int
	FunctionResponseTypes          []string         `json:",omitempty"`
	ScalingConfig                  *scaling         `json:",omitempty"`
	FilterCriteria                 *filterCriteria  `json:",omitempty"`
	MetricsConfig                  *json.RawMessage `json:",omitempty"`
	KMSKeyArn                      string           `json:",omitempty"`
	State                          string
	StateTransitionReason          string
	LastModified                   float64

	region  string
	filters []*messageFilter
	tags    map[string]string
	stop    chan struct{} // closed to end the poller; nil when disabled
}

type scaling struct {
	MaximumConcurrency *int `json:",omitempty"`
}

type filterCriteria struct{ Filters []filterText }

type filterText struct{ Pattern string }

// mappingInput is what Create and Update take; nil means not given.
type mappingInput struct {
	UUID, FunctionName, EventSourceArn, KMSKeyArn string
	Enabled                                       *bool
	BatchSize, MaximumBatchingWindowInSeconds     *int
	FunctionResponseTypes                         *[]string
	ScalingConfig                                 *scaling
	FilterCriteria                                *filterCriteria
	MetricsConfig                                 *json.RawMessage
	Tags                                          map[string]string
}

// mappings are all event source mappings, by UUID.
type mappings struct {
	mu  sync.Mutex
	all map[string]*mapping
}

func newMappings() *mappings { return &mappings{all: map[string]*mapping{}} }

func invalidParameter(format string, args ...any) error {
	return &api.Error{Code: "InvalidParameterValueException", Message: fmt.Sprintf(format, args...)}
}

// createMapping answers CreateEventSourceMapping for queues.
func (p *Plane) createMapping(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var input mappingInput
	if err := read(c, &input); err != nil {
		return nil, err
	}
	source, ok := parseARN(input.EventSourceArn)
	if !ok || source.service != "sqs" {
		return nil, invalidParameter("the sandbox maps SQS queues only, not %q", input.EventSourceArn)
	}
	region, id := p.region(c.Region), newID()
	m := &mapping{
		UUID: id, EventSourceArn: input.EventSourceArn, BatchSize: defaultBatch, State: "Enabled", region: region, tags: input.Tags,
		EventSourceMappingArn: fmt.Sprintf("arn:aws:lambda:%s:%s:event-source-mapping:%s", region, p.options.AccountID, id),
		FunctionArn:           p.functionARN(region, input.FunctionName),
	}
	if err := m.apply(input); err != nil {
		return nil, err
	}
	if err := p.checkMapping(ctx, m); err != nil {
		return nil, err
	}
	p.maps.mu.Lock()
	defer p.maps.mu.Unlock()
	for _, other := range p.maps.all {
		if other.EventSourceArn == m.EventSourceArn && other.FunctionArn == m.FunctionArn {
			return nil, &api.Error{Code: "ResourceConflictException", Status: 409, Message: fmt.Sprintf("The event source arn (\" %s \") and function (\" %s \") provided mapping already exists. Please update or delete the existing mapping with UUID %s", m.EventSourceArn, functionName(m.FunctionArn), other.UUID)}
		}
	}
	p.maps.all[id] = m
	p.setPolling(m)
	return m.answer(202, "Creating"), nil
}

// functionARN keeps a qualifier.
func (p *Plane) functionARN(region, name string) string {
	arn := fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, p.options.AccountID, functionName(name))
	rest := name
	if _, after, found := strings.Cut(name, "function:"); found {
		rest = after
	}
	if _, qualifier, found := strings.Cut(rest, ":"); found {
		arn += ":" + qualifier
	}
	return arn
}

// apply sets what is given and checks the values that need no look-up.
func (m *mapping) apply(in mappingInput) error {
	if in.BatchSize != nil {
		m.BatchSize = *in.BatchSize
	}
	if in.MaximumBatchingWindowInSeconds != nil {
		m.MaximumBatchingWindowInSeconds = *in.MaximumBatchingWindowInSeconds
	}
	if in.FunctionResponseTypes != nil {
		m.FunctionResponseTypes = *in.FunctionResponseTypes
	}
	if in.ScalingConfig != nil {
		m.ScalingConfig = in.ScalingConfig
		if in.ScalingConfig.MaximumConcurrency == nil {
			m.ScalingConfig = nil
		}
	}
	if in.MetricsConfig != nil {
		m.MetricsConfig = in.MetricsConfig
	}
	if in.KMSKeyArn != "" {
		m.KMSKeyArn = in.KMSKeyArn
	}
	if in.Enabled != nil {
		m.State = map[bool]string{true: "Enabled", false: "Disabled"}[*in.Enabled]
	}
	m.LastModified = float64(time.Now().UnixMilli()) / 1000
	m.StateTransitionReason = "USER_INITIATED"
	if err := m.applyFilters(in.FilterCriteria); err != nil {
		return err
	}
	return m.check()
}

func (m *mapping) applyFilters(criteria *filterCriteria) error {
	if criteria == nil {
		return nil
	}
	if len(criteria.Filters) > maxFilters {
		return invalidParameter("FilterCriteria has %d filters, more than %d", len(criteria.Filters), maxFilters)
	}
	var filters []*messageFilter
	for _, f := range criteria.Filters {
		parsed, err := newMessageFilter(f.Pattern)
		if err != nil {
			return invalidParameter("Invalid filter pattern definition. %v", err)
		}
		filters = append(filters, parsed)
	}
	m.filters, m.FilterCriteria = filters, criteria
	if len(filters) == 0 {
		m.FilterCriteria = nil
	}
	return nil
}

// check refuses what Lambda refuses about the values themselves.
func (m *mapping) check() error {
	fifo := strings.HasSuffix(m.EventSourceArn, ".fifo")
	switch {
	case m.BatchSize < 1 || m.BatchSize > maxBatch:
		return invalidParameter("BatchSize %d is not between 1 and %d", m.BatchSize, maxBatch)
	case fifo && m.BatchSize > plainBatch:
		return invalidParameter("BatchSize %d is above %d, the largest for a FIFO queue", m.BatchSize, plainBatch)
	case fifo && m.MaximumBatchingWindowInSeconds > 0:
		return invalidParameter("Batching window is not supported for FIFO queues")
	case m.MaximumBatchingWindowInSeconds < 0 || m.MaximumBatchingWindowInSeconds > maxWindow:
		return invalidParameter("MaximumBatchingWindowInSeconds %d is not between 0 and %d", m.MaximumBatchingWindowInSeconds, maxWindow)
	case m.BatchSize > plainBatch && m.MaximumBatchingWindowInSeconds == 0:
		return invalidParameter("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	case m.ScalingConfig != nil && (*m.ScalingConfig.MaximumConcurrency < 2 || *m.ScalingConfig.MaximumConcurrency > 1000):
		return invalidParameter("ScalingConfig.MaximumConcurrency %d is not between 2 and 1000", *m.ScalingConfig.MaximumConcurrency)
	}
	return m.checkResponseTypes()
}

func (m *mapping) checkResponseTypes() error {
	for _, kind := range m.FunctionResponseTypes {
		if kind != "ReportBatchItemFailures" {
			return invalidParameter("FunctionResponseTypes has %q; only ReportBatchItemFailures is known", kind)
		}
	}
	return nil
}

// checkMapping refuses a mapping whose function or queue is missing or whose
// messages would come back while the function still works on them.
func (p *Plane) checkMapping(ctx context.Context, m *mapping) error {
	f, err := p.function(ctx, m.region, functionName(m.FunctionArn))
	if missing(err) {
		return invalidParameter("Function does not exist")
	}
	if err != nil {
		return lambdaFault(err)
	}
	source, _ := parseARN(m.EventSourceArn)
	got, err := p.aws.in(source.region).queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: p.aws.queueURL(source), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameVisibilityTimeout},
	})
	if missing(err) {
		return invalidParameter("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
	}
	if err != nil {
		return lambdaFault(err)
	}
	visibility, err := strconv.Atoi(got.Attributes["VisibilityTimeout"])
	if err == nil && time.Duration(visibility)*time.Second < f.Timeout {
		return invalidParameter("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", visibility, int(f.Timeout.Seconds()))
	}
	return nil
}

// answer is the mapping with a passing state, or its own where that is "".
func (m *mapping) answer(status int, state string) *api.Answer {
	shown := *m
	if state != "" {
		shown.State = state
	}
	return api.JSON(status, shown)
}

// mappingOf returns the mapping that a call names; p.maps.mu must be held.
func (p *Plane) mappingOf(id string) (*mapping, error) {
	if m := p.maps.all[id]; m != nil {
		return m, nil
	}
	return nil, &api.Error{Code: "ResourceNotFoundException", Message: "The resource you requested does not exist.", Status: 404}
}

// withMapping answers a call about one mapping, which answer gets with p.maps.mu held.
func (p *Plane) withMapping(answer func(ctx context.Context, m *mapping, input mappingInput) (*api.Answer, error)) api.Handler {
	return func(ctx context.Context, c *api.Call) (*api.Answer, error) {
		var input mappingInput
		if err := read(c, &input); err != nil {
			return nil, err
		}
		p.maps.mu.Lock()
		defer p.maps.mu.Unlock()
		m, err := p.mappingOf(input.UUID)
		if err != nil {
			return nil, err
		}
		return answer(ctx, m, input)
	}
}

// getMapping answers GetEventSourceMapping.
func (p *Plane) getMapping(_ context.Context, m *mapping, _ mappingInput) (*api.Answer, error) {
	return m.answer(200, ""), nil
}

// listMappings answers ListEventSourceMappings, in one page.
func (p *Plane) listMappings(_ context.Context, c *api.Call) (*api.Answer, error) {
	var input mappingInput
	if err := read(c, &input); err != nil {
		return nil, err
	}
	p.maps.mu.Lock()
	defer p.maps.mu.Unlock()
	found := []mapping{}
	for _, m := range p.maps.all {
		if m.region == p.region(c.Region) &&
			(input.EventSourceArn == "" || input.EventSourceArn == m.EventSourceArn) &&
			(input.FunctionName == "" || functionName(input.FunctionName) == functionName(m.FunctionArn)) {
			found = append(found, *m)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].UUID < found[j].UUID })
	return api.JSON(200, map[string]any{"EventSourceMappings": found}), nil
}

// updateMapping answers UpdateEventSourceMapping.
func (p *Plane) updateMapping(ctx context.Context, m *mapping, input mappingInput) (*api.Answer, error) {
	changed := *m
	if input.FunctionName != "" {
		changed.FunctionArn = p.functionARN(m.region, input.FunctionName)
	}
	if err := changed.apply(input); err != nil {
		return nil, err
	}
	if err := p.checkMapping(ctx, &changed); err != nil {
		return nil, err
	}
	p.stopPolling(m)
	changed.stop = nil
	p.maps.all[m.UUID] = &changed
	p.setPolling(&changed)
	return changed.answer(202, "Updating"), nil
}

// deleteMapping answers DeleteEventSourceMapping.
func (p *Plane) deleteMapping(_ context.Context, m *mapping, _ mappingInput) (*api.Answer, error) {
	p.stopPolling(m)
	delete(p.maps.all, m.UUID)
	return m.answer(202, "Deleting"), nil
}

// tagged answers the tag operations for mappings; other ARNs go on to the
// emulator.
func (p *Plane) tagged(_ context.Context, c *api.Call) (*api.Answer, error) {
	var input struct {
		Resource string
		Tags     map[string]string
		TagKeys  []string
	}
	if err := read(c, &input); err != nil {
		return nil, err
	}
	_, id, found := strings.Cut(input.Resource, ":event-source-mapping:")
	if !found {
		return nil, nil
	}
	p.maps.mu.Lock()
	defer p.maps.mu.Unlock()
	m, err := p.mappingOf(id)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(m.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	if c.Operation == "ListTags" {
		return api.JSON(200, map[string]any{"Tags": tags}), nil
	}
	maps.Copy(tags, input.Tags)
	for _, k := range input.TagKeys {
		delete(tags, k)
	}
	m.tags = tags
	return api.JSON(204, map[string]any{}), nil
}

// messageFilter is one filter of a mapping, for messages of a queue.
type messageFilter struct {
	pattern  *pattern.Pattern
	jsonBody bool // the pattern looks into the body as JSON
	textBody bool // the pattern compares the body as text
}

func newMessageFilter(text string) (*messageFilter, error) {
	parsed, err := pattern.ParseFilter([]byte(text))
	if err != nil {
		return nil, err
	}
	var shape struct {
		Body any `json:"body"`
	}
	_ = json.Unmarshal([]byte(text), &shape) // it is an object: it has just been parsed
	f := &messageFilter{pattern: parsed}
	switch shape.Body.(type) {
	case map[string]any:
		f.jsonBody = true
	case []any:
		f.textBody = true
	}
	return f, nil
}

// admits decides as Lambda does: a pattern for a JSON body drops messages whose
// body is none, and one for a text drops messages whose body is JSON.
func (f *messageFilter) admits(record map[string]any) bool {
	body, _ := record["body"].(string)
	var object map[string]any
	isObject := json.Unmarshal([]byte(body), &object) == nil && object != nil
	if f.jsonBody && !isObject || f.textBody && isObject {
		return false
	}
	view := make(map[string]any, len(record))
	for k, v := range record {
		view[k] = v
	}
	if f.jsonBody {
		view["body"] = object
	}
	return f.pattern.Match(view)
}
