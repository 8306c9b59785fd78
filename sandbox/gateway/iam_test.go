package gateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTagsOfAnInstanceProfile(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	client := iam.NewFromConfig(c.config("test"))
	name := aws.String("web")
	_, err := client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{
		InstanceProfileName: name, Tags: []types.Tag{{Key: aws.String("Owner"), Value: aws.String("R&D")}}})
	require.NoError(t, err)
	_, err = client.TagInstanceProfile(ctx, &iam.TagInstanceProfileInput{
		InstanceProfileName: name, Tags: []types.Tag{{Key: aws.String("AssetType"), Value: aws.String("웹 서버")}}})
	require.NoError(t, err)

	out, err := client.ListInstanceProfileTags(ctx, &iam.ListInstanceProfileTagsInput{InstanceProfileName: name})
	require.NoError(t, err)
	tags := map[string]string{}
	for _, tag := range out.Tags {
		tags[*tag.Key] = *tag.Value
	}
	assert.Equal(t, map[string]string{"Owner": "R&D", "AssetType": "웹 서버"}, tags)
	assert.False(t, out.IsTruncated)

	_, err = client.ListInstanceProfileTags(ctx, &iam.ListInstanceProfileTagsInput{InstanceProfileName: aws.String("none")})
	var missing *types.NoSuchEntityException
	assert.ErrorAs(t, err, &missing)
}
