package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

// TestWindow: open from its start for its hours, over midnight too, in the company's time.
func TestWindow(t *testing.T) {
	seoul, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	w := contract.Window{Days: []string{"sat", "sun"}, Start: "23:00", Hours: 4}
	require.Empty(t, w.Faults())
	for at, open := range map[string]bool{
		"2026-11-21T22:59:59+09:00": false, // Saturday
		"2026-11-21T23:00:00+09:00": true,
		"2026-11-22T02:59:59+09:00": true,
		"2026-11-22T03:00:00+09:00": false,
		"2026-11-22T14:30:00Z":      true, // Sunday 23:30
		"2026-11-23T02:00:00+09:00": true, // opened on Sunday
		"2026-11-23T23:30:00+09:00": false,
	} {
		when, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		assert.Equal(t, open, w.Open(when, seoul), at)
	}
	monday := time.Date(2026, 11, 23, 12, 0, 0, 0, seoul)
	assert.Equal(t, "2026-11-28T23:00:00+09:00", w.Next(monday, seoul).Format(time.RFC3339))
	assert.True(t, contract.Window{}.Next(monday, seoul).IsZero())
	assert.Len(t, contract.Window{Days: []string{"day"}, Start: "25:00"}.Faults(), 3)
	assert.Len(t, contract.Window{}.Faults(), 3)
}

func TestParseRemediation(t *testing.T) {
	_, err := contract.ParseRemediation(`{"modes":{"S3.8":"auto"},"roles":{},"optOut":"Key","limits":{"inFlight":1,"failures":1,"perDay":1,"noticesPerHour":1},
		"window":{"days":["sun"],"start":"02:00","hours":4},"document":"patch","members":false}`)
	require.NoError(t, err)
	_, err = contract.ParseRemediation(`{"modes":{"S3.8":"maybe"},"window":{}}`)
	for _, fault := range []string{`modes[S3.8] is "maybe"`, "limits.inFlight is 0", "limits.perDay is 0", "optOut and document are required", "days is empty"} {
		require.ErrorContains(t, err, fault)
	}
	for document, fault := range map[string]string{"": "EOF", `{"more":1}`: "unknown field", `{} {}`: "something follows"} {
		_, err := contract.ParseRemediation(document)
		require.ErrorContains(t, err, fault, document)
	}
}
