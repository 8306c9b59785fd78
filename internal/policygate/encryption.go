package policygate

import (
	"fmt"
	"regexp"
	"slices"
)

// encryptionRules keep data unreadable for who gets hold of it, at rest and on the way.
var encryptionRules = []Rule{
	{
		ID: "bucket-encryption", Group: groupEncryption, Kinds: []string{"s3.Bucket"}, Source: "S3.17; ISMS-P 2.7.1",
		Title:  "A bucket says how its objects are encrypted.",
		Across: bucketEncryption,
		Mend: "make an s3.BucketServerSideEncryptionConfigurationV2 of the bucket with aws:kms and the stack's key (AES256 where " +
			"the writer takes no key, as access logs do); components/bucket does",
	},
	{
		ID: "topic-encryption", Group: groupEncryption, Kinds: []string{"sns.Topic"}, Source: "SNS.1; ISMS-P 2.7.1",
		Title: "A topic is encrypted with a key.", Check: needs("kmsMasterKeyId"),
		Mend: "set kmsMasterKeyId to the stack's key; components/topic does",
	},
	{
		ID: "queue-encryption", Group: groupEncryption, Kinds: []string{"sqs.Queue"}, Source: "SQS.1; ISMS-P 2.7.1",
		Title: "A queue is encrypted.",
		Check: func(r *Resource) []string {
			return when(!isSet(r.at("kmsMasterKeyId")) && !mayBe(r.at("sqsManagedSseEnabled"), true),
				"neither kmsMasterKeyId is set nor sqsManagedSseEnabled true")
		},
		Mend: "set kmsMasterKeyId to the stack's key; components/queue does",
	},
	{
		ID: "log-group-encryption", Group: groupEncryption, Kinds: []string{"cloudwatch.LogGroup"}, Source: "ISMS-P 2.7.1, 2.9.4",
		Title: "A log group is encrypted with a key.", Check: needs("kmsKeyId"),
		Mend: "set kmsKeyId to the stack's key",
	},
	{
		ID: "database-encryption", Group: groupEncryption, Source: "RDS.3, RDS.27, DocumentDB.1, Neptune.1; ISMS-P 2.7.1",
		Kinds: []string{"rds.Instance", "rds.Cluster", "docdb.Cluster", "neptune.Cluster"},
		Title: "The storage of a database is encrypted.",
		Check: func(r *Resource) []string {
			if isSet(r.at("replicateSourceDb")) || isSet(r.at("snapshotIdentifier")) { // as its source is
				return nil
			}
			return needsTrue("storageEncrypted")(r)
		},
		Mend: "set storageEncrypted to true and kmsKeyId to the stack's key; a database cannot be encrypted later",
	},
	{
		ID: "volume-encryption", Group: groupEncryption, Kinds: []string{"ebs.Volume"}, Source: "EC2.3; ISMS-P 2.7.1",
		Title: "A volume is encrypted.", Check: needsTrue("encrypted"),
		Mend: "set encrypted to true and kmsKeyId to the stack's key",
	},
	{
		ID: "file-system-encryption", Group: groupEncryption, Kinds: []string{"efs.FileSystem"}, Source: "EFS.1, EFS.8; ISMS-P 2.7.1",
		Title: "A file system is encrypted.", Check: needsTrue("encrypted"),
		Mend: "set encrypted to true and kmsKeyId to the stack's key",
	},
	{
		ID: "table-encryption", Group: groupEncryption, Kinds: []string{"dynamodb.Table"}, Source: "ISMS-P 2.7.1, 2.7.2",
		Title: "A DynamoDB table is encrypted with a customer key.",
		Check: func(r *Resource) []string {
			return slices.Concat(needsTrue("serverSideEncryption", "enabled")(r), needs("serverSideEncryption", "kmsKeyArn")(r))
		},
		Mend: "set serverSideEncryption.enabled to true and kmsKeyArn to the stack's key",
	},
	{
		ID: "stream-encryption", Group: groupEncryption, Kinds: []string{"kinesis.Stream"}, Source: "Kinesis.1; ISMS-P 2.7.1",
		Title: "A stream is encrypted with a key.",
		Check: func(r *Resource) []string {
			return when(!mayBe(r.at("encryptionType"), "KMS"), "encryptionType is not KMS")
		},
		Mend: "set encryptionType to KMS and kmsKeyId to the stack's key",
	},
	{
		ID: "delivery-encryption", Group: groupEncryption, Kinds: []string{"kinesis.FirehoseDeliveryStream"}, Source: "DataFirehose.1; ISMS-P 2.7.1",
		Title: "A delivery stream is encrypted.",
		Check: func(r *Resource) []string {
			if isSet(r.at("kinesisSourceConfiguration")) { // encrypted as the stream that it reads
				return nil
			}
			return needsTrue("serverSideEncryption", "enabled")(r)
		},
		Mend: "set serverSideEncryption.enabled to true, keyType to CUSTOMER_MANAGED_CMK and keyArn to the stack's key",
	},
	{
		ID: "secret-encryption", Group: groupEncryption, Kinds: []string{"secretsmanager.Secret"}, Source: "ISMS-P 2.7.2",
		Title: "A secret is encrypted with a customer key.", Check: needs("kmsKeyId"),
		Mend: "set kmsKeyId to the stack's key",
	},
	{
		ID: "registry-encryption", Group: groupEncryption, Kinds: []string{"ecr.Repository"}, Source: "ECR.5; ISMS-P 2.7.1",
		Title: "An image repository is encrypted with a customer key.",
		Check: func(r *Resource) []string {
			return slices.Concat(when(!mayBe(r.at("encryptionConfigurations", "encryptionType"), "KMS"), "encryptionType is not KMS"),
				needs("encryptionConfigurations", "kmsKey")(r))
		},
		Mend: "set encryptionConfigurations to one with encryptionType KMS and the stack's key; it cannot be changed later",
	},
	{
		ID: "cache-encryption", Group: groupEncryption, Kinds: []string{"elasticache.ReplicationGroup"}, Source: "ElastiCache.4, ElastiCache.5; ISMS-P 2.7.1",
		Title: "A cache is encrypted at rest and on the way.",
		Check: func(r *Resource) []string {
			return slices.Concat(needsTrue("atRestEncryptionEnabled")(r), needsTrue("transitEncryptionEnabled")(r))
		},
		Mend: "set atRestEncryptionEnabled and transitEncryptionEnabled to true",
	},
	{
		ID: "trail-encryption", Group: groupEncryption, Kinds: []string{"cloudtrail.Trail"}, Source: "CloudTrail.2; ISMS-P 2.9.4",
		Title: "A trail is encrypted with a key.", Check: needs("kmsKeyId"),
		Mend: "set kmsKeyId to the stack's key",
	},
	{
		ID: "listener-tls", Group: groupEncryption, Kinds: []string{"lb.Listener"}, Source: "ELB.17; ISMS-P 2.7.1",
		Title: "A TLS listener speaks TLS 1.2 or later only.",
		Check: func(r *Resource) []string {
			if !is(r.at("protocol"), "HTTPS", "TLS") {
				return nil
			}
			policy, known := r.at("sslPolicy").(string)
			return when(!isSet(r.at("sslPolicy")) || known && !modernTLS.MatchString(policy),
				fmt.Sprintf("sslPolicy is %q", policy))
		},
		Mend: "set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06 or a later one of its kind",
	},
	{
		ID: "distribution-tls", Group: groupEncryption, Kinds: []string{"cloudfront.Distribution"}, Source: "CloudFront.3, CloudFront.15; ISMS-P 2.7.1",
		Title: "A distribution speaks TLS 1.2 or later only.",
		Check: distributionTLS,
		Mend: "set viewerCertificate to a certificate of your own with minimumProtocolVersion TLSv1.2_2021, and " +
			"viewerProtocolPolicy of every cache behaviour to redirect-to-https",
	},
}

