package environment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/lambdas/internal/environment"
)

func TestRequired(t *testing.T) {
	t.Setenv("ASSETGUARD_A", "a")
	t.Setenv("ASSETGUARD_B", "")
	set, err := environment.Required("ASSETGUARD_A")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"ASSETGUARD_A": "a"}, set)
	_, err = environment.Required("ASSETGUARD_A", "ASSETGUARD_B", "ASSETGUARD_C")
	require.EqualError(t, err, "ASSETGUARD_B is not set\nASSETGUARD_C is not set")
}
