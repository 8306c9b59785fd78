package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
	"assetguard/sandbox/emulator"
	"assetguard/sandbox/gateway"
	"assetguard/sandbox/securityhub"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// models opens botocore's models.
func models(t *testing.T) *apimodel.Library {
	t.Helper()
	found, err := emulator.Find(t.Context(), filepath.Join(os.TempDir(), "assetguard-moto"), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	library, err := apimodel.Open(found.Models)
	require.NoError(t, err)
	return library
}

type silentBus struct{}

func (silentBus) Put(context.Context, string, string, map[string]any) {}

// Fire knows one schedule: daily.
func (silentBus) Fire(_ context.Context, region, name string) error {
	if name != "daily" {
		return fmt.Errorf("no schedule %s in %q", name, region)
	}
	return nil
}

// before returns a gateway before an upstream that a test plays.
func before(t *testing.T, upstream http.HandlerFunc, log io.Writer, supplements ...api.Supplement) *httptest.Server {
	t.Helper()
	return beforeSlack(t, upstream, log, nil, supplements...)
}

func beforeSlack(t *testing.T, upstream http.HandlerFunc, log io.Writer, slack gateway.Slack, supplements ...api.Supplement) *httptest.Server {
	t.Helper()
	emulated := httptest.NewServer(upstream)
	t.Cleanup(emulated.Close)
	gate, err := gateway.New(gateway.Options{
		Upstream: emulated.URL, Library: models(t), Bus: silentBus{}, AccountID: account, AccessLog: log,
		Findings: securityhub.New(securityhub.Options{AccountID: account, Bus: silentBus{}}),
		Log:      slog.New(slog.DiscardHandler), Supplements: supplements, Slack: slack, Versions: map[string]string{"moto": "5.2.1"},
	})
	require.NoError(t, err)
	server := httptest.NewServer(gate)
	t.Cleanup(server.Close)
	return server
}

func send(t *testing.T, r *http.Request) (int, http.Header, string) {
	t.Helper()
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode, res.Header, string(body)
}

func signed(t *testing.T, method, target, service, body string, header http.Header) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	require.NoError(t, err)
	for k, v := range header {
		r.Header[k] = v
	}
	if service != "" {
		r.Header.Set("Authorization", authorization(service))
	}
	return r
}

func refusing(service, operation string) api.Supplement {
	return api.Supplement{Service: service, Handle: map[string]api.Handler{operation: func(context.Context, *api.Call) (*api.Answer, error) {
		return nil, &api.Error{Code: "ThingNotFound", Message: "no <thing> & no other", Status: http.StatusNotFound}
	}}}
}

func TestErrorShapes(t *testing.T) {
	server := before(t, func(http.ResponseWriter, *http.Request) { t.Error("the emulator was called") }, io.Discard,
		refusing("sqs", "DeleteQueue"), refusing("rds", "DeleteDBInstance"), refusing("ec2", "DeleteVolume"), refusing("s3", "DeleteBucket"), refusing("lambda", "DeleteFunction"), refusing("monitoring", "DeleteDashboards"))
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for name, c := range map[string]struct {
		request  *http.Request
		contains []string
		typed    string
	}{
		"json":      {signed(t, "POST", server.URL+"/", "sqs", `{"QueueUrl":"http://x/q"}`, http.Header{"X-Amz-Target": {"AmazonSQS.DeleteQueue"}}), []string{`"__type":"ThingNotFound"`, `"message":"no \u003cthing\u003e \u0026 no other"`}, "ThingNotFound"},
		"query":     {signed(t, "POST", server.URL+"/", "rds", "Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=a", form), []string{"<ErrorResponse><Error><Type>Sender</Type><Code>ThingNotFound</Code>", "no &lt;thing&gt; &amp; no other"}, ""},
		"ec2":       {signed(t, "POST", server.URL+"/", "ec2", "Action=DeleteVolume&Version=2016-11-15&VolumeId=v", form), []string{"<Response><Errors><Error><Code>ThingNotFound</Code>", "</RequestID></Response>"}, ""},
		"rest-xml":  {signed(t, "DELETE", server.URL+"/bucket", "s3", "", nil), []string{"<Error><Code>ThingNotFound</Code>"}, ""},
		"rest-json": {signed(t, "DELETE", server.URL+"/2015-03-31/functions/f", "lambda", "", nil), []string{`"message":"no \u003cthing\u003e`}, "ThingNotFound"},
		"cbor":      {signed(t, "POST", server.URL+"/service/GraniteServiceVersion20100801/operation/DeleteDashboards", "monitoring", "\xa0", http.Header{"Smithy-Protocol": {"rpc-v2-cbor"}}), []string{"__type", "ThingNotFound"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, header, body := send(t, c.request)
			assert.Equal(t, http.StatusNotFound, status)
			for _, text := range c.contains {
				assert.Contains(t, body, text)
			}
			assert.Equal(t, c.typed, header.Get("X-Amzn-Errortype"))
			assert.NotEmpty(t, header.Get("X-Amzn-Requestid"))
		})
	}
}

