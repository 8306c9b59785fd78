package fakeaws_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/bench/fakeaws"
)

func start(t *testing.T) *fakeaws.Server {
	t.Helper()
	server, err := fakeaws.Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return server
}

func TestObjectsAreKeptUntilReset(t *testing.T) {
	server := start(t)
	given := fakeaws.Account{Objects: map[string][]byte{"given": []byte("x")}}
	server.Reset(given)
	client := s3.New(s3.Options{Region: fakeaws.Region, BaseEndpoint: aws.String(server.URL()), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("dir/new"), Body: strings.NewReader("text")})
	require.NoError(t, err)
	_, err = client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("b"), Key: aws.String("copy"), CopySource: aws.String("b/dir%2Fnew")})
	require.NoError(t, err)
	list, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("b"), Prefix: aws.String("dir/")})
	require.NoError(t, err)
	require.Len(t, list.Contents, 1)
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("b"), Key: aws.String("dir/new")})
	require.NoError(t, err)

	seen := server.Recording()
	require.Equal(t, map[string][]byte{"copy": []byte("text")}, seen.Objects)
	require.Equal(t, map[string]int{"s3:PutObject": 1, "s3:CopyObject": 1, "s3:ListObjectsV2": 1, "s3:DeleteObject": 1}, seen.Calls)
	require.Empty(t, seen.Unknown)

	server.Reset(given)
	require.Empty(t, server.Recording().Objects)
	require.Empty(t, server.Recording().Calls)
}

func TestUnknownCallsAreNamed(t *testing.T) {
	server := start(t)
	client := iam.New(iam.Options{Region: fakeaws.Region, BaseEndpoint: aws.String(server.URL()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	_, err := client.ListGroups(t.Context(), &iam.ListGroupsInput{})
	require.Error(t, err)
	require.Equal(t, []string{"iam:ListGroups"}, server.Recording().Unknown)
}

func TestUnsignedCallsAreRefused(t *testing.T) {
	server := start(t)
	response, err := http.Get(server.URL() + "/bucket/key")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
}
