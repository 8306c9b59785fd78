package stacks

import (
	"fmt"

	"assetguard/components/tagging"
	"assetguard/internal/contract"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newManualTagging declares what people need who look at the tagging and classify by hand: the dashboard, groups in
// every region, the policy of the editors, and the links to them.
func newManualTagging(ctx *pulumi.Context, home site, others []region, settings *config.Settings) error {
	var forwards []tagging.ForwardShown
	sites := []site{home}
	for _, there := range others {
		sites = append(sites, there.site)
		forwards = append(forwards, tagging.ForwardShown{Name: forwardName(there.Region), Region: there.Region})
	}
	dashboard, err := tagging.NewDashboard(ctx, "tagging", &tagging.DashboardArgs{
		Place: home.Place, Autotag: contract.FunctionAutotag, Sweep: contract.FunctionSweep, Forwards: forwards,
	}, home.with()...)
	if err != nil {
		return err
	}
	editors, err := tagging.NewEditors(ctx, "tag-editors", &tagging.EditorsArgs{Place: home.Place}, home.with()...)
	if err != nil {
		return err
	}
	links, err := newGroups(ctx, sites, settings)
	if err != nil {
		return err
	}
	ctx.Export("taggingDashboard", dashboard.Name)
	ctx.Export("tagEditorsPolicyArn", editors.PolicyArn)
	ctx.Export("tagEditorUrl", pulumi.String(home.Console("resource-groups/tag-editor/find-resources")))
	ctx.Export("resourceGroupUrls", links)
	return nil
}

// newGroups declares the groups of each region. It returns their links, by region and group.
func newGroups(ctx *pulumi.Context, sites []site, settings *config.Settings) (pulumi.Map, error) {
	links := pulumi.Map{}
	for _, s := range sites {
		groups, err := tagging.NewGroups(ctx, "groups-"+s.Region, &tagging.GroupsArgs{
			Place: s.Place, Policy: settings.TagPolicy(),
		}, s.with()...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Region, err)
		}
		links[s.Region] = pulumi.ToStringMap(groups.Links)
	}
	return links, nil
}
