package autotag

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
)

// tagChanged stands for the call in the record of a tag change: the event names neither the call nor its caller.
var tagChanged = createevent.Of("tag", contract.TagChangeDetailType)

// tagChange is the event of a change of an asset's tags. Its tags are all that the asset carried after it.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/tag-monitor.html
type tagChange struct {
	ID        string    `json:"id"`
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Time      time.Time `json:"time"`
	Resources []string  `json:"resources"`
	Detail    struct {
		ChangedKeys  []string          `json:"changed-tag-keys"`
		ResourceType string            `json:"resource-type"` // instance
		Tags         map[string]string `json:"tags"`
	} `json:"detail"`
}

// readTagChange adds the asset that lost required keys. When nothing required was removed, as after the function's
// own writes, the message is done without a call.
func (b *batch) readTagChange(m *message, body string) {
	a, err := parseTagChange(body)
	switch {
	case err != nil:
		b.close(m, nil, again(reasonMalformed, err))
	case len(a.removed) == 0:
		a.result = result{outcome: contract.OutcomeAlreadyTagged}
		b.settle(m, a)
	default:
		b.add(a, m)
	}
}

// parseTagChange reads the asset of a tag change. The error joins all that the event lacks.
func parseTagChange(body string) (*asset, error) {
	var e tagChange
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return nil, fmt.Errorf("body is no tag change: %w", err)
	}
	var faults []error
	if len(e.Resources) != 1 {
		faults = append(faults, fmt.Errorf("has %d resources, not 1", len(e.Resources)))
	}
	named, err := arn.Parse(firstText(e.Resources...))
	if err != nil {
		faults = append(faults, fmt.Errorf("resource: %w", err))
	}
	if e.Region == "" && named.Region == "" {
		faults = append(faults, errors.New("lacks region"))
	}
	if e.Time.IsZero() {
		faults = append(faults, errors.New("lacks time"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("body is no tag change: %w", err)
	}
	region, account := firstText(named.Region, e.Region), firstText(named.AccountID, e.Account)
	return &asset{
		record: &record{id: e.ID, event: tagChanged, region: region, account: account, partition: named.Partition, at: e.Time.UTC()},
		Asset: tagpolicy.Asset{
			Service: named.Service, ResourceType: named.Service + ":" + e.Detail.ResourceType, ARN: e.Resources[0],
			Region: region, Account: account, Tags: e.Detail.Tags, Names: []string{lastPart(e.Resources[0])},
		},
		removed: e.removed(),
	}, nil
}

// removed are the required keys that the change took away.
func (e *tagChange) removed() []string {
	return slices.DeleteFunc(contract.ClassificationTags(), func(key string) bool {
		_, there := e.Detail.Tags[key]
		return there || !slices.Contains(e.Detail.ChangedKeys, key)
	})
}

// join takes over what another event of the batch says about the same asset. A creation says most, a removal least:
// it is what the asset is then decided by, without the tags that it was born with and that are removed.
func (a *asset) join(other *asset) {
	removed := append(slices.Clone(a.removed), other.removed...)
	if a.says() < other.says() {
		messages := a.messages
		*a = *other
		a.messages = messages
	}
	slices.Sort(removed)
	a.removed = slices.Compact(removed)
	for _, key := range a.removed {
		delete(a.Tags, key)
	}
}

// says is how much the asset's event says about it, in order.
func (a *asset) says() int {
	switch {
	case a.onlyLost():
		return 0
	case a.onlyReady():
		return 1
	default:
		return 2
	}
}

// onlyLost reports whether the asset is in the batch because it lost keys, and not because it was made.
func (a *asset) onlyLost() bool { return a.record != nil && a.record.event == tagChanged }

// lost are the removed keys that the asset still lacks.
func (a *asset) lost() []string {
	return slices.DeleteFunc(slices.Clone(a.removed), func(key string) bool {
		_, back := a.Tags[key]
		return back
	})
}

// countsAsLost reports whether the asset, which counts as t, counts as one that lost required keys too: not if
// a rule leaves it alone, nor if it is gone.
func (a *asset) countsAsLost(t tally) bool {
	return t.metric == contract.MetricAutotagOutcome && t.outcome != contract.OutcomeExcluded &&
		t.outcome != contract.OutcomeNotTaggable && len(a.lost()) > 0
}

// taggedServices are the services of the table: of other services nothing can be written.
var taggedServices = func() map[string]bool {
	services := map[string]bool{}
	for _, w := range table {
		services[w.service()] = true
	}
	return services
}()

// decideLost decides about an asset that lost required keys: the event may be late and the keys back. Only what was
// removed is written, never what somebody changed.
func (h *Handler) decideLost(a *asset) {
	lost := a.lost()
	if len(lost) == 0 {
		a.result = result{outcome: contract.OutcomeAlreadyTagged}
		if ways[a.Service].read == nil && h.now().Sub(a.record.at) < settleTime {
			a.result = again(reasonNotVisible, errors.New("the tagging API may not show the removal yet"))
		}
		return
	}
	a.missing = map[string]string{}
	for _, key := range lost {
		if value, decided := a.decision.Tags[key]; decided {
			a.missing[key] = value
		}
	}
	switch {
	case !taggedServices[a.Service]:
		a.result = result{outcome: contract.OutcomeReported, reason: reasonNotCovered}
	case !h.restores || len(a.missing) == 0:
		a.result = result{outcome: contract.OutcomeReported, reason: reasonKeyRemoved}
	}
	if a.result.outcome != "" {
		a.missing = nil
	}
}
