package derive

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"

	"assetguard/sandbox/provider/mapping"
)

// providerToken is the token of the SDK's provider resource, whose arguments are the provider's configuration.
const providerToken = "pulumi:providers:aws"

// Report tells what the mapping does not cover.
type Report struct {
	// Resources and Functions are the numbers of paired types.
	Resources, Functions int
	// Leftovers are the types of either side without a partner, sorted.
	Leftovers []string
	// Strange are the properties that cannot be brought together, sorted.
	Strange []string
}

// Derive makes the mapping of the SDK onto the Terraform provider.
func Derive(sdk *SDK, provider shim.Provider) (*mapping.File, *Report, error) {
	config := sdk.Resources[providerToken]
	if config == nil {
		return nil, nil, fmt.Errorf("the SDK has no %s", providerToken)
	}
	resources, left := match(sdk.Resources, provider.ResourcesMap(), resourceTokens)
	functions, leftFunctions := match(sdk.Functions, provider.DataSourcesMap(), functionTokens)
	report := &Report{
		Resources: len(resources), Functions: len(functions), Leftovers: append(left, leftFunctions...),
	}
	file := &mapping.File{Resources: map[string]*mapping.Entry{}, Functions: map[string]*mapping.Entry{}}
	for tf, tok := range resources {
		block := provider.ResourcesMap().Get(tf).Schema()
		file.Resources[tf] = entry(sdk, tok, sdk.Resources[tok], block, report)
		generatedNames(file.Resources[tf].Fields, sdk.Resources[tok].Inputs, block)
	}
	for tf, tok := range functions {
		file.Functions[tf] = entry(sdk, tok, sdk.Functions[tok], provider.DataSourcesMap().Get(tf).Schema(), report)
	}
	a := &alignment{sdk: sdk, token: "config"}
	file.Config = a.object("", config.Inputs, provider.Schema())
	report.Strange = append(report.Strange, a.strange...)
	slices.Sort(report.Strange)
	return file, report, nil
}

func entry(sdk *SDK, tok string, item *Item, block shim.SchemaMap, report *Report) *mapping.Entry {
	a := &alignment{sdk: sdk, token: tok}
	e := &mapping.Entry{Token: tok, Fields: a.object("", item.all(), block)}
	report.Strange = append(report.Strange, a.strange...)
	return e
}

// generatedNames marks the text attributes that Terraform requires and the SDK does not: those that Pulumi names by
// itself.
func generatedNames(fields map[string]*mapping.Field, inputs Properties, block shim.SchemaMap) {
	block.Range(func(attribute string, s shim.Schema) bool {
		if !s.Required() || s.Type() != shim.TypeString {
			return true
		}
		name := tfbridge.TerraformToPulumiNameV2(attribute, block, nil)
		if f := fields[attribute]; f != nil {
			name = f.Name
		}
		if shape := inputs[name]; shape == nil || shape.Kind != "string" || shape.Required {
			return true
		}
		if fields[attribute] == nil {
			fields[attribute] = &mapping.Field{Name: name}
		}
		fields[attribute].Generated = true
		return true
	})
}
