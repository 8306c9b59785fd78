package sweep

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"assetguard/internal/assetlist"
	"assetguard/internal/contract"
	"assetguard/lambdas/internal/buckettags"
	"assetguard/lambdas/internal/servicetags"
)

// Region is the clients of one region.
type Region struct {
	EC2      EC2
	S3       S3
	RDS      RDS
	IAM      IAM // the account's, whatever the region
	Control  CloudControl
	Tagging  Tagging
	Own      servicetags.Clients // for what the tagging API does not take
	Config   ConfigService
	Explorer Explorer
}

// EC2 is what is asked of EC2.
type EC2 interface {
	DescribeInstances(context.Context, *ec2.DescribeInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error)
	DescribeVolumes(context.Context, *ec2.DescribeVolumesInput, ...func(*ec2.Options)) (*ec2.DescribeVolumesOutput, error)
	DescribeNetworkInterfaces(context.Context, *ec2.DescribeNetworkInterfacesInput, ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error)
	DescribeSecurityGroups(context.Context, *ec2.DescribeSecurityGroupsInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error)
	DescribeImages(context.Context, *ec2.DescribeImagesInput, ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error)
	DescribeSnapshots(context.Context, *ec2.DescribeSnapshotsInput, ...func(*ec2.Options)) (*ec2.DescribeSnapshotsOutput, error)
	DescribeKeyPairs(context.Context, *ec2.DescribeKeyPairsInput, ...func(*ec2.Options)) (*ec2.DescribeKeyPairsOutput, error)
	DescribeSpotInstanceRequests(context.Context, *ec2.DescribeSpotInstanceRequestsInput, ...func(*ec2.Options)) (*ec2.DescribeSpotInstanceRequestsOutput, error)
	DescribeManagedPrefixLists(context.Context, *ec2.DescribeManagedPrefixListsInput, ...func(*ec2.Options)) (*ec2.DescribeManagedPrefixListsOutput, error)
	DescribeTags(context.Context, *ec2.DescribeTagsInput, ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error)
}

// S3 is what is asked of S3.
type S3 interface {
	ListBuckets(context.Context, *s3.ListBucketsInput, ...func(*s3.Options)) (*s3.ListBucketsOutput, error)
	buckettags.S3
}

// RDS is what is asked of RDS.
type RDS interface {
	DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error)
	DescribeDBSnapshots(context.Context, *rds.DescribeDBSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error)
	DescribeDBClusterSnapshots(context.Context, *rds.DescribeDBClusterSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBClusterSnapshotsOutput, error)
}

// pageSize is how many assets a service is asked for at once; an EC2 filter takes as many values.
const pageSize = 200

// region is a region on its way through the sources.
type region struct {
	Region

	name, partition, account string
	home                     bool
}

// sources are where the assets of a region are found, in the order in which they are asked. Not all of
// them are available everywhere.
func (h *Handler) sources(i int) []source {
	name := h.config.Regions[i]
	r := h.region(name, i == 0)
	sources := []source{&explorer{r}, &configured{r}, &evertagged{r}}
	for _, l := range lists {
		sources = append(sources, &serviceList{r, l})
	}
	for _, kind := range assetlist.Kinds() {
		switch {
		case kind.By() != assetlist.ByCloudControl || kind.Global && !r.home:
		case kind.Global:
			sources = append(sources, &controlled{h.region(h.tagRegion(contract.GlobalRegion), true), kind})
		default:
			sources = append(sources, &controlled{r, kind})
		}
	}
	return sources
}

func (h *Handler) region(name string, home bool) *region {
	return &region{Region: h.regions(name), name: name, partition: h.config.Partition, account: h.config.Account, home: home}
}

// list is how a service lists the assets of one kind.
type list struct {
	kind string
	page func(ctx context.Context, r *region, token string) (assets []asset, next string, err error)
}

