package regional_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"

	"assetguard/lambdas/internal/regional"
)

func TestClientsAreMadeOncePerRegion(t *testing.T) {
	var built []string
	cfg := aws.Config{Region: "ap-northeast-2"}
	clients := regional.Clients(cfg, func(there aws.Config) string {
		built = append(built, there.Region)
		return "clients of " + there.Region
	})
	assert.Empty(t, built, "none before the first is asked for")
	for range 2 {
		assert.Equal(t, "clients of us-east-1", clients("us-east-1"))
		assert.Equal(t, "clients of ap-northeast-2", clients("ap-northeast-2"))
	}
	assert.Equal(t, []string{"us-east-1", "ap-northeast-2"}, built)
	assert.Equal(t, "ap-northeast-2", cfg.Region)
}

func TestOfGlobal(t *testing.T) {
	for partition, want := range map[string]string{"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"} {
		assert.Equal(t, want, regional.OfGlobal(partition))
	}
}
