package config

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

var sandbox = []string{
	"AWS_ENDPOINT_URL=http://127.0.0.1:4566", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
	"AWS_REGION=ap-northeast-2", "HOME=/home/someone",
}

func TestCheckLocalAccepts(t *testing.T) {
	for name, environ := range map[string][]string{
		"the sandbox":         sandbox,
		"no keys":             {"AWS_ENDPOINT_URL=http://localhost:4566"},
		"IPv6":                {"AWS_ENDPOINT_URL=http://[::1]:4566"},
		"other loopback":      {"AWS_ENDPOINT_URL=http://127.8.9.1:4566"},
		"a service":           slices.Concat(sandbox, []string{"AWS_ENDPOINT_URL_S3=http://127.0.0.1:4567"}),
		"empty variables":     slices.Concat(sandbox, []string{"AWS_PROFILE=", "AWS_ENDPOINT_URL_S3=", "AWS_SESSION_TOKEN="}),
		"endpoints not off":   slices.Concat(sandbox, []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false"}),
		"metadata switched":   slices.Concat(sandbox, []string{"AWS_EC2_METADATA_DISABLED=true"}),
		"old name, loopback":  slices.Concat(sandbox, []string{"TF_AWS_STS_ENDPOINT=http://127.0.0.1:4566"}),
		"mapped IPv4 address": {"AWS_ENDPOINT_URL=http://[::ffff:127.0.0.1]:4566"},
	} {
		t.Run(name, func(t *testing.T) { assert.NoError(t, CheckLocal(environ)) })
	}
}

func TestCheckLocalRefuses(t *testing.T) {
	cases := map[string]struct {
		environ []string
		fault   string
	}{
		"no endpoint":         {nil, "AWS_ENDPOINT_URL is not set"},
		"real endpoint":       {[]string{"AWS_ENDPOINT_URL=https://sts.amazonaws.com"}, "not on the loopback interface"},
		"look-alike":          {[]string{"AWS_ENDPOINT_URL=http://127.0.0.1.example.com"}, "not on the loopback interface"},
		"user part":           {[]string{"AWS_ENDPOINT_URL=http://127.0.0.1@example.com"}, "not on the loopback interface"},
		"every interface":     {[]string{"AWS_ENDPOINT_URL=http://0.0.0.0:4566"}, "not on the loopback interface"},
		"no URL":              {[]string{"AWS_ENDPOINT_URL=127.0.0.1:4566"}, "not on the loopback interface"},
		"one real service":    {slices.Concat(sandbox, []string{"AWS_ENDPOINT_URL_S3=https://s3.amazonaws.com"}), "AWS_ENDPOINT_URL_S3 is"},
		"old name":            {slices.Concat(sandbox, []string{"TF_AWS_IAM_ENDPOINT=https://iam.amazonaws.com"}), "TF_AWS_IAM_ENDPOINT is"},
		"endpoints ignored":   {slices.Concat(sandbox, []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=TRUE"}), "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"},
		"real key":            {slices.Concat(sandbox[:1], []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"}), "AWS_ACCESS_KEY_ID is not the dummy"},
		"real secret":         {slices.Concat(sandbox[:1], []string{"AWS_SECRET_ACCESS_KEY=hunter2"}), "AWS_SECRET_ACCESS_KEY is not the dummy"},
		"session":             {slices.Concat(sandbox, []string{"AWS_SESSION_TOKEN=x"}), "AWS_SESSION_TOKEN is set"},
		"profile":             {slices.Concat(sandbox, []string{"AWS_PROFILE=prod"}), "AWS_PROFILE is set"},
		"web identity":        {slices.Concat(sandbox, []string{"AWS_WEB_IDENTITY_TOKEN_FILE=/t"}), "AWS_WEB_IDENTITY_TOKEN_FILE is set"},
		"role":                {slices.Concat(sandbox, []string{"AWS_ROLE_ARN=arn"}), "AWS_ROLE_ARN is set"},
		"container, relative": {slices.Concat(sandbox, []string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x"}), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set"},
		"container, full":     {slices.Concat(sandbox, []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://x"}), "AWS_CONTAINER_CREDENTIALS_FULL_URI is set"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { assert.ErrorContains(t, CheckLocal(c.environ), c.fault) })
	}
}

func TestCheckLocalNamesAllFaultsAndNoSecret(t *testing.T) {
	err := CheckLocal([]string{
		"AWS_ENDPOINT_URL=https://user:hunter2@example.com", "AWS_SECRET_ACCESS_KEY=hunter2", "AWS_PROFILE=prod",
	})
	assert.ErrorContains(t, err, "AWS_ENDPOINT_URL")
	assert.ErrorContains(t, err, "AWS_SECRET_ACCESS_KEY")
	assert.ErrorContains(t, err, "AWS_PROFILE")
	assert.ErrorContains(t, err, "make up")
	assert.NotContains(t, err.Error(), "hunter2")
}

func TestCheckAccount(t *testing.T) {
	assert.NoError(t, CheckAccount([]string{"AWS_PROFILE=prod", "AWS_ENDPOINT_URL_S3=https://bucket.vpce.example.com"}))
	err := CheckAccount(slices.Concat(sandbox, []string{"AWS_ENDPOINT_URL_S3=http://localhost:1"}))
	assert.ErrorContains(t, err, "AWS_ENDPOINT_URL is http://127.0.0.1:4566: unset it")
	assert.ErrorContains(t, err, "AWS_ENDPOINT_URL_S3 is http://localhost:1: unset it")
}
