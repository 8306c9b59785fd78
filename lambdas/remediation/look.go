package remediation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"assetguard/internal/remediation"
)

// errGone says that the resource does not exist any more.
var errGone = errors.New("the resource does not exist any more")

// tags are those of the resource, asked of AWS now. Accounts have none.
func (h *Handler) tags(ctx context.Context, s remediation.Subject) (map[string]string, error) {
	there := h.Services(s.Account, s.Region)
	tags := map[string]string{}
	switch {
	case !strings.HasPrefix(s.ARN, "arn:"):
		return tags, nil
	case s.Type == "AwsIamUser": // the tagging API does not know users
		out, err := there.Identities.GetUser(ctx, &iam.GetUserInput{UserName: aws.String(s.Name)})
		if err != nil {
			return nil, orGone(err)
		}
		for _, tag := range out.User.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		return tags, nil
	}
	if s.Type == "AwsS3Bucket" {
		return bucketTags(ctx, there, s)
	}
	out, err := there.Tagging.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: []string{s.ARN}})
	if err != nil {
		return nil, err
	}
	for _, mapping := range out.ResourceTagMappingList {
		for _, tag := range mapping.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return tags, nil
}

// bucketTags asks the bucket itself. Its ARN names neither account nor region, and the tagging API knows nothing of a bucket
// of another one, which would look like one without tags: here both are an error.
func bucketTags(ctx context.Context, there Services, s remediation.Subject) (map[string]string, error) {
	tags := map[string]string{}
	out, err := there.Buckets.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String(s.Name), ExpectedBucketOwner: aws.String(s.Account)})
	if hasCode(err, "NoSuchTagSet") {
		return tags, nil
	}
	if err != nil {
		return nil, orGone(err)
	}
	for _, tag := range out.TagSet {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

// identity asks AWS for the value that the runbook needs and the finding lacks.
func (h *Handler) identity(ctx context.Context, kind remediation.Identity, s remediation.Subject) (string, error) {
	there := h.Services(s.Account, s.Region)
	switch kind {
	case remediation.IdentityDatabase:
		database, err := database(ctx, there, s)
		return aws.ToString(database.DbiResourceId), err
	case remediation.IdentityCluster:
		cluster, err := cluster(ctx, there, s)
		return aws.ToString(cluster.DbClusterResourceId), err
	case remediation.IdentityUser:
		out, err := there.Identities.GetUser(ctx, &iam.GetUserInput{UserName: aws.String(s.Name)})
		if err != nil {
			return "", orGone(err)
		}
		return aws.ToString(out.User.UserId), nil
	}
	return "", nil
}

// gone are the codes by which services say that something does not exist.
var gone = []string{"NotFound", "NoSuchEntity", "NoSuchBucket", "DBInstanceNotFoundFault", "DBClusterNotFoundFault"}

func orGone(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && slices.ContainsFunc(gone, func(part string) bool { return strings.Contains(api.ErrorCode(), part) }) {
		return errors.Join(errGone, err)
	}
	return err
}

// hasCode tells whether a service answered with a code, which for some settings means that there is none.
func hasCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code
}

func database(ctx context.Context, there Services, s remediation.Subject) (rdstypes.DBInstance, error) {
	out, err := there.Databases.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String(s.Name)})
	if err != nil {
		return rdstypes.DBInstance{}, orGone(err)
	}
	if len(out.DBInstances) == 0 {
		return rdstypes.DBInstance{}, errGone
	}
	return out.DBInstances[0], nil
}

func cluster(ctx context.Context, there Services, s remediation.Subject) (rdstypes.DBCluster, error) {
	out, err := there.Databases.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: aws.String(s.Name)})
	if err != nil {
		return rdstypes.DBCluster{}, orGone(err)
	}
	if len(out.DBClusters) == 0 {
		return rdstypes.DBCluster{}, errGone
	}
	return out.DBClusters[0], nil
}

// state is how the resource stands in what the runbook changes: name=value, in the words of the service's own API.
func (h *Handler) state(ctx context.Context, runbook string, s remediation.Subject) (string, error) {
	look, known := looks[runbook]
	if !known {
		return "", fmt.Errorf("nothing looks at what %s changes", runbook)
	}
	return look(ctx, h.Services(s.Account, s.Region), s)
}

