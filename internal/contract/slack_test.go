package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

// TestSlackOutlastsAnHour: a message that comes just when Slack goes down is still there when Slack is back an hour later,
// with time to spare.
func TestSlackOutlastsAnHour(t *testing.T) {
	const wanted = 90 * time.Minute
	var tried time.Duration
	for receives := 1; receives < contract.SlackMaxReceives; receives++ {
		tried += contract.SlackDelay(receives)
	}
	assert.Equal(t, 2*time.Hour+5*time.Minute+10*time.Second, tried)
	assert.Greater(t, tried, wanted)
	untold := (contract.SlackMaxReceives - 1) * contract.SlackVisibilitySeconds * time.Second
	assert.Greater(t, untold, wanted, "where the queue could not be told how long to wait")

	assert.Equal(t, 10*time.Second, contract.SlackDelay(0))
	assert.Equal(t, 10*time.Second, contract.SlackDelay(1))
	assert.Equal(t, 20*time.Second, contract.SlackDelay(2))
	assert.Equal(t, 5*time.Minute, contract.SlackDelay(6))
	assert.Equal(t, 5*time.Minute, contract.SlackDelay(1_000_000))
	assert.Less(t, contract.SlackBatch*contract.SlackPace+20*time.Second, contract.SlackTimeoutSeconds*time.Second,
		"a batch and two hanging posts fit an invocation")
}

func TestParseSubscribers(t *testing.T) {
	all, err := contract.ParseSubscribers(`{"security":{"topic":"arn:aws:sns:r:1:s","emails":["a@example.com","b@example.com"]},` +
		`"purchasing":{"topic":"arn:aws:sns:r:1:p","emails":[]}}`)
	require.NoError(t, err)
	assert.Equal(t, contract.Subscribers{Topic: "arn:aws:sns:r:1:s", Emails: []string{"a@example.com", "b@example.com"}},
		all[contract.AudienceSecurity])

	_, err = contract.ParseSubscribers(`{"security":{"topic":"","emails":["Kim <kim@example.com>","a@example.com","A@example.com"]}}`)
	require.ErrorContains(t, err, "security.topic: want the ARN")
	require.ErrorContains(t, err, "security.emails[0]: want an address")
	require.ErrorContains(t, err, "security.emails[2] is there twice")
	require.NotContains(t, err.Error(), "kim@", "errors end in logs")

	for document, fault := range map[string]string{
		"": "EOF", "{}": "no audience", `{"security":{"mails":[]}}`: "unknown field", `{"security":{"topic":"arn:"}} 1`: "something follows",
	} {
		_, err := contract.ParseSubscribers(document)
		require.ErrorContains(t, err, fault, document)
	}
}
