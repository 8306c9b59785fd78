package stacks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assetguard/internal/recorder"
	"assetguard/stacks/config"

	"github.com/stretchr/testify/require"
)

// manyRegions are regions to grow into; the first is also that of the global services, so that n of them are n.
var manyRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1",
	"ap-southeast-2", "ap-south-1", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1",
}

// prodIn is the example's prod in the first n of manyRegions.
func prodIn(t testing.TB, n int) recorder.Program {
	t.Helper()
	text := settingsOf(t, "config/testdata/example.prod.yaml")[config.Key]
	var settings map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &settings))
	settings["regions"] = map[string]any{"home": manyRegions[0], "others": manyRegions[1:n]}
	changed, err := json.Marshal(settings)
	require.NoError(t, err)
	return recorder.Program{Stack: "prod", Root: rootWithFunctions(t), Config: map[string]string{config.Key: string(changed)}, Run: Run}
}

// TestRegistrationsGrowByTheRegion: each further region adds the same number of resources, from the third on: the second
// also brings what aggregates regions.
func TestRegistrationsGrowByTheRegion(t *testing.T) {
	clearAWS(t)
	count := func(n int) int {
		r, err := recorder.Run(prodIn(t, n))
		require.NoError(t, err)
		keys := slices.DeleteFunc(r.Keys(), func(key string) bool {
			return strings.HasPrefix(key, "aws:securityhub/standardsControlAssociation:") // few where AWS Config lacks rules
		})
		return len(keys)
	}
	first, second := count(2), count(3)
	each := second - first
	require.Positive(t, each)
	for _, n := range []int{4, 8, 16} {
		require.Equal(t, first+(n-2)*each, count(n), "%d regions", n)
	}
}

// BenchmarkProgram evaluates prod under mocks. `make bench` reads its lines.
func BenchmarkProgram(b *testing.B) {
	clearAWS(b)
	for _, n := range []int{1, 2, 4, 8, 16} {
		b.Run(fmt.Sprintf("regions=%d", n), func(b *testing.B) {
			program := prodIn(b, n)
			var r *recorder.Recorder
			for b.Loop() {
				var err error
				if r, err = recorder.Run(program); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(r.Keys())), "registrations")
		})
	}
}
