package bridge

import (
	"slices"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"assetguard/sandbox/provider/mapping"
)

// typeRules are the properties of one resource type or function that the wrapper treats.
type typeRules struct {
	assets    []assetProperty
	documents []resource.PropertyKey
	scalars   []scalarProperty
	// named are the properties that get a generated name when none is given.
	named []resource.PropertyKey
}

// rulesByToken collects the rules from the mapping. A token without any is absent.
func rulesByToken(m *mapping.File, info tfbridge.ProviderInfo) map[string]*typeRules {
	byToken := map[string]*typeRules{}
	add := func(e *mapping.Entry) *typeRules {
		r := &typeRules{}
		e.Walk(r.add)
		byToken[e.Token] = r
		return r
	}
	for _, e := range m.Functions {
		add(e)
	}
	for tf, e := range m.Resources {
		r := add(e)
		for _, f := range info.Resources[tf].GetFields() {
			if f.Default != nil && f.Default.AutoNamed {
				r.named = append(r.named, resource.PropertyKey(f.Name))
			}
		}
		schema := info.P.ResourcesMap().Get(tf).Schema()
		if _, ok := schema.GetOk("source_code_hash"); ok {
			for i := range r.assets {
				r.assets[i].hash = "sourceCodeHash"
			}
		}
	}
	return byToken
}

// add is told of each field that differs.
func (r *typeRules) add(path []string, f *mapping.Field) {
	top := resource.PropertyKey(path[0])
	switch f.Kind {
	case mapping.Archive, mapping.Asset:
		r.assets = append(r.assets, assetProperty{name: top})
	case mapping.Any:
		if !slices.Contains(r.documents, top) {
			r.documents = append(r.documents, top)
		}
	case mapping.Bool, mapping.Int:
		// The element of a list has no name of its own: its path ends with the list's.
		path = slices.DeleteFunc(slices.Clone(path), func(name string) bool { return name == "" })
		r.scalars = append(r.scalars, scalarProperty{path: path, kind: f.Kind})
	}
}
