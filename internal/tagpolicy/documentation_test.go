package tagpolicy_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/tagpolicy"
)

// TestDocumentation: the examples in docs/tag-policy.md are valid.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/tag-policy.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1)
	require.Len(t, blocks, 2)
	policy, err := tagpolicy.Parse(blocks[0][1])
	require.NoError(t, err)
	overrides, err := tagpolicy.ParseOverrides(blocks[1][1], policy)
	require.NoError(t, err)

	d := tagpolicy.Decide(policy, overrides, tagpolicy.Asset{Service: "rds", ResourceType: "rds:db", Names: []string{"student-lms"}})
	assert.Equal(t, "수강생 데이터 베이스", d.Tags["AssetType"])
	d = tagpolicy.Decide(policy, overrides, tagpolicy.Asset{Service: "ec2", ResourceType: "ec2:instance", Creator: "lab-7"})
	assert.Equal(t, "실습 서버", d.Tags["AssetType"])
}
