package registrations

import (
	"context"

	"assetguard/internal/policygate"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// resource is a registration as the gate reads it.
func (w *Watch) resource(ctx context.Context, args *pulumi.ResourceTransformArgs) policygate.Resource {
	parent := urnOf(ctx, args.Opts.Parent)
	r := policygate.Resource{
		URN:  URN(w.ctx.Stack(), w.ctx.Project(), parent, args.Type, args.Name),
		Type: args.Type, Name: args.Name, Parent: parent,
		Protect: args.Opts.Protect,
		Inputs:  map[string]any{},
	}
	for key, input := range args.Props {
		r.Inputs[key] = plain(ctx, input)
	}
	if args.Opts.Provider != nil {
		r.Provider = urnOf(ctx, args.Opts.Provider)
	}
	for _, dependency := range args.Opts.DependsOn {
		r.Dependencies = append(r.Dependencies, urnOf(ctx, dependency))
	}
	return r
}

// URN is the URN that the engine will give a resource below a parent.
func URN(stack, project, parent, token, name string) string {
	var above tokens.Type
	if parent != "" {
		if above = resource.URN(parent).QualifiedType(); above == resource.RootStackType {
			above = ""
		}
	}
	return string(resource.NewURN(tokens.QName(stack), tokens.PackageName(project), above, tokens.Type(token), name))
}

// urnOf is the URN of a resource that an option names; empty for none.
func urnOf(ctx context.Context, r pulumi.Resource) string {
	if r == nil {
		return ""
	}
	urn, err := internals.UnsafeAwaitOutput(ctx, r.URN())
	if err != nil || !urn.Known {
		return ""
	}
	text, _ := urn.Value.(pulumi.URN)
	return string(text)
}

// plain is the value of an input in the gate's terms. Assets, archives and references to resources are opaque to the
// rules: they count as set.
func plain(ctx context.Context, input any) any {
	switch value := input.(type) {
	case nil:
		return nil
	case pulumi.Output:
		result, err := internals.UnsafeAwaitOutput(ctx, value)
		if err != nil || !result.Known {
			return policygate.Unknown{}
		}
		return plain(ctx, result.Value)
	case pulumi.Bool:
		return bool(value)
	case pulumi.Float64:
		return float64(value)
	case pulumi.Int:
		return float64(value)
	case pulumi.String:
		return string(value)
	case pulumi.Array:
		return listOf(ctx, value)
	case []any:
		return listOf(ctx, value)
	case pulumi.Map:
		return mapOf(ctx, value)
	case map[string]any:
		return mapOf(ctx, value)
	default:
		return value
	}
}

func listOf[T any](ctx context.Context, values []T) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = plain(ctx, value)
	}
	return list
}

func mapOf[T any](ctx context.Context, values map[string]T) map[string]any {
	plainly := make(map[string]any, len(values))
	for key, value := range values {
		plainly[key] = plain(ctx, value)
	}
	return plainly
}