// lists has a row for each kind that internal/assetlist leaves to its service's own list, and says why.
var lists = []list{
	{"ec2:instance", listInstances},
	{"ec2:volume", listVolumes},
	{"ec2:image", listImages},
	{"ec2:snapshot", listSnapshots},
	{"ec2:key-pair", listKeyPairs},
	{"ec2:spot-instances-request", listSpotRequests},
	{"ec2:network-interface", listInterfaces},
	{"ec2:security-group", listSecurityGroups},
	{"ec2:prefix-list", listPrefixLists},
	{"s3:bucket", listBuckets},
	{"rds:db", listDatabases},
	{"rds:snapshot", listDatabaseSnapshots},
	{"rds:cluster-snapshot", listClusterSnapshots},
	{"iam:user", atHome(listUsers)},
	{"iam:role", atHome(listRoles)},
	{"iam:policy", atHome(listPolicies)},
	{"iam:instance-profile", atHome(listInstanceProfiles)},
}

// atHome makes a list of global assets, which the home region lists for all.
func atHome(page func(context.Context, *region, string) ([]asset, string, error)) func(context.Context, *region, string) ([]asset, string, error) {
	return func(ctx context.Context, r *region, token string) ([]asset, string, error) {
		if !r.home {
			return nil, "", nil
		}
		return page(ctx, r, token)
	}
}

// serviceList is a list as a source.
type serviceList struct {
	region *region
	list   list
}

func (s *serviceList) name() string                            { return sourceService + " " + s.list.kind }
func (s *serviceList) available(context.Context) (bool, error) { return true, nil }
func (s *serviceList) page(ctx context.Context, token string) ([]asset, string, error) {
	return s.list.page(ctx, s.region, token)
}

// rankName is a source's name without its kind.
func rankName(name string) string {
	name, _, _ = strings.Cut(name, " ")
	return name
}

// asset makes an asset of the region from its ARN.
func (r *region) asset(arn string) (asset, bool) { return newAsset(arn, r.name, r.account) }