// bucketEncryption finds the encryption of a bucket: its own, or that of a companion.
func bucketEncryption(r *Resource, p *Program) []string {
	own := isSet(r.at("serverSideEncryptionConfiguration")) || isSet(r.at("serverSideEncryptionConfigurations"))
	of := p.companions(r, "s3.BucketServerSideEncryptionConfiguration", "bucket", r.at("bucket"))
	return when(!own && len(of) == 0, "no BucketServerSideEncryptionConfiguration belongs to it")
}

// modernTLS are the load balancers' policies without TLS 1.0 and 1.1.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
var modernTLS = regexp.MustCompile(`^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-`)

// modernViewers are CloudFront's policies without TLS 1.0 and 1.1.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
var modernViewers = regexp.MustCompile(`^TLSv1\.[23]_`)

func distributionTLS(r *Resource) []string {
	var problems []string
	minimum, known := r.at("viewerCertificate", "minimumProtocolVersion").(string)
	switch {
	case is(r.at("viewerCertificate", "cloudfrontDefaultCertificate"), true):
		problems = append(problems, "it has CloudFront's own certificate, and so speaks TLS 1.0 too")
	case !isSet(r.at("viewerCertificate", "minimumProtocolVersion")) || known && !modernViewers.MatchString(minimum):
		problems = append(problems, fmt.Sprintf("minimumProtocolVersion is %q", minimum))
	}
	for _, behaviour := range slices.Concat(list(r.at("defaultCacheBehavior")), list(r.at("orderedCacheBehaviors"))) {
		problems = append(problems, when(is(within(behaviour, "viewerProtocolPolicy"), "allow-all"), "viewerProtocolPolicy is allow-all")...)
	}
	return problems
}
