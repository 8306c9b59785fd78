package bridge

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
)

// keepPartial is a Terraform provider that reports a half-failed change apart from the answer.
//
// When a resource exists but its creation or update did not finish (a waiter ran out, a tag was refused), Terraform
// answers with a state and with errors. The bridge's server drops the state when it sees the errors, and the resource
// would be forgotten in AWS. So the errors are taken out of the answer here and handed to the caller, who gives them
// to Pulumi together with the state.
type keepPartial struct{ tfprotov6.ProviderServer }

type failuresKey struct{}

// failures are the errors of one half-failed change.
type failures struct {
	guard   sync.Mutex
	reasons []string
}

// withFailures gives ctx a place for the errors of the change made with it.
func withFailures(ctx context.Context) (context.Context, *failures) {
	f := &failures{}
	return context.WithValue(ctx, failuresKey{}, f), f
}

func (k keepPartial) ApplyResourceChange(
	ctx context.Context, q *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	r, err := k.ProviderServer.ApplyResourceChange(ctx, q)
	failed, asked := ctx.Value(failuresKey{}).(*failures)
	if err != nil || !asked || isNull(r.NewState) {
		return r, err
	}
	failed.guard.Lock()
	defer failed.guard.Unlock()
	var others []*tfprotov6.Diagnostic
	for _, d := range r.Diagnostics {
		if d.Severity != tfprotov6.DiagnosticSeverityError {
			others = append(others, d)
			continue
		}
		reason := d.Summary
		if d.Detail != "" {
			reason += ": " + d.Detail
		}
		failed.reasons = append(failed.reasons, reason)
	}
	r.Diagnostics = others
	return r, nil
}

// isNull reports whether there is no state: absent, or MessagePack's or JSON's null.
func isNull(v *tfprotov6.DynamicValue) bool {
	if v == nil || len(v.MsgPack) == 0 && len(v.JSON) == 0 {
		return true
	}
	return len(v.MsgPack) == 1 && v.MsgPack[0] == 0xc0 || string(v.JSON) == "null"
}

// initFailed is the error by which Pulumi keeps a half-made resource in its state and mends it with the next update;
// nil when nothing failed.
func (f *failures) initFailed(id string, properties, inputs *structpb.Struct) error {
	f.guard.Lock()
	defer f.guard.Unlock()
	if len(f.reasons) == 0 {
		return nil
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, f.reasons[0]), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Properties: properties, Reasons: f.reasons, Inputs: inputs,
	})
}