type lookAt func(context.Context, Services, remediation.Subject) (string, error)

// looks say by runbook how a resource stands.
var looks = map[string]lookAt{
	"block-public-bucket": bucketBlock, "block-public-account": accountBlock, "bucket-tls": bucketPolicy,
	"bucket-versioning": versioning, "bucket-encryption": encryption,
	"close-default-group": allRules, "close-ssh": openRules, "close-open-ports": openRules,
	"encrypt-new-volumes": newVolumes, "require-imdsv2": metadata, "no-public-addresses": addresses,
	"rotate-key": rotation, "validate-trail-logs": validation, "password-policy": passwords, "revoke-unused": accessKeys,
	"database-private":      databaseState(func(d rdstypes.DBInstance) string { return pair("PubliclyAccessible", d.PubliclyAccessible) }),
	"protect-database":      databaseState(func(d rdstypes.DBInstance) string { return pair("DeletionProtection", d.DeletionProtection) }),
	"back-up-database":      databaseState(func(d rdstypes.DBInstance) string { return pair("BackupRetentionPeriod", d.BackupRetentionPeriod) }),
	"upgrade-database":      databaseState(func(d rdstypes.DBInstance) string { return pair("AutoMinorVersionUpgrade", d.AutoMinorVersionUpgrade) }),
	"tag-snapshots":         databaseState(func(d rdstypes.DBInstance) string { return pair("CopyTagsToSnapshot", d.CopyTagsToSnapshot) }),
	"protect-cluster":       clusterState(func(c rdstypes.DBCluster) string { return pair("DeletionProtection", c.DeletionProtection) }),
	"tag-cluster-snapshots": clusterState(func(c rdstypes.DBCluster) string { return pair("CopyTagsToSnapshot", c.CopyTagsToSnapshot) }),
	"protect-balancer":      balancer, "recover-table": recovery, "detect-threats": detection, "warehouse-private": warehouse,
	"patch-instance": patches,
}

// pair writes a setting; one that the service does not name is off.
func pair[T bool | int32](name string, value *T) string {
	if value == nil {
		return name + "=false"
	}
	return fmt.Sprintf("%s=%v", name, *value)
}

func databaseState(say func(rdstypes.DBInstance) string) lookAt {
	return func(ctx context.Context, there Services, s remediation.Subject) (string, error) {
		found, err := database(ctx, there, s)
		if err != nil {
			return "", err
		}
		return say(found), nil
	}
}

func clusterState(say func(rdstypes.DBCluster) string) lookAt {
	return func(ctx context.Context, there Services, s remediation.Subject) (string, error) {
		found, err := cluster(ctx, there, s)
		if err != nil {
			return "", err
		}
		return say(found), nil
	}
}

// noBlock says that there is no public access block.
const noBlock = "PublicAccessBlock=none"

func block(blockACLs, blockPolicy, ignore, restrict *bool) string {
	return strings.Join([]string{pair("BlockPublicAcls", blockACLs), pair("BlockPublicPolicy", blockPolicy),
		pair("IgnorePublicAcls", ignore), pair("RestrictPublicBuckets", restrict)}, ", ")
}

func bucketBlock(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Buckets.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(s.Name)})
	if hasCode(err, "NoSuchPublicAccessBlockConfiguration") {
		return noBlock, nil
	}
	if err != nil {
		return "", err
	}
	c := out.PublicAccessBlockConfiguration
	if c == nil {
		return noBlock, nil
	}
	return block(c.BlockPublicAcls, c.BlockPublicPolicy, c.IgnorePublicAcls, c.RestrictPublicBuckets), nil
}

func accountBlock(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Account.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: aws.String(s.Account)})
	if hasCode(err, "NoSuchPublicAccessBlockConfiguration") {
		return noBlock, nil
	}
	if err != nil {
		return "", err
	}
	c := out.PublicAccessBlockConfiguration
	if c == nil {
		return noBlock, nil
	}
	return block(c.BlockPublicAcls, c.BlockPublicPolicy, c.IgnorePublicAcls, c.RestrictPublicBuckets), nil
}