// ec2 makes an EC2 asset.
func (r *region) ec2(kind, id string, tags []ec2types.Tag) asset {
	a, _ := r.asset("arn:" + r.partition + ":ec2:" + r.name + ":" + r.account + ":" + kind + "/" + id)
	a.Tags = map[string]string{}
	for _, tag := range tags {
		a.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return a
}

func first(token string) *string {
	if token == "" {
		return nil
	}
	return &token
}

func listInstances(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{NextToken: first(token), MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for _, reservation := range out.Reservations {
		for i := range reservation.Instances {
			instance := &reservation.Instances[i]
			if instance.State != nil && instance.State.Name == ec2types.InstanceStateNameTerminated {
				continue
			}
			a := r.ec2("instance", aws.ToString(instance.InstanceId), instance.Tags)
			// LaunchTime is that of the last start. The first interface stays from the launch on.
			for _, eni := range instance.NetworkInterfaces {
				if at := eni.Attachment; at != nil && aws.ToInt32(at.DeviceIndex) == 0 {
					a.CreatedAt = aws.ToTime(at.AttachTime)
				}
			}
			assets = append(assets, a)
		}
	}
	return assets, aws.ToString(out.NextToken), nil
}

func listVolumes(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{NextToken: first(token), MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, "", err
	}
	assets, of := make([]asset, 0, len(out.Volumes)), make([]string, len(out.Volumes))
	for i := range out.Volumes {
		v := &out.Volumes[i]
		a := r.ec2("volume", aws.ToString(v.VolumeId), v.Tags)
		a.CreatedAt = aws.ToTime(v.CreateTime)
		if len(v.Attachments) > 0 {
			of[i] = aws.ToString(v.Attachments[0].InstanceId)
		}
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.NextToken), r.nameAfterInstances(ctx, assets, of)
}

// own stands for the account that asks.
var own = []string{"self"}

func listImages(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeImages(ctx, &ec2.DescribeImagesInput{NextToken: first(token), MaxResults: aws.Int32(pageSize), Owners: own})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.Images {
		image := &out.Images[i]
		a := r.ec2("image", aws.ToString(image.ImageId), image.Tags)
		a.named(aws.ToString(image.Name))
		a.CreatedAt, _ = time.Parse(time.RFC3339, aws.ToString(image.CreationDate)) // zero if it does not say
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.NextToken), nil
}

func listSnapshots(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeSnapshots(ctx, &ec2.DescribeSnapshotsInput{NextToken: first(token), MaxResults: aws.Int32(pageSize), OwnerIds: own})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.Snapshots {
		snapshot := &out.Snapshots[i]
		if aws.ToString(snapshot.OwnerId) != r.account {
			continue // AWS's own, or another account's that it shares
		}
		a := r.ec2("snapshot", aws.ToString(snapshot.SnapshotId), snapshot.Tags)
		a.CreatedAt = aws.ToTime(snapshot.StartTime)
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.NextToken), nil
}

// listKeyPairs reads all at once: the call has no pages.
func listKeyPairs(ctx context.Context, r *region, _ string) ([]asset, string, error) {
	out, err := r.EC2.DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.KeyPairs {
		pair := &out.KeyPairs[i]
		a := r.ec2("key-pair", aws.ToString(pair.KeyPairId), pair.Tags)
		a.named(aws.ToString(pair.KeyName))
		a.CreatedAt = aws.ToTime(pair.CreateTime)
		assets = append(assets, a)
	}
	return assets, "", nil
}

func listSpotRequests(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeSpotInstanceRequests(ctx, &ec2.DescribeSpotInstanceRequestsInput{NextToken: first(token), MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.SpotInstanceRequests {
		request := &out.SpotInstanceRequests[i]
		if request.State == ec2types.SpotInstanceStateCancelled || request.State == ec2types.SpotInstanceStateClosed {
			continue // it is shown for some days still
		}
		a := r.ec2("spot-instances-request", aws.ToString(request.SpotInstanceRequestId), request.Tags)
		a.CreatedAt = aws.ToTime(request.CreateTime)
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.NextToken), nil
}

// prefixPage is the most that one call for prefix lists gives.
const prefixPage = 100

func listPrefixLists(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeManagedPrefixLists(ctx, &ec2.DescribeManagedPrefixListsInput{NextToken: first(token), MaxResults: aws.Int32(prefixPage)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.PrefixLists {
		prefixes := &out.PrefixLists[i]
		if aws.ToString(prefixes.OwnerId) != r.account {
			continue // AWS's own, or another account's that it shares
		}
		a := r.ec2("prefix-list", aws.ToString(prefixes.PrefixListId), prefixes.Tags)
		a.named(aws.ToString(prefixes.PrefixListName))
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.NextToken), nil
}

func listInterfaces(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NextToken: first(token), MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, "", err
	}
	assets, of := make([]asset, 0, len(out.NetworkInterfaces)), make([]string, len(out.NetworkInterfaces))
	for i := range out.NetworkInterfaces {
		eni := &out.NetworkInterfaces[i]
		if eni.Attachment != nil {
			of[i] = aws.ToString(eni.Attachment.InstanceId)
		}
		assets = append(assets, r.ec2("network-interface", aws.ToString(eni.NetworkInterfaceId), eni.TagSet))
	}
	return assets, aws.ToString(out.NextToken), r.nameAfterInstances(ctx, assets, of)
}

// nameAfterInstances gives each asset the id and the Name of the instance it belongs to, as rules match them.
func (r *region) nameAfterInstances(ctx context.Context, assets []asset, of []string) error {
	var ids []string
	seen := map[string]bool{}
	for _, id := range of {
		if id != "" && !seen[id] {
			ids, seen[id] = append(ids, id), true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names := map[string]string{}
	pages := ec2.NewDescribeTagsPaginator(r.EC2, &ec2.DescribeTagsInput{Filters: []ec2types.Filter{
		{Name: aws.String("resource-id"), Values: ids}, {Name: aws.String("key"), Values: []string{"Name"}}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, tag := range page.Tags {
			names[aws.ToString(tag.ResourceId)] = aws.ToString(tag.Value)
		}
	}
	for i := range assets {
		assets[i].named(of[i], names[of[i]])
	}
	return nil
}

func listSecurityGroups(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.EC2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{NextToken: first(token), MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, "", err
	}
	assets := make([]asset, 0, len(out.SecurityGroups))
	for i := range out.SecurityGroups {
		group := &out.SecurityGroups[i]
		a := r.ec2("security-group", aws.ToString(group.GroupId), group.Tags)
		a.named(aws.ToString(group.GroupName))
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.NextToken), nil
}

func listBuckets(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.S3.ListBuckets(ctx, &s3.ListBucketsInput{ContinuationToken: first(token), MaxBuckets: aws.Int32(pageSize), BucketRegion: &r.name})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for _, bucket := range out.Buckets {
		// An S3 that does not know the filter names no region either: then the home region has them all.
		if in := aws.ToString(bucket.BucketRegion); in != r.name && (in != "" || !r.home) {
			continue
		}
		a, _ := r.asset("arn:" + r.partition + ":s3:::" + aws.ToString(bucket.Name))
		a.CreatedAt = aws.ToTime(bucket.CreationDate)
		assets = append(assets, a)
	}
	return assets, aws.ToString(out.ContinuationToken), readTags(assets, func(a *asset) (map[string]string, error) {
		return buckettags.Of(ctx, r.S3, a.Names[0])
	})
}

func listDatabases(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{Marker: first(token)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.DBInstances {
		db := &out.DBInstances[i]
		assets = append(assets, r.rds(db.DBInstanceArn, db.InstanceCreateTime, db.TagList)...)
	}
	return assets, aws.ToString(out.Marker), nil
}

// madeByPeople are the snapshots that no schedule makes.
const madeByPeople = "manual"

func listDatabaseSnapshots(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.RDS.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{Marker: first(token), SnapshotType: aws.String(madeByPeople)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.DBSnapshots {
		snapshot := &out.DBSnapshots[i]
		assets = append(assets, r.rds(snapshot.DBSnapshotArn, snapshot.SnapshotCreateTime, snapshot.TagList)...)
	}
	return assets, aws.ToString(out.Marker), nil
}

func listClusterSnapshots(ctx context.Context, r *region, token string) ([]asset, string, error) {
	out, err := r.RDS.DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{Marker: first(token), SnapshotType: aws.String(madeByPeople)})
	if err != nil {
		return nil, "", err
	}
	var assets []asset
	for i := range out.DBClusterSnapshots {
		snapshot := &out.DBClusterSnapshots[i]
		assets = append(assets, r.rds(snapshot.DBClusterSnapshotArn, snapshot.SnapshotCreateTime, snapshot.TagList)...)
	}
	return assets, aws.ToString(out.Marker), nil
}

// rds makes an asset of RDS; none of what has no ARN yet.
func (r *region) rds(arn *string, created *time.Time, tags []rdstypes.Tag) []asset {
	a, ok := r.asset(aws.ToString(arn))
	if !ok {
		return nil
	}
	a.CreatedAt, a.Tags = aws.ToTime(created), map[string]string{}
	for _, tag := range tags {
		a.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return []asset{a}
}

func noNil(tags map[string]string) map[string]string {
	if tags == nil {
		return map[string]string{}
	}
	return tags
}

// readsAtOnce bounds the calls that go to one service together.
const readsAtOnce = 8

// readTags reads the tags of each asset by a call of its own. An asset that refuses keeps its tags unknown;
// the error is one that may pass, and then the page is to be read again.
func readTags(assets []asset, read func(*asset) (map[string]string, error)) error {
	var wait sync.WaitGroup
	var once sync.Once
	var failed error
	slots := make(chan struct{}, readsAtOnce)
	for i := range assets {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			tags, err := read(&assets[i])
			if err != nil && passing(err) {
				once.Do(func() { failed = err })
			}
			assets[i].Tags = tags
		})
	}
	wait.Wait()
	return failed
}
