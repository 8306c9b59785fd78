package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/policygate"
)

const root = "../../.."

func TestCommittedDocumentIsCurrent(t *testing.T) {
	document, err := render(root)
	require.NoError(t, err)
	committed, err := os.ReadFile(filepath.Join(root, "docs", "policy-gate.md"))
	require.NoError(t, err)
	assert.Equal(t, string(document), string(committed), "run go generate ./internal/policygate")
	for _, rule := range policygate.Rules() {
		assert.Contains(t, string(document), "| `"+rule.ID+"`", rule.ID)
	}
}
