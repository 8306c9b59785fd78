package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// pulumi is a fake of the CLI that prints and ends as told.
type pulumi struct {
	output string
	err    error
	ran    []string
}

func (p *pulumi) run(_ context.Context, name string, arguments ...string) (string, error) {
	p.ran = append([]string{name}, arguments...)
	return p.output, p.err
}

// exitOne is the error of a program that ran and ended with status 1.
func exitOne(t *testing.T) error {
	t.Helper()
	err := exec.Command("sh", "-c", "exit 1").Run()
	require.Error(t, err)
	return err
}

func TestTake(t *testing.T) {
	refused := "Diagnostics:\n  pulumi:pulumi:Stack (assetguard-dev):\n    error: retention.logDays: CloudWatch Logs has no retention of 31 days\n"
	tests := map[string]struct {
		output  string
		fails   bool
		drift   bool
		outcome string
		planned []string
	}{
		"changes":            {output: sample(t, "changes.txt"), outcome: changes, planned: []string{"2 to create", "3 to update", "2 to delete"}},
		"unchanged":          {output: sample(t, "unchanged.txt"), outcome: unchanged},
		"replacements":       {output: "x\nResources:\n    +-1 to replace\n    5 unchanged\n", outcome: changes, planned: []string{"1 to replace"}},
		"program fails":      {output: refused, fails: true, outcome: failed},
		"drift":              {output: sample(t, "drift.txt"), fails: true, drift: true, outcome: changes, planned: []string{"1 to update"}},
		"no drift":           {output: sample(t, "unchanged.txt"), drift: true, outcome: unchanged},
		"drift check fails":  {output: refused, fails: true, drift: true, outcome: failed},
		"numbers in outputs": {output: "  + 3 to create\nResources:\n    5 unchanged\n", outcome: unchanged},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cli := &pulumi{output: test.output}
			if test.fails {
				cli.err = exitOne(t)
			}
			p, err := take(t.Context(), cli.run, preview{Stack: "dev", Drift: test.drift})
			require.NoError(t, err)
			assert.Equal(t, test.outcome, p.Outcome)
			assert.Equal(t, test.planned, planned(p.Output))
			assert.Contains(t, strings.Join(cli.ran, " "), "pulumi preview --stack dev --diff --non-interactive")
			assert.Equal(t, test.drift, strings.HasSuffix(strings.Join(cli.ran, " "), " --refresh --expect-no-changes"))
		})
	}
}

func TestTakeWithoutPulumi(t *testing.T) {
	_, err := take(t.Context(), execute, preview{Stack: "dev"})
	if _, found := exec.LookPath("pulumi"); found != nil {
		require.ErrorContains(t, err, "run pulumi")
	}
	_, err = take(t.Context(), (&pulumi{err: errors.New("no such file")}).run, preview{Stack: "dev"})
	require.ErrorContains(t, err, "run pulumi: no such file")
}

func TestMask(t *testing.T) {
	const (
		accessKey = "AKIA" + "IOSFODNN7EXAMPLE"
		session   = "ASIA" + "IOSFODNN7EXAMPLE"
		github    = "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789"
		slack     = "https://hooks.slack.com/services/" + "T000/B000/XXXX"
	)
	tests := map[string]struct{ text, want string }{
		"access key":          {"key " + accessKey + ".", "key [masked]."},
		"session key":         {session, "[masked]"},
		"token of GitHub":     {"token=" + github, "token=[masked]"},
		"Slack's address":     {`url: "` + slack + `"`, `url: "[masked]"`},
		"private key":         {"a\n-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n[masked]\nb"},
		"half a private key":  {"a\n-----BEGIN " + "PRIVATE KEY-----\nMIIE", "a\n[masked]"},
		"password":            {`  + masterPassword: "hunter2"`, `  + masterPassword: "[masked]"`},
		"password that goes":  {`  ~ password: "old" => "new"`, `  ~ password: "[masked]" => "[masked]"`},
		"password with quote": {`  password: "a\"b"`, `  password: "[masked]"`},
		"environment":         {`    SLACK_WEBHOOKURL: "https://x"`, `    SLACK_WEBHOOKURL: "[masked]"`},
		"JSON":                {`{"secretString": "x"}`, `{"secretString": "[masked]"}`},
		"user in an address":  {"postgres://app:" + "pw@db:5432/x", "postgres://[masked]@db:5432/x"},
		"known to Pulumi":     {`password: [secret]`, `password: [secret]`},
		"no secrets":          {`secretArn: "arn:aws:secretsmanager:r:1:secret:db"`, `secretArn: "arn:aws:secretsmanager:r:1:secret:db"`},
		"policy of passwords": {`minimumPasswordLength: 14`, `minimumPasswordLength: 14`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, mask(test.text)) })
	}
	changes := sample(t, "changes.txt")
	assert.Equal(t, changes, mask(changes), "an ordinary diff stays as it is")
}

