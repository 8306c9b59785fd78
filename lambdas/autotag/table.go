package autotag

import (
	"strings"

	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
)

// row says how one event's assets are found.
type row struct {
	event createevent.Event
	// kind is the type of the assets, as rules name it: service:type.
	kind string
	// ids are where the event names the assets, the first that holds something counts.
	ids []place
	// name is the path of the asset's own name where that is not its id.
	name string
	// tags reads the tags that the event gives to the assets.
	tags func(*record) map[string]string
	// region is the path of the asset's region where that may differ from the event's.
	region string
}

// place is where an event names its assets, and what ARN the name makes.
type place struct {
	path string
	arn  arnShape
}

// table has one row for each event of internal/createevent. The shapes are those of CloudTrail's records;
// testdata has one example of each.
var table = []row{
	{event: createevent.RunInstances, kind: "ec2:instance", tags: launched("instance"),
		ids: []place{{"responseElements.instancesSet.items[].instanceId", regional("ec2", "instance/")}}},
	{event: createevent.CreateVolume, kind: "ec2:volume", tags: launched("volume"),
		ids: []place{{"responseElements.volumeId", regional("ec2", "volume/")}}},
	{event: createevent.CreateNetworkInterface, kind: "ec2:network-interface", tags: launched("network-interface"),
		ids: []place{{"responseElements.networkInterface.networkInterfaceId", regional("ec2", "network-interface/")}}},
	{event: createevent.CreateSecurityGroup, kind: "ec2:security-group", tags: launched("security-group"),
		ids:  []place{{"responseElements.groupId", regional("ec2", "security-group/")}},
		name: "requestParameters.groupName"},

	{event: createevent.CreateFunction, kind: "lambda:function", tags: tagsOf("requestParameters.tags"),
		ids:  []place{{"responseElements.functionArn", given}, {"requestParameters.functionName", regional("lambda", "function:")}},
		name: "requestParameters.functionName"},

	{event: createevent.CreateDBInstance, kind: "rds:db", tags: tagsOf("requestParameters.tags"),
		ids:  []place{{"responseElements.dBInstanceArn", given}, {"requestParameters.dBInstanceIdentifier", lowerCase(regional("rds", "db:"))}},
		name: "requestParameters.dBInstanceIdentifier"},

	// A bucket's response is null by nature.
	{event: createevent.CreateBucket, kind: "s3:bucket", tags: tagsOf("requestParameters.CreateBucketConfiguration.Tags.Tag"),
		ids:    []place{{"requestParameters.bucketName", global("s3")}},
		region: "requestParameters.CreateBucketConfiguration.LocationConstraint"},
}

var rows = index(table)

func index(table []row) map[createevent.Event]*row {
	rows := make(map[createevent.Event]*row, len(table))
	for i := range table {
		rows[table[i].event] = &table[i]
	}
	return rows
}

func launched(resourceType string) func(*record) map[string]string {
	return func(r *record) map[string]string { return r.launchTags(resourceType) }
}

func tagsOf(path string) func(*record) map[string]string {
	return func(r *record) map[string]string { return r.tagsAt(path) }
}

// arnShape makes the ARN of the asset that an event names, or "" if the name makes none.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
type arnShape func(r *record, region, id string) string

// given: the event holds the ARN.
func given(_ *record, _, arn string) string {
	if partitionOf(arn) == "" {
		return ""
	}
	return arn
}

// regional: arn:PARTITION:SERVICE:REGION:ACCOUNT:PREFIXid.
func regional(service, prefix string) arnShape {
	return func(r *record, region, id string) string {
		return strings.Join([]string{"arn", r.partition, service, region, r.account, prefix + id}, ":")
	}
}

// global: arn:PARTITION:SERVICE:::id.
func global(service string) arnShape {
	return func(r *record, _, id string) string {
		return strings.Join([]string{"arn", r.partition, service, "", "", id}, ":")
	}
}

// lowerCase: the service keeps the name in lower case, whatever the caller wrote.
func lowerCase(shape arnShape) arnShape {
	return func(r *record, region, id string) string { return shape(r, region, strings.ToLower(id)) }
}

// assets finds the assets that the event made, without those that are born with them. None means that the
// event does not say what it made.
func (w *row) assets(r *record) []*asset {
	region := r.region
	if w.region != "" {
		region = locationRegion(firstText(r.text(w.region), r.region))
	}
	service, _, _ := strings.Cut(w.kind, ":")
	var assets []*asset
	for _, p := range w.ids {
		for _, id := range r.texts(p.path) {
			arn := p.arn(r, region, id)
			if arn == "" {
				continue
			}
			a := &asset{Asset: tagpolicy.Asset{
				Service: service, ResourceType: w.kind, ARN: arn, Region: region, Account: r.account,
				Creator: r.creator, CreatedAt: r.at, Tags: w.tags(r), Names: []string{lastPart(id)},
			}}
			if name := r.text(w.name); w.name != "" && name != a.Names[0] {
				a.Names = append(a.Names, name)
			}
			assets = append(assets, a)
		}
		if len(assets) > 0 {
			break
		}
	}
	return assets
}

// locationRegion is the region of a bucket's LocationConstraint: the two oldest ones have another name.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
func locationRegion(location string) string {
	switch location {
	case "EU":
		return "eu-west-1"
	case "US":
		return "us-east-1"
	default:
		return location
	}
}

// lastPart is what follows the last colon or slash of an ARN or id.
func lastPart(id string) string { return id[strings.LastIndexAny(id, ":/")+1:] }
