package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/internal/compliance"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

func TestCommittedDocumentsAreCurrent(t *testing.T) {
	for path, language := range documents {
		content, err := render(language)
		require.NoError(t, err)
		committed, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		assert.Equal(t, string(content), string(committed), "%s: run go generate ./internal/compliance", path)
	}
}

func TestDocumentsHaveEveryCodeAndCheck(t *testing.T) {
	for path, language := range documents {
		content, err := render(language)
		require.NoError(t, err)
		text := string(content)
		for _, m := range compliance.Map() {
			row := "| " + m.Code.ID + " |"
			if m.Automated() {
				row = "| [" + m.Code.ID + "](#" + anchor(m.Code) + ") |"
				assert.Equal(t, 1, strings.Count(text, `<a id="`+anchor(m.Code)+`"></a>`), "%s in %s", m.Code, path)
			}
			assert.Equal(t, 1, strings.Count(text, row), "%s in %s", m.Code, path)
		}
		for _, c := range compliance.Checks() {
			assert.Contains(t, text, "| ["+c.ID+"](", path)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, "| ") {
				assert.Contains(t, []int{3, 5, 8}, strings.Count(line, "|"), "a cell of %s holds a bar: %s", path, line)
			}
		}
	}
}

func TestChaptersAreThoseOfTheCodes(t *testing.T) {
	var chapters []string
	for _, c := range compliance.Chapters() {
		chapters = append(chapters, c.ID)
	}
	var seen []string
	for _, m := range compliance.MapOf(compliance.ISMSP2023) {
		if len(seen) == 0 || seen[len(seen)-1] != m.Code.Chapter() {
			seen = append(seen, m.Code.Chapter())
		}
	}
	assert.Equal(t, seen, chapters)
}
