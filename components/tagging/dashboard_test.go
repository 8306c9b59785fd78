package tagging_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assetguard/components/tagging"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newDashboard(args *tagging.DashboardArgs) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := tagging.NewDashboard(ctx, "tagging", args)
		return err
	}})
}

type boardBody struct {
	Widgets []struct {
		Type                string
		X, Y, Width, Height int
		Properties          struct {
			Title, Region, Stat string
			Metrics             [][]any
		}
	}
}

func readBoard(t *testing.T) boardBody {
	t.Helper()
	r, err := newDashboard(&tagging.DashboardArgs{
		Place: recorder.Place(), Autotag: "autotag", Sweep: "sweep",
		Forwards: []tagging.ForwardShown{{Name: "forward-us-east-1", Region: "us-east-1"}},
	})
	require.NoError(t, err)
	in := r.Inputs(t, "aws:cloudwatch/dashboard:Dashboard", "tagging")
	require.Equal(t, "assetguard-test-tagging", in["dashboardName"])
	var body boardBody
	require.NoError(t, json.Unmarshal([]byte(in["dashboardBody"].(string)), &body))
	return body
}

func TestDashboardCoversTheGridWithoutOverlap(t *testing.T) {
	taken := map[[2]int]string{}
	for _, w := range readBoard(t).Widgets {
		require.Equal(t, "metric", w.Type)
		require.Equal(t, "ap-northeast-2", w.Properties.Region, w.Properties.Title)
		require.NotEmpty(t, w.Properties.Metrics, w.Properties.Title)
		require.LessOrEqual(t, w.X+w.Width, 24)
		for x := w.X; x < w.X+w.Width; x++ {
			for y := w.Y; y < w.Y+w.Height; y++ {
				require.Empty(t, taken[[2]int{x, y}], "%s lies on it", w.Properties.Title)
				taken[[2]int{x, y}] = w.Properties.Title
			}
		}
	}
}

// What the alarms of an Autotag, a Sweep and a Forward watch, the dashboard shows: by the same namespace, metric and dimensions.
func TestDashboardShowsWhatTheAlarmsWatch(t *testing.T) {
	shown := map[string]bool{}
	for _, w := range readBoard(t).Widgets {
		for _, m := range w.Properties.Metrics {
			var words []string
			for _, part := range m[:len(m)-1] {
				words = append(words, part.(string))
			}
			shown[strings.Join(words, " ")] = true
		}
	}
	forward, err := newForward(&tagging.ForwardArgs{
		Place: virginia(), Home: recorder.Place(), KeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
	})
	require.NoError(t, err)
	for _, r := range []*recorder.Recorder{newAutotag(t), newSweep(t), forward} {
		for _, key := range r.Keys() {
			token, name, _ := strings.Cut(key, " ")
			if token != "aws:cloudwatch/metricAlarm:MetricAlarm" || strings.HasSuffix(name, "-lost") {
				continue
			}
			in := r.Inputs(t, token, name)
			words := []string{in["namespace"].(string), in["metricName"].(string)}
			if dimensions, ok := in["dimensions"].(map[string]any); ok {
				for dimension, value := range dimensions {
					words = append(words, dimension, value.(string))
				}
			}
			require.True(t, shown[strings.Join(words, " ")], "%s: %v", name, words)
		}
	}
}

func TestDashboardAsksTheRegionOfAForward(t *testing.T) {
	for _, w := range readBoard(t).Widgets {
		for _, m := range w.Properties.Metrics {
			if slices.Contains(m, any("assetguard-test-forward-us-east-1-undelivered")) {
				require.Equal(t, "us-east-1", m[len(m)-1].(map[string]any)["region"])
				return
			}
		}
	}
	t.Fatal("the forward's dead letters are not shown")
}

func TestDashboardReportsEveryFault(t *testing.T) {
	r, err := newDashboard(&tagging.DashboardArgs{})
	require.ErrorContains(t, err, "dashboard tagging: place: partition is missing")
	require.ErrorContains(t, err, "Autotag is required")
	require.ErrorContains(t, err, "Sweep is required")
	require.Empty(t, r.Keys())
}
