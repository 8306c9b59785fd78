package derive

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"

	"assetguard/sandbox/provider/mapping"
)

// alignment walks one Terraform type beside its Pulumi type.
type alignment struct {
	sdk *SDK
	// token names the Pulumi type, "config" for the provider's configuration.
	token string
	// strange collects the places where the two cannot be brought together.
	strange []string
}

func (a *alignment) note(path, format string, args ...any) {
	a.strange = append(a.strange, fmt.Sprintf("%s %s: %s", a.token, path, fmt.Sprintf(format, args...)))
}

// object aligns the attributes of a Terraform block with the properties of a Pulumi object. path is "" at the top.
func (a *alignment) object(path string, properties Properties, block shim.SchemaMap) map[string]*mapping.Field {
	fields := map[string]*mapping.Field{}
	names := a.names(path, properties, block)
	for _, attribute := range slices.Sorted(maps.Keys(names)) {
		name := names[attribute]
		schema := block.Get(attribute)
		f := a.value(path+attribute, properties[name], schema)
		byRule := tfbridge.TerraformToPulumiNameV2(attribute, block, nil)
		if name == byRule && f.Same() {
			continue
		}
		f.Name = name
		fields[attribute] = f
	}
	return fields
}

// names gives each attribute its Pulumi name, each name once. Attributes and properties without a partner are noted.
func (a *alignment) names(path string, properties Properties, block shim.SchemaMap) map[string]string {
	bySpelling := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if bySpelling[plain(name)] == "" {
			bySpelling[plain(name)] = name
		}
	}
	names, taken := map[string]string{}, map[string]bool{}
	var attributes, alone []string
	block.Range(func(attribute string, _ shim.Schema) bool {
		if path != "" || attribute != "id" {
			attributes = append(attributes, attribute)
		}
		return true
	})
	slices.Sort(attributes)
	for _, attribute := range attributes {
		candidates := []string{tfbridge.TerraformToPulumiNameV2(attribute, block, nil), bySpelling[plain(attribute)]}
		if path == "" {
			candidates = append([]string{ownNames[a.token+"|"+attribute]}, append(candidates, usualNames[attribute])...)
		}
		i := slices.IndexFunc(candidates, func(name string) bool { return properties[name] != nil && !taken[name] })
		if i < 0 {
			alone = append(alone, attribute)
			continue
		}
		names[attribute], taken[candidates[i]] = candidates[i], true
	}
	a.noteAlone(path, alone, properties, taken)
	return names
}

func (a *alignment) noteAlone(path string, attributes []string, properties Properties, taken map[string]bool) {
	var alone []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !taken[name] && (path != "" || name != "id" && name != "urn") {
			alone = append(alone, name)
		}
	}
	if len(attributes) > 0 || len(alone) > 0 {
		a.note(path, "only in Terraform: %s; only in Pulumi: %s", strings.Join(attributes, ","), strings.Join(alone, ","))
	}
}

// value aligns one attribute or block with one property. The result has no name.
func (a *alignment) value(path string, shape *Shape, schema shim.Schema) *mapping.Field {
	switch schema.Type() {
	case shim.TypeList, shim.TypeSet:
		return a.list(path, shape, schema)
	case shim.TypeMap:
		return a.mapped(path, shape, schema)
	case shim.TypeDynamic:
		return &mapping.Field{}
	}
	return a.scalar(path, shape, schema)
}

func (a *alignment) list(path string, shape *Shape, schema shim.Schema) *mapping.Field {
	f := &mapping.Field{}
	element := shape
	isList := shape.Kind == "list"
	if isList {
		element = shape.Element
	}
	if single := !isList; single != (schema.MaxItems() == 1) {
		f.Single = &single
	}
	inner := &mapping.Field{}
	switch e := schema.Elem().(type) {
	case shim.Resource:
		properties := a.sdk.Objects[element.Object]
		if properties == nil {
			a.note(path, "list of objects in Terraform, %s in Pulumi", element.Kind)
			break
		}
		inner.Fields = a.object(path+".", properties, e.Schema())
	case shim.Schema:
		inner = a.value(path+"[]", element, e)
	}
	if !inner.Same() {
		f.Element = inner
	}
	return f
}

// mapped aligns a map, or an object that the bridge shows as a map of properties.
func (a *alignment) mapped(path string, shape *Shape, schema shim.Schema) *mapping.Field {
	f := &mapping.Field{}
	if e, ok := schema.Elem().(shim.Resource); ok {
		properties := a.sdk.Objects[shape.Object]
		if properties == nil {
			a.note(path, "object in Terraform, %s in Pulumi", shape.Kind)
			return f
		}
		f.Fields = a.object(path+".", properties, e.Schema())
		return f
	}
	if shape.Kind != "map" {
		a.note(path, "map in Terraform, %s in Pulumi", shape.Kind)
		return f
	}
	if e, ok := schema.Elem().(shim.Schema); ok {
		if inner := a.value(path+"{}", shape.Element, e); !inner.Same() {
			f.Element = inner
		}
	}
	return f
}

func (a *alignment) scalar(path string, shape *Shape, schema shim.Schema) *mapping.Field {
	if a.sameScalar(shape, schema.Type()) {
		return &mapping.Field{}
	}
	switch kind := mapping.Kind(shape.Kind); kind {
	case mapping.Any, mapping.Bool, mapping.Int, mapping.Archive, mapping.Asset:
		return &mapping.Field{Kind: kind}
	}
	a.note(path, "%v in Terraform, %s in Pulumi", schema.Type(), shape.Kind)
	return &mapping.Field{}
}

func (a *alignment) sameScalar(shape *Shape, t shim.ValueType) bool {
	switch t {
	case shim.TypeString:
		enumeration := shape.Kind == "object" && a.sdk.Objects[shape.Object] == nil
		return shape.Kind == "string" || enumeration
	case shim.TypeBool:
		return shape.Kind == "bool"
	case shim.TypeInt, shim.TypeFloat:
		return shape.Kind == "int" || shape.Kind == "float"
	}
	return false
}
