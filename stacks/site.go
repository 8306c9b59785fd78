package stacks

import (
	"fmt"

	"assetguard/internal/contract"
	"assetguard/internal/place"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// site is a region that the stack covers: its provider and what is known of its place.
type site struct {
	place.Place

	provider *aws.Provider
}

// newSite declares the provider of a region. It works in the configured account only, tags whatever it
// makes, and leaves alone the tags that only exist at run time.
func newSite(ctx *pulumi.Context, settings *config.Settings, t traits, region string) (site, error) {
	args := &aws.ProviderArgs{
		Region:            pulumi.String(region),
		AllowedAccountIds: pulumi.ToStringArray([]string{settings.Account.ID}),
		DefaultTags:       &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(settings.Tags())},
		IgnoreTags:        &aws.ProviderIgnoreTagsArgs{Keys: pulumi.ToStringArray(settings.IgnoredTags())},
	}
	t.adapt(args)
	provider, err := aws.NewProvider(ctx, region, args)
	if err != nil {
		return site{}, err
	}
	partition, err := aws.GetPartition(ctx, nil, pulumi.Provider(provider))
	if err != nil {
		return site{}, err
	}
	p := place.Place{
		Partition: partition.Partition, Region: region,
		AccountID: settings.Account.ID, DNSSuffix: partition.DnsSuffix,
	}
	if t.boundary {
		p.RoleBoundary = fmt.Sprintf("arn:%s:iam::%s:policy/%s", p.Partition, p.AccountID,
			contract.PermissionsBoundary(ctx.Stack(), settings.Regions.Home))
	}
	return site{Place: p, provider: provider}, nil
}

// with are the options of a component at the site.
func (s site) with(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Providers(s.provider)}, opts...)
}
