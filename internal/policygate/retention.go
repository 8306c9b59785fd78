package policygate

import "fmt"

// retentionRules keep records as long as they are needed, and no longer.
var retentionRules = []Rule{
	{
		ID: "log-retention", Group: groupRetention, Kinds: []string{"cloudwatch.LogGroup"}, Source: "CloudWatch.16; ISMS-P 2.9.4",
		Title: "A log group has a retention.",
		Check: func(r *Resource) []string {
			return when(!isSet(r.at("retentionInDays")) || is(r.at("retentionInDays"), 0.0), "retentionInDays is not set, so it keeps everything for ever")
		},
		Mend: "set retentionInDays to retention.logDays of the configuration",
	},
	{
		ID: "bucket-retention", Group: groupRetention, Kinds: []string{"s3.Bucket"}, Source: "S3.13, S3.14; ISMS-P 2.9.3",
		Title:  "A bucket has versions or a lifecycle.",
		Across: bucketRetention,
		Mend:   "make an s3.BucketVersioningV2 (status Enabled) or an s3.BucketLifecycleConfigurationV2 of the bucket; components/bucket makes both",
	},
	{
		ID: "database-backup", Group: groupRetention, Kinds: []string{"rds.Instance", "rds.Cluster", "docdb.Cluster", "neptune.Cluster"},
		Source: "RDS.11, DocumentDB.2, Neptune.5; ISMS-P 2.9.3",
		Title:  fmt.Sprintf("A database keeps its backups for %d days at least.", backupDays),
		Check: func(r *Resource) []string {
			if isSet(r.at("replicateSourceDb")) { // its source is backed up
				return nil
			}
			return when(less(r.at("backupRetentionPeriod"), backupDays), fmt.Sprintf("backupRetentionPeriod is less than %d", backupDays))
		},
		Mend: fmt.Sprintf("set backupRetentionPeriod to %d or more", backupDays),
	},
	{
		ID: "table-recovery", Group: groupRetention, Kinds: []string{"dynamodb.Table"}, Production: true, Source: "DynamoDB.2; ISMS-P 2.9.3",
		Title: "A DynamoDB table can be brought back to any moment.", Check: needsTrue("pointInTimeRecovery", "enabled"),
		Mend: "set pointInTimeRecovery.enabled to true",
	},
	{
		ID: "key-rotation", Group: groupRetention, Kinds: []string{"kms.Key"}, Source: "KMS.4; ISMS-P 2.7.2",
		Title: "A symmetric key is rotated.",
		Check: func(r *Resource) []string {
			if isSet(r.at("customerMasterKeySpec")) && !is(r.at("customerMasterKeySpec"), "SYMMETRIC_DEFAULT") { // KMS rotates no others
				return nil
			}
			return needsTrue("enableKeyRotation")(r)
		},
		Mend: "set enableKeyRotation to true; components/key does",
	},
	{
		ID: "key-deletion-window", Group: groupRetention, Kinds: []string{"kms.Key"}, Production: true, Source: "KMS.3; ISMS-P 2.7.2",
		Title: fmt.Sprintf("A deleted key can be brought back for %d days.", keyDays),
		Check: func(r *Resource) []string {
			return when(isSet(r.at("deletionWindowInDays")) && less(r.at("deletionWindowInDays"), keyDays),
				fmt.Sprintf("deletionWindowInDays is less than %d", keyDays))
		},
		Mend: fmt.Sprintf("leave deletionWindowInDays out, or set it to %d", keyDays),
	},
	{
		ID: "trail-validation", Group: groupRetention, Kinds: []string{"cloudtrail.Trail"}, Source: "CloudTrail.4; ISMS-P 2.9.4",
		Title: "A trail's files cannot be changed unnoticed.", Check: needsTrue("enableLogFileValidation"),
		Mend: "set enableLogFileValidation to true",
	},
}

const (
	backupDays = 7  // what RDS.11 asks for by default
	keyDays    = 30 // the most that KMS offers
)

// bucketRetention finds versioning or a lifecycle of a bucket: its own, or a companion's.
func bucketRetention(r *Resource, p *Program) []string {
	if mayBe(r.at("versioning", "enabled"), true) || mayBe(r.at("versionings", "enabled"), true) || isSet(r.at("lifecycleRules")) {
		return nil
	}
	for _, versioning := range p.companions(r, "s3.BucketVersioning", "bucket", r.at("bucket")) {
		if mayBe(versioning.at("versioningConfiguration", "status"), "Enabled") {
			return nil
		}
	}
	lifecycles := p.companions(r, "s3.BucketLifecycleConfiguration", "bucket", r.at("bucket"))
	return when(len(lifecycles) == 0, "neither a BucketVersioning with status Enabled nor a BucketLifecycleConfiguration belongs to it")
}
