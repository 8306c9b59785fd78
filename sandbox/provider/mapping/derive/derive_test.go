package derive

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/provider/internal/real"
)

// The committed mapping is what its sources give. When this fails, run `go generate ./mapping` and read the change.
func TestCommittedMappingIsFresh(t *testing.T) {
	fresh, report, err := FromSources(context.Background(), real.Provider(t))
	require.NoError(t, err)
	committed, err := os.ReadFile(filepath.Join("..", "mapping.json"))
	require.NoError(t, err)
	if string(fresh) != string(committed) { // not assert.Equal: the difference would be half a megabyte
		path := filepath.Join(t.TempDir(), "mapping.json")
		require.NoError(t, os.WriteFile(path, fresh, 0o644))
		t.Errorf("mapping.json is not what pulumi-aws and terraform-provider-aws give; run `go generate ./mapping`")
	}
	assert.Equal(t, 1526, report.Resources)
	assert.Equal(t, 608, report.Functions)
	for _, line := range report.Leftovers {
		assert.NotContains(t, line, "aws_", "every type of the Terraform provider has a token")
	}
}

func TestReadSDK(t *testing.T) {
	sdk, err := ReadSDK(filepath.Join("testdata", "sdk"))
	require.NoError(t, err)
	topic := sdk.Resources["aws:sns/topic:Topic"]
	require.NotNil(t, topic)
	assert.Equal(t, Properties{
		"name":   {Kind: "string"},
		"arn":    {Kind: "string", Required: true},
		"policy": {Kind: "any"},
		"code":   {Kind: "archive"},
		"tags":   {Kind: "map", Element: &Shape{Kind: "string"}},
		"rules":  {Kind: "list", Element: &Shape{Kind: "object", Object: "sns.TopicRule"}},
		"region": {Kind: "object", Object: "index.Region"},
	}, topic.Inputs)
	assert.Equal(t, Properties{"name": {Kind: "string"}, "size": {Kind: "int"}}, topic.Outputs)
	assert.Equal(t, Properties{"days": {Kind: "int"}, "on": {Kind: "bool"}}, sdk.Objects["sns.TopicRule"])
	find := sdk.Functions["aws:sns/getTopic:getTopic"]
	require.NotNil(t, find)
	assert.Equal(t, Properties{"name": {Kind: "string", Required: true}}, find.Inputs)
	assert.Equal(t, Properties{"arn": {Kind: "string", Required: true}}, find.Outputs)
}

func TestReadSDKWithoutArguments(t *testing.T) {
	_, err := ReadSDK(filepath.Join("testdata", "broken"))
	assert.ErrorContains(t, err, "aws:sns/topic:Topic: no arguments struct for Topic in package sns")
}

func TestPlain(t *testing.T) {
	for name, want := range map[string]string{
		"log_group_name": "loggroupname", "policies": "policy", "addresses": "address", "boxes": "box",
		"batches": "batch", "rules": "rule", "kmsKeyArn": "kmskeyarn",
	} {
		assert.Equal(t, want, plain(name), name)
	}
}

func TestNameLikeness(t *testing.T) {
	cases := []struct {
		token, terraform string
		want             float64
	}{
		{"aws:sns/topic:Topic", "aws_sns_topic", 1},
		{"aws:ec2/vpc:Vpc", "aws_vpc", 0.98},
		{"aws:s3/bucketVersioningV2:BucketVersioningV2", "aws_s3_bucket_versioning", 0.9},
		{"aws:index/getRegion:getRegion", "aws_region", 1},
		{"aws:sns/topic:Topic", "aws_kms_key", 0},
	}
	for _, c := range cases {
		assert.Equal(t, c.want, nameLikeness(c.token, c.terraform), c.token)
	}
	near := nameLikeness("aws:lambda/eventSourceMapping:EventSourceMapping", "aws_lambda_event_source_mappings")
	far := nameLikeness("aws:lambda/eventSourceMapping:EventSourceMapping", "aws_dynamodb_table")
	assert.Greater(t, near, far)
}
