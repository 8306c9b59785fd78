package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/gateway"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tagCall = `{"ResourceARNList":["arn:aws:sns:ap-northeast-2:123456789012:t"],"Tags":{"a":"b"}}`

func putFaults(t *testing.T, url, body string) (int, string) {
	t.Helper()
	status, _, text := send(t, signed(t, http.MethodPut, url+"/_sandbox/faults", "", body, nil))
	return status, text
}

// tagMany makes calls of TagResources one after the other and returns their statuses.
func tagMany(t *testing.T, url string, calls int) []int {
	t.Helper()
	var statuses []int
	for range calls {
		status, header, body := send(t, signed(t, "POST", url+"/", "tagging", tagCall,
			http.Header{"X-Amz-Target": {"ResourceGroupsTaggingAPI_20170126.TagResources"}, "Content-Type": {"application/x-amz-json-1.1"}}))
		statuses = append(statuses, status)
		switch status {
		case http.StatusTooManyRequests:
			assert.Contains(t, body, `"__type":"ThrottledException"`)
			assert.Equal(t, "2", header.Get("Retry-After"))
		case http.StatusInternalServerError:
			assert.Contains(t, body, `"__type":"InternalServiceException"`)
		}
	}
	return statuses
}

func TestFaultsRefuseTheirShareAndAreCounted(t *testing.T) {
	server := before(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }, io.Discard)
	assert.NotContains(t, fmt.Sprint(tagMany(t, server.URL, 20)), "429", "no faults at the start")

	const set = `{"seed": 7, "faults": [
		{"service": "tagging", "operation": "TagResources", "percent": 20, "status": 429, "code": "ThrottledException", "retryAfter": 2},
		{"service": "tagging", "operation": "TagResources", "percent": 20, "status": 500, "code": "InternalServiceException"}]}`
	status, _ := putFaults(t, server.URL, set)
	require.Equal(t, http.StatusOK, status)
	first := tagMany(t, server.URL, 100)
	putFaults(t, server.URL, set)
	assert.Equal(t, first, tagMany(t, server.URL, 100), "the same seed gives the same faults")
	status, _, body := send(t, signed(t, "GET", server.URL+"/_sandbox/calls?service=tagging", "", "", nil))
	require.Equal(t, http.StatusOK, status)
	var count gateway.Count
	require.NoError(t, json.Unmarshal([]byte(body), &count))
	assert.Equal(t, 220, count.Total)
	assert.Equal(t, 2*strings.Count(fmt.Sprint(first), "429"), count.Throttled)
	assert.Equal(t, 2*strings.Count(fmt.Sprint(first), "500"), count.Broken)
	assert.Equal(t, count.Failed, count.Throttled+count.Broken)
	assert.InDelta(t, 40, count.Throttled, 20)
	assert.InDelta(t, 40, count.Broken, 20)

	putFaults(t, server.URL, `{"faults": []}`)
	assert.NotContains(t, fmt.Sprint(tagMany(t, server.URL, 20)), "429", "an empty list ends them")
}

func TestAFaultHasTheShapeOfItsService(t *testing.T) {
	server := before(t, func(http.ResponseWriter, *http.Request) { t.Error("the emulator was called") }, io.Discard)
	status, text := putFaults(t, server.URL, `{"faults": [{"service": "ec2", "percent": 100, "status": 503, "code": "RequestLimitExceeded"}]}`)
	require.Equal(t, http.StatusOK, status, text)
	status, _, body := send(t, signed(t, "POST", server.URL+"/", "ec2", "Action=DescribeTags&Version=2016-11-15",
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}))
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, body, "<Response><Errors><Error><Code>RequestLimitExceeded</Code>")
}

func TestFaultsThatAreRefused(t *testing.T) {
	server := before(t, func(http.ResponseWriter, *http.Request) {}, io.Discard)
	for name, c := range map[string]struct {
		body     string
		contains []string
	}{
		"every fault of the list": {`{"faults": [{"service": "ec2", "percent": 10, "status": 429, "code": "x"}, {"percent": 101, "status": 200, "retryAfter": -1}]}`,
			[]string{"faults[1]: service is missing", "faults[1]: code is missing", "faults[1]: percent", "faults[1]: status", "faults[1]: retryAfter"}},
		"an unknown field": {`{"faults": [{"services": "ec2"}]}`, []string{"services"}},
		"no JSON":          {`faults`, []string{"the body must be"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := putFaults(t, server.URL, c.body)
			assert.Equal(t, http.StatusBadRequest, status)
			for _, part := range c.contains {
				assert.Contains(t, text, part)
			}
		})
	}
	status, _, _ := send(t, signed(t, http.MethodPut, server.URL+"/_sandbox/calls", "", "{}", nil))
	assert.Equal(t, http.StatusNotFound, status, "nothing else may be put")
	page := signed(t, http.MethodPut, server.URL+"/_sandbox/faults", "", `{"faults": []}`, http.Header{"Origin": {"https://example.com"}})
	status, _, _ = send(t, page)
	assert.Equal(t, http.StatusForbidden, status, "a web page may not")
	status, _, text := send(t, signed(t, http.MethodGet, server.URL+"/_sandbox/faults", "", "", nil))
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"seed": 0, "faults": []}`, text)
}

// hooks takes every post.
type hooks struct{ taken []string }

func (h *hooks) Post(webhook string, body []byte) *api.Answer {
	h.taken = append(h.taken, webhook+" "+string(body))
	return &api.Answer{Status: http.StatusOK, Body: []byte("ok")}
}

// TestSlackIsToldToFail: posts are taken, refused with Retry-After, or hang for longer than their sender waits.
func TestSlackIsToldToFail(t *testing.T) {
	slack := &hooks{}
	server := beforeSlack(t, func(http.ResponseWriter, *http.Request) { t.Error("the emulator was asked") }, io.Discard, slack)
	post := func(timeout time.Duration) (*http.Response, error) {
		client := http.Client{Timeout: timeout}
		answer, err := client.Post(server.URL+"/_sandbox/slack/services/T/B/x", "application/json", strings.NewReader(`{"text":"a"}`))
		if err == nil {
			require.NoError(t, answer.Body.Close())
		}
		return answer, err
	}
	const fault = `{"seed": 1, "faults": [{"service": "slack", "percent": 100, "status": %d, "code": "rate_limited"%s}]}`
	got, err := post(time.Minute)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, got.StatusCode)
	assert.Equal(t, []string{`/services/T/B/x {"text":"a"}`}, slack.taken)

	putFaults(t, server.URL, fmt.Sprintf(fault, 429, `, "retryAfter": 3`))
	got, err = post(time.Minute)
	require.NoError(t, err)
	assert.Equal(t, http.StatusTooManyRequests, got.StatusCode)
	assert.Equal(t, "3", got.Header.Get("Retry-After"))

	putFaults(t, server.URL, fmt.Sprintf(fault, 503, `, "holdSeconds": 60`))
	_, err = post(100 * time.Millisecond)
	require.ErrorContains(t, err, "Client.Timeout")
	assert.Len(t, slack.taken, 1)

	status, body := putFaults(t, server.URL, fmt.Sprintf(fault, 503, `, "holdSeconds": 61`))
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, body, "holdSeconds must be 0 to 60")
	putFaults(t, server.URL, `{"seed": 1, "faults": []}`)
	_, _, body = send(t, signed(t, "GET", server.URL+"/_sandbox/calls?service=slack", "", "", nil))
	assert.Contains(t, body, `"total":`)
}