func versioning(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Buckets.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(s.Name)})
	if err != nil {
		return "", err
	}
	if out.Status == "" {
		return "Versioning=none", nil
	}
	return "Versioning=" + string(out.Status), nil
}

func encryption(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Buckets.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(s.Name)})
	if hasCode(err, "ServerSideEncryptionConfigurationNotFoundError") {
		return "SSEAlgorithm=none", nil
	}
	if err != nil {
		return "", err
	}
	algorithms := []string{}
	if out.ServerSideEncryptionConfiguration != nil {
		for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
			if by := rule.ApplyServerSideEncryptionByDefault; by != nil {
				algorithms = append(algorithms, string(by.SSEAlgorithm))
			}
		}
	}
	if len(algorithms) == 0 {
		algorithms = []string{"none"}
	}
	return "SSEAlgorithm=" + strings.Join(algorithms, ","), nil
}

// bucketPolicy tells whether a statement of the policy speaks of requests without TLS.
func bucketPolicy(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Buckets.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(s.Name)})
	if hasCode(err, "NoSuchBucketPolicy") {
		return "BucketPolicy=none", nil
	}
	if err != nil {
		return "", err
	}
	var policy struct {
		Statement []struct {
			Effect    string
			Condition map[string]map[string]any
		}
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.Policy)), &policy); err != nil {
		return "", fmt.Errorf("bucket policy: %w", err)
	}
	for _, statement := range policy.Statement {
		if _, tls := statement.Condition["Bool"]["aws:SecureTransport"]; tls && statement.Effect == "Deny" {
			return "Deny aws:SecureTransport=true", nil
		}
	}
	return "Deny aws:SecureTransport=false", nil
}

func group(ctx context.Context, there Services, s remediation.Subject) (ec2types.SecurityGroup, error) {
	out, err := there.Compute.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{s.Name}})
	if err != nil {
		return ec2types.SecurityGroup{}, err
	}
	if len(out.SecurityGroups) == 0 {
		return ec2types.SecurityGroup{}, errGone
	}
	return out.SecurityGroups[0], nil
}

func allRules(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	found, err := group(ctx, there, s)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("IpPermissions=%d, IpPermissionsEgress=%d", len(found.IpPermissions), len(found.IpPermissionsEgress)), nil
}

// openRules are the rules that let everybody in, such as tcp 22 from 0.0.0.0/0.
func openRules(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	found, err := group(ctx, there, s)
	if err != nil {
		return "", err
	}
	var open []string
	for _, permission := range found.IpPermissions {
		var from []string
		for _, r := range permission.IpRanges {
			if aws.ToString(r.CidrIp) == "0.0.0.0/0" {
				from = append(from, "0.0.0.0/0")
			}
		}
		for _, r := range permission.Ipv6Ranges {
			if aws.ToString(r.CidrIpv6) == "::/0" {
				from = append(from, "::/0")
			}
		}
		for _, source := range from {
			open = append(open, ports(permission)+" from "+source)
		}
	}
	slices.Sort(open)
	if open = slices.Compact(open); len(open) == 0 {
		return "IpPermissions from 0.0.0.0/0 or ::/0: none", nil
	}
	return "IpPermissions: " + strings.Join(open, ", "), nil
}

func ports(p ec2types.IpPermission) string {
	protocol := aws.ToString(p.IpProtocol)
	switch from, to := aws.ToInt32(p.FromPort), aws.ToInt32(p.ToPort); {
	case protocol == "-1" || p.FromPort == nil:
		return "all traffic"
	case from == to:
		return protocol + " " + strconv.Itoa(int(from))
	default:
		return fmt.Sprintf("%s %d-%d", protocol, from, to)
	}
}

func newVolumes(ctx context.Context, there Services, _ remediation.Subject) (string, error) {
	out, err := there.Compute.GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{})
	if err != nil {
		return "", err
	}
	return pair("EbsEncryptionByDefault", out.EbsEncryptionByDefault), nil
}

