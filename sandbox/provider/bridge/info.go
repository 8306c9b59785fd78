package bridge

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/proto"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"assetguard/sandbox/provider/mapping"
)

// Version is the pulumi-aws release whose types are served.
const Version = "6.83.2"

// Info describes the Terraform provider to the bridge: the mapping, generated names and ids. Types without an entry
// in the mapping are not served.
func Info(ctx context.Context, provider tfprotov6.ProviderServer, m *mapping.File) (tfbridge.ProviderInfo, error) {
	schema, err := provider.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil { // the bridge's shim would only log it, and go on without types
		return tfbridge.ProviderInfo{}, fmt.Errorf("read the Terraform provider's schema: %w", err)
	}
	schemas := proto.New(ctx, withSchema{provider, schema})
	info := tfbridge.ProviderInfo{
		P: schemas, Name: "aws", Version: Version, ResourcePrefix: "aws",
		MetadataInfo:                  &tfbridge.MetadataInfo{Data: tfbridge.ProviderMetadata(nil)},
		Resources:                     map[string]*tfbridge.ResourceInfo{},
		DataSources:                   map[string]*tfbridge.DataSourceInfo{},
		Config:                        fieldInfos(m.Config),
		EnableAccuratePFBridgePreview: true,
	}
	schemas.ResourcesMap().Range(func(tf string, r shim.Resource) bool {
		if e := m.Resources[tf]; e != nil {
			info.Resources[tf] = resourceInfo(tf, e, r.Schema())
		} else {
			info.IgnoreMappings = append(info.IgnoreMappings, tf)
		}
		return true
	})
	schemas.DataSourcesMap().Range(func(tf string, _ shim.Resource) bool {
		if e := m.Functions[tf]; e != nil {
			info.DataSources[tf] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(e.Token), Fields: fieldInfos(e.Fields)}
		} else {
			info.IgnoreMappings = append(info.IgnoreMappings, tf)
		}
		return true
	})
	return info, nil
}

// withSchema is a provider whose schema has been read: reading it takes a second.
type withSchema struct {
	tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

func (w withSchema) GetProviderSchema(
	context.Context, *tfprotov6.GetProviderSchemaRequest,
) (*tfprotov6.GetProviderSchemaResponse, error) {
	return w.schema, nil
}

func resourceInfo(tf string, e *mapping.Entry, schema shim.SchemaMap) *tfbridge.ResourceInfo {
	r := &tfbridge.ResourceInfo{Tok: tokens.Type(e.Token), Fields: fieldInfos(e.Fields)}
	generateNames(tf, e, schema, r.Fields)
	if id, ok := schema.GetOk("id"); !ok || id.Type() != shim.TypeString || !id.Computed() {
		r.ComputeID = identify
	}
	return r
}

// identify gives an id to a resource type that has none in Terraform: its ARN, else the bridge's constant. The id is
// not used to find such a resource again, its whole state is.
func identify(ctx context.Context, state resource.PropertyMap) (resource.ID, error) {
	if arn := state["arn"]; arn.IsString() && arn.StringValue() != "" {
		return resource.ID(arn.StringValue()), nil
	}
	return tfbridge.MissingIDComputeID()(ctx, state)
}

func fieldInfos(fields map[string]*mapping.Field) map[string]*tfbridge.SchemaInfo {
	infos := make(map[string]*tfbridge.SchemaInfo, len(fields))
	for attribute, f := range fields {
		infos[attribute] = fieldInfo(f)
	}
	return infos
}

func fieldInfo(f *mapping.Field) *tfbridge.SchemaInfo {
	if f == nil {
		return nil
	}
	info := &tfbridge.SchemaInfo{Name: f.Name, MaxItemsOne: f.Single, Elem: fieldInfo(f.Element)}
	if len(f.Fields) > 0 {
		info.Fields = fieldInfos(f.Fields)
	}
	return info
}
