package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/imagebuilder"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

func TestCommittedDocumentsAreCurrent(t *testing.T) {
	for path, language := range documents {
		content, err := render(language)
		require.NoError(t, err)
		committed, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		assert.Equal(t, string(content), string(committed), "%s: run go generate ./imagebuilder", path)
	}
}

func TestDocumentsHaveEveryControlAndRule(t *testing.T) {
	for path, language := range documents {
		content, err := render(language)
		require.NoError(t, err)
		for _, c := range imagebuilder.KISA() {
			assert.Equal(t, 1, strings.Count(string(content), "\n| "+c.Code+" |"), "%s in %s", c.Code, path)
		}
		for _, r := range imagebuilder.Rules() {
			assert.Equal(t, 1, strings.Count(string(content), `<a id="`+r.ID+`"></a>`), "%s in %s", r.ID, path)
		}
	}
}
