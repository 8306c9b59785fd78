package deployment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/driver/layout"
)

func TestTheWorkspaceKeepsItsOwnSalt(t *testing.T) {
	dir := t.TempDir()
	l := layout.Layout{Repository: dir, Dir: filepath.Join(dir, ".sandbox"), Settings: filepath.Join(dir, "Pulumi.local.yaml")}
	write := func(path, text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	copied := filepath.Join(l.Workspace(), "Pulumi.local.yaml")
	settings := func() string {
		require.NoError(t, prepareWorkspace(l))
		text, err := os.ReadFile(copied)
		require.NoError(t, err)
		return string(text)
	}
	write(filepath.Join(dir, "Pulumi.yaml"), "name: assetguard\n")
	write(filepath.Join(dir, "Pulumi.local.yaml"), "config: {}") // without a last line feed
	assert.Equal(t, "config: {}\n", settings())

	write(copied, "config: {}\nencryptionsalt: v1:engine\n")
	assert.Equal(t, "config: {}\nencryptionsalt: v1:engine\n", settings())

	write(filepath.Join(dir, "Pulumi.local.yaml"), "encryptionsalt: v1:users\nconfig: {}\n")
	assert.Equal(t, "config: {}\nencryptionsalt: v1:engine\n", settings(), "not two of them")
}
