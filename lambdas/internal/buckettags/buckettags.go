// Package buckettags reads the tags of S3 buckets, for the functions that tag and that list them.
package buckettags

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// S3 is what is asked of S3.
type S3 interface {
	GetBucketTagging(context.Context, *s3.GetBucketTaggingInput, ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error)
}

// Of returns the tags of a bucket; one that was never tagged has none, which S3 calls an error.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html
func Of(ctx context.Context, client S3, bucket string) (map[string]string, error) {
	tags := map[string]string{}
	out, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &bucket})
	var fault smithy.APIError
	if errors.As(err, &fault) && fault.ErrorCode() == "NoSuchTagSet" {
		return tags, nil
	}
	if err != nil {
		return nil, err
	}
	for _, tag := range out.TagSet {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}
