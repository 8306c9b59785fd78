package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	report "assetguard/internal/compliance/evidence"
)

func TestParseEvidence(t *testing.T) {
	a, err := parseEvidence([]string{"-stack", "prod", "-out", "d", "-language", "en"})
	require.NoError(t, err)
	assert.Equal(t, evidenceArguments{stack: "prod", out: "d", language: "en"}, a)

	_, err = parseEvidence([]string{"-stack", "PROD", "-language", "fr", "more"})
	for _, fault := range []string{`-stack is "PROD"`, "-out is missing", `-language is "fr": want ko or en`, `unknown argument "more"`} {
		require.ErrorContains(t, err, fault)
	}
}

func TestExitCodes(t *testing.T) {
	assert.Equal(t, 1, exitCode(errors.New("AWS is away")))
	for _, arguments := range [][]string{
		nil, {"dance"}, {"evidence"}, {"evidence", "-stack", "nowhere", "-out", "d"}, {"evidence", "-fly"}, {"confirm", "more"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), arguments, &out)
		require.Error(t, err, arguments)
		assert.Equal(t, 2, exitCode(err), "%v: %v", arguments, err)
		assert.Empty(t, out.String())
	}
}

// TestEvidenceGuards: the local stack never reads a real account, and no other stack the sandbox.
func TestEvidenceGuards(t *testing.T) {
	t.Chdir("..")
	_, _, err := enterToRead(t.Context(), "local", nil)
	require.ErrorContains(t, err, "AWS_ENDPOINT_URL is not set")
	sandbox := []string{"AWS_ENDPOINT_URL=http://127.0.0.1:4566", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	settings, loaded, err := enterToRead(t.Context(), "local", sandbox)
	require.NoError(t, err)
	assert.Equal(t, settings.Regions.Home, loaded.Region)
	s := stackToRead("local", settings, time.UTC)
	assert.Equal(t, "assetguard-local-k-isms", s.Pack)
	assert.Equal(t, settings.Regions.Home, s.Regions[0])
	assert.NotEmpty(t, s.Tags)

	t.Chdir(t.TempDir())
	example, err := os.ReadFile(filepath.Join(repositoryRoot(t), "stacks", "config", "testdata", "example.prod.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("Pulumi.prod.yaml", example, 0o600))
	_, _, err = enterToRead(t.Context(), "prod", sandbox)
	require.ErrorContains(t, err, "the environment still points at the sandbox")
}

func TestWriteEvidence(t *testing.T) {
	in := report.Input{
		At: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Stack: "prod", Account: "123456789012", Regions: []string{"ap-northeast-2"},
		MaxAge: time.Hour, Unread: []report.Unread{{What: "Security Hub", Region: "ap-northeast-2", Reason: "AccessDeniedException"}},
	}
	for language, words := range map[string]string{"en": "- Security Hub in ap-northeast-2: AccessDeniedException", "ko": "- ap-northeast-2의 Security Hub: AccessDeniedException"} {
		dir := filepath.Join(t.TempDir(), "new")
		var out bytes.Buffer
		require.NoError(t, writeEvidence(in, dir, report.Words{Language: language, Location: time.UTC}, &out))
		assert.Contains(t, out.String(), "met 0, not met 0, not assessed 120; parts that could not be read: 1")
		for name, part := range map[string]string{"evidence.md": words, "evidence.csv": "CA-10", "evidence.json": `"unread": [`} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			assert.Contains(t, string(text), part, name)
		}
	}
	err := writeEvidence(in, filepath.Join(repositoryRoot(t), "go.mod", "d"), report.Words{Language: "en", Location: time.UTC}, &bytes.Buffer{})
	assert.Equal(t, 2, exitCode(err))
	in.Regions = nil
	err = writeEvidence(in, t.TempDir(), report.Words{Language: "en", Location: time.UTC}, &bytes.Buffer{})
	require.ErrorContains(t, err, "no Regions")
}

// repositoryRoot is the directory of go.mod, wherever a test has gone.
func repositoryRoot(t *testing.T) string {
	t.Helper()
	return strings.TrimSuffix(started, string(filepath.Separator)+"account")
}

var started, _ = os.Getwd()
