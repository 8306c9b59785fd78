package compliance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"assetguard/internal/compliance"
)

func TestPackOfRule(t *testing.T) {
	for rule, want := range map[string]struct{ check, pack string }{
		"access-keys-rotated-conformance-pack-6cruwvtg2": {"ACCESS_KEYS_ROTATED", "conformance-pack-6cruwvtg2"},
		"their-own-rule-conformance-pack-6cruwvtg2":      {"", "conformance-pack-6cruwvtg2"},
		"access-keys-rotated":                            {},
		"securityhub-access-keys-rotated-1a2b3c4d":       {},
		"": {},
	} {
		check, known, pack := compliance.PackOfRule(rule)
		assert.Equal(t, want.check != "", known, rule)
		assert.Equal(t, want.check, check.ID, rule)
		assert.Equal(t, want.pack, pack, rule)
	}
}

func TestPackName(t *testing.T) {
	assert.True(t, compliance.PackName("k-isms", "k-isms"))
	assert.True(t, compliance.PackName("OrgConformsPack-k-isms-qq0v1v2x", "k-isms"))
	assert.False(t, compliance.PackName("k-isms-2", "k-isms"))
	assert.False(t, compliance.PackName("OrgConformsPack-k-isms2-qq0v1v2x", "k-isms"))
}
