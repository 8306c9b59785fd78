package automation

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
)

var databaseRunbooks = map[string]document{
	"AWSConfigRemediation-DisablePublicAccessToRDSInstance": instanceRunbook("DbInstanceResourceId", nil,
		func(_ *work, in *rds.ModifyDBInstanceInput) { in.PubliclyAccessible = aws.Bool(false) },
		func(_ *work, db types.DBInstance) bool { return !aws.ToBool(db.PubliclyAccessible) }),
	"AWSConfigRemediation-EnableRDSInstanceDeletionProtection": instanceRunbook("DbInstanceResourceId", nil,
		func(_ *work, in *rds.ModifyDBInstanceInput) { in.DeletionProtection = aws.Bool(true) },
		func(_ *work, db types.DBInstance) bool { return aws.ToBool(db.DeletionProtection) }),
	"AWSConfigRemediation-EnableRDSInstanceBackup": instanceRunbook("DbiResourceId", map[string]string{"BackupRetentionPeriod": "7"},
		func(w *work, in *rds.ModifyDBInstanceInput) { in.BackupRetentionPeriod = w.days() },
		func(w *work, db types.DBInstance) bool {
			return aws.ToInt32(db.BackupRetentionPeriod) == aws.ToInt32(w.days())
		}),
	"AWSConfigRemediation-EnableMinorVersionUpgradeOnRDSDBInstance": instanceRunbook("DbiResourceId", nil,
		func(_ *work, in *rds.ModifyDBInstanceInput) { in.AutoMinorVersionUpgrade = aws.Bool(true) },
		func(_ *work, db types.DBInstance) bool { return aws.ToBool(db.AutoMinorVersionUpgrade) }),
	"AWSConfigRemediation-EnableCopyTagsToSnapshotOnRDSDBInstance": instanceRunbook("DbiResourceId", nil,
		func(_ *work, in *rds.ModifyDBInstanceInput) { in.CopyTagsToSnapshot = aws.Bool(true) },
		func(_ *work, db types.DBInstance) bool { return aws.ToBool(db.CopyTagsToSnapshot) }),
	"AWSConfigRemediation-EnableRDSClusterDeletionProtection": clusterRunbook("ClusterId",
		func(in *rds.ModifyDBClusterInput) { in.DeletionProtection = aws.Bool(true) },
		func(db types.DBCluster) bool { return aws.ToBool(db.DeletionProtection) }),
	"AWSConfigRemediation-EnableCopyTagsToSnapshotOnRDSCluster": clusterRunbook("DbClusterResourceId",
		func(in *rds.ModifyDBClusterInput) { in.CopyTagsToSnapshot = aws.Bool(true) },
		func(db types.DBCluster) bool { return aws.ToBool(db.CopyTagsToSnapshot) }),
	"AWSConfigRemediation-EnablePITRForDynamoDbTable": configured([]string{"TableName"}, nil,
		call("UpdateContinuousBackups", recoverTable), check("VerifyContinuousBackups", tableRecovers)),
	"AWSConfigRemediation-DisablePublicAccessToRedshiftCluster": configured([]string{"ClusterIdentifier"}, nil,
		call("ModifyCluster", hideWarehouse), check("VerifyCluster", warehouseHidden)),
}

// findsInstances says which documents look an instance up in AWS Config's history first, as the reference tells.
var findsInstances = map[string]bool{"AWSConfigRemediation-EnableCopyTagsToSnapshotOnRDSDBInstance": true}

func (w *work) days() *int32 {
	n, err := strconv.ParseInt(w.value("BackupRetentionPeriod"), 10, 32)
	if err != nil {
		return nil
	}
	return aws.Int32(int32(n))
}

// instanceRunbook changes an RDS instance that is named by its resource id.
func instanceRunbook(name string, defaults map[string]string, set func(*work, *rds.ModifyDBInstanceInput), holds func(*work, types.DBInstance) bool) document {
	return configured([]string{name}, defaults,
		call("ModifyDBInstance", func(ctx context.Context, w *work) error {
			db, err := w.instance(ctx, w.value(name))
			if err != nil {
				return err
			}
			if err := w.may(aws.ToString(db.DBInstanceArn), "rds:ModifyDBInstance"); err != nil {
				return err
			}
			in := &rds.ModifyDBInstanceInput{DBInstanceIdentifier: db.DBInstanceIdentifier, ApplyImmediately: aws.Bool(true)}
			set(w, in)
			_, err = rds.NewFromConfig(w.config).ModifyDBInstance(ctx, in)
			return err
		}),
		check("VerifyDBInstance", func(ctx context.Context, w *work) (any, bool, error) {
			db, err := w.instance(ctx, w.value(name))
			return aws.ToString(db.DBInstanceArn), holds(w, db), err
		}))
}

