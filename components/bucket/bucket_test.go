package bucket_test

import (
	"testing"

	"assetguard/components/bucket"
	"assetguard/internal/iampolicy"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func newBucket(args *bucket.Args) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error {
		_, err := bucket.New(ctx, "files", args)
		return err
	}})
}

func TestBucketIsPrivateEncryptedVersionedAndTLSOnly(t *testing.T) {
	r, err := newBucket(&bucket.Args{
		Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), ArchiveAfterDays: 90, ExpireAfterDays: 365,
	})
	require.NoError(t, err)
	require.Equal(t, "assetguard-test-files-123456789012-ap-northeast-2",
		r.Inputs(t, "aws:s3/bucketV2:BucketV2", "files")["bucket"])
	block := r.Inputs(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "files")
	for _, field := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		require.Equal(t, true, block[field], field)
	}
	encryption := r.Inputs(t, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "files")
	require.Equal(t, []any{map[string]any{
		"bucketKeyEnabled":                   true,
		"applyServerSideEncryptionByDefault": map[string]any{"kmsMasterKeyId": "arn:key", "sseAlgorithm": "aws:kms"},
	}}, encryption["rules"])
	require.Equal(t, map[string]any{"status": "Enabled"},
		r.Inputs(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", "files")["versioningConfiguration"])
	require.Contains(t, r.Document(t, "aws:s3/bucketPolicy:BucketPolicy", "files", "policy"), "DenyInsecureTransport")
	require.Len(t, r.Inputs(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "files")["rules"], 3)
}

func TestBucketForWritersWithoutTheKey(t *testing.T) {
	r, err := newBucket(&bucket.Args{Place: recorder.Place(), S3Key: true, Prefix: "awsconfigconforms"})
	require.NoError(t, err)
	// The whole name has 68 characters, and S3 takes 63.
	require.Equal(t, "awsconfigconforms-assetguard-test-files-123456789012-a-5aec8ed3",
		r.Inputs(t, "aws:s3/bucketV2:BucketV2", "files")["bucket"])
	encryption := r.Inputs(t, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "files")
	require.Equal(t, []any{map[string]any{
		"bucketKeyEnabled": false, "applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"},
	}}, encryption["rules"])
	_, err = newBucket(&bucket.Args{Place: recorder.Place(), S3Key: true, KeyArn: pulumi.String("arn:key")})
	require.ErrorContains(t, err, "give KeyArn or S3Key, not both")
}

func TestBucketReportsEveryFault(t *testing.T) {
	r, err := newBucket(&bucket.Args{
		Place: recorder.Place(), ArchiveAfterDays: 90, ExpireAfterDays: 30,
		Access: func(string) []iampolicy.Statement { return []iampolicy.Statement{{Sid: "x y"}} },
	})
	require.ErrorContains(t, err, "bucket files: KeyArn is required")
	require.ErrorContains(t, err, "ArchiveAfterDays (90) must be less than ExpireAfterDays (30)")
	require.ErrorContains(t, err, "Sid must be letters and digits")
	require.Empty(t, r.Keys())
}
