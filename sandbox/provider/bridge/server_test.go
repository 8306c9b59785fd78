package bridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"assetguard/sandbox/provider/bridge"
	"assetguard/sandbox/provider/internal/real"
	"assetguard/sandbox/provider/mapping"
	"assetguard/sandbox/provider/terraform"
)

// log drops the provider's messages.
type log struct{}

func (log) Log(context.Context, diag.Severity, resource.URN, string) error       { return nil }
func (log) LogStatus(context.Context, diag.Severity, resource.URN, string) error { return nil }

// refusal is a proxy before the emulated AWS that refuses the calls whose body holds the text, while it is set.
type refusal struct {
	text atomic.Value
	next http.Handler
}

func (f *refusal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if text, _ := f.text.Load().(string); text != "" && strings.Contains(string(body), text) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AuthorizationError</Code><Message>refused by the test</Message></Error></ErrorResponse>`)
		return
	}
	f.next.ServeHTTP(w, r)
}

// serve starts the whole bridge over the real provider and an emulated AWS, configured with a region, default tags
// and ignored tags.
func serve(t *testing.T) (*bridge.Server, *refusal) {
	t.Helper()
	binary := real.Provider(t)
	moto, err := url.Parse(real.AWS(t))
	require.NoError(t, err)
	refuse := &refusal{next: httputil.NewSingleHostReverseProxy(moto)}
	proxy := httptest.NewServer(refuse)
	t.Cleanup(proxy.Close)
	t.Setenv("AWS_ENDPOINT_URL", proxy.URL)

	child, err := terraform.Launch(context.Background(), binary)
	require.NoError(t, err)
	t.Cleanup(child.Close)
	m, err := mapping.Load()
	require.NoError(t, err)
	s, err := bridge.NewServer(context.Background(), log{}, child, m, t.TempDir())
	require.NoError(t, err)

	config := properties(t, map[string]any{
		"region": "ap-northeast-2", "maxRetries": "1", "allowedAccountIds": `["123456789012"]`,
		"defaultTags": `{"tags":{"Environment":"PROD"}}`, "ignoreTags": `{"keys":["Creator"]}`,
	})
	checked, err := s.CheckConfig(context.Background(), &pulumirpc.CheckRequest{
		Urn: "urn:pulumi:local::test::pulumi:providers:aws::home", News: config,
	})
	require.NoError(t, err)
	require.Empty(t, checked.Failures)
	_, err = s.Configure(context.Background(), &pulumirpc.ConfigureRequest{
		Args: checked.Inputs, AcceptSecrets: true, AcceptResources: true,
	})
	require.NoError(t, err)
	return s, refuse
}

func properties(t *testing.T, p map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(p)
	require.NoError(t, err)
	return s
}

// held is a resource as the engine holds it between calls.
type held struct {
	t             *testing.T
	s             *bridge.Server
	urn, id       string
	inputs, state *structpb.Struct
}

func hold(t *testing.T, s *bridge.Server, typ, name string) *held {
	return &held{t: t, s: s, urn: "urn:pulumi:local::test::" + typ + "::" + name}
}

func (h *held) check(inputs map[string]any) *structpb.Struct {
	h.t.Helper()
	r, err := h.s.Check(context.Background(), &pulumirpc.CheckRequest{
		Urn: h.urn, Olds: h.inputs, News: properties(h.t, inputs), RandomSeed: []byte("seed"),
	})
	require.NoError(h.t, err)
	require.Empty(h.t, r.Failures)
	return r.Inputs
}

func (h *held) create(inputs map[string]any) error {
	h.t.Helper()
	h.inputs = h.check(inputs)
	r, err := h.s.Create(context.Background(), &pulumirpc.CreateRequest{Urn: h.urn, Properties: h.inputs})
	if err == nil {
		h.id, h.state = r.Id, r.Properties
	}
	return err
}

func (h *held) diff(inputs map[string]any) *pulumirpc.DiffResponse {
	h.t.Helper()
	r, err := h.s.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: h.id, Urn: h.urn, Olds: h.state, OldInputs: h.inputs, News: h.check(inputs),
	})
	require.NoError(h.t, err)
	return r
}

func (h *held) update(inputs map[string]any) {
	h.t.Helper()
	news := h.check(inputs)
	r, err := h.s.Update(context.Background(), &pulumirpc.UpdateRequest{
		Id: h.id, Urn: h.urn, Olds: h.state, OldInputs: h.inputs, News: news,
	})
	require.NoError(h.t, err)
	h.inputs, h.state = news, r.Properties
}

func (h *held) read() bool {
	h.t.Helper()
	r, err := h.s.Read(context.Background(), &pulumirpc.ReadRequest{Id: h.id, Urn: h.urn, Properties: h.state, Inputs: h.inputs})
	require.NoError(h.t, err)
	if r.Id != "" {
		h.state, h.inputs = r.Properties, r.Inputs
	}
	return r.Id != ""
}

func (h *held) delete() {
	h.t.Helper()
	_, err := h.s.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: h.id, Urn: h.urn, Properties: h.state, OldInputs: h.inputs})
	require.NoError(h.t, err)
}

func (h *held) text(name string) string { return h.state.Fields[name].GetStringValue() }

func TestServer(t *testing.T) {
	s, refuse := serve(t)
	t.Run("package", func(t *testing.T) { testPackage(t, s) })
	t.Run("function", func(t *testing.T) { testFunction(t, s) })
	t.Run("life of a topic", func(t *testing.T) { testTopic(t, s) })
	t.Run("policy given as an object", func(t *testing.T) { testRole(t, s) })
	t.Run("half-failed creation", func(t *testing.T) { testHalfFailed(t, s, refuse) })
	t.Run("cancellation", func(t *testing.T) {
		_, err := s.Cancel(context.Background(), &emptypb.Empty{})
		assert.NoError(t, err)
	})
}

func testPackage(t *testing.T, s *bridge.Server) {
	schema, err := s.GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"aws","version":"`+bridge.Version+`"}`, schema.Schema)
	info, err := s.GetPluginInfo(context.Background(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, bridge.Version, info.Version)
}

