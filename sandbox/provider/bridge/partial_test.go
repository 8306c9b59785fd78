package bridge

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// applier answers ApplyResourceChange and nothing else.
type applier struct {
	tfprotov6.ProviderServer
	answer *tfprotov6.ApplyResourceChangeResponse
	err    error
}

func (a applier) ApplyResourceChange(
	context.Context, *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return a.answer, a.err
}

func TestKeepPartial(t *testing.T) {
	failed := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "waiting", Detail: "timeout"}
	short := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "tagging"}
	warned := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "deprecated"}
	state := &tfprotov6.DynamicValue{MsgPack: []byte{0x81, 0xa1, 'a', 1}}
	null := &tfprotov6.DynamicValue{MsgPack: []byte{0xc0}}
	cases := map[string]struct {
		state       *tfprotov6.DynamicValue
		diagnostics []*tfprotov6.Diagnostic
		stay        []*tfprotov6.Diagnostic
		reasons     []string
	}{
		"half made":      {state, []*tfprotov6.Diagnostic{failed, warned, short}, []*tfprotov6.Diagnostic{warned}, []string{"waiting: timeout", "tagging"}},
		"not made":       {null, []*tfprotov6.Diagnostic{failed}, []*tfprotov6.Diagnostic{failed}, nil},
		"no state":       {nil, []*tfprotov6.Diagnostic{failed}, []*tfprotov6.Diagnostic{failed}, nil},
		"made":           {state, nil, nil, nil},
		"made with care": {state, []*tfprotov6.Diagnostic{warned}, []*tfprotov6.Diagnostic{warned}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			answer := &tfprotov6.ApplyResourceChangeResponse{NewState: c.state, Diagnostics: c.diagnostics}
			ctx, f := withFailures(context.Background())
			r, err := keepPartial{applier{answer: answer}}.ApplyResourceChange(ctx, nil)
			require.NoError(t, err)
			assert.Equal(t, c.stay, r.Diagnostics)
			assert.Equal(t, c.reasons, f.reasons)
		})
	}
	t.Run("a delete, which asks for nothing, keeps its errors", func(t *testing.T) {
		answer := &tfprotov6.ApplyResourceChangeResponse{NewState: state, Diagnostics: []*tfprotov6.Diagnostic{failed}}
		r, err := keepPartial{applier{answer: answer}}.ApplyResourceChange(context.Background(), nil)
		require.NoError(t, err)
		assert.Equal(t, []*tfprotov6.Diagnostic{failed}, r.Diagnostics)
	})
	t.Run("a lost connection is passed on", func(t *testing.T) {
		ctx, _ := withFailures(context.Background())
		lost := errors.New("connection lost")
		_, err := keepPartial{applier{err: lost}}.ApplyResourceChange(ctx, nil)
		assert.ErrorIs(t, err, lost)
	})
}

func TestInitFailed(t *testing.T) {
	assert.NoError(t, (&failures{}).initFailed("id", nil, nil))

	properties, err := structpb.NewStruct(map[string]any{"arn": "a"})
	require.NoError(t, err)
	inputs, err := structpb.NewStruct(map[string]any{"name": "n"})
	require.NoError(t, err)
	rpc, ok := rpcerror.FromError((&failures{reasons: []string{"one", "two"}}).initFailed("id", properties, inputs))
	require.True(t, ok)
	assert.Equal(t, "one", rpc.Message())
	require.Len(t, rpc.Details(), 1)
	detail, ok := rpc.Details()[0].(*pulumirpc.ErrorResourceInitFailed)
	require.True(t, ok)
	assert.Equal(t, "id", detail.Id)
	assert.Equal(t, []string{"one", "two"}, detail.Reasons)
	assert.Equal(t, "a", detail.Properties.Fields["arn"].GetStringValue())
	assert.Equal(t, "n", detail.Inputs.Fields["name"].GetStringValue())
}
