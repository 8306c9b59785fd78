package terraform

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/vendored/tfplugin5"
)

func toWire(v *tfprotov6.DynamicValue) *tfplugin5.DynamicValue {
	if v == nil {
		return nil
	}
	return &tfplugin5.DynamicValue{Msgpack: v.MsgPack, Json: v.JSON}
}

func fromWire(v *tfplugin5.DynamicValue) *tfprotov6.DynamicValue {
	if v == nil {
		return nil
	}
	return &tfprotov6.DynamicValue{MsgPack: v.Msgpack, JSON: v.Json}
}

func diagnostics(ds []*tfplugin5.Diagnostic) []*tfprotov6.Diagnostic {
	return each(ds, func(d *tfplugin5.Diagnostic) *tfprotov6.Diagnostic {
		// The severities of protocols 5 and 6 are the same numbers: invalid, error, warning.
		return &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverity(d.Severity), Summary: d.Summary, Detail: d.Detail,
			Attribute: attributePath(d.Attribute),
		}
	})
}

func attributePath(p *tfplugin5.AttributePath) *tftypes.AttributePath {
	if p == nil {
		return nil
	}
	steps := make([]tftypes.AttributePathStep, 0, len(p.Steps))
	for _, s := range p.Steps {
		switch s := s.Selector.(type) {
		case *tfplugin5.AttributePath_Step_AttributeName:
			steps = append(steps, tftypes.AttributeName(s.AttributeName))
		case *tfplugin5.AttributePath_Step_ElementKeyInt:
			steps = append(steps, tftypes.ElementKeyInt(s.ElementKeyInt))
		case *tfplugin5.AttributePath_Step_ElementKeyString:
			steps = append(steps, tftypes.ElementKeyString(s.ElementKeyString))
		}
	}
	return tftypes.NewAttributePathWithSteps(steps)
}

func each[From, To any](from []From, f func(From) To) []To {
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = f(v)
	}
	return to
}
