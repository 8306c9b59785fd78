package tagging

import (
	"encoding/json"
	"fmt"
	"testing"

	"assetguard/internal/createevent"

	"github.com/stretchr/testify/require"
)

func TestPatternsNameEveryEventOnceWithinTheLimit(t *testing.T) {
	var events []createevent.Event
	for i := range 300 {
		events = append(events, createevent.Event{
			Source: fmt.Sprintf("aws.service%d", i/5), EventSource: fmt.Sprintf("service%d.amazonaws.com", i/5),
			Name: fmt.Sprintf("CreateResource%d", i),
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

func TestNoEventsNoPatterns(t *testing.T) {
	require.Empty(t, patterns(nil, patternLimit))
}

func TestTaggingCallsAreNotMatched(t *testing.T) {
	for _, e := range createevent.All() {
		require.NotContains(t, []string{"CreateTags", "TagResource", "TagResources"}, e.Name)
	}
}