func metadata(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Compute.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{s.Name}})
	if err != nil {
		return "", err
	}
	for _, reservation := range out.Reservations {
		for _, instance := range reservation.Instances {
			if instance.MetadataOptions != nil {
				return "HttpTokens=" + string(instance.MetadataOptions.HttpTokens), nil
			}
		}
	}
	return "", errGone
}

func addresses(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Compute.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: []string{s.Name}})
	if err != nil {
		return "", err
	}
	if len(out.Subnets) == 0 {
		return "", errGone
	}
	return pair("MapPublicIpOnLaunch", out.Subnets[0].MapPublicIpOnLaunch), nil
}

func rotation(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Keys.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(s.Name)})
	if err != nil {
		return "", err
	}
	return pair("KeyRotationEnabled", &out.KeyRotationEnabled), nil
}

func validation(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Trails.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(s.ARN)})
	if err != nil {
		return "", err
	}
	if out.Trail == nil {
		return "", errGone
	}
	return pair("LogFileValidationEnabled", out.Trail.LogFileValidationEnabled), nil
}

func passwords(ctx context.Context, there Services, _ remediation.Subject) (string, error) {
	out, err := there.Identities.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if hasCode(err, "NoSuchEntity") || hasCode(err, "NoSuchEntityException") {
		return "PasswordPolicy=none", nil
	}
	if err != nil {
		return "", err
	}
	p := out.PasswordPolicy
	return strings.Join([]string{pair("MinimumPasswordLength", p.MinimumPasswordLength), pair("MaxPasswordAge", p.MaxPasswordAge),
		pair("PasswordReusePrevention", p.PasswordReusePrevention)}, ", "), nil
}

func accessKeys(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Identities.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: aws.String(s.Name)})
	if err != nil {
		return "", err
	}
	var keys []string
	for _, key := range out.AccessKeyMetadata {
		keys = append(keys, aws.ToString(key.AccessKeyId)+" "+string(key.Status))
	}
	if len(keys) == 0 {
		return "AccessKeys=none", nil
	}
	return "AccessKeys: " + strings.Join(keys, ", "), nil
}

func balancer(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Balancers.DescribeLoadBalancerAttributes(ctx, &elasticloadbalancingv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: aws.String(s.ARN)})
	if err != nil {
		return "", err
	}
	const protection = "deletion_protection.enabled"
	for _, attribute := range out.Attributes {
		if aws.ToString(attribute.Key) == protection {
			return protection + "=" + aws.ToString(attribute.Value), nil
		}
	}
	return protection + "=false", nil
}

func recovery(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Tables.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String(s.Name)})
	if err != nil {
		return "", err
	}
	if d := out.ContinuousBackupsDescription; d != nil && d.PointInTimeRecoveryDescription != nil {
		return "PointInTimeRecovery=" + string(d.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus), nil
	}
	return "PointInTimeRecovery=DISABLED", nil
}

func detection(ctx context.Context, there Services, _ remediation.Subject) (string, error) {
	out, err := there.Detectors.ListDetectors(ctx, &guardduty.ListDetectorsInput{})
	if err != nil {
		return "", err
	}
	return "Detectors=" + strconv.Itoa(len(out.DetectorIds)), nil
}

func warehouse(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Warehouses.DescribeClusters(ctx, &redshift.DescribeClustersInput{ClusterIdentifier: aws.String(s.Name)})
	if err != nil {
		return "", err
	}
	if len(out.Clusters) == 0 {
		return "", errGone
	}
	return pair("PubliclyAccessible", out.Clusters[0].PubliclyAccessible), nil
}

func patches(ctx context.Context, there Services, s remediation.Subject) (string, error) {
	out, err := there.Patches.DescribeInstancePatchStates(ctx, &ssm.DescribeInstancePatchStatesInput{InstanceIds: []string{s.Name}})
	if err != nil {
		return "", err
	}
	if len(out.InstancePatchStates) == 0 {
		return "MissingCount=unknown", nil
	}
	state := out.InstancePatchStates[0]
	return fmt.Sprintf("MissingCount=%d, FailedCount=%d, InstalledPendingRebootCount=%d", state.MissingCount, state.FailedCount,
		aws.ToInt32(state.InstalledPendingRebootCount)), nil
}
