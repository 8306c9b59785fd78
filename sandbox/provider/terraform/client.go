package terraform

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/vendored/tfplugin5"
)

// client answers protocol 6 calls by protocol 5 calls to a provider.
type client struct {
	unanswered
	remote tfplugin5.ProviderClient
}

// capabilities tells the provider that write-only attributes are understood, as Terraform 1.11 and later do.
func capabilities() *tfplugin5.ClientCapabilities {
	return &tfplugin5.ClientCapabilities{WriteOnlyAttributesAllowed: true}
}

func (c client) GetProviderSchema(
	ctx context.Context, _ *tfprotov6.GetProviderSchemaRequest,
) (*tfprotov6.GetProviderSchemaResponse, error) {
	r, err := c.remote.GetSchema(ctx, &tfplugin5.GetProviderSchema_Request{})
	if err != nil {
		return nil, err
	}
	return schemas(r)
}

func (c client) ValidateProviderConfig(
	ctx context.Context, q *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	r, err := c.remote.PrepareProviderConfig(ctx, &tfplugin5.PrepareProviderConfig_Request{Config: toWire(q.Config)})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ValidateProviderConfigResponse{
		PreparedConfig: fromWire(r.PreparedConfig), Diagnostics: diagnostics(r.Diagnostics),
	}, nil
}

func (c client) ConfigureProvider(
	ctx context.Context, q *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	r, err := c.remote.Configure(ctx, &tfplugin5.Configure_Request{
		TerraformVersion: q.TerraformVersion, Config: toWire(q.Config), ClientCapabilities: capabilities(),
	})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ConfigureProviderResponse{Diagnostics: diagnostics(r.Diagnostics)}, nil
}

func (c client) StopProvider(
	ctx context.Context, _ *tfprotov6.StopProviderRequest,
) (*tfprotov6.StopProviderResponse, error) {
	r, err := c.remote.Stop(ctx, &tfplugin5.Stop_Request{})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.StopProviderResponse{Error: r.Error}, nil
}

func (c client) ValidateResourceConfig(
	ctx context.Context, q *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	r, err := c.remote.ValidateResourceTypeConfig(ctx, &tfplugin5.ValidateResourceTypeConfig_Request{
		TypeName: q.TypeName, Config: toWire(q.Config), ClientCapabilities: capabilities(),
	})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: diagnostics(r.Diagnostics)}, nil
}

func (c client) UpgradeResourceState(
	ctx context.Context, q *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	wire := &tfplugin5.UpgradeResourceState_Request{TypeName: q.TypeName, Version: q.Version}
	if q.RawState != nil {
		wire.RawState = &tfplugin5.RawState{Json: q.RawState.JSON, Flatmap: q.RawState.Flatmap}
	}
	r, err := c.remote.UpgradeResourceState(ctx, wire)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.UpgradeResourceStateResponse{
		UpgradedState: fromWire(r.UpgradedState), Diagnostics: diagnostics(r.Diagnostics),
	}, nil
}

func (c client) ReadResource(
	ctx context.Context, q *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	r, err := c.remote.ReadResource(ctx, &tfplugin5.ReadResource_Request{
		TypeName: q.TypeName, CurrentState: toWire(q.CurrentState), Private: q.Private,
		ProviderMeta: toWire(q.ProviderMeta), ClientCapabilities: capabilities(),
	})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ReadResourceResponse{
		NewState: fromWire(r.NewState), Diagnostics: diagnostics(r.Diagnostics), Private: r.Private,
	}, nil
}

func (c client) PlanResourceChange(
	ctx context.Context, q *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	r, err := c.remote.PlanResourceChange(ctx, &tfplugin5.PlanResourceChange_Request{
		TypeName: q.TypeName, PriorState: toWire(q.PriorState), ProposedNewState: toWire(q.ProposedNewState),
		Config: toWire(q.Config), PriorPrivate: q.PriorPrivate, ProviderMeta: toWire(q.ProviderMeta),
		ClientCapabilities: capabilities(),
	})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.PlanResourceChangeResponse{
		PlannedState: fromWire(r.PlannedState), RequiresReplace: each(r.RequiresReplace, attributePath),
		PlannedPrivate: r.PlannedPrivate, Diagnostics: diagnostics(r.Diagnostics),
		UnsafeToUseLegacyTypeSystem: r.LegacyTypeSystem, //nolint:staticcheck // passed through from the provider, which uses it
	}, nil
}

func (c client) ApplyResourceChange(
	ctx context.Context, q *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	r, err := c.remote.ApplyResourceChange(ctx, &tfplugin5.ApplyResourceChange_Request{
		TypeName: q.TypeName, PriorState: toWire(q.PriorState), PlannedState: toWire(q.PlannedState),
		Config: toWire(q.Config), PlannedPrivate: q.PlannedPrivate, ProviderMeta: toWire(q.ProviderMeta),
	})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ApplyResourceChangeResponse{
		NewState: fromWire(r.NewState), Private: r.Private, Diagnostics: diagnostics(r.Diagnostics),
		UnsafeToUseLegacyTypeSystem: r.LegacyTypeSystem, //nolint:staticcheck // passed through from the provider, which uses it
	}, nil
}

func (c client) ImportResourceState(
	ctx context.Context, q *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	r, err := c.remote.ImportResourceState(ctx, &tfplugin5.ImportResourceState_Request{
		TypeName: q.TypeName, Id: q.ID, ClientCapabilities: capabilities(),
	})
	if err != nil {
		return nil, err
	}
	imported := func(i *tfplugin5.ImportResourceState_ImportedResource) *tfprotov6.ImportedResource {
		return &tfprotov6.ImportedResource{TypeName: i.TypeName, State: fromWire(i.State), Private: i.Private}
	}
	return &tfprotov6.ImportResourceStateResponse{
		ImportedResources: each(r.ImportedResources, imported), Diagnostics: diagnostics(r.Diagnostics),
	}, nil
}

func (c client) ValidateDataResourceConfig(
	ctx context.Context, q *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	r, err := c.remote.ValidateDataSourceConfig(ctx, &tfplugin5.ValidateDataSourceConfig_Request{
		TypeName: q.TypeName, Config: toWire(q.Config),
	})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ValidateDataResourceConfigResponse{Diagnostics: diagnostics(r.Diagnostics)}, nil
}

func (c client) ReadDataSource(
	ctx context.Context, q *tfprotov6.ReadDataSourceRequest,
) (*tfprotov6.ReadDataSourceResponse, error) {
	r, err := c.remote.ReadDataSource(ctx, &tfplugin5.ReadDataSource_Request{
		TypeName: q.TypeName, Config: toWire(q.Config), ProviderMeta: toWire(q.ProviderMeta),
		ClientCapabilities: capabilities(),
	})
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ReadDataSourceResponse{
		State: fromWire(r.State), Diagnostics: diagnostics(r.Diagnostics),
	}, nil
}
