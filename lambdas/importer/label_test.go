package importer

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const archiveHome = `{"source":"assetguard.importer","region":"ap-northeast-2","stage":"archive"}`

// unlabelled has findings that lack codes, each in another way, and one that has them.
func unlabelled(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	require.Empty(t, w.handle(t, batch(1, fixture(t, "failed"), fixture(t, "account"))))
	put := func(id string, fields map[string]string, status hubtypes.ComplianceStatus) {
		f := w.findings[bucketFinding]
		f.Id, f.UserDefinedFields, f.Compliance = aws.String(id), fields, &hubtypes.Compliance{Status: status}
		w.findings[id] = f
	}
	put("a-none", nil, hubtypes.ComplianceStatusFailed)
	put("b-none", map[string]string{}, hubtypes.ComplianceStatusFailed)
	put("old-codes", map[string]string{"ismsP2023": "9.9.9"}, hubtypes.ComplianceStatusFailed)
	put("accepted", map[string]string{"acceptedRisk": "lecture-files"}, hubtypes.ComplianceStatusFailed)
	put("passed", nil, hubtypes.ComplianceStatusPassed)
	w.calls = nil
	w.out.Reset()
	return w
}

// TestCodes: the failed findings get them in the fewest calls, keep what else stands there, and are then left alone.
func TestCodes(t *testing.T) {
	w := unlabelled(t)
	assert.Empty(t, w.handle(t, batch(1, archiveHome)))
	codes := map[string]string{"ismsP2023": "2.9.3", "kisaCloud2026": "CA-18"}
	for _, id := range []string{bucketFinding, "a-none", "b-none", "old-codes"} {
		assert.Equal(t, codes, w.findings[id].UserDefinedFields, id)
	}
	assert.Equal(t, map[string]string{"ismsP2023": "2.9.3", "kisaCloud2026": "CA-18", "acceptedRisk": "lecture-files"},
		w.findings["accepted"].UserDefinedFields)
	assert.Empty(t, w.findings["passed"].UserDefinedFields)
	assert.ElementsMatch(t, []string{"ap-northeast-2 GetFindings", "ap-northeast-2 GetFindings",
		"ap-northeast-2 BatchUpdateFindings 1", "ap-northeast-2 BatchUpdateFindings 3"}, w.calls)

	w.calls = nil
	assert.Empty(t, w.handle(t, batch(1, archiveHome)))
	assert.Equal(t, []string{"ap-northeast-2 GetFindings", "ap-northeast-2 GetFindings"}, w.calls)
}

// TestCodesLeftUndone: the step comes again, and then sets what is still missing.
func TestCodesLeftUndone(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*world)
		reason string
	}{
		"unprocessed": {func(w *world) { w.refuse = map[string]string{"a-none": "ConcurrentUpdateError"} }, "concurrent-update"},
		"throttled":   {func(w *world) { w.fail = failing("BatchUpdateFindings", &smithy.GenericAPIError{Code: "Throttling"}) }, "throttled"},
	} {
		t.Run(name, func(t *testing.T) {
			w := unlabelled(t)
			c.set(w)
			assert.Equal(t, []string{"0"}, w.handle(t, batch(1, archiveHome)))
			assert.Equal(t, map[string]int{"ImportRetry " + c.reason: 1}, w.metrics(t))
			assert.Empty(t, w.findings["a-none"].UserDefinedFields)
			w.refuse, w.fail = nil, nil
			assert.Empty(t, w.handle(t, batch(2, archiveHome)))
			assert.NotEmpty(t, w.findings["a-none"].UserDefinedFields)
		})
	}
}

// TestCodesAtImport: a new finding has them at once, also one that passes, as no later import can set them.
func TestCodesAtImport(t *testing.T) {
	w := newWorld()
	require.Empty(t, w.handle(t, batch(1, fixture(t, "failed"), fixture(t, "passed"))))
	assert.Equal(t, map[string]string{"ismsP2023": "2.9.3", "kisaCloud2026": "CA-18"}, w.findings[bucketFinding].UserDefinedFields)
	assert.Equal(t, map[string]string{"ismsP2023": "2.6.2, 2.10.2", "kisaCloud2026": "CA-05"}, w.findings[instFinding].UserDefinedFields)
}
