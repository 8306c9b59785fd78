package autotag

import (
	"slices"
	"strings"

	"assetguard/internal/createevent"
	"assetguard/internal/tagpolicy"
	regions "assetguard/lambdas/internal/regional"
)

// row says how one event's assets are found and tagged.
type row struct {
	event createevent.Event
	// kind is the type of the assets, as rules name it: service:type. The service is that of the ARN; ways says
	// how its tags are read and written.
	kind string
	// ids are where the event names the assets, the first that holds something counts.
	ids []place
	// name is the path of the asset's own name where that is not its id.
	name string
	// tags reads the tags that the event gives to the assets.
	tags func(*record) map[string]string
	// region is the path of the asset's region where that may differ from the event's.
	region string
	// puts: the call also changes, or only names, what is there already, and its event does not tell which.
	puts bool
	// managed is a path that holds "AWS" where AWS made the asset for itself: nobody else may tag it.
	managed string
	// home: the service is not regional, its assets are tagged in the partition's home region.
	home bool
}

// place is where an event names its assets, and what ARN the name makes.
type place struct {
	path string
	arn  arnShape
}

// table has one row for each event of internal/createevent. The shapes are those of CloudTrail's records;
// testdata has one example of each, and testdata/sources.tsv says who has seen the shape.
var table = slices.Concat(computeRows, networkRows, dataRows, messageRows, deliveryRows, accountRows)

// ways are the services whose tags are read, or written, by calls of their own. For all others it is the tagging
// API, one call for many assets: GetResources shows what it knows some seconds late, but the tags that the asset
// was born with stand in the event, and only what somebody else wrote within those seconds can be missed; only
// keys that nobody gave are written.
var ways = map[string]way{
	"ec2":    {read: (*Handler).readEC2Tags}, // up to 200 assets a call, and always current
	"s3":     {read: (*Handler).eachBucket},
	"rds":    {read: (*Handler).eachDatabase},
	"lambda": {read: (*Handler).eachFunction},
	// lambdas/internal/servicetags says why.
	"iam":     {read: (*Handler).eachByOwnCall, write: tagByOwnCall},
	"aps":     {read: (*Handler).eachByOwnCall, write: tagByOwnCall},
	"grafana": {read: (*Handler).eachByOwnCall, write: tagByOwnCall},
}

// made is a row of an event whose request holds the tags, if any.
func made(service, event, kind string, ids ...place) row {
	return row{event: createevent.Of(service, event), kind: kind, ids: ids, tags: (*record).requestTags}
}

// ec2Made is a row of an EC2 event: path is below responseElements, in newer calls one level deeper and as in the
// API's XML, where a list's items[] is item[].
func ec2Made(event, resourceType, path string) row {
	shape := regional("ec2", resourceType+"/")
	xml := event + "Response." + strings.ReplaceAll(path, "items[]", "item[]")
	w := made("ec2", event, "ec2:"+resourceType, inResponse(path, shape), inResponse(xml, shape))
	w.tags = func(r *record) map[string]string { return r.launchTags(resourceType) }
	return w
}

// named: the asset's own name stands at path below requestParameters.
func (w row) named(path string) row {
	w.name = "requestParameters." + path
	return w
}

// atHome: the assets are tagged in the partition's home region.
func (w row) atHome() row {
	w.home = true
	return w
}

// orChanged: the call also changes, or only names, what is there already.
func (w row) orChanged() row {
	w.puts = true
	return w
}

// unlessManaged: assets of AWS's own say so at path below responseElements.
func (w row) unlessManaged(path string) row {
	w.managed = "responseElements." + path
	return w
}

// arnInResponse: the response holds the ARN.
func arnInResponse(path string) place { return place{"responseElements." + path, given} }

func inResponse(path string, shape arnShape) place { return place{"responseElements." + path, shape} }

func inRequest(path string, shape arnShape) place { return place{"requestParameters." + path, shape} }

var rows = index(table)

func index(table []row) map[createevent.Event]*row {
	rows := make(map[createevent.Event]*row, len(table))
	for i := range table {
		rows[table[i].event] = &table[i]
	}
	return rows
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

// global: arn:PARTITION:SERVICE:::PREFIXid.
func global(service, prefix string) arnShape {
	return func(r *record, _, id string) string {
		return strings.Join([]string{"arn", r.partition, service, "", "", prefix + id}, ":")
	}
}

// unowned: arn:PARTITION:SERVICE:REGION::PREFIXid.
func unowned(service, prefix string) arnShape {
	return func(r *record, region, id string) string {
		return strings.Join([]string{"arn", r.partition, service, region, "", prefix + id}, ":")
	}
}

// accountWide: arn:PARTITION:SERVICE::ACCOUNT:PREFIXid.
func accountWide(service, prefix string) arnShape {
	return func(r *record, _, id string) string {
		return strings.Join([]string{"arn", r.partition, service, "", r.account, prefix + id}, ":")
	}
}

// bare: the id is given with a path before it, which the ARN does not have.
func bare(shape arnShape) arnShape {
	return func(r *record, region, id string) string { return shape(r, region, lastPart(id)) }
}

// rooted: the name begins with a slash if it has one inside, and the ARN has that slash already.
func rooted(shape arnShape) arnShape {
	return func(r *record, region, id string) string { return shape(r, region, strings.TrimPrefix(id, "/")) }
}

// lowerCase: the service keeps the name in lower case, whatever the caller wrote.
func lowerCase(shape arnShape) arnShape {
	return func(r *record, region, id string) string { return shape(r, region, strings.ToLower(id)) }
}

// service is the service of the assets' ARNs.
func (w *row) service() string {
	service, _, _ := strings.Cut(w.kind, ":")
	return service
}

// assets finds the assets that the event made, without those that are born with them. None means that the
// event does not say what it made.
func (w *row) assets(r *record) []*asset {
	region := r.region
	if w.region != "" {
		region = locationRegion(firstText(r.text(w.region), r.region))
	}
	if w.home {
		region = regions.OfGlobal(r.partition)
	}
	service := w.service()
	var assets []*asset
	for _, p := range w.ids {
		for _, id := range r.texts(p.path) {
			arn := p.arn(r, region, id)
			if arn == "" {
				continue
			}
			a := &asset{Asset: tagpolicy.Asset{
				Service: service, ResourceType: w.kind, ARN: arn, Region: firstText(regionOf(arn), region), Account: r.account,
				Creator: r.creator, CreatedAt: r.at, Tags: w.tags(r), Names: []string{lastPart(id)},
			}}
			a.puts, a.given = w.puts, w.tags(r)
			if name := r.text(w.name); name != "" && name != a.Names[0] {
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
