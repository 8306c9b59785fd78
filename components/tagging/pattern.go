package tagging

import (
	"encoding/json"
	"slices"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
)

// patternLimit is the most characters of an event pattern.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const patternLimit = 2048

// pattern matches the CloudTrail events of API calls that succeeded.
type pattern struct {
	Source     []sourcePrefix `json:"source"`
	DetailType []string       `json:"detail-type"`
	Detail     patternDetail  `json:"detail"`
}

// sourcePrefix matches all of AWS's sources. Which source carries a service's CloudTrail events is documented
// for few services, so the eventSource decides, and a wrong guess loses no asset.
type sourcePrefix struct {
	Prefix string `json:"prefix"`
}

type patternDetail struct {
	EventSource []string          `json:"eventSource"`
	EventName   []string          `json:"eventName"`
	ErrorCode   []map[string]bool `json:"errorCode"`
}

// patterns returns event patterns that together match the events by service and name, in the events' order, each
// within limit characters. A pattern crosses its services with its names, so it may let through a name of another
// of its services; the function counts such an event and drops it. The pattern of an event that does not fit
// alone is longer than limit, and EventBridge refuses it.
func patterns(events []createevent.Event, limit int) []string {
	var out []string
	var chunk []createevent.Event
	for _, e := range events {
		if next := append(slices.Clone(chunk), e); len(chunk) > 0 && len(render(next)) > limit {
			out = append(out, render(chunk))
			chunk = nil
		}
		chunk = append(chunk, e)
	}
	if len(chunk) > 0 {
		out = append(out, render(chunk))
	}
	return out
}

func render(events []createevent.Event) string {
	p := pattern{
		Source:     []sourcePrefix{{createevent.SourcePrefix}},
		DetailType: []string{createevent.DetailType},
	}
	for _, e := range events {
		p.Detail.EventSource = addOnce(p.Detail.EventSource, e.EventSource)
		p.Detail.EventName = addOnce(p.Detail.EventName, e.Name)
	}
	p.Detail.ErrorCode = []map[string]bool{{"exists": false}}
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and bools always marshal
	}
	return string(b)
}

// eventPatterns are what the auto-tag function takes: create events, and removals of required keys.
func eventPatterns() []string {
	return append(patterns(createevent.All(), patternLimit), removalPattern())
}

// removalPattern matches the tag changes that take a required key away: it is among the changed keys and not among
// the tags. So what the function writes itself, and all other tagging, wakes nobody.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/tag-monitor.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func removalPattern() string {
	type gone struct {
		ChangedKeys []string                     `json:"changed-tag-keys"`
		Tags        map[string][]map[string]bool `json:"tags"`
	}
	var anyOf []gone
	for _, key := range contract.ClassificationTags() {
		anyOf = append(anyOf, gone{[]string{key}, map[string][]map[string]bool{key: {{"exists": false}}}})
	}
	b, err := json.Marshal(map[string]any{
		"source":      []string{contract.TagChangeSource},
		"detail-type": []string{contract.TagChangeDetailType},
		"detail":      map[string]any{"$or": anyOf},
	})
	if err != nil {
		panic(err) // strings and bools always marshal
	}
	return string(b)
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
