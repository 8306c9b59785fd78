package bridge

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"assetguard/sandbox/provider/mapping"
)

// Log is where the Terraform provider's messages go: the engine, as provider.HostClient is it.
type Log interface {
	Log(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error
	LogStatus(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error
}

// Server is Pulumi's resource provider protocol over the Terraform provider.
type Server struct {
	pulumirpc.ResourceProviderServer // the bridge's own server

	terraform tfprotov6.ProviderServer
	rules     map[string]*typeRules
	files     assetFiles
}

// NewServer serves the types of the mapping. Archives and assets are written below assetDir, which is made when the
// first one comes.
func NewServer(
	ctx context.Context, log Log, provider tfprotov6.ProviderServer, m *mapping.File, assetDir string,
) (*Server, error) {
	info, err := Info(ctx, keepPartial{provider}, m)
	if err != nil {
		return nil, err
	}
	inner, err := pfbridge.NewProviderServer(ctx, log, info, pfbridge.ProviderMetadata{XGetSchema: packageSchema})
	if err != nil {
		return nil, fmt.Errorf("bridge: %w", err)
	}
	return &Server{
		ResourceProviderServer: inner, terraform: provider, rules: rulesByToken(m, info), files: assetFiles{assetDir},
	}, nil
}

// packageSchema names the package and no types: programs bring the types in their SDK.
func packageSchema(context.Context, plugin.GetSchemaRequest) ([]byte, error) {
	return json.Marshal(map[string]string{"name": "aws", "version": Version})
}

// call is the treatment of one request for a resource: in for what goes to the bridge's server, out for what returns.
type call struct {
	rules *typeRules
	files assetFiles
}

// sent is what in made of properties, as out needs it.
type sent struct {
	original resource.PropertyMap
	// filled are properties that in added, to be taken out of checked inputs again.
	filled []resource.PropertyKey
}

func (s *Server) call(token string) call {
	rules := s.rules[token]
	if rules == nil {
		rules = &typeRules{}
	}
	return call{rules: rules, files: s.files}
}

func (s *Server) callFor(urn string) call { return s.call(string(resource.URN(urn).Type())) }

// in translates properties on the wire for the bridge's server. write says whether their files are needed now.
func (c call) in(wire **structpb.Struct, write bool) (sent, error) {
	p, err := decode(*wire)
	if p == nil || err != nil {
		return sent{}, err
	}
	s := sent{original: p.Copy()}
	delete(p, generatedKey)
	if s.filled, err = c.files.in(c.rules.assets, p, write); err != nil {
		return sent{}, err
	}
	if err := documentsIn(c.rules.documents, p); err != nil {
		return sent{}, err
	}
	*wire, err = encode(p)
	return s, err
}

// out translates properties from the bridge's server for Pulumi.
func (c call) out(wire **structpb.Struct, s sent, change func(resource.PropertyMap)) error {
	p, err := decode(*wire)
	if p == nil || err != nil {
		return err
	}
	c.files.out(c.rules.assets, p, s.original)
	scalarsOut(c.rules.scalars, p)
	if change != nil {
		change(p)
	}
	*wire, err = encode(p)
	return err
}

// withoutFilled takes the properties that in added out of inputs, so that they are not taken for the program's own.
func (s sent) withoutFilled(p resource.PropertyMap) {
	for _, name := range s.filled {
		delete(p, name)
	}
}

// Check validates inputs and fills defaults.
func (s *Server) Check(ctx context.Context, r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	c := s.callFor(r.Urn)
	if _, err := c.in(&r.Olds, false); err != nil {
		return nil, err
	}
	news, err := c.in(&r.News, true)
	if err != nil {
		return nil, err
	}
	resp, err := s.ResourceProviderServer.Check(ctx, r)
	if err != nil {
		return resp, err
	}
	return resp, c.out(&resp.Inputs, news, func(checked resource.PropertyMap) {
		news.withoutFilled(checked)
		markGenerated(c.rules.named, news.original, checked)
	})
}

// Diff compares state and inputs.
func (s *Server) Diff(ctx context.Context, r *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	c := s.callFor(r.Urn)
	if _, err := c.in(&r.Olds, false); err != nil {
		return nil, err
	}
	olds, err := c.in(&r.OldInputs, false)
	if err != nil {
		return nil, err
	}
	news, err := c.in(&r.News, true)
	if err != nil {
		return nil, err
	}
	resp, err := s.ResourceProviderServer.Diff(ctx, r)
	if err == nil && len(resp.Replaces) > 0 && deleteFirst(c.rules.named, olds.original, news.original) {
		resp.DeleteBeforeReplace = true
	}
	return resp, err
}

// Create makes a resource.
func (s *Server) Create(ctx context.Context, r *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	c, inputs := s.callFor(r.Urn), r.Properties
	news, err := c.in(&r.Properties, true)
	if err != nil {
		return nil, err
	}
	ctx, failed := withFailures(ctx)
	resp, err := s.ResourceProviderServer.Create(ctx, r)
	if err != nil {
		return resp, err
	}
	if err := c.out(&resp.Properties, news, nil); err != nil {
		return nil, err
	}
	return resp, failed.initFailed(resp.Id, resp.Properties, inputs)
}

// Update changes a resource.
func (s *Server) Update(ctx context.Context, r *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	c, inputs := s.callFor(r.Urn), r.News
	if _, err := c.in(&r.Olds, false); err != nil {
		return nil, err
	}
	if _, err := c.in(&r.OldInputs, false); err != nil {
		return nil, err
	}
	news, err := c.in(&r.News, true)
	if err != nil {
		return nil, err
	}
	ctx, failed := withFailures(ctx)
	resp, err := s.ResourceProviderServer.Update(ctx, r)
	if err != nil {
		return resp, err
	}
	if err := c.out(&resp.Properties, news, nil); err != nil {
		return nil, err
	}
	return resp, failed.initFailed(r.Id, resp.Properties, inputs)
}

// Read reads a resource's state anew, or imports it.
func (s *Server) Read(ctx context.Context, r *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	c := s.callFor(r.Urn)
	state, err := c.in(&r.Properties, false)
	if err != nil {
		return nil, err
	}
	inputs, err := c.in(&r.Inputs, false)
	if err != nil {
		return nil, err
	}
	resp, err := s.ResourceProviderServer.Read(ctx, r)
	if err != nil {
		return resp, err
	}
	if err := c.out(&resp.Properties, state, nil); err != nil {
		return nil, err
	}
	return resp, c.out(&resp.Inputs, inputs, func(read resource.PropertyMap) {
		inputs.withoutFilled(read)
		if generated, ok := inputs.original[generatedKey]; ok {
			read[generatedKey] = generated
		}
	})
}

// Delete removes a resource.
func (s *Server) Delete(ctx context.Context, r *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	c := s.callFor(r.Urn)
	if _, err := c.in(&r.Properties, false); err != nil {
		return nil, err
	}
	if _, err := c.in(&r.OldInputs, false); err != nil {
		return nil, err
	}
	return s.ResourceProviderServer.Delete(ctx, r)
}

// Invoke calls a function, that is, reads a data source.
func (s *Server) Invoke(ctx context.Context, r *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	resp, err := s.ResourceProviderServer.Invoke(ctx, r)
	if err != nil {
		return resp, err
	}
	return resp, s.call(r.Tok).out(&resp.Return, sent{}, nil)
}

// Cancel asks Terraform to stop what is under way; the bridge's server does not.
func (s *Server) Cancel(ctx context.Context, r *emptypb.Empty) (*emptypb.Empty, error) {
	if _, err := s.terraform.StopProvider(ctx, &tfprotov6.StopProviderRequest{}); err != nil {
		return nil, fmt.Errorf("stop the Terraform provider: %w", err)
	}
	return s.ResourceProviderServer.Cancel(ctx, r)
}
