package buckettags_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/lambdas/internal/buckettags"
)

// answers are what a fake S3 says, by bucket.
type answers map[string]func() (*s3.GetBucketTaggingOutput, error)

func (a answers) GetBucketTagging(_ context.Context, in *s3.GetBucketTaggingInput, _ ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error) {
	return a[*in.Bucket]()
}

func TestOf(t *testing.T) {
	refusal := func(code string) func() (*s3.GetBucketTaggingOutput, error) {
		return func() (*s3.GetBucketTaggingOutput, error) { return nil, &smithy.GenericAPIError{Code: code} }
	}
	client := answers{
		"tagged": func() (*s3.GetBucketTaggingOutput, error) {
			return &s3.GetBucketTaggingOutput{TagSet: []types.Tag{{Key: aws.String("Owner"), Value: aws.String("DevOps")}}}, nil
		},
		"bare": refusal("NoSuchTagSet"), "gone": refusal("NoSuchBucket"),
	}
	for bucket, want := range map[string]map[string]string{"tagged": {"Owner": "DevOps"}, "bare": {}} {
		tags, err := buckettags.Of(t.Context(), client, bucket)
		require.NoError(t, err)
		require.Equal(t, want, tags)
	}
	_, err := buckettags.Of(t.Context(), client, "gone")
	require.ErrorContains(t, err, "NoSuchBucket")
}
