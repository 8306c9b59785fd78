package autotag

import "assetguard/internal/createevent"

// dataRows: what holds data, and what works on it.
var dataRows = []row{
	// A bucket's response is null by nature.
	{event: createevent.Of("s3", "CreateBucket"), kind: "s3:bucket", tags: (*record).requestTags,
		ids:    []place{inRequest("bucketName", global("s3", ""))},
		region: "requestParameters.CreateBucketConfiguration.LocationConstraint"},

	rdsMade("CreateDBInstance", "db", "dBInstanceArn", "dBInstanceIdentifier"),
	rdsMade("CreateDBInstanceReadReplica", "db", "dBInstanceArn", "dBInstanceIdentifier"),
	rdsMade("RestoreDBInstanceFromDBSnapshot", "db", "dBInstanceArn", "dBInstanceIdentifier"),
	rdsMade("RestoreDBInstanceToPointInTime", "db", "dBInstanceArn", "targetDBInstanceIdentifier"),
	rdsMade("CreateDBCluster", "cluster", "dBClusterArn", "dBClusterIdentifier"),
	rdsMade("RestoreDBClusterFromSnapshot", "cluster", "dBClusterArn", "dBClusterIdentifier"),
	rdsMade("RestoreDBClusterToPointInTime", "cluster", "dBClusterArn", "dBClusterIdentifier"),
	rdsMade("CreateDBSnapshot", "snapshot", "dBSnapshotArn", "dBSnapshotIdentifier"),
	rdsMade("CopyDBSnapshot", "snapshot", "dBSnapshotArn", "targetDBSnapshotIdentifier"),
	rdsMade("CreateDBClusterSnapshot", "cluster-snapshot", "dBClusterSnapshotArn", "dBClusterSnapshotIdentifier"),
	rdsMade("CopyDBClusterSnapshot", "cluster-snapshot", "dBClusterSnapshotArn", "targetDBClusterSnapshotIdentifier"),
	rdsMade("CreateDBSubnetGroup", "subgrp", "dBSubnetGroupArn", "dBSubnetGroupName"),
	rdsMade("CreateDBParameterGroup", "pg", "dBParameterGroupArn", "dBParameterGroupName"),
	rdsMade("CreateDBClusterParameterGroup", "cluster-pg", "dBClusterParameterGroupArn", "dBClusterParameterGroupName"),
	rdsMade("CreateOptionGroup", "og", "optionGroupArn", "optionGroupName"),
	rdsMade("CreateEventSubscription", "es", "eventSubscriptionArn", "subscriptionName"),

	made("dynamodb", "CreateTable", "dynamodb:table",
		arnInResponse("tableDescription.tableArn"), inRequest("tableName", regional("dynamodb", "table/"))),
	made("dynamodb", "RestoreTableFromBackup", "dynamodb:table",
		arnInResponse("tableDescription.tableArn"), inRequest("targetTableName", regional("dynamodb", "table/"))),

	made("elasticache", "CreateCacheCluster", "elasticache:cluster", arnInResponse("aRN"),
		inRequest("cacheClusterId", lowerCase(regional("elasticache", "cluster:")))),
	made("elasticache", "CreateReplicationGroup", "elasticache:replicationgroup", arnInResponse("aRN"),
		inRequest("replicationGroupId", lowerCase(regional("elasticache", "replicationgroup:")))),
	made("elasticache", "CreateCacheSubnetGroup", "elasticache:subnetgroup", arnInResponse("aRN"),
		inRequest("cacheSubnetGroupName", lowerCase(regional("elasticache", "subnetgroup:")))),
	made("elasticache", "CreateSnapshot", "elasticache:snapshot", arnInResponse("aRN"),
		inRequest("snapshotName", lowerCase(regional("elasticache", "snapshot:")))),

	made("es", "CreateDomain", "es:domain", arnInResponse("domainStatus.aRN"), inRequest("domainName", regional("es", "domain/"))),
	made("es", "CreateElasticsearchDomain", "es:domain", arnInResponse("domainStatus.aRN"),
		inRequest("domainName", regional("es", "domain/"))),

	made("elasticfilesystem", "CreateFileSystem", "elasticfilesystem:file-system", arnInResponse("fileSystemArn"),
		inResponse("fileSystemId", regional("elasticfilesystem", "file-system/"))),
	made("elasticfilesystem", "CreateAccessPoint", "elasticfilesystem:access-point", arnInResponse("accessPointArn"),
		inResponse("accessPointId", regional("elasticfilesystem", "access-point/"))),
	made("fsx", "CreateFileSystem", "fsx:file-system", arnInResponse("fileSystem.resourceARN"),
		inResponse("fileSystem.fileSystemId", regional("fsx", "file-system/"))),
	made("fsx", "CreateBackup", "fsx:backup", arnInResponse("backup.resourceARN"),
		inResponse("backup.backupId", regional("fsx", "backup/"))),

	made("redshift", "CreateCluster", "redshift:cluster", inRequest("clusterIdentifier", lowerCase(regional("redshift", "cluster:")))),
	made("redshift", "CreateClusterSubnetGroup", "redshift:subnetgroup",
		inRequest("clusterSubnetGroupName", lowerCase(regional("redshift", "subnetgroup:")))),
	made("redshift", "CreateClusterParameterGroup", "redshift:parametergroup",
		inRequest("parameterGroupName", lowerCase(regional("redshift", "parametergroup:")))),
	{event: createevent.Of("redshift", "CreateClusterSnapshot"), kind: "redshift:snapshot", tags: (*record).requestTags,
		ids: []place{inRequest("snapshotIdentifier", func(r *record, region, id string) string {
			return lowerCase(regional("redshift", "snapshot:"+r.text("requestParameters.clusterIdentifier")+"/"))(r, region, id)
		})}},

	made("glue", "CreateJob", "glue:job", inRequest("name", regional("glue", "job/"))),
	made("glue", "CreateCrawler", "glue:crawler", inRequest("name", regional("glue", "crawler/"))),
	made("glue", "CreateTrigger", "glue:trigger", inRequest("name", regional("glue", "trigger/"))),
	made("athena", "CreateWorkGroup", "athena:workgroup", inRequest("name", regional("athena", "workgroup/"))),
	made("athena", "CreateDataCatalog", "athena:datacatalog", inRequest("name", regional("athena", "datacatalog/"))),
	made("elasticmapreduce", "RunJobFlow", "elasticmapreduce:cluster", arnInResponse("clusterArn"),
		inResponse("jobFlowId", regional("elasticmapreduce", "cluster/"))).named("name"),

	made("backup", "CreateBackupVault", "backup:backup-vault", arnInResponse("backupVaultArn"),
		inRequest("backupVaultName", regional("backup", "backup-vault:"))),
	made("backup", "CreateBackupPlan", "backup:backup-plan", arnInResponse("backupPlanArn"),
		inResponse("backupPlanId", regional("backup", "backup-plan:"))).named("backupPlan.backupPlanName"),
}

// rdsMade is a row of an RDS event: the response holds the ARN, the request the name.
func rdsMade(event, resourceType, arn, name string) row {
	return made("rds", event, "rds:"+resourceType, arnInResponse(arn),
		inRequest(name, lowerCase(regional("rds", resourceType+":")))).named(name)
}