func testFunction(t *testing.T, s *bridge.Server) {
	r, err := s.Invoke(context.Background(), &pulumirpc.InvokeRequest{
		Tok: "aws:index/getCallerIdentity:getCallerIdentity", Args: properties(t, nil),
	})
	require.NoError(t, err)
	assert.Equal(t, "123456789012", r.Return.Fields["accountId"].GetStringValue())
}

func testTopic(t *testing.T, s *bridge.Server) {
	h := hold(t, s, "aws:sns/topic:Topic", "Operations")
	given := map[string]any{"displayName": "one", "tags": map[string]any{"Name": "operations"}}
	require.NoError(t, h.create(given))
	assert.Regexp(t, `^Operations-[0-9a-f]{7}$`, h.text("name"))
	assert.Equal(t, h.text("arn"), h.id)
	assert.Equal(t, map[string]any{"Name": "operations"}, h.state.Fields["tags"].GetStructValue().AsMap())
	assert.Equal(t, map[string]any{"Name": "operations", "Environment": "PROD"},
		h.state.Fields["tagsAll"].GetStructValue().AsMap(), "default tags reach the Terraform provider")
	assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, h.diff(given).Changes)

	require.True(t, h.read())
	assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, h.diff(given).Changes, "nothing changes after a refresh")

	given["displayName"] = "two"
	assert.Contains(t, h.diff(given).DetailedDiff, "displayName")
	name := h.text("name")
	h.update(given)
	assert.Equal(t, "two", h.text("displayName"))
	assert.Equal(t, name, h.text("name"), "a generated name stays")

	given["fifoTopic"] = true
	replaced := h.diff(given)
	assert.Contains(t, replaced.Replaces, "fifoTopic")
	assert.False(t, replaced.DeleteBeforeReplace, "a generated name is made anew")
	delete(given, "fifoTopic")

	h.delete()
	assert.False(t, h.read())

	fixed := hold(t, s, "aws:sns/topic:Topic", "Operations")
	require.NoError(t, fixed.create(map[string]any{"name": "operations"}))
	replaced = fixed.diff(map[string]any{"name": "operations", "fifoTopic": true})
	assert.Contains(t, replaced.Replaces, "fifoTopic")
	assert.True(t, replaced.DeleteBeforeReplace, "a given name cannot exist twice")
	fixed.delete()
}

func testRole(t *testing.T, s *bridge.Server) {
	h := hold(t, s, "aws:iam/role:Role", "fn")
	document := map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": "lambda.amazonaws.com"},
		}},
	}
	given := map[string]any{"assumeRolePolicy": document, "tags": map[string]any{"Creator": "someone", "Name": "fn"}}
	require.NoError(t, h.create(given))
	var stored map[string]any
	require.NoError(t, json.Unmarshal([]byte(h.text("assumeRolePolicy")), &stored))
	assert.Equal(t, document, stored)
	assert.NotContains(t, h.state.Fields["tagsAll"].GetStructValue().AsMap(), "Creator", "ignored tags are not ours")
	require.True(t, h.read())
	h.delete()
}

func testHalfFailed(t *testing.T, s *bridge.Server, refuse *refusal) {
	h := hold(t, s, "aws:sns/topic:Topic", "half")
	given := map[string]any{"displayName": "one"}
	refuse.text.Store("Action=SetTopicAttributes")
	err := h.create(given)
	refuse.text.Store("")

	rpc, ok := rpcerror.FromError(err)
	require.True(t, ok)
	require.Len(t, rpc.Details(), 1, "%v", err)
	failed, ok := rpc.Details()[0].(*pulumirpc.ErrorResourceInitFailed)
	require.True(t, ok)
	assert.Contains(t, failed.Id, ":half-")
	assert.Contains(t, failed.Reasons[0], "refused by the test")

	h.id, h.state, h.inputs = failed.Id, failed.Properties, failed.Inputs
	require.True(t, h.read(), "the topic exists")
	assert.Equal(t, failed.Id, h.text("arn"))
	assert.Empty(t, h.text("displayName"), "the refused part is missing")
	h.update(given)
	require.True(t, h.read())
	assert.Equal(t, "one", h.text("displayName"), "the next update finishes it")
	h.delete()
	assert.False(t, h.read())
}
