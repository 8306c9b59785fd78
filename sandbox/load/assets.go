package load

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"assetguard/internal/contract"
	"assetguard/sandbox/client"
)

// asset is something that an event is about.
type asset struct {
	kind        *kind
	region, arn string
	name        string // given to it, or by which its service knows it
}

// kind is what can be made cheaply in thousands.
type kind struct {
	service, event string
	make           func(ctx context.Context, cfg aws.Config, account, name string) (asset, error)
	remove         func(ctx context.Context, cfg aws.Config, a asset) error
	// request and response are the elements of the event.
	request, response func(a asset) map[string]any
}

// kinds are one whose tags are read by a call of its service, and two that are read by the tagging API.
var kinds = []*kind{volumes, topics, logGroups}

var volumes = &kind{
	service: "ec2", event: "CreateVolume",
	make: func(ctx context.Context, cfg aws.Config, account, _ string) (asset, error) {
		out, err := ec2.NewFromConfig(cfg).CreateVolume(ctx, &ec2.CreateVolumeInput{
			AvailabilityZone: aws.String(cfg.Region + "a"), Size: aws.Int32(1), VolumeType: ec2types.VolumeTypeGp3})
		if err != nil {
			return asset{}, err
		}
		id := aws.ToString(out.VolumeId)
		return asset{name: id, arn: arn("ec2", cfg.Region, account, "volume/"+id)}, nil
	},
	remove: func(ctx context.Context, cfg aws.Config, a asset) error {
		_, err := ec2.NewFromConfig(cfg).DeleteVolume(ctx, &ec2.DeleteVolumeInput{VolumeId: &a.name})
		return err
	},
	request: func(a asset) map[string]any {
		return map[string]any{"size": "1", "zone": a.region + "a", "volumeType": "gp3"}
	},
	response: func(a asset) map[string]any {
		return map[string]any{"volumeId": a.name, "size": "1", "zone": a.region + "a", "status": "creating", "tagSet": map[string]any{}}
	},
}

var topics = &kind{
	service: "sns", event: "CreateTopic",
	make: func(ctx context.Context, cfg aws.Config, _, name string) (asset, error) {
		out, err := sns.NewFromConfig(cfg).CreateTopic(ctx, &sns.CreateTopicInput{Name: &name})
		if err != nil {
			return asset{}, err
		}
		return asset{name: name, arn: aws.ToString(out.TopicArn)}, nil
	},
	remove: func(ctx context.Context, cfg aws.Config, a asset) error {
		_, err := sns.NewFromConfig(cfg).DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &a.arn})
		return err
	},
	request:  func(a asset) map[string]any { return map[string]any{"name": a.name} },
	response: func(a asset) map[string]any { return map[string]any{"topicArn": a.arn} },
}

var logGroups = &kind{
	service: "logs", event: "CreateLogGroup",
	make: func(ctx context.Context, cfg aws.Config, account, name string) (asset, error) {
		_, err := cloudwatchlogs.NewFromConfig(cfg).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name})
		return asset{name: name, arn: arn("logs", cfg.Region, account, "log-group:"+name)}, err
	},
	remove: func(ctx context.Context, cfg aws.Config, a asset) error {
		_, err := cloudwatchlogs.NewFromConfig(cfg).DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &a.name})
		return err
	},
	request:  func(a asset) map[string]any { return map[string]any{"logGroupName": a.name} },
	response: func(asset) map[string]any { return nil },
}

func arn(service, region, account, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, account, resource)
}

// make makes one asset for each event, the kinds and regions in turn. What was made is returned with an error too.
func (r *run) make(ctx context.Context) ([]asset, error) {
	made := make([]asset, r.Events)
	err := client.Each(ctx, r.Events, func(i int) error {
		kind, region := kinds[i%len(kinds)], r.Regions[i/len(kinds)%len(r.Regions)]
		one, err := kind.make(ctx, r.in(region), r.deployed.Account, fmt.Sprintf("%s-%d", r.id, i))
		if err != nil {
			return fmt.Errorf("asset %d: %w", i, err)
		}
		one.kind, one.region = kind, region
		made[i] = one
		return nil
	})
	var there []asset
	for _, a := range made {
		if a.kind != nil {
			there = append(there, a)
		}
	}
	return there, err
}

// remove removes what make has made.
func (r *run) remove(ctx context.Context) error {
	return client.Each(ctx, len(r.assets), func(i int) error {
		a := r.assets[i]
		if err := a.kind.remove(ctx, r.in(a.region), a); err != nil {
			return fmt.Errorf("removing %s: %w", a.arn, err)
		}
		return nil
	})
}

func (r *run) in(region string) aws.Config {
	there := r.AWS.Copy()
	there.Region = region
	return there
}

// looks bounds how many assets are looked at after the load.
const looks = 300

// lookAtTags reads the tags of some assets, evenly chosen, and says how many carry every required key.
func (r *run) lookAtTags(ctx context.Context) (complete, looked int, err error) {
	byRegion := map[string][]string{}
	step := max(1, len(r.assets)/looks)
	for i := 0; i < len(r.assets); i += step {
		byRegion[r.assets[i].region] = append(byRegion[r.assets[i].region], r.assets[i].arn)
	}
	for region, arns := range byRegion {
		client := resourcegroupstaggingapi.NewFromConfig(r.in(region))
		looked += len(arns)
		for len(arns) > 0 {
			n := min(100, len(arns))
			out, err := client.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: arns[:n]})
			if err != nil {
				return 0, 0, fmt.Errorf("tags of %s: %w", region, err)
			}
			for _, found := range out.ResourceTagMappingList {
				keys := map[string]bool{}
				for _, tag := range found.Tags {
					keys[aws.ToString(tag.Key)] = true
				}
				if carriesAll(keys) {
					complete++
				}
			}
			arns = arns[n:]
		}
	}
	return complete, looked, nil
}

// required are the keys that a tagged asset carries.
var required = []string{
	contract.TagEnvironment, contract.TagAssetType, contract.TagPersonalInformation, contract.TagOwner,
	contract.TagCreator, contract.TagCreatedAt,
}

func carriesAll(keys map[string]bool) bool {
	for _, key := range required {
		if !keys[key] {
			return false
		}
	}
	return true
}
