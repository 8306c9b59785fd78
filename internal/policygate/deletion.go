package policygate

import "slices"

// deletionRules keep what holds data in production from being destroyed by accident.
var deletionRules = []Rule{
	{
		ID: "database-deletion-protection", Group: groupDeletion, Production: true, Source: "RDS.7, RDS.8, DocumentDB.5, Neptune.4; ISMS-P 2.9.3",
		Kinds: []string{"rds.Instance", "rds.Cluster", "docdb.Cluster", "neptune.Cluster"},
		Title: "A database cannot be deleted while its protection is on.",
		Check: func(r *Resource) []string {
			if isSet(r.at("replicateSourceDb")) { // a replica holds nothing of its own
				return nil
			}
			return needsTrue("deletionProtection")(r)
		},
		Mend: "set deletionProtection to true",
	},
	{
		ID: "table-deletion-protection", Group: groupDeletion, Kinds: []string{"dynamodb.Table"}, Production: true, Source: "DynamoDB.6; ISMS-P 2.9.3",
		Title: "A DynamoDB table cannot be deleted while its protection is on.", Check: needsTrue("deletionProtectionEnabled"),
		Mend: "set deletionProtectionEnabled to true",
	},
	{
		ID: "load-balancer-deletion-protection", Group: groupDeletion, Kinds: []string{"lb.LoadBalancer"}, Production: true, Source: "ELB.6; ISMS-P 2.9.2",
		Title: "A load balancer cannot be deleted while its protection is on.", Check: needsTrue("enableDeletionProtection"),
		Mend: "set enableDeletionProtection to true",
	},
	{
		ID: "user-pool-deletion-protection", Group: groupDeletion, Kinds: []string{"cognito.UserPool"}, Production: true, Source: "Cognito.6; ISMS-P 2.9.3",
		Title: "A user pool cannot be deleted while its protection is on.",
		Check: func(r *Resource) []string {
			return when(!mayBe(r.at("deletionProtection"), "ACTIVE"), "deletionProtection is not ACTIVE")
		},
		Mend: "set deletionProtection to ACTIVE",
	},
	{
		ID: "protect", Group: groupDeletion, Production: true, Source: "KMS.3; ISMS-P 2.9.3",
		Kinds: []string{
			"s3.Bucket", "kms.Key", "cognito.UserPool", "dynamodb.Table", "efs.FileSystem",
			"rds.Instance", "rds.Cluster", "docdb.Cluster", "neptune.Cluster",
		},
		Title: "Pulumi does not destroy or replace what holds data, or the key to it.",
		Check: func(r *Resource) []string { return when(!r.Protect, "the resource option protect is not set") },
		Mend:  "give the resource, or the component above it, pulumi.Protect(true)",
	},
	{
		ID: "final-snapshot", Group: groupDeletion, Production: true, Source: "ISMS-P 2.9.3",
		Kinds: []string{"rds.Instance", "rds.Cluster", "docdb.Cluster", "neptune.Cluster", "redshift.Cluster"},
		Title: "A database leaves a last snapshot.",
		Check: notTrue("skipFinalSnapshot"),
		Mend:  "leave skipFinalSnapshot out and set finalSnapshotIdentifier",
	},
	{
		ID: "force-destroy", Group: groupDeletion, Production: true, Source: "ISMS-P 2.9.3",
		Kinds: []string{"s3.Bucket", "ecr.Repository", "backup.Vault", "s3.DirectoryBucket"},
		Title: "What is full is not destroyed with its content.",
		Check: func(r *Resource) []string {
			return slices.Concat(notTrue("forceDestroy")(r), notTrue("forceDelete")(r))
		},
		Mend: "leave forceDestroy (of a repository: forceDelete) out",
	},
}
