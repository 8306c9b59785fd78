package gateway_test

import (
	"io"
	"net/http"
	"strings"

	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"
)

type sqsName = sqstypes.QueueAttributeName

// authorization is a signature that names a service; moto does not check it.
func authorization(service string) string {
	return "AWS4-HMAC-SHA256 Credential=test/20260101/" + region + "/" + service + "/aws4_request, SignedHeaders=host, Signature=00"
}

// json makes a call of the AWS JSON protocol that must succeed.
func (c *cloud) json(service, target, body string) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+"/", strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header.Set("Authorization", authorization(service))
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	res, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, res.Body.Close())
	require.Equal(c.t, http.StatusOK, res.StatusCode, string(text))
	return string(text)
}
