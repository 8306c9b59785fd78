package tagging

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"assetguard/internal/createevent"

	"github.com/stretchr/testify/require"
)

// matched are the events that a pattern matches, as EventBridge reads it.
func matched(t *testing.T, text string, events []createevent.Event) (found []createevent.Event) {
	t.Helper()
	var p pattern
	require.NoError(t, json.Unmarshal([]byte(text), &p))
	require.Equal(t, []sourcePrefix{{"aws."}}, p.Source)
	require.Equal(t, []string{"AWS API Call via CloudTrail"}, p.DetailType)
	require.Equal(t, []map[string]bool{{"exists": false}}, p.Detail.ErrorCode)
	require.NotEqual(t, 1, len(p.Detail.AnyOf), "$or takes two or more")
	for _, e := range events {
		for _, of := range append(p.Detail.AnyOf, p.Detail.serviceCalls) {
			if slices.Contains(of.EventSource, e.EventSource) && slices.Contains(of.EventName, e.Name) {
				found = append(found, e)
			}
		}
	}
	return found
}

func TestPatternsMatchEveryEventOnceWithinTheLimit(t *testing.T) {
	var many []createevent.Event
	for i := range 300 {
		many = append(many, createevent.Event{
			EventSource: fmt.Sprintf("service%d.amazonaws.com", i/5), Name: fmt.Sprintf("CreateResource%d", i),
		})
	}
	for name, events := range map[string][]createevent.Event{"many": many, "the table's": createevent.All()} {
		t.Run(name, func(t *testing.T) {
			var found []createevent.Event
			all := patterns(events, patternLimit)
			require.Greater(t, len(all), 1)
			for _, text := range all {
				require.LessOrEqual(t, len(text), patternLimit)
				found = append(found, matched(t, text, events)...)
			}
			require.Equal(t, events, found)
		})
	}
}

// A name of one service with the source of another is no create event, and wakes nobody.
func TestPatternsMatchNothingElse(t *testing.T) {
	var crosses []createevent.Event
	known := createevent.All()
	for _, e := range known {
		for _, other := range known {
			if cross := (createevent.Event{EventSource: e.EventSource, Name: other.Name}); !slices.Contains(known, cross) {
				crosses = append(crosses, cross)
			}
		}
	}
	require.Greater(t, len(crosses), 10000)
	for _, text := range patterns(known, patternLimit) {
		require.Empty(t, matched(t, text, crosses))
	}
}

func TestPatternOfOneService(t *testing.T) {
	require.JSONEq(t, `{"source":[{"prefix":"aws."}],"detail-type":["AWS API Call via CloudTrail"],"detail":{
		"errorCode":[{"exists":false}],"eventSource":["s3.amazonaws.com"],"eventName":["CreateBucket"]}}`,
		render([]createevent.Event{createevent.Of("s3", "CreateBucket")}))
}

func TestReadyPattern(t *testing.T) {
	require.LessOrEqual(t, len(readyPattern()), patternLimit)
	require.JSONEq(t, `{"source":["aws.rds"],"$or":[
		{"detail-type":["RDS DB Instance Event"],"detail":{"EventID":["RDS-EVENT-0005","RDS-EVENT-0019","RDS-EVENT-0043"]}},
		{"detail-type":["RDS DB Cluster Event"],"detail":{"EventID":["RDS-EVENT-0170"]}},
		{"detail-type":["RDS DB Snapshot Event"],"detail":{"EventID":["RDS-EVENT-0042","RDS-EVENT-0060","RDS-EVENT-0197"]}},
		{"detail-type":["RDS DB Cluster Snapshot Event"],"detail":{"EventID":["RDS-EVENT-0075"]}}]}`, readyPattern())
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
