package sweep

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

// What was created since the last run and carries no CreatedAt was missed by the events: a trail that does not log shows
// only so.
func TestAssetsThatTheEventsMissedAreCounted(t *testing.T) {
	hours := func(n float64) time.Time { return newWorld().clock.Add(time.Duration(n * float64(time.Hour))) }
	const role = iamARN + "role/was"
	for _, c := range []struct {
		name    string
		created time.Time
		tags    map[string]string
		before  time.Time // the run before; zero: none
		want    int
	}{
		{"since the last run", hours(-3), nil, hours(-24), 1},
		{"tagged by its event", hours(-3), map[string]string{contract.TagCreatedAt: "2026-03-01T16:00:00Z"}, hours(-24), 0},
		{"before the last run", hours(-30), nil, hours(-24), 0},
		{"young at the last run, so not judged then", hours(-24.5), nil, hours(-24), 1},
		{"young still", hours(-0.5), nil, hours(-24), 0},
		{"first run", hours(-3), nil, time.Time{}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.add(role, c.tags)
			w.created[role] = c.created
			if !c.before.IsZero() {
				w.objects[contract.RegisterLatestRun] = []byte(c.before.Format(time.RFC3339Nano))
			}
			w.sweep(t, w.handler(seoul), `{}`)
			require.Equal(t, c.want, w.metric(t, contract.MetricMissedByEvents, map[string]string{"Region": contract.GlobalRegion}))
		})
	}
}
