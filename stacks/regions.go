package stacks

import (
	"fmt"
	"slices"

	"assetguard/components/key"
	"assetguard/components/tagging"
	"assetguard/components/topic"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// globalRegions are the regions where the events of global services (IAM, CloudFront, Route 53) arrive, by
// partition. https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
var globalRegions = map[string]string{
	"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1",
}

// otherRegions are the regions beside home whose create events are forwarded: the configured ones and that of the
// global services.
func otherRegions(home site, configured []string) []string {
	regions := slices.Clone(configured)
	global, known := globalRegions[home.Partition]
	if known && global != home.Region && !slices.Contains(regions, global) {
		regions = append(regions, global)
	}
	return regions
}

// region is a site with what everything else in it stands on.
type region struct {
	site
	*foundation
}

// newOtherRegions declares what the owner of an account has beside its home region.
func newOtherRegions(ctx *pulumi.Context, home site, settings *config.Settings, t traits) ([]region, error) {
	var regions []region
	for _, name := range otherRegions(home, settings.Regions.Others) {
		there, err := newSite(ctx, settings, t, name)
		if err != nil {
			return nil, fmt.Errorf("provider of %s: %w", name, err)
		}
		f, err := newForward(ctx, home, there, settings, t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		regions = append(regions, region{there, f})
	}
	return regions, nil
}

// newForward declares the forwarding of a region's create events, with a key and an operations topic of the region:
// queues and topics take keys of their own region only, and alarms tell topics of their own region only.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
func newForward(ctx *pulumi.Context, home, there site, settings *config.Settings, t traits) (*foundation, error) {
	opts := there.with(t.singleton()...)
	k, err := key.New(ctx, "main-"+there.Region, &key.Args{
		Place: there.Place, DeletionWindowDays: keyDeletionDays,
		Uses: []key.Use{key.ForAlarms(there.Place), key.ForNotices(there.Place), key.ForEvents()},
	}, opts...)
	if err != nil {
		return nil, err
	}
	operations, err := topic.New(ctx, "operations-"+there.Region, &topic.Args{
		Place: there.Place, KeyArn: k.Arn,
		Publishers: []topic.Publisher{topic.Alarms(there.Place)},
		Emails:     settings.People.DevOps,
	}, opts...)
	if err != nil {
		return nil, err
	}
	if _, err := tagging.NewForward(ctx, forwardName(there.Region), &tagging.ForwardArgs{
		Place: there.Place, Home: home.Place, KeyArn: k.Arn, TopicArn: operations.Arn,
	}, opts...); err != nil {
		return nil, err
	}
	return &foundation{key: k, operations: operations}, nil
}

func forwardName(region string) string { return "forward-" + region }
