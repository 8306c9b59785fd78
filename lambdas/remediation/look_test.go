package remediation

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	s3controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/remediation"
)

// site answers for the services of an account: everything is as a repair leaves it, or nothing is set.
type site struct{ repaired bool }

// none is the error of a service that has no such setting.
func (s site) none(code string) error {
	if s.repaired {
		return nil
	}
	return apiError(code)
}

type siteBuckets struct{ site }

func (s siteBuckets) GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error) {
	on := aws.Bool(true)
	return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: on, BlockPublicPolicy: on, IgnorePublicAcls: on, RestrictPublicBuckets: on,
	}}, s.none("NoSuchPublicAccessBlockConfiguration")
}

func (s siteBuckets) GetBucketVersioning(context.Context, *s3.GetBucketVersioningInput, ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error) {
	if s.repaired {
		return &s3.GetBucketVersioningOutput{Status: s3types.BucketVersioningStatusEnabled}, nil
	}
	return &s3.GetBucketVersioningOutput{}, nil
}

func (s siteBuckets) GetBucketEncryption(context.Context, *s3.GetBucketEncryptionInput, ...func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error) {
	return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
		Rules: []s3types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: "AES256"}}},
	}}, s.none("ServerSideEncryptionConfigurationNotFoundError")
}

func (s siteBuckets) GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error) {
	return &s3.GetBucketPolicyOutput{Policy: aws.String(`{"Statement":[{"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)},
		s.none("NoSuchBucketPolicy")
}

func (s siteBuckets) GetBucketTagging(context.Context, *s3.GetBucketTaggingInput, ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error) {
	return nil, apiError("NoSuchTagSet")
}

type siteAccount struct{ site }

func (s siteAccount) GetPublicAccessBlock(context.Context, *s3control.GetPublicAccessBlockInput, ...func(*s3control.Options)) (*s3control.GetPublicAccessBlockOutput, error) {
	return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &s3controltypes.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
	}}, s.none("NoSuchPublicAccessBlockConfiguration")
}

type siteCompute struct{ site }

func (s siteCompute) DescribeSecurityGroups(context.Context, *ec2.DescribeSecurityGroupsInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	group := ec2types.SecurityGroup{}
	if !s.repaired {
		group.IpPermissions = []ec2types.IpPermission{
			{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}, {CidrIp: aws.String("10.0.0.0/8")}}},
			{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(8000), ToPort: aws.Int32(8080), Ipv6Ranges: []ec2types.Ipv6Range{{CidrIpv6: aws.String("::/0")}}},
			{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}},
		}
	}
	return &ec2.DescribeSecurityGroupsOutput{SecurityGroups: []ec2types.SecurityGroup{group}}, nil
}

func (s siteCompute) DescribeInstances(context.Context, *ec2.DescribeInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	tokens := ec2types.HttpTokensStateOptional
	if s.repaired {
		tokens = ec2types.HttpTokensStateRequired
	}
	return &ec2.DescribeInstancesOutput{Reservations: []ec2types.Reservation{{Instances: []ec2types.Instance{
		{MetadataOptions: &ec2types.InstanceMetadataOptionsResponse{HttpTokens: tokens}}}}}}, nil
}

func (s siteCompute) DescribeSubnets(context.Context, *ec2.DescribeSubnetsInput, ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error) {
	return &ec2.DescribeSubnetsOutput{Subnets: []ec2types.Subnet{{MapPublicIpOnLaunch: aws.Bool(!s.repaired)}}}, nil
}

func (s siteCompute) GetEbsEncryptionByDefault(context.Context, *ec2.GetEbsEncryptionByDefaultInput, ...func(*ec2.Options)) (*ec2.GetEbsEncryptionByDefaultOutput, error) {
	return &ec2.GetEbsEncryptionByDefaultOutput{EbsEncryptionByDefault: aws.Bool(s.repaired)}, nil
}

type siteRest struct{ site }

func (s siteRest) GetKeyRotationStatus(context.Context, *kms.GetKeyRotationStatusInput, ...func(*kms.Options)) (*kms.GetKeyRotationStatusOutput, error) {
	return &kms.GetKeyRotationStatusOutput{KeyRotationEnabled: s.repaired}, nil
}

func (s siteRest) GetTrail(context.Context, *cloudtrail.GetTrailInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	return &cloudtrail.GetTrailOutput{Trail: &trailtypes.Trail{LogFileValidationEnabled: aws.Bool(s.repaired)}}, nil
}

func (s siteRest) DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	days := int32(0)
	if s.repaired {
		days = 7
	}
	return &rds.DescribeDBInstancesOutput{DBInstances: []rdstypes.DBInstance{{
		PubliclyAccessible: aws.Bool(!s.repaired), DeletionProtection: aws.Bool(s.repaired), BackupRetentionPeriod: aws.Int32(days),
		AutoMinorVersionUpgrade: aws.Bool(s.repaired), CopyTagsToSnapshot: aws.Bool(s.repaired),
	}}}, nil
}

func (s siteRest) DescribeDBClusters(context.Context, *rds.DescribeDBClustersInput, ...func(*rds.Options)) (*rds.DescribeDBClustersOutput, error) {
	return &rds.DescribeDBClustersOutput{DBClusters: []rdstypes.DBCluster{{DeletionProtection: aws.Bool(s.repaired), CopyTagsToSnapshot: aws.Bool(s.repaired)}}}, nil
}

func (s siteRest) DescribeLoadBalancerAttributes(context.Context, *elasticloadbalancingv2.DescribeLoadBalancerAttributesInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeLoadBalancerAttributesOutput, error) {
	out := &elasticloadbalancingv2.DescribeLoadBalancerAttributesOutput{}
	if s.repaired {
		out.Attributes = []elbtypes.LoadBalancerAttribute{{Key: aws.String("deletion_protection.enabled"), Value: aws.String("true")}}
	}
	return out, nil
}

func (s siteRest) DescribeContinuousBackups(context.Context, *dynamodb.DescribeContinuousBackupsInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeContinuousBackupsOutput, error) {
	out := &dynamodb.DescribeContinuousBackupsOutput{}
	if s.repaired {
		out.ContinuousBackupsDescription = &dbtypes.ContinuousBackupsDescription{
			PointInTimeRecoveryDescription: &dbtypes.PointInTimeRecoveryDescription{PointInTimeRecoveryStatus: dbtypes.PointInTimeRecoveryStatusEnabled}}
	}
	return out, nil
}

func (s siteRest) ListDetectors(context.Context, *guardduty.ListDetectorsInput, ...func(*guardduty.Options)) (*guardduty.ListDetectorsOutput, error) {
	if s.repaired {
		return &guardduty.ListDetectorsOutput{DetectorIds: []string{"one"}}, nil
	}
	return &guardduty.ListDetectorsOutput{}, nil
}

func (s siteRest) DescribeClusters(context.Context, *redshift.DescribeClustersInput, ...func(*redshift.Options)) (*redshift.DescribeClustersOutput, error) {
	return &redshift.DescribeClustersOutput{Clusters: []redshifttypes.Cluster{{PubliclyAccessible: aws.Bool(!s.repaired)}}}, nil
}

func (s siteRest) DescribeInstancePatchStates(context.Context, *ssm.DescribeInstancePatchStatesInput, ...func(*ssm.Options)) (*ssm.DescribeInstancePatchStatesOutput, error) {
	missing := int32(4)
	if s.repaired {
		missing = 0
	}
	return &ssm.DescribeInstancePatchStatesOutput{InstancePatchStates: []ssmtypes.InstancePatchState{{MissingCount: missing, InstalledPendingRebootCount: aws.Int32(1)}}}, nil
}

type siteIdentities struct{ site }

func (s siteIdentities) GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error) {
	return &iam.GetUserOutput{User: &iamtypes.User{}}, nil
}

func (s siteIdentities) GetAccountPasswordPolicy(context.Context, *iam.GetAccountPasswordPolicyInput, ...func(*iam.Options)) (*iam.GetAccountPasswordPolicyOutput, error) {
	return &iam.GetAccountPasswordPolicyOutput{PasswordPolicy: &iamtypes.PasswordPolicy{
		MinimumPasswordLength: aws.Int32(14), MaxPasswordAge: aws.Int32(90), PasswordReusePrevention: aws.Int32(24),
	}}, s.none("NoSuchEntity")
}

func (s siteIdentities) ListAccessKeys(context.Context, *iam.ListAccessKeysInput, ...func(*iam.Options)) (*iam.ListAccessKeysOutput, error) {
	out := &iam.ListAccessKeysOutput{}
	if !s.repaired {
		out.AccessKeyMetadata = []iamtypes.AccessKeyMetadata{{AccessKeyId: aws.String("AKIAEXAMPLE"), Status: iamtypes.StatusTypeActive}}
	}
	return out, nil
}

func servicesOf(repaired bool) Services {
	s := site{repaired}
	rest := siteRest{s}
	return Services{
		Buckets: siteBuckets{s}, Account: siteAccount{s}, Compute: siteCompute{s}, Keys: rest, Trails: rest, Databases: rest, Balancers: rest,
		Tables: rest, Detectors: rest, Warehouses: rest, Patches: rest, Identities: siteIdentities{s},
	}
}

// TestLooks: people see how the resource of each runbook stood before and stands after.
func TestLooks(t *testing.T) {
	block := "BlockPublicAcls=true, BlockPublicPolicy=true, IgnorePublicAcls=true, RestrictPublicBuckets="
	for runbook, want := range map[string][2]string{
		"block-public-bucket":   {"PublicAccessBlock=none", block + "true"},
		"block-public-account":  {"PublicAccessBlock=none", block + "false"},
		"bucket-tls":            {"BucketPolicy=none", "Deny aws:SecureTransport=true"},
		"bucket-versioning":     {"Versioning=none", "Versioning=Enabled"},
		"bucket-encryption":     {"SSEAlgorithm=none", "SSEAlgorithm=AES256"},
		"close-default-group":   {"IpPermissions=3, IpPermissionsEgress=0", "IpPermissions=0, IpPermissionsEgress=0"},
		"close-ssh":             {"IpPermissions: all traffic from 0.0.0.0/0, tcp 22 from 0.0.0.0/0, tcp 8000-8080 from ::/0", "IpPermissions from 0.0.0.0/0 or ::/0: none"},
		"close-open-ports":      {"IpPermissions: all traffic from 0.0.0.0/0, tcp 22 from 0.0.0.0/0, tcp 8000-8080 from ::/0", "IpPermissions from 0.0.0.0/0 or ::/0: none"},
		"encrypt-new-volumes":   {"EbsEncryptionByDefault=false", "EbsEncryptionByDefault=true"},
		"require-imdsv2":        {"HttpTokens=optional", "HttpTokens=required"},
		"no-public-addresses":   {"MapPublicIpOnLaunch=true", "MapPublicIpOnLaunch=false"},
		"rotate-key":            {"KeyRotationEnabled=false", "KeyRotationEnabled=true"},
		"validate-trail-logs":   {"LogFileValidationEnabled=false", "LogFileValidationEnabled=true"},
		"password-policy":       {"PasswordPolicy=none", "MinimumPasswordLength=14, MaxPasswordAge=90, PasswordReusePrevention=24"},
		"revoke-unused":         {"AccessKeys: AKIAEXAMPLE Active", "AccessKeys=none"},
		"database-private":      {"PubliclyAccessible=true", "PubliclyAccessible=false"},
		"protect-database":      {"DeletionProtection=false", "DeletionProtection=true"},
		"protect-cluster":       {"DeletionProtection=false", "DeletionProtection=true"},
		"back-up-database":      {"BackupRetentionPeriod=0", "BackupRetentionPeriod=7"},
		"upgrade-database":      {"AutoMinorVersionUpgrade=false", "AutoMinorVersionUpgrade=true"},
		"tag-snapshots":         {"CopyTagsToSnapshot=false", "CopyTagsToSnapshot=true"},
		"tag-cluster-snapshots": {"CopyTagsToSnapshot=false", "CopyTagsToSnapshot=true"},
		"protect-balancer":      {"deletion_protection.enabled=false", "deletion_protection.enabled=true"},
		"recover-table":         {"PointInTimeRecovery=DISABLED", "PointInTimeRecovery=ENABLED"},
		"detect-threats":        {"Detectors=0", "Detectors=1"},
		"warehouse-private":     {"PubliclyAccessible=true", "PubliclyAccessible=false"},
		"patch-instance":        {"MissingCount=4, FailedCount=0, InstalledPendingRebootCount=1", "MissingCount=0, FailedCount=0, InstalledPendingRebootCount=1"},
	} {
		for i, repaired := range []bool{false, true} {
			h := &Handler{Clients: Clients{Services: func(string, string) Services { return servicesOf(repaired) }}}
			got, err := h.state(t.Context(), runbook, remediation.Subject{Name: "one"})
			require.NoError(t, err, runbook)
			assert.Equal(t, want[i], got, "%s, repaired %t", runbook, repaired)
		}
	}
	for _, runbook := range remediation.Runbooks() {
		assert.Contains(t, looks, runbook.ID, "people see what each runbook changed")
	}
}