func (w *work) instance(ctx context.Context, id string) (types.DBInstance, error) {
	if findsInstances[w.document.name] {
		if err := w.may("*", "config:GetResourceConfigHistory"); err != nil {
			return types.DBInstance{}, err
		}
	}
	pages := rds.NewDescribeDBInstancesPaginator(rds.NewFromConfig(w.config), &rds.DescribeDBInstancesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.DBInstance{}, err
		}
		for _, db := range page.DBInstances {
			if aws.ToString(db.DbiResourceId) == id {
				return db, w.may(aws.ToString(db.DBInstanceArn), "rds:DescribeDBInstances")
			}
		}
	}
	return types.DBInstance{}, fmt.Errorf("there is no database with the resource id %s", id)
}

// clusterRunbook changes an RDS cluster that is named by its resource id.
func clusterRunbook(name string, set func(*rds.ModifyDBClusterInput), holds func(types.DBCluster) bool) document {
	return configured([]string{name}, nil,
		call("ModifyDBCluster", func(ctx context.Context, w *work) error {
			db, err := w.cluster(ctx, w.value(name))
			if err != nil {
				return err
			}
			if err := w.may(aws.ToString(db.DBClusterArn), "rds:ModifyDBCluster"); err != nil {
				return err
			}
			in := &rds.ModifyDBClusterInput{DBClusterIdentifier: db.DBClusterIdentifier, ApplyImmediately: aws.Bool(true)}
			set(in)
			_, err = rds.NewFromConfig(w.config).ModifyDBCluster(ctx, in)
			return err
		}),
		check("VerifyDBCluster", func(ctx context.Context, w *work) (any, bool, error) {
			db, err := w.cluster(ctx, w.value(name))
			return aws.ToString(db.DBClusterArn), holds(db), err
		}))
}

func (w *work) cluster(ctx context.Context, id string) (types.DBCluster, error) {
	if err := w.may("*", "config:GetResourceConfigHistory"); err != nil {
		return types.DBCluster{}, err
	}
	got, err := rds.NewFromConfig(w.config).DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{})
	if err != nil {
		return types.DBCluster{}, err
	}
	for _, db := range got.DBClusters {
		if aws.ToString(db.DbClusterResourceId) == id {
			return db, w.may(aws.ToString(db.DBClusterArn), "rds:DescribeDBClusters")
		}
	}
	return types.DBCluster{}, fmt.Errorf("there is no cluster with the resource id %s", id)
}

func recoverTable(ctx context.Context, w *work) error {
	if err := w.may(w.arn("dynamodb", "table/"+w.value("TableName")), "dynamodb:UpdateContinuousBackups"); err != nil {
		return err
	}
	_, err := dynamodb.NewFromConfig(w.config).UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{TableName: aws.String(w.value("TableName")),
		PointInTimeRecoverySpecification: &dynamotypes.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)}})
	return err
}

func tableRecovers(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may(w.arn("dynamodb", "table/"+w.value("TableName")), "dynamodb:DescribeContinuousBackups"); err != nil {
		return nil, false, err
	}
	got, err := dynamodb.NewFromConfig(w.config).DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String(w.value("TableName"))})
	if err != nil {
		return nil, false, err
	}
	status := got.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus
	return status, status == dynamotypes.PointInTimeRecoveryStatusEnabled, nil
}

func hideWarehouse(ctx context.Context, w *work) error {
	if err := w.may(w.arn("redshift", "cluster:"+w.value("ClusterIdentifier")), "redshift:ModifyCluster"); err != nil {
		return err
	}
	_, err := redshift.NewFromConfig(w.config).ModifyCluster(ctx, &redshift.ModifyClusterInput{ClusterIdentifier: aws.String(w.value("ClusterIdentifier")), PubliclyAccessible: aws.Bool(false)})
	return err
}

func warehouseHidden(ctx context.Context, w *work) (any, bool, error) {
	if err := w.may(w.arn("redshift", "cluster:"+w.value("ClusterIdentifier")), "redshift:DescribeClusters"); err != nil {
		return nil, false, err
	}
	got, err := redshift.NewFromConfig(w.config).DescribeClusters(ctx, &redshift.DescribeClustersInput{ClusterIdentifier: aws.String(w.value("ClusterIdentifier"))})
	if err != nil || len(got.Clusters) == 0 {
		return nil, false, err
	}
	public := aws.ToBool(got.Clusters[0].PubliclyAccessible)
	return map[string]bool{"PubliclyAccessible": public}, !public, nil
}