func TestTheOrderOfASupplement(t *testing.T) {
	var order []string
	server := before(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		order = append(order, "emulator "+string(body))
		_, err = io.WriteString(w, `{"Messages":[]}`)
		assert.NoError(t, err)
	}, io.Discard, api.Supplement{
		Service: "sqs",
		Before: map[string]api.Before{"ReceiveMessage": func(_ context.Context, c *api.Call) error {
			order = append(order, "before "+c.Input["QueueUrl"].(string))
			c.Body = []byte(`{"changed":true}`)
			return nil
		}},
		Handle: map[string]api.Handler{"ReceiveMessage": func(context.Context, *api.Call) (*api.Answer, error) {
			order = append(order, "handle")
			return nil, nil
		}},
		Mend: map[string]api.Mend{"ReceiveMessage": func(_ context.Context, _ *api.Call, a *api.Answer) error {
			order = append(order, "mend")
			a.Body = []byte(`{"Messages":null}`)
			return nil
		}},
		Observe: map[string]api.Observe{"ReceiveMessage": func(_ context.Context, _ *api.Call, a *api.Answer) {
			order = append(order, "observe "+string(a.Body))
		}},
	})
	_, _, body := send(t, signed(t, "POST", server.URL+"/", "sqs", `{"QueueUrl":"http://x/q"}`, http.Header{"X-Amz-Target": {"AmazonSQS.ReceiveMessage"}}))
	assert.JSONEq(t, `{"Messages":null}`, body)
	assert.Equal(t, []string{"before http://x/q", "handle", `emulator {"changed":true}`, "mend", `observe {"Messages":null}`}, order)
}

func TestUnknownCallsPassUnchanged(t *testing.T) {
	type seen struct{ method, uri, host, header, body string }
	var got seen
	server := before(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		got = seen{r.Method, r.RequestURI, r.Host, r.Header.Get("X-Custom"), string(body)}
		w.Header().Set("X-Answer", "yes")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusTeapot)
		_, err = w.Write([]byte{0x1f, 0x8b, 1, 2})
		assert.NoError(t, err)
	}, io.Discard)
	for name, service := range map[string]string{"unsigned": "", "unknown service": "quantum-toaster", "unknown operation": "sqs"} {
		t.Run(name, func(t *testing.T) {
			status, header, body := send(t, signed(t, "PUT", server.URL+"/a%2Fb/c?x=1&y=%20", service, "bytes\x00", http.Header{"X-Custom": {"kept"}}))
			host, err := url.Parse(server.URL)
			require.NoError(t, err)
			assert.Equal(t, seen{"PUT", "/a%2Fb/c?x=1&y=%20", host.Host, "kept", "bytes\x00"}, got)
			assert.Equal(t, http.StatusTeapot, status)
			assert.Equal(t, "yes", header.Get("X-Answer"))
			assert.Equal(t, "\x1f\x8b\x01\x02", body)
		})
	}
}

func TestPresignedURLsAreResolved(t *testing.T) {
	var log strings.Builder
	server := before(t, func(http.ResponseWriter, *http.Request) {}, &log)
	send(t, signed(t, "GET", server.URL+"/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA1%2F20260101%2Fap-northeast-2%2Fs3%2Faws4_request&X-Amz-Signature=0", "", "", nil))
	assert.Contains(t, log.String(), " s3 ap-northeast-2 GetObject 200 ")
	assert.Contains(t, log.String(), " AKIA1\n")
}

func TestWebPagesAreRefused(t *testing.T) {
	called := false
	server := before(t, func(http.ResponseWriter, *http.Request) { called = true }, io.Discard)
	for name, change := range map[string]func(*http.Request){
		"rebound name":   func(r *http.Request) { r.Host = "evil.example:4566" },
		"other origin":   func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"null origin":    func(r *http.Request) { r.Header.Set("Origin", "null") },
		"cross-site GET": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, "GET", server.URL+"/", "s3", "", nil)
			change(r)
			status, _, body := send(t, r)
			assert.Equal(t, http.StatusForbidden, status)
			assert.Contains(t, body, "the sandbox")
			assert.False(t, called)
		})
	}
	for _, host := range []string{"localhost:4566", "bucket.s3.localhost:4566", "[::1]:4566", "bucket.s3.ap-northeast-2.amazonaws.com"} {
		r := signed(t, "GET", server.URL+"/", "s3", "", nil)
		r.Host = host
		status, _, _ := send(t, r)
		assert.Equal(t, http.StatusOK, status, host)
	}
}

