package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

func TestParseAcceptedRisks(t *testing.T) {
	risks, err := contract.ParseAcceptedRisks(`{"accepted":[{"id":"old-vpn","ruleArn":"arn:a","expires":"2026-12-31"}]}`)
	require.NoError(t, err)
	assert.Equal(t, []contract.AcceptedRisk{{ID: "old-vpn", RuleARN: "arn:a", Expires: "2026-12-31"}}, risks.Accepted)

	_, err = contract.ParseAcceptedRisks(`{"accepted":[{"id":"a","ruleArn":"arn","expires":"2026-12-31"},` +
		`{"id":"a","ruleArn":"","expires":"31.12.2026"},{"id":"b","ruleArn":"arn","expires":"2026-12-31"},` +
		`{"id":"b","ruleArn":"arn2","expires":"2026-12-31"}]}`)
	require.ErrorContains(t, err, "accepted[1]: id or ruleArn is missing")
	require.ErrorContains(t, err, `accepted[1].expires: "a" expires on 2026-12-31 before`)
	require.ErrorContains(t, err, `accepted[2].ruleArn: "arn" is there twice`)
	require.NotContains(t, err.Error(), "accepted[3]")
	require.ErrorContains(t, err, `accepted[1].expires: "31.12.2026" is no date`)

	for document, fault := range map[string]string{
		"":                         "EOF",
		`{"accepted":[],"more":1}`: "unknown field",
		`{"accepted":[]} {}`:       "something follows",
	} {
		_, err := contract.ParseAcceptedRisks(document)
		require.ErrorContains(t, err, fault, document)
	}
}

// TestRiskState: the last day holds to its end where the company is, which is another day in UTC.
func TestRiskState(t *testing.T) {
	seoul, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	risk := contract.AcceptedRisk{ID: "a", Expires: "2026-12-31"}
	assert.Equal(t, "2027-01-01T00:00:00+09:00", risk.End(seoul).Format(time.RFC3339))
	for at, state := range map[string]string{
		"2026-12-01T23:59:59+09:00": contract.RiskHolds,
		"2026-12-02T00:00:00+09:00": contract.RiskExpiring,
		"2026-12-31T14:59:59Z":      contract.RiskExpiring,
		"2026-12-31T15:00:00Z":      contract.RiskExpired,
		"2027-06-01T00:00:00Z":      contract.RiskExpired,
	} {
		when, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		assert.Equal(t, state, risk.State(when, seoul), at)
	}
	assert.Equal(t, contract.RiskExpired, contract.AcceptedRisk{Expires: "never"}.State(time.Now(), seoul), "no end is no acceptance")
}
