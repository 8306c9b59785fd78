package remediation

// PatchDocument is our own Automation document: AWS-RunPatchBaseline is a command, which Automation does not start by
// itself. It takes the same steps as people do by hand, with one execution to follow and to note at the finding.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-aws-runpatchbaseline.html
const PatchDocument = `{
  "schemaVersion": "0.3",
  "description": "Installs the approved patches on one instance by AWS-RunPatchBaseline, and reboots it when a patch asks for it",
  "assumeRole": "{{ AutomationAssumeRole }}",
  "parameters": {
    "AutomationAssumeRole": {"type": "AWS::IAM::Role::Arn", "description": "The role of this runbook"},
    "InstanceId": {"type": "String", "description": "The instance", "allowedPattern": "^i-[0-9a-f]{8,17}$"}
  },
  "mainSteps": [
    {
      "name": "install",
      "action": "aws:runCommand",
      "timeoutSeconds": 7200,
      "onFailure": "Abort",
      "inputs": {
        "DocumentName": "AWS-RunPatchBaseline",
        "InstanceIds": ["{{ InstanceId }}"],
        "Parameters": {"Operation": "Install", "RebootOption": "RebootIfNeeded"}
      }
    }
  ]
}`

// runbooks in the order of the rows.
var runbooks = []Runbook{
	configured(Runbook{
		ID: "block-public-bucket", Document: "ConfigureS3BucketPublicAccessBlock", Page: "automation-aws-block-public-s3-bucket.html",
		Resource: "AwsS3Bucket", Parameters: publicAccess(map[string]string{"BucketName": "{name}"}),
		Statements: []Statement{on("Block", buckets, "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock")},
		Deviation:  "The reference names the account's public access block; the document sets the bucket's, and the account's is not for this role.",
	}),
	configured(Runbook{
		ID: "block-public-account", Document: "ConfigureS3PublicAccessBlock", Page: "automation-aws-block-public-s3.html",
		Parameters: publicAccess(map[string]string{"AccountId": "{account}"}),
		Statements: []Statement{anywhere("Block", accountAPI, "s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock")},
	}),
	configured(Runbook{
		ID: "bucket-tls", Document: "RestrictBucketSSLRequestsOnly", Page: "automation-aws-s3-deny-http.html",
		Resource: "AwsS3Bucket", Parameters: map[string]string{"BucketName": "{name}"},
		Statements: []Statement{on("WritePolicy", buckets, "s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:PutEncryptionConfiguration")},
	}),
	{
		ID: "bucket-versioning", Document: "AWS-ConfigureS3BucketVersioning", Page: reference + "automation-aws-configures3bucketversioning.html",
		Resource: "AwsS3Bucket", Parameters: map[string]string{"BucketName": "{name}", "VersioningState": "Enabled"},
		Statements: []Statement{on("Version", buckets, "s3:PutBucketVersioning")},
		Deviation:  "The reference names no permissions: this is the one call of the document.",
	},
	{
		ID: "bucket-encryption", Document: "AWS-EnableS3BucketEncryption", Page: reference + "automation-aws-enableS3bucketencryption.html",
		Resource: "AwsS3Bucket", Parameters: map[string]string{"BucketName": "{name}", "SSEAlgorithm": "AES256"},
		Statements: []Statement{on("Encrypt", buckets, "s3:PutEncryptionConfiguration")},
		Deviation:  "The reference names no permissions: this is the one call of the document.",
	},
	configured(Runbook{
		ID: "close-default-group", Document: "RemoveVPCDefaultSecurityGroupRules", Page: "automation-aws-remove-default-secg-rules.html",
		Resource: "AwsEc2SecurityGroup", Parameters: map[string]string{"GroupId": "{name}"},
		Statements: []Statement{
			anywhere("Describe", describing, "ec2:DescribeSecurityGroups"),
			on("Revoke", groups, "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
		},
	}),
	configured(Runbook{
		ID: "encrypt-new-volumes", Document: "EnableEbsEncryptionByDefault", Page: "automation-aws-enable-ebs-encryption.html",
		Parameters: map[string]string{},
		Statements: []Statement{anywhere("Encrypt", accountAPI, "ec2:EnableEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault")},
		Deviation:  "The document also reads back what it set: ec2:GetEbsEncryptionByDefault.",
	}),
	configured(Runbook{
		ID: "require-imdsv2", Document: "EnforceEC2InstanceIMDSv2", Page: "automation-aws-enforce-ec2-imdsv2.html",
		Resource: "AwsEc2Instance", Parameters: map[string]string{"InstanceId": "{name}"},
		Statements: []Statement{
			anywhere("Describe", describing, "ec2:DescribeInstances"),
			on("Require", instances, "ec2:ModifyInstanceMetadataOptions"),
		},
	}),
	{
		ID: "close-ssh", Document: "AWS-DisableIncomingSSHOnPort22", Page: reference + "disable-incoming-ssh.html",
		Resource: "AwsEc2SecurityGroup", Parameters: map[string]string{"SecurityGroupIds": "{name}"},
		Statements: []Statement{
			anywhere("Describe", describing, "ec2:DescribeSecurityGroups"),
			on("Revoke", groups, "ec2:RevokeSecurityGroupIngress"),
		},
	},
	configured(Runbook{
		ID: "no-public-addresses", Document: "DisableSubnetAutoAssignPublicIP", Page: "automation-aws-disable-subnet-auto-public-ip.html",
		Resource: "AwsEc2Subnet", Parameters: map[string]string{"SubnetId": "{name}"},
		Statements: []Statement{
			anywhere("Describe", describing, "ec2:DescribeSubnets"),
			on("Modify", subnets, "ec2:ModifySubnetAttribute"),
		},
	}),
	configured(Runbook{
		ID: "close-open-ports", Document: "RemoveUnrestrictedSourceIngressRules", Page: "automation-aws-remove-unrestricted-source-ingress.html",
		Resource: "AwsEc2SecurityGroup", Parameters: map[string]string{"SecurityGroupId": "{name}"},
		Statements: []Statement{
			anywhere("Describe", describing, "ec2:DescribeSecurityGroups"),
			on("Revoke", groups, "ec2:RevokeSecurityGroupIngress"),
		},
	}),
	configured(Runbook{
		ID: "rotate-key", Document: "EnableKeyRotation", Page: "automation-aws-enable-key-rotation.html",
		Resource: "AwsKmsKey", Parameters: map[string]string{"KeyId": "{name}"},
		Statements: []Statement{on("Rotate", keys, "kms:EnableKeyRotation", "kms:GetKeyRotationStatus")},
	}),
	configured(Runbook{
		ID: "validate-trail-logs", Document: "EnableCloudTrailLogFileValidation", Page: "automation-aws-enable-ctrail-log-validation.html",
		Resource: "AwsCloudTrailTrail", Parameters: map[string]string{"TrailName": "{arn}"},
		Statements: []Statement{on("Validate", trails, "cloudtrail:GetTrail", "cloudtrail:UpdateTrail")},
	}),
	configured(Runbook{
		ID: "password-policy", Document: "SetIAMPasswordPolicy", Page: "automation-aws-set-iam-policy.html",
		Parameters: map[string]string{
			"AllowUsersToChangePassword": "true", "HardExpiry": "false", "MaxPasswordAge": "90", "MinimumPasswordLength": "14",
			"PasswordReusePrevention": "24", "RequireLowercaseCharacters": "true", "RequireNumbers": "true",
			"RequireSymbols": "true", "RequireUppercaseCharacters": "true",
		},
		Statements: []Statement{anywhere("SetPolicy", accountAPI, "iam:GetAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy")},
	}),
	configured(Runbook{
		ID: "revoke-unused", Document: "RevokeUnusedIAMUserCredentials", Page: "automation-aws-revoke-iam-user.html",
		Resource: "AwsIamUser", Identity: IdentityUser, Parameters: map[string]string{"IAMResourceId": "{id}", "MaxCredentialUsageAge": "90"},
		Statements: []Statement{
			anywhere("FindUser", history, "config:ListDiscoveredResources"),
			on("Revoke", users, "iam:DeleteAccessKey", "iam:DeleteLoginProfile", "iam:GetAccessKeyLastUsed", "iam:GetLoginProfile",
				"iam:GetUser", "iam:ListAccessKeys", "iam:UpdateAccessKey"),
		},
	}),
	configured(Runbook{
		ID: "database-private", Document: "DisablePublicAccessToRDSInstance", Page: "automation-aws-disable-rds-instance-public-access.html",
		Resource: "AwsRdsDbInstance", Identity: IdentityDatabase, Parameters: map[string]string{"DbInstanceResourceId": "{id}"},
		Statements: []Statement{on("Modify", databases, "rds:DescribeDBInstances", "rds:ModifyDBInstance")},
	}),
	configured(Runbook{
		ID: "protect-cluster", Document: "EnableRDSClusterDeletionProtection", Page: "automation-aws-enable-rds-cluster-deletion-protection.html",
		Resource: "AwsRdsDbCluster", Identity: IdentityCluster, Parameters: map[string]string{"ClusterId": "{id}"},
		Statements: []Statement{
			anywhere("FindCluster", history, "config:GetResourceConfigHistory"),
			on("Modify", dbClusters, "rds:DescribeDBClusters", "rds:ModifyDBCluster"),
		},
	}),
	configured(Runbook{
		ID: "protect-database", Document: "EnableRDSInstanceDeletionProtection", Page: "automation-aws-enable-rds-instance-deletion-protection.html",
		Resource: "AwsRdsDbInstance", Identity: IdentityDatabase, Parameters: map[string]string{"DbInstanceResourceId": "{id}"},
		Statements: []Statement{on("Modify", databases, "rds:DescribeDBInstances", "rds:ModifyDBInstance")},
	}),
	configured(Runbook{
		ID: "back-up-database", Document: "EnableRDSInstanceBackup", Page: "automation-aws-enable-rds-instance-backup.html",
		Resource: "AwsRdsDbInstance", Identity: IdentityDatabase, Parameters: map[string]string{"DbiResourceId": "{id}", "BackupRetentionPeriod": "7"},
		Statements: []Statement{on("Modify", databases, "rds:DescribeDBInstances", "rds:ModifyDBInstance")},
	}),
	configured(Runbook{
		ID: "upgrade-database", Document: "EnableMinorVersionUpgradeOnRDSDBInstance", Page: "automation-aws-enable-rds-minor-version.html",
		Resource: "AwsRdsDbInstance", Identity: IdentityDatabase, Parameters: map[string]string{"DbiResourceId": "{id}"},
		Statements: []Statement{on("Modify", databases, "rds:DescribeDBInstances", "rds:ModifyDBInstance")},
	}),
	configured(Runbook{
		ID: "tag-cluster-snapshots", Document: "EnableCopyTagsToSnapshotOnRDSCluster", Page: "automation-aws-enable-tags-snapshot-rds-cluster.html",
		Resource: "AwsRdsDbCluster", Identity: IdentityCluster, Parameters: map[string]string{"DbClusterResourceId": "{id}"},
		Statements: []Statement{
			anywhere("FindCluster", history, "config:GetResourceConfigHistory"),
			on("Modify", dbClusters, "rds:DescribeDBClusters", "rds:ModifyDBCluster"),
		},
	}),
	configured(Runbook{
		ID: "tag-snapshots", Document: "EnableCopyTagsToSnapshotOnRDSDBInstance", Page: "automation-aws-enable-tags-snapshot-rds-instance.html",
		Resource: "AwsRdsDbInstance", Identity: IdentityDatabase, Parameters: map[string]string{"DbiResourceId": "{id}"},
		Statements: []Statement{
			anywhere("FindDatabase", history, "config:GetResourceConfigHistory"),
			on("Modify", databases, "rds:DescribeDBInstances", "rds:ModifyDBInstance"),
		},
	}),
	configured(Runbook{
		ID: "protect-balancer", Document: "EnableELBDeletionProtection", Page: "automation-aws-enable-elb-protection.html",
		Resource: "AwsElbv2LoadBalancer", Parameters: map[string]string{"LoadBalancerArn": "{arn}"},
		Statements: []Statement{
			anywhere("Describe", "Elastic Load Balancing's Describe calls know no resource", "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers"),
			on("Modify", balancers, "elasticloadbalancing:ModifyLoadBalancerAttributes"),
		},
	}),
	configured(Runbook{
		ID: "recover-table", Document: "EnablePITRForDynamoDbTable", Page: "automation-aws-enable-pitr-ddb.html",
		Resource: "AwsDynamoDbTable", Parameters: map[string]string{"TableName": "{name}"},
		Statements: []Statement{on("BackUp", tables, "dynamodb:DescribeContinuousBackups", "dynamodb:UpdateContinuousBackups")},
	}),
	configured(Runbook{
		ID: "detect-threats", Document: "CreateGuardDutyDetector", Page: "automation-aws-enable-guard-detect.html",
		Parameters: map[string]string{},
		Statements: []Statement{
			anywhere("Create", accountAPI, "guardduty:CreateDetector"),
			on("Read", detectors, "guardduty:GetDetector"),
			on("LinkRole", "arn:{partition}:iam::{account}:role/aws-service-role/guardduty.amazonaws.com/*", "iam:CreateServiceLinkedRole"),
		},
		Deviation: "GuardDuty makes its service-linked role with the rights of whoever creates the first detector: iam:CreateServiceLinkedRole for that role only.",
	}),
	configured(Runbook{
		ID: "warehouse-private", Document: "DisablePublicAccessToRedshiftCluster", Page: "automation-aws-disable-redshift-public-access.html",
		Resource: "AwsRedshiftCluster", Parameters: map[string]string{"ClusterIdentifier": "{name}"},
		Statements: []Statement{on("Modify", warehouses, "redshift:DescribeClusters", "redshift:ModifyCluster")},
	}),
	{
		ID: "patch-instance", Page: "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-aws-runpatchbaseline.html",
		Resource: "AwsEc2Instance", Parameters: map[string]string{"InstanceId": "{name}"},
		Statements: []Statement{
			{Sid: "Install", Actions: []string{"ssm:SendCommand"}, Resources: []string{
				"arn:{partition}:ssm:*::document/AWS-RunPatchBaseline", instances,
			}},
			anywhere("Follow", "what a command did is no resource of these calls", "ssm:DescribeInstanceInformation", "ssm:GetCommandInvocation",
				"ssm:ListCommandInvocations", "ssm:ListCommands"),
		},
		Deviation: "Our own document: these are the calls of the step aws:runCommand.",
	},
}
