package terraform

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/vendored/tfplugin5"
)

// schemas translates the provider's schema. Descriptions are left out: nothing reads them here, and they are half of
// the answer's size.
func schemas(r *tfplugin5.GetProviderSchema_Response) (*tfprotov6.GetProviderSchemaResponse, error) {
	t := schemaTranslation{types: map[string]tftypes.Type{}}
	out := &tfprotov6.GetProviderSchemaResponse{
		Provider:          t.schema(r.Provider),
		ProviderMeta:      t.schema(r.ProviderMeta),
		ResourceSchemas:   make(map[string]*tfprotov6.Schema, len(r.ResourceSchemas)),
		DataSourceSchemas: make(map[string]*tfprotov6.Schema, len(r.DataSourceSchemas)),
		Diagnostics:       diagnostics(r.Diagnostics),
	}
	if c := r.ServerCapabilities; c != nil {
		out.ServerCapabilities = &tfprotov6.ServerCapabilities{
			GetProviderSchemaOptional: c.GetProviderSchemaOptional,
			MoveResourceState:         c.MoveResourceState,
			PlanDestroy:               c.PlanDestroy,
		}
	}
	for name, s := range r.ResourceSchemas {
		out.ResourceSchemas[name] = t.schema(s)
	}
	for name, s := range r.DataSourceSchemas {
		out.DataSourceSchemas[name] = t.schema(s)
	}
	return out, t.err
}

// schemaTranslation carries the types parsed so far (the same few hundred texts occur tens of thousands of times)
// and the first error.
type schemaTranslation struct {
	types map[string]tftypes.Type
	err   error
}

func (t *schemaTranslation) schema(s *tfplugin5.Schema) *tfprotov6.Schema {
	if s == nil {
		return nil
	}
	return &tfprotov6.Schema{Version: s.Version, Block: t.block(s.Block)}
}

func (t *schemaTranslation) block(b *tfplugin5.Schema_Block) *tfprotov6.SchemaBlock {
	if b == nil {
		return nil
	}
	return &tfprotov6.SchemaBlock{
		Version: b.Version, Deprecated: b.Deprecated,
		Attributes: each(b.Attributes, t.attribute), BlockTypes: each(b.BlockTypes, t.nested),
	}
}

func (t *schemaTranslation) attribute(a *tfplugin5.Schema_Attribute) *tfprotov6.SchemaAttribute {
	return &tfprotov6.SchemaAttribute{
		Name: a.Name, Type: t.typ(a.Type), Required: a.Required, Optional: a.Optional, Computed: a.Computed,
		Sensitive: a.Sensitive, Deprecated: a.Deprecated, WriteOnly: a.WriteOnly,
	}
}

func (t *schemaTranslation) nested(b *tfplugin5.Schema_NestedBlock) *tfprotov6.SchemaNestedBlock {
	// The nesting modes of protocols 5 and 6 are the same numbers.
	return &tfprotov6.SchemaNestedBlock{
		TypeName: b.TypeName, Block: t.block(b.Block), Nesting: tfprotov6.SchemaNestedBlockNestingMode(b.Nesting),
		MinItems: b.MinItems, MaxItems: b.MaxItems,
	}
}

func (t *schemaTranslation) typ(text []byte) tftypes.Type {
	if parsed, ok := t.types[string(text)]; ok {
		return parsed
	}
	//nolint:staticcheck // deprecated only to keep it to protocol implementations, which this is
	parsed, err := tftypes.ParseJSONType(text)
	if err != nil && t.err == nil {
		t.err = fmt.Errorf("provider schema: type %s: %w", text, err)
	}
	t.types[string(text)] = parsed
	return parsed
}
