package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func example(outcome, output string, drift bool) preview {
	return preview{
		Stack: "dev", Drift: drift, Outcome: outcome, Output: strings.TrimSpace(output),
		Commit: "0123456789abcdef0123", Run: "https://github.com/example/assetguard/actions/runs/7",
	}
}

func TestMarkdown(t *testing.T) {
	tests := map[string]preview{
		"changes":   example(changes, sample(t, "changes.txt"), false),
		"unchanged": example(unchanged, sample(t, "unchanged.txt"), false),
		"drift":     example(changes, sample(t, "drift.txt"), true),
		"failed":    example(failed, "Previewing update (dev):\nerror: no stack named 'dev' found", false),
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".golden.md")
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(p.markdown()), 0o600))
			}
			golden, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(golden), p.markdown())
		})
	}
}

// What GitHub refuses would lose the whole comment.
func TestMarkdownFitsIntoAComment(t *testing.T) {
	line := "    + aws:s3/bucketV2:BucketV2: (create) 수강생 데이터\n"
	for _, size := range []int{1, 900, 1000, 1050, 1100, 20_000} {
		p := example(changes, strings.Repeat(line, size)+"Resources:\n    + 9 to create\n", false)
		body := p.markdown()
		assert.LessOrEqual(t, len(body), bodyLimit, size)
		assert.True(t, utf8.ValidString(body))
		assert.True(t, strings.Contains(body, "+     9 to create"), "the counts are kept")
		assert.True(t, strings.HasSuffix(body, "</sub>\n"), "the end is whole")
		assert.Equal(t, 2, strings.Count(body, "```"))
		if left := strings.Contains(body, "lines are left out here"); left {
			assert.Greater(t, len(body), bodyLimit*9/10, "no more is left out than must be")
		} else {
			assert.Less(t, size, 1100)
		}
	}
	body := example(changes, strings.Repeat("x", 200_000), false).markdown()
	assert.LessOrEqual(t, len(body), bodyLimit, "one line that is too long by itself")
}

// A diff holds what anybody wrote into a tag or a policy: it must not end the code block, nor call people.
func TestFenceHolds(t *testing.T) {
	p := example(changes, "    + value: \"```\\n````\\n@everyone\"\nResources:\n    + 1 to create", false)
	assert.Contains(t, p.markdown(), "\n`````diff\n")
	assert.True(t, strings.Contains(p.markdown(), "\n`````\n"))
}

func TestColored(t *testing.T) {
	tests := map[string]string{
		"    + aws:sqs/queue:Queue: (create)":          "+     aws:sqs/queue:Queue: (create)",
		"    ~ aws:sqs/queue:Queue: (update)":          "!     aws:sqs/queue:Queue: (update)",
		"    - aws:sqs/queue:Queue: (delete)":          "-     aws:sqs/queue:Queue: (delete)",
		"    +-aws:sqs/queue:Queue: (replace)":         "+    -aws:sqs/queue:Queue: (replace)",
		"    --aws:sqs/queue:Queue: (delete-replaced)": "-    -aws:sqs/queue:Queue: (delete-replaced)",
		"    --outputs:--":                             "    --outputs:--",
		"  ~ retentionInDays: 30 => 90":                "!   retentionInDays: 30 => 90",
		"        value: \"- not a sign\"":              "        value: \"- not a sign\"",
		"+ at the beginning":                           "+ at the beginning",
	}
	for line, want := range tests {
		assert.Equal(t, want, colored(line))
	}
}

func TestPlanLeavesOutWhatTheRefreshRead(t *testing.T) {
	drift := sample(t, "drift.txt")
	require.Contains(t, drift, "(refresh)")
	kept := plan(drift)
	assert.NotContains(t, kept, "(refresh)")
	assert.NotContains(t, kept, "attachmentCount")
	assert.Contains(t, kept, "retentionInDays: 7 => 30")
	assert.Contains(t, kept, noneExpected)
	changes := sample(t, "changes.txt")
	providers := regexp.MustCompile(`(?m)^ +\[provider=.*\n`)
	assert.Equal(t, providers.ReplaceAllString(changes, ""), plan(changes))
}
