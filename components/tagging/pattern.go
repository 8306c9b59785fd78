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

// patternDetail names the calls of one service, or those of each of several: then by AnyOf, since a pattern with lists
// of services and of names would also match a name of another service.
type patternDetail struct {
	ErrorCode []map[string]bool `json:"errorCode"`
	serviceCalls
	AnyOf []serviceCalls `json:"$or,omitempty"`
}

// serviceCalls are calls of one service.
type serviceCalls struct {
	EventSource []string `json:"eventSource,omitempty"`
	EventName   []string `json:"eventName,omitempty"`
}

// patterns returns event patterns that together match exactly the events by service and name, in the events' order,
// each within limit characters. The pattern of an event that does not fit alone is longer than limit, and
// EventBridge refuses it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
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
	var services []serviceCalls
	for _, e := range events {
		last := len(services) - 1
		if last < 0 || services[last].EventSource[0] != e.EventSource {
			services = append(services, serviceCalls{EventSource: []string{e.EventSource}})
			last++
		}
		services[last].EventName = append(services[last].EventName, e.Name)
	}
	detail := patternDetail{ErrorCode: []map[string]bool{{"exists": false}}}
	if len(services) == 1 { // $or takes two or more
		detail.serviceCalls = services[0]
	} else {
		detail.AnyOf = services
	}
	return text(pattern{
		Source: []sourcePrefix{{createevent.SourcePrefix}}, DetailType: []string{createevent.DetailType}, Detail: detail,
	})
}

// text is a pattern in JSON.
func text(pattern any) string {
	b, err := json.Marshal(pattern)
	if err != nil {
		panic(err) // strings and bools always marshal
	}
	return string(b)
}

// eventPatterns are what the auto-tag function takes: create events, databases that become ready, and removals of
// required keys.
func eventPatterns() []string {
	return append(patterns(createevent.All(), patternLimit), readyPattern(), removalPattern())
}

// readyPattern matches the events by which RDS says that an asset takes tags.
func readyPattern() string {
	type event struct {
		DetailType []string            `json:"detail-type"`
		Detail     map[string][]string `json:"detail"`
	}
	var anyOf []event
	for _, r := range createevent.AllReady() {
		anyOf = append(anyOf, event{[]string{r.DetailType}, map[string][]string{"EventID": r.EventIDs}})
	}
	return text(map[string]any{"source": []string{createevent.ReadySource}, "$or": anyOf})
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
	return text(map[string]any{
		"source":      []string{contract.TagChangeSource},
		"detail-type": []string{contract.TagChangeDetailType},
		"detail":      map[string]any{"$or": anyOf},
	})
}