func TestHealthAndCounts(t *testing.T) {
	up := true
	server := before(t, func(w http.ResponseWriter, _ *http.Request) {
		if !up {
			w.WriteHeader(http.StatusBadGateway)
		}
	}, io.Discard)
	get := func(path string, into any) int {
		status, _, body := send(t, signed(t, "GET", server.URL+path, "", "", nil))
		require.NoError(t, json.Unmarshal([]byte(body), into), body)
		return status
	}
	var h gateway.Health
	assert.Equal(t, http.StatusOK, get("/_sandbox/health", &h))
	assert.True(t, h.Emulator)
	assert.NotEmpty(t, h.Instance)
	assert.Equal(t, map[string]string{"moto": "5.2.1"}, h.Versions)
	up = false
	assert.Equal(t, http.StatusServiceUnavailable, get("/_sandbox/health", &h))
	assert.False(t, h.Emulator)

	send(t, signed(t, "PUT", server.URL+"/bucket", "s3", "", nil))
	send(t, signed(t, "GET", server.URL+"/bucket?policy", "s3", "", nil))
	var n gateway.Count
	get("/_sandbox/calls?service=s3", &n)
	assert.Equal(t, gateway.Count{Total: 2, Failed: 2, Operations: map[string]map[string]int{"s3": {"CreateBucket": 1, "GetBucketPolicy": 1}}}, n)
	get("/_sandbox/calls?service=s3&operation=CreateBucket", &n)
	assert.Equal(t, 1, n.Total)
}

func TestAnEventIsTakenAsFromAService(t *testing.T) {
	bus := &recordingBus{came: make(chan struct{}, 10)}
	gate, err := gateway.New(gateway.Options{Upstream: "http://127.0.0.1:1", Library: models(t), Bus: bus, Findings: securityhub.New(securityhub.Options{AccountID: "123456789012", Bus: bus}), AccountID: "123456789012", AccessLog: io.Discard, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	server := httptest.NewServer(gate)
	defer server.Close()
	post := func(body string) (int, string) {
		status, _, said := send(t, signed(t, "POST", server.URL+"/_sandbox/events", "", body, nil))
		return status, said
	}
	for _, body := range []string{``, `[]`, `null`, `{"source":"aws.ec2","detail-type":"x","detail":{}}`, `{"region":"r","source":"aws.ec2","detail-type":"x","detail":"{}"}`} {
		status, said := post(body)
		assert.Equal(t, http.StatusBadRequest, status, body)
		assert.Contains(t, said, "not an event", body)
	}
	status, _ := post(`{"region":"us-east-1","source":"aws.ec2","detail-type":"x","account":"111122223333","detail":{"a":1}}`)
	require.Equal(t, http.StatusAccepted, status)
	ended, end := context.WithCancel(t.Context())
	end()
	require.NoError(t, gate.Run(ended, 10*time.Second))
	require.Len(t, bus.kept, 1)
	assert.Equal(t, "111122223333", at(t, bus.kept[0], "account"))
	assert.NotEmpty(t, at(t, bus.kept[0], "id"))
	assert.NotEmpty(t, at(t, bus.kept[0], "time"))

	r := signed(t, "POST", server.URL+"/_sandbox/events", "", `{}`, http.Header{"Origin": {"https://evil.example"}})
	status, _, _ = send(t, r)
	assert.Equal(t, http.StatusForbidden, status)
}

func TestAScheduleIsFiredByHand(t *testing.T) {
	server := before(t, http.NotFound, io.Discard)
	for _, c := range []struct {
		query, origin, said string
		status              int
	}{
		{query: "name=daily", status: http.StatusAccepted},
		{query: "name=weekly&region=us-east-1", status: http.StatusConflict, said: `no schedule weekly in "us-east-1"`},
		{query: "", status: http.StatusBadRequest, said: "name is missing"},
		{query: "name=daily", origin: "https://evil.example", status: http.StatusForbidden, said: "web pages"},
	} {
		var header http.Header
		if c.origin != "" {
			header = http.Header{"Origin": {c.origin}}
		}
		status, _, said := send(t, signed(t, "POST", server.URL+"/_sandbox/schedules?"+c.query, "", "", header))
		assert.Equal(t, c.status, status, c.query)
		assert.Contains(t, said, c.said, c.query)
	}
}

func TestEventsOutliveTheEnd(t *testing.T) {
	emulated := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, `{}`)
		assert.NoError(t, err)
	}))
	defer emulated.Close()
	bus := &recordingBus{came: make(chan struct{}, 10)}
	gate, err := gateway.New(gateway.Options{Upstream: emulated.URL, Library: models(t), Bus: bus, Findings: securityhub.New(securityhub.Options{AccountID: "123456789012", Bus: bus}), AccountID: "123456789012", AccessLog: io.Discard, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	server := httptest.NewServer(gate)
	defer server.Close()
	c := &cloud{t: t, bus: bus, url: server.URL, gate: gate}
	c.trail()
	c.json("logs", "Logs_20140328.CreateLogGroup", `{"logGroupName":"a"}`)
	c.json("logs", "Logs_20140328.CreateLogGroup", `{"logGroupName":"b"}`)
	ended, end := context.WithCancel(t.Context())
	end()
	require.NoError(t, gate.Run(ended, 10*time.Second), "what waits is delivered after the end")
	require.Equal(t, []string{"StartLogging", "CreateLogGroup", "CreateLogGroup"}, c.names())
	assert.Equal(t, "b", at(t, bus.kept[2], "detail", "requestParameters", "logGroupName"))
}
