package tagging

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/naming"
	"assetguard/internal/place"
	"assetguard/internal/tagpolicy"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroups"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// GroupsArgs of the Groups.
type GroupsArgs struct {
	Place  place.Place       // the region whose assets the groups show
	Policy *tagpolicy.Policy // names the environments and the asset types
}

// Groups are resource groups of one region: one for each environment that the tag policy gives, one for each asset
// type, and one for what is unclassified. A group shows the assets of its own region, as its query finds them by
// their tags; what has no tag at all is in none.
type Groups struct {
	pulumi.ResourceState

	// Links lead to each group in the console, by the group's name; empty where the console is not known.
	Links map[string]string
}

func (a *GroupsArgs) validate(name string) error {
	var policy error
	if a.Policy == nil {
		policy = errors.New("Policy is required")
	}
	return argument.Check("groups "+name, a.Place.Validate(), policy)
}

// NewGroups declares the groups <project>-<stack>-<kind>-<id>.
func NewGroups(ctx *pulumi.Context, name string, args *GroupsArgs, opts ...pulumi.ResourceOption) (*Groups, error) {
	if err := args.validate(name); err != nil {
		return nil, err
	}
	g := &Groups{Links: map[string]string{}}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Groups", name, g, opts...); err != nil {
		return nil, err
	}
	for _, group := range groupsOf(args.Policy) {
		physical := naming.Of(ctx, naming.Group, group.name)
		if _, err := resourcegroups.NewGroup(ctx, name+"-"+group.name, &resourcegroups.GroupArgs{
			Name:        pulumi.String(physical),
			Description: pulumi.String(group.description),
			ResourceQuery: &resourcegroups.GroupResourceQueryArgs{
				Type: pulumi.String("TAG_FILTERS_1_0"), Query: pulumi.String(group.query()),
			},
		}, pulumi.Parent(g)); err != nil {
			return nil, fmt.Errorf("groups %s: %s: %w", name, group.name, err)
		}
		if link := args.Place.Console("resource-groups/group/" + physical); link != "" {
			g.Links[physical] = link
		}
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{"links": pulumi.ToStringMap(g.Links)})
}

// group is what one resource group holds: the assets whose tag has one of the values.
type group struct {
	name        string // ASCII
	description string // letters, digits, spaces and - _ . only: the service takes no other
	key         string
	values      []string
}

// groupsOf are the groups of a tag policy. Names are ASCII, so an environment's comes from its value in small letters:
// values that differ in case only share a group.
func groupsOf(policy *tagpolicy.Policy) []group {
	var groups []group
	for _, value := range environments(policy) {
		name := naming.Join(naming.Group, "environment", value)
		if at := slices.IndexFunc(groups, func(g group) bool { return g.name == name }); at >= 0 {
			groups[at].values = append(groups[at].values, value)
			continue
		}
		groups = append(groups, group{
			name: name, description: "Assets of one environment", key: contract.TagEnvironment, values: []string{value},
		})
	}
	for _, t := range policy.AssetTypes {
		groups = append(groups, group{
			name: naming.Join(naming.Group, "asset-type", t.ID), description: "Assets of the type " + t.ID,
			key: contract.TagAssetType, values: []string{t.Value},
		})
	}
	return append(groups, group{
		name: "unclassified", description: "Assets whose type nobody has decided yet",
		key: contract.TagAssetType, values: []string{contract.Unclassified},
	})
}

// environments are the values that the policy gives to the tag Environment, the default first.
func environments(policy *tagpolicy.Policy) []string {
	var values []string
	add := func(tags map[string]string) {
		if value := tags[contract.TagEnvironment]; value != "" && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	add(policy.Defaults)
	for _, rule := range policy.Rules {
		add(rule.Tags)
	}
	return values
}

// query finds the assets by their tag. Values may be of any script.
// https://docs.aws.amazon.com/ARG/latest/APIReference/API_ResourceQuery.html
func (g group) query() string {
	type filter struct {
		Key    string
		Values []string
	}
	text, err := json.Marshal(struct {
		ResourceTypeFilters []string
		TagFilters          []filter
	}{[]string{"AWS::AllSupported"}, []filter{{g.key, g.values}}})
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(text)
}
