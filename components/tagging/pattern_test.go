package tagging

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"assetguard/internal/createevent"

	"github.com/stretchr/testify/require"
)

func TestPatternsNameEveryEventOnceWithinTheLimit(t *testing.T) {
	var events []createevent.Event
	for i := range 300 {
		events = append(events, createevent.Event{
			EventSource: fmt.Sprintf("service%d.amazonaws.com", i/5), Name: fmt.Sprintf("CreateResource%d", i),
		})
	}
	seen := map[string]int{}
	all := patterns(events, patternLimit)
	require.Greater(t, len(all), 3)
	for _, text := range all {
		require.LessOrEqual(t, len(text), patternLimit)
		var p pattern
		require.NoError(t, json.Unmarshal([]byte(text), &p))
		require.Equal(t, []map[string]bool{{"exists": false}}, p.Detail.ErrorCode)
		for _, name := range p.Detail.EventName {
			seen[name]++
		}
	}
	require.Len(t, seen, len(events))
	for name, times := range seen {
		require.Equal(t, 1, times, name)
	}
}

func TestEveryEventIsMatched(t *testing.T) {
	matched := 0
	for _, text := range patterns(createevent.All(), patternLimit) {
		require.LessOrEqual(t, len(text), patternLimit)
		var p pattern
		require.NoError(t, json.Unmarshal([]byte(text), &p))
		require.Equal(t, []sourcePrefix{{"aws."}}, p.Source)
		for _, e := range createevent.All() {
			if slices.Contains(p.Detail.EventSource, e.EventSource) && slices.Contains(p.Detail.EventName, e.Name) {
				matched++
			}
		}
	}
	require.GreaterOrEqual(t, matched, len(createevent.All()))
}

func TestSmallerLimitMakesMorePatterns(t *testing.T) {
	small := patterns(createevent.All(), 700)
	require.Greater(t, len(small), len(patterns(createevent.All(), patternLimit)))
	for _, text := range small {
		require.LessOrEqual(t, len(text), 700)
	}
}

func TestNoEventsNoPatterns(t *testing.T) {
	require.Empty(t, patterns(nil, patternLimit))
}

func TestTaggingCallsAreNotMatched(t *testing.T) {
	for _, e := range createevent.All() {
		require.NotContains(t, []string{"CreateTags", "TagResource", "TagResources"}, e.Name)
	}
}

func TestRemovalPattern(t *testing.T) {
	require.LessOrEqual(t, len(removalPattern()), patternLimit)
	require.JSONEq(t, `{"source":["aws.tag"],"detail-type":["Tag Change on Resource"],"detail":{"$or":[
		{"changed-tag-keys":["Environment"],"tags":{"Environment":[{"exists":false}]}},
		{"changed-tag-keys":["AssetType"],"tags":{"AssetType":[{"exists":false}]}},
		{"changed-tag-keys":["PersonalInformation"],"tags":{"PersonalInformation":[{"exists":false}]}},
		{"changed-tag-keys":["Owner"],"tags":{"Owner":[{"exists":false}]}}]}}`, removalPattern())
}
