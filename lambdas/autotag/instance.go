package autotag

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"assetguard/internal/contract"
	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
	"assetguard/lambdas/internal/refusal"
)

// filterValues is how many values one EC2 filter takes.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html
const filterValues = 200

// bornWithWaits are the pauses between looks at instances whose volumes or interfaces do not show yet.
var bornWithWaits = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}

// findBornWith adds the volumes and interfaces of the batch's new instances: EC2 shows them only some
// seconds after the launch. What does not show within the waits comes again with its message.
func (h *Handler) findBornWith(ctx context.Context, b *batch) {
	late := slices.DeleteFunc(b.open(), func(a *asset) bool { return a.record.event != createevent.RunInstances })
	for attempt := 0; len(late) > 0; attempt++ {
		var stillLate []*asset
		for _, instances := range groups(late, func(a *asset) string { return a.Region }) {
			for chunk := range slices.Chunk(instances, filterValues) {
				stillLate = append(stillLate, h.lookAtInstances(ctx, b, chunk)...)
			}
		}
		late = stillLate
		if attempt == len(bornWithWaits) || len(late) == 0 || !h.pause(ctx, bornWithWaits[attempt]) {
			break
		}
	}
	for _, a := range late {
		b.addLateParts(a, again(reasonNotVisible, errors.New("volumes or interfaces of the instance do not show yet")))
	}
}

// pause waits, or reports false if the time left does not allow it.
func (h *Handler) pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && deadline.Sub(h.now()) < 2*d {
		return false
	}
	return h.sleep(ctx, d) == nil
}

// lookAtInstances adds what was born with each instance and returns the instances that are not complete. If
// EC2 does not answer, the messages come again.
func (h *Handler) lookAtInstances(ctx context.Context, b *batch, assets []*asset) (late []*asset) {
	found, err := describeInstances(ctx, h.regions(assets[0].Region).EC2, assets)
	if err != nil {
		code, status := refusal.Code(err)
		for _, a := range assets {
			b.addLateParts(a, again(refusal.Of(code, status), err))
		}
		return nil
	}
	for _, a := range assets {
		instance, ok := found[a.id()]
		switch {
		case !ok && h.now().Sub(a.CreatedAt) >= settleTime, ok && ended(instance):
			a.result = result{outcome: contract.OutcomeNotTaggable, reason: reasonGone, detail: "the instance is terminated"}
		case !ok:
			late = append(late, a)
		default:
			b.addParts(a, instance)
			if !complete(instance, a.record) {
				late = append(late, a)
			}
		}
	}
	return late
}

// describeInstances reads instances by a filter, which leaves out what EC2 does not know where a list of
// ids would fail as a whole.
func describeInstances(ctx context.Context, client EC2, assets []*asset) (map[string]types.Instance, error) {
	ids := make([]string, len(assets))
	for i, a := range assets {
		ids[i] = a.id()
	}
	found := map[string]types.Instance{}
	pages := ec2.NewDescribeInstancesPaginator(client, &ec2.DescribeInstancesInput{
		Filters: []types.Filter{{Name: aws.String("instance-id"), Values: ids}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return found, err
		}
		for _, reservation := range page.Reservations {
			for _, instance := range reservation.Instances {
				found[aws.ToString(instance.InstanceId)] = instance
			}
		}
	}
	return found, nil
}

func state(i types.Instance) types.InstanceStateName {
	if i.State == nil {
		return types.InstanceStateNamePending
	}
	return i.State.Name
}

func ended(i types.Instance) bool {
	return state(i) == types.InstanceStateNameTerminated || state(i) == types.InstanceStateNameShuttingDown
}

// complete reports whether the instance shows all that was born with it. Past pending it does; before, it
// must show an interface, and the root volume and each volume that the launch asked for.
func complete(i types.Instance, r *record) bool {
	if state(i) != types.InstanceStateNamePending {
		return true
	}
	volumes := 0
	if i.RootDeviceType != types.DeviceTypeInstanceStore {
		volumes = 1
	}
	asked := 0
	for _, v := range valuesAt(r.elements, []string{"requestParameters", "blockDeviceMapping", "items[]", "ebs"}) {
		if v != nil {
			asked++
		}
	}
	return len(i.NetworkInterfaces) > 0 && len(volumeIDs(i)) >= max(volumes, asked)
}

func volumeIDs(i types.Instance) []string {
	var ids []string
	for _, mapping := range i.BlockDeviceMappings {
		if mapping.Ebs != nil && aws.ToString(mapping.Ebs.VolumeId) != "" {
			ids = append(ids, *mapping.Ebs.VolumeId)
		}
	}
	return ids
}

// addParts adds the volumes and interfaces that the instance shows. Rules find them by the names of the
// instance too.
func (b *batch) addParts(a *asset, instance types.Instance) {
	names := slices.Clone(a.Names)
	for _, tag := range instance.Tags {
		if aws.ToString(tag.Key) == "Name" {
			names = append(names, aws.ToString(tag.Value))
		}
	}
	for _, id := range volumeIDs(instance) {
		b.addPart(a, "volume", id, names)
	}
	for _, i := range instance.NetworkInterfaces {
		if id := aws.ToString(i.NetworkInterfaceId); id != "" {
			b.addPart(a, "network-interface", id, names)
		}
	}
}

func (b *batch) addPart(a *asset, resourceType, id string, names []string) {
	arn := regional("ec2", resourceType+"/")(a.record, a.Region, id)
	if _, there := b.byARN[arn]; there && slices.ContainsFunc(b.byARN[arn].messages, func(m *message) bool { return slices.Contains(a.messages, m) }) {
		return // seen at an earlier look
	}
	part := &asset{record: a.record, bornWith: a, Asset: tagpolicy.Asset{
		Service: "ec2", ResourceType: "ec2:" + resourceType, ARN: arn, Region: a.Region, Account: a.Account,
		Creator: a.Creator, CreatedAt: a.CreatedAt, Tags: a.record.launchTags(resourceType),
		Names: append([]string{id}, names...),
	}}
	b.add(part, a.messages...)
}

// addLateParts makes the messages of an instance come again for what it does not show yet.
func (b *batch) addLateParts(a *asset, res result) {
	part := &asset{record: a.record, messages: a.messages, result: res}
	part.Asset = tagpolicy.Asset{Service: "ec2", ResourceType: "ec2:volume", Region: a.Region,
		ARN: fmt.Sprintf("%s (volumes and interfaces)", a.ARN)}
	b.assets = append(b.assets, part)
	for _, m := range a.messages {
		m.assets = append(m.assets, part)
	}
}

// id is the service's own id or name of the asset.
func (a *asset) id() string { return lastPart(a.ARN) }

// carry adds tags that the asset has; they count more than those that the event gave.
func (a *asset) carry(tags map[string]string) {
	if a.Tags == nil {
		a.Tags = map[string]string{}
	}
	maps.Copy(a.Tags, tags)
}