func TestReadPreview(t *testing.T) {
	path := filepath.Join(t.TempDir(), "preview.json")
	tests := map[string]string{
		`{"stack": "../x", "outcome": "changes"}`:                         "want a-z",
		`{"stack": "dev --> x", "outcome": "failed"}`:                     "want a-z",
		`{"stack": "dev", "outcome": "fine"}`:                             `outcome "fine"`,
		`{"stack": `:                                                      "unexpected end",
		`{"stack": "dev", "outcome": "failed", "commit": "**approved**"}`: "want a hash",
		`{"stack": "dev", "outcome": "failed", "commit": "0123456", "run": "https://github.com/a/b/actions/runs/7 @all"}`: "address of a workflow run",
	}
	for content, fault := range tests {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := readPreview(path)
		assert.ErrorContains(t, err, fault)
	}
	require.NoError(t, preview{Stack: "dev", Outcome: changes, Commit: "0123456", Run: "https://github.com/a/b/actions/runs/7", Output: `password: "x"`}.write(path))
	p, err := readPreview(path)
	require.NoError(t, err)
	assert.Equal(t, `password: "[masked]"`, p.Output, "masked again by the job that publishes it")
}

func TestPreviewCommand(t *testing.T) {
	dir := t.TempDir()
	environment := map[string]string{
		"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "example/assetguard", "GITHUB_RUN_ID": "7",
		"GITHUB_SHA": "merge", "ASSETGUARD_COMMIT": "0123456789abcdef0123", "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary.md"),
	}
	file := filepath.Join(dir, "preview-dev.json")
	var out bytes.Buffer
	cli := &pulumi{output: sample(t, "changes.txt")}
	c := command{getenv: func(name string) string { return environment[name] }, run: cli.run, out: &out}
	require.NoError(t, c.do(t.Context(), []string{"preview", "-stack", "dev", "-file", file}))
	assert.Contains(t, out.String(), "retentionInDays: 30 => 90")
	p, err := readPreview(file)
	require.NoError(t, err)
	assert.Equal(t, "0123456789abcdef0123", p.Commit)
	assert.Equal(t, "https://github.com/example/assetguard/actions/runs/7", p.Run)
	summary, err := os.ReadFile(environment["GITHUB_STEP_SUMMARY"])
	require.NoError(t, err)
	assert.Equal(t, p.markdown(), string(summary))

	cli.output, cli.err = "error: no stack named 'dev' found", exitOne(t)
	require.ErrorContains(t, c.do(t.Context(), []string{"preview", "-stack", "dev", "-file", file}), "the preview of dev failed")
	p, err = readPreview(file)
	require.NoError(t, err, "a failed preview is handed on too")
	assert.Equal(t, failed, p.Outcome)
}

func TestUsage(t *testing.T) {
	for _, arguments := range [][]string{
		nil, {"deploy"}, {"preview"}, {"preview", "-stack", "dev"}, {"preview", "-stack", "Dev!", "-file", "x"},
		{"comment", "x.json"}, {"comment", "-pull", "1"}, {"issue"},
	} {
		assert.ErrorContains(t, command{run: (&pulumi{}).run}.do(t.Context(), arguments), "usage:")
	}
}
