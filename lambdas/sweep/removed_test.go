package sweep

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

func TestRemovedKeys(t *testing.T) {
	const volume = ec2ARN + "volume/vol-1"
	byEvent := map[string]string{"CreatedAt": "2026-01-01T00:00:00Z", "Creator": "kim", "Environment": "DEV", "AssetType": "WAS"}
	decided := map[string]string{"Environment": "PROD", "Owner": "DevOps", "PersonalInformation": "N", "AssetType": "unclassified"}
	for name, c := range map[string]struct {
		reports         bool
		tags, want      map[string]string
		outcome, reason string
	}{
		"reported, of an asset that its event tagged": {true, byEvent, byEvent, contract.OutcomeReported, reasonKeyRemoved},
		"restored, of an asset that its event tagged": {false, byEvent, map[string]string{"CreatedAt": "2026-01-01T00:00:00Z", "Creator": "kim",
			"Environment": "DEV", "AssetType": "WAS", "Owner": "DevOps", "PersonalInformation": "N"}, contract.OutcomeTagged, reasonNone},
		"filled, of an asset that no event tagged": {true, nil, decided, contract.OutcomeTagged, reasonNone},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.add(volume, maps.Clone(c.tags))
			h := w.handler(seoul)
			h.config.ReportsRemoved = c.reports
			w.sweep(t, h, `{}`)
			require.Equal(t, c.want, w.tags[volume])
			require.Equal(t, 1, w.metric(t, contract.MetricSweepOutcome, map[string]string{"Outcome": c.outcome, "Reason": c.reason}))
			missing := w.register(t, contract.RegisterLatestCSV)[volume]["MissingKeys"]
			if c.outcome == contract.OutcomeReported {
				require.Equal(t, "Owner PersonalInformation", missing)
				require.Zero(t, w.count("TagResources"))
			} else {
				require.Empty(t, missing)
			}
		})
	}
}

// A rule that overwrites waits too, until a person has seen to the keys; without lost keys it does not.
func TestOverwritingRuleBesideLostKeys(t *testing.T) {
	const database = "arn:aws:rds:" + seoul + ":" + account + ":db:student-1"
	tags := map[string]string{"CreatedAt": "2026-01-01T00:00:00Z", "PersonalInformation": "N", "AssetType": "WAS", "Environment": "DEV", "Owner": "Data"}
	for name, left := range map[string]string{"": "Y", "Owner": "N"} {
		w := newWorld()
		w.add(database, maps.Clone(tags))
		delete(w.tags[database], name)
		h := w.handler(seoul)
		h.config.ReportsRemoved = true
		w.sweep(t, h, `{}`)
		require.Equal(t, left, w.tags[database]["PersonalInformation"], name)
	}
}
