// Package enginetest runs Pulumi programs against as much of Pulumi's engine as the policy gate needs. Unlike the mocks
// of Pulumi's SDK it calls transforms, as the real engine does: with what the program sent, before the resource is
// registered.
package enginetest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"assetguard/internal/registrations"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// unknownValue is how an unknown text looks on the wire.
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// Engine is the engine of one run of a program. Every resource is new to it, and the outputs arn and bucket of each are
// not known yet.
type Engine struct {
	pulumirpc.UnimplementedResourceMonitorServer
	pulumirpc.UnimplementedEngineServer

	// Remote lists what a component of another language registers below itself, by the component's type.
	Remote map[string][]*pulumirpc.RegisterResourceRequest

	mu         sync.Mutex
	root       string
	transform  *pulumirpc.Callback
	registered []string          // URNs
	logged     map[string]string // messages by severity
}

// Run runs a program as the stack prod of the project assetguard, as a preview or a deployment.
func (e *Engine) Run(t *testing.T, preview bool, program pulumi.RunFunc) error {
	t.Helper()
	e.logged = map[string]string{}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	pulumirpc.RegisterResourceMonitorServer(server, e)
	pulumirpc.RegisterEngineServer(server, e)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		server.Stop()
		require.NoError(t, <-served)
	}()
	return pulumi.RunErr(program, func(info *pulumi.RunInfo) {
		info.Project, info.Stack, info.DryRun = "assetguard", "prod", preview
		info.MonitorAddr, info.EngineAddr = listener.Addr().String(), listener.Addr().String()
	})
}

// Registered tells whether a resource of that name was registered.
func (e *Engine) Registered(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.registered, func(urn string) bool { return strings.HasSuffix(urn, "::"+name) })
}

// Logged is what the program logged with a severity: warning, error.
func (e *Engine) Logged(severity string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.logged[severity]
}

// The rest is called by Pulumi's SDK.

// SupportsFeature implements the engine.
func (e *Engine) SupportsFeature(context.Context, *pulumirpc.SupportsFeatureRequest) (*pulumirpc.SupportsFeatureResponse, error) {
	return &pulumirpc.SupportsFeatureResponse{HasSupport: true}, nil
}

// RegisterStackTransform implements the engine.
func (e *Engine) RegisterStackTransform(_ context.Context, callback *pulumirpc.Callback) (*emptypb.Empty, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.transform = callback
	return &emptypb.Empty{}, nil
}

// RegisterResource implements the engine.
func (e *Engine) RegisterResource(ctx context.Context, in *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	urn := registrations.URN("prod", "assetguard", in.Parent, in.Type, in.Name)
	if err := e.ask(ctx, in); err != nil {
		return nil, fmt.Errorf("invoke transform: %w", err)
	}
	e.mu.Lock()
	e.registered = append(e.registered, urn)
	children := e.Remote[in.Type]
	e.mu.Unlock()
	for _, child := range children {
		child.Parent = urn
		if _, err := e.RegisterResource(ctx, child); err != nil {
			return nil, err
		}
	}
	outputs := map[string]*structpb.Value{"arn": structpb.NewStringValue(unknownValue), "bucket": structpb.NewStringValue(unknownValue)}
	maps.Copy(outputs, in.Object.GetFields())
	return &pulumirpc.RegisterResourceResponse{Urn: urn, Object: &structpb.Struct{Fields: outputs}}, nil
}

// ask calls the program's transform.
func (e *Engine) ask(ctx context.Context, in *pulumirpc.RegisterResourceRequest) error {
	e.mu.Lock()
	callback := e.transform
	e.mu.Unlock()
	if callback == nil {
		return nil
	}
	connection, err := grpc.NewClient(callback.Target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	request, err := proto.Marshal(&pulumirpc.TransformRequest{
		Name: in.Name, Type: in.Type, Parent: in.Parent, Custom: in.Custom, Properties: in.Object,
		Options: &pulumirpc.TransformResourceOptions{DependsOn: in.Dependencies, Provider: in.Provider, Protect: in.Protect},
	})
	if err != nil {
		return err
	}
	_, err = pulumirpc.NewCallbacksClient(connection).Invoke(ctx, &pulumirpc.CallbackInvokeRequest{Token: callback.Token, Request: request})
	if closed := connection.Close(); err == nil {
		err = closed
	}
	return err
}

// RegisterResourceOutputs implements the engine.
func (e *Engine) RegisterResourceOutputs(context.Context, *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// SignalAndWaitForShutdown implements the engine.
func (e *Engine) SignalAndWaitForShutdown(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Log implements the engine.
func (e *Engine) Log(_ context.Context, in *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.logged[strings.ToLower(in.Severity.String())] += in.Message + "\n"
	return &emptypb.Empty{}, nil
}

// GetRootResource implements the engine.
func (e *Engine) GetRootResource(context.Context, *pulumirpc.GetRootResourceRequest) (*pulumirpc.GetRootResourceResponse, error) {
	return &pulumirpc.GetRootResourceResponse{Urn: e.root}, nil
}

// SetRootResource implements the engine.
func (e *Engine) SetRootResource(_ context.Context, in *pulumirpc.SetRootResourceRequest) (*pulumirpc.SetRootResourceResponse, error) {
	e.root = in.Urn
	return &pulumirpc.SetRootResourceResponse{}, nil
}
