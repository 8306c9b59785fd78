package policygate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type inputs = map[string]any

// sample is a resource that keeps a rule or breaks it.
type sample struct {
	token      string
	inputs     inputs
	companions []sample // wait for the resource
	bare       bool     // not protected, and made by no explicit provider
}

func (s sample) resource(name string) Resource {
	r := Resource{URN: urn + s.token + "::" + name, Type: s.token, Name: name, Inputs: s.inputs, Provider: provider().URN, Protect: true}
	if s.bare {
		r.Provider, r.Protect = "", false
	}
	return r
}

// breaks tells whether the resource breaks a rule in production.
func (s sample) breaks(rule string) bool {
	subject := s.resource("subject")
	all := []Resource{provider(), subject}
	for i, companion := range s.companions {
		c := companion.resource(fmt.Sprintf("companion-%d", i))
		c.Dependencies = []string{subject.URN}
		all = append(all, c)
	}
	report := (&Gate{Production: true}).Check(all)
	return slices.ContainsFunc(report.Faults, func(f Fault) bool { return f.Rule.ID == rule && f.Resource.URN == subject.URN })
}

func allow(parts string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*",` + parts + `}}`
}

const (
	bucketV2    = "aws:s3/bucketV2:BucketV2"
	group       = "aws:ec2/securityGroup:SecurityGroup"
	groupRule   = "aws:ec2/securityGroupRule:SecurityGroupRule"
	ingress     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	instance    = "aws:rds/instance:Instance"
	cluster     = "aws:rds/cluster:Cluster"
	dynamoTable = "aws:dynamodb/table:Table"
	function    = "aws:lambda/function:Function"
	listener    = "aws:lb/listener:Listener"
	logGroup    = "aws:cloudwatch/logGroup:LogGroup"
	key         = "aws:kms/key:Key"
	role        = "aws:iam/role:Role"
	policy      = "aws:iam/policy:Policy"
	topicRules  = "aws:sns/topicPolicy:TopicPolicy"
)

func block(settings ...bool) sample {
	return sample{token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", inputs: inputs{
		"bucket": Unknown{}, "blockPublicAcls": settings[0], "blockPublicPolicy": settings[1],
		"ignorePublicAcls": settings[2], "restrictPublicBuckets": settings[3],
	}}
}

// blockOf is a whole block of a bucket whose name is known.
func blockOf(bucket string) sample {
	whole := block(true, true, true, true)
	whole.inputs["bucket"] = bucket
	return whole
}

func versioning(status any) sample {
	return sample{token: "aws:s3/bucketVersioningV2:BucketVersioningV2", inputs: inputs{
		"bucket": Unknown{}, "versioningConfiguration": inputs{"status": status},
	}}
}

func opens(port float64, cidr any) inputs {
	return inputs{"ingress": []any{inputs{"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": []any{cidr}}}}
}

// samples has, for each rule, resources that keep it and resources that break it.
var samples = map[string]struct{ keep, violate []sample }{
	"bucket-public-access": {
		keep: []sample{
			{token: bucketV2, companions: []sample{block(true, true, true, true)}},
			{token: "aws:s3/bucket:Bucket", companions: []sample{block(true, true, true, true)}},
		},
		violate: []sample{
			{token: bucketV2}, {token: bucketV2, companions: []sample{block(true, true, true, false)}}, {token: "aws:s3/bucket:Bucket"},
			{token: bucketV2, inputs: inputs{"bucket": "one"}, companions: []sample{blockOf("another")}},
		},
	},
	"bucket-acl": {
		keep:    []sample{{token: bucketV2}, {token: bucketV2, inputs: inputs{"acl": "private"}}, {token: bucketV2, inputs: inputs{"acl": Unknown{}}}},
		violate: []sample{{token: bucketV2, inputs: inputs{"acl": "public-read"}}, {token: "aws:s3/bucketAclV2:BucketAclV2", inputs: inputs{"acl": "public-read-write"}}},
	},
	"opaque-resource": {
		keep: []sample{{token: bucketV2}},
		violate: []sample{
			{token: "aws:cloudformation/stack:Stack"}, {token: "aws:cloudcontrol/resource:Resource"}, {token: "aws-native:s3:Bucket"},
		},
	},
	"public-policy": {
		keep: []sample{
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":{"Service":"events.amazonaws.com"}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"}}`)}},
			{token: topicRules, inputs: inputs{"policy": `{"Statement":[{"Effect":"Deny","Action":"sns:Publish","Principal":"*"}]}`}},
			{token: topicRules, inputs: inputs{"policy": Unknown{}}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abc/r-def/*"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:s3:::uploads-*","arn:aws:events:*:111122223333:rule/*"]}}`)}},
		},
		violate: []sample{
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*"`)}},
			{token: "aws:sqs/queue:Queue", inputs: inputs{"policy": allow(`"Action":"sqs:SendMessage","Principal":{"AWS":["*"]}`)}},
			{token: "aws:s3/bucketPolicy:BucketPolicy", inputs: inputs{"policy": inputs{"Statement": []any{inputs{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}}}}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":"1"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"StringEqualsIfExists":{"aws:SourceAccount":"1"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"StringLike":{"aws:SourceArn":"*"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"StringLike":{"aws:SourceAccount":"?*"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:*"}}`)}},
			{token: topicRules, inputs: inputs{"policy": allow(`"Action":"sns:Publish","Principal":"*","Condition":{"ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-abc/*"}}`)}},
			{token: "aws:s3/bucketPolicy:BucketPolicy", inputs: inputs{"policy": allow(`"Action":"s3:GetObject","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"}`)}},
			{token: "aws:ecr/registryPolicy:RegistryPolicy", inputs: inputs{"policy": allow(`"Action":"ecr:ReplicateImage","Principal":"*"`)}},
		},
	},
	"open-port": {
		keep: []sample{
			{token: group, inputs: opens(443, "0.0.0.0/0")}, {token: group, inputs: opens(22, "10.0.0.0/8")}, {token: group, inputs: opens(22, "fc00::/7")}, {token: group, inputs: opens(22, Unknown{})},
			{token: groupRule, inputs: inputs{"type": "egress", "protocol": "-1", "fromPort": 0.0, "toPort": 0.0, "cidrBlocks": []any{"0.0.0.0/0"}}},
			{token: ingress, inputs: inputs{"ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0, "cidrIpv4": "0.0.0.0/0"}},
		},
		violate: []sample{
			{token: group, inputs: opens(22, "0.0.0.0/0")}, {token: group, inputs: opens(22, "128.0.0.0/1")},
			{token: ingress, inputs: inputs{"ipProtocol": "tcp", "fromPort": 22.0, "toPort": 22.0, "cidrIpv6": "2000::/3"}},
			{token: group, inputs: inputs{"ingress": []any{inputs{"protocol": "-1", "fromPort": 0.0, "toPort": 0.0, "ipv6CidrBlocks": []any{"::/0"}}}}},
			{token: groupRule, inputs: inputs{"type": "ingress", "protocol": "tcp", "fromPort": 80.0, "toPort": 443.0, "cidrBlocks": []any{"0.0.0.0/0"}}},
			{token: ingress, inputs: inputs{"ipProtocol": "tcp", "fromPort": 3306.0, "toPort": 3306.0, "cidrIpv6": "::/0"}},
		},
	},
	"database-public": {
		keep:    []sample{{token: instance}, {token: instance, inputs: inputs{"publiclyAccessible": false}}},
		violate: []sample{{token: instance, inputs: inputs{"publiclyAccessible": true}}, {token: "aws:rds/clusterInstance:ClusterInstance", inputs: inputs{"publiclyAccessible": true}}},
	},
	"instance-public": {
		keep: []sample{{token: "aws:ec2/instance:Instance"}},
		violate: []sample{
			{token: "aws:ec2/instance:Instance", inputs: inputs{"associatePublicIpAddress": true}},
			{token: "aws:ec2/launchTemplate:LaunchTemplate", inputs: inputs{"networkInterfaces": []any{inputs{"associatePublicIpAddress": "true"}}}},
		},
	},
	"instance-metadata": {
		keep: []sample{
			{token: "aws:ec2/instance:Instance", inputs: inputs{"metadataOptions": inputs{"httpTokens": "required"}}},
			{token: "aws:ec2/instance:Instance", inputs: inputs{"launchTemplate": inputs{"id": Unknown{}}}},
		},
		violate: []sample{{token: "aws:ec2/instance:Instance"}, {token: "aws:ec2/launchTemplate:LaunchTemplate", inputs: inputs{"metadataOptions": inputs{"httpTokens": "optional"}}}},
	},
	"container-public": {
		keep:    []sample{{token: "aws:ecs/service:Service", inputs: inputs{"networkConfiguration": inputs{"subnets": Unknown{}}}}},
		violate: []sample{{token: "aws:ecs/service:Service", inputs: inputs{"networkConfiguration": inputs{"assignPublicIp": true}}}},
	},
	"registry-public": {
		keep:    []sample{{token: "aws:ecr/repository:Repository"}},
		violate: []sample{{token: "aws:ecrpublic/repository:Repository"}},
	},
	"function-url": {
		keep:    []sample{{token: "aws:lambda/functionUrl:FunctionUrl", inputs: inputs{"authorizationType": "AWS_IAM"}}},
		violate: []sample{{token: "aws:lambda/functionUrl:FunctionUrl", inputs: inputs{"authorizationType": "NONE"}}},
	},
	"function-permission": {
		keep: []sample{
			{token: "aws:lambda/permission:Permission", inputs: inputs{"principal": "events.amazonaws.com"}},
			{token: "aws:lambda/permission:Permission", inputs: inputs{"principal": "*", "principalOrgId": "o-1"}},
		},
		violate: []sample{{token: "aws:lambda/permission:Permission", inputs: inputs{"principal": "*"}}},
	},
	"listener-http": {
		keep: []sample{
			{token: listener, inputs: inputs{"protocol": "HTTPS", "defaultActions": []any{inputs{"type": "forward"}}}},
			{token: "aws:alb/listener:Listener", inputs: inputs{"protocol": "HTTP", "defaultActions": []any{inputs{"type": "redirect", "redirect": inputs{"protocol": "HTTPS"}}}}},
		},
		violate: []sample{
			{token: listener, inputs: inputs{"protocol": "HTTP", "defaultActions": []any{inputs{"type": "forward"}}}},
			{token: "aws:alb/listener:Listener", inputs: inputs{"protocol": "HTTP", "defaultActions": []any{inputs{"type": "redirect", "redirect": inputs{"protocol": "HTTP"}}}}},
		},
	},
	"bucket-encryption": {
		keep: []sample{
			{token: bucketV2, companions: []sample{{token: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", inputs: inputs{"bucket": Unknown{}}}}},
			{token: "aws:s3/bucket:Bucket", inputs: inputs{"serverSideEncryptionConfiguration": inputs{"rule": inputs{}}}},
		},
		violate: []sample{{token: bucketV2}},
	},
	"topic-encryption": {
		keep:    []sample{{token: "aws:sns/topic:Topic", inputs: inputs{"kmsMasterKeyId": Unknown{}}}},
		violate: []sample{{token: "aws:sns/topic:Topic"}},
	},
	"queue-encryption": {
		keep:    []sample{{token: "aws:sqs/queue:Queue", inputs: inputs{"kmsMasterKeyId": "k"}}, {token: "aws:sqs/queue:Queue", inputs: inputs{"sqsManagedSseEnabled": true}}},
		violate: []sample{{token: "aws:sqs/queue:Queue"}, {token: "aws:sqs/queue:Queue", inputs: inputs{"sqsManagedSseEnabled": false}}},
	},
	"log-group-encryption": {
		keep:    []sample{{token: logGroup, inputs: inputs{"kmsKeyId": "k"}}},
		violate: []sample{{token: logGroup}, {token: logGroup, inputs: inputs{"kmsKeyId": ""}}},
	},
	"database-encryption": {
		keep:    []sample{{token: instance, inputs: inputs{"storageEncrypted": true}}, {token: instance, inputs: inputs{"replicateSourceDb": "db"}}, {token: cluster, inputs: inputs{"storageEncrypted": Unknown{}}}},
		violate: []sample{{token: instance}, {token: cluster, inputs: inputs{"storageEncrypted": false}}, {token: "aws:docdb/cluster:Cluster"}},
	},
	"volume-encryption": {
		keep:    []sample{{token: "aws:ebs/volume:Volume", inputs: inputs{"encrypted": true}}},
		violate: []sample{{token: "aws:ebs/volume:Volume"}},
	},
	"file-system-encryption": {
		keep:    []sample{{token: "aws:efs/fileSystem:FileSystem", inputs: inputs{"encrypted": true}}},
		violate: []sample{{token: "aws:efs/fileSystem:FileSystem"}},
	},
	"table-encryption": {
		keep:    []sample{{token: dynamoTable, inputs: inputs{"serverSideEncryption": inputs{"enabled": true, "kmsKeyArn": Unknown{}}}}},
		violate: []sample{{token: dynamoTable}, {token: dynamoTable, inputs: inputs{"serverSideEncryption": inputs{"enabled": true}}}},
	},
	"stream-encryption": {
		keep:    []sample{{token: "aws:kinesis/stream:Stream", inputs: inputs{"encryptionType": "KMS"}}},
		violate: []sample{{token: "aws:kinesis/stream:Stream", inputs: inputs{"encryptionType": "NONE"}}},
	},
	"delivery-encryption": {
		keep: []sample{
			{token: "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", inputs: inputs{"serverSideEncryption": inputs{"enabled": true}}},
			{token: "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", inputs: inputs{"kinesisSourceConfiguration": inputs{"roleArn": "r"}}},
		},
		violate: []sample{{token: "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"}},
	},
	"secret-encryption": {
		keep:    []sample{{token: "aws:secretsmanager/secret:Secret", inputs: inputs{"kmsKeyId": Unknown{}}}},
		violate: []sample{{token: "aws:secretsmanager/secret:Secret"}},
	},
	"registry-encryption": {
		keep: []sample{{token: "aws:ecr/repository:Repository", inputs: inputs{"encryptionConfigurations": []any{inputs{"encryptionType": "KMS", "kmsKey": Unknown{}}}}}},
		violate: []sample{{token: "aws:ecr/repository:Repository"}, {token: "aws:ecr/repository:Repository", inputs: inputs{"encryptionConfigurations": []any{inputs{"encryptionType": "KMS"}}}},
			{token: "aws:ecr/repository:Repository", inputs: inputs{"encryptionConfigurations": []any{inputs{"encryptionType": "AES256"}}}}},
	},
	"cache-encryption": {
		keep:    []sample{{token: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: inputs{"atRestEncryptionEnabled": true, "transitEncryptionEnabled": true}}},
		violate: []sample{{token: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: inputs{"atRestEncryptionEnabled": true}}},
	},
	"trail-encryption": {
		keep:    []sample{{token: "aws:cloudtrail/trail:Trail", inputs: inputs{"kmsKeyId": Unknown{}}}},
		violate: []sample{{token: "aws:cloudtrail/trail:Trail"}},
	},
	"listener-tls": {
		keep: []sample{
			{token: listener, inputs: inputs{"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}},
			{token: listener, inputs: inputs{"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"}},
			{token: listener, inputs: inputs{"protocol": "HTTP"}},
		},
		violate: []sample{
			{token: listener, inputs: inputs{"protocol": "HTTPS"}},
			{token: listener, inputs: inputs{"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"}},
			{token: listener, inputs: inputs{"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"}},
		},
	},
	"distribution-tls": {
		keep: []sample{{token: "aws:cloudfront/distribution:Distribution", inputs: inputs{
			"viewerCertificate": inputs{"minimumProtocolVersion": "TLSv1.2_2021"}, "defaultCacheBehavior": inputs{"viewerProtocolPolicy": "redirect-to-https"},
		}}},
		violate: []sample{
			{token: "aws:cloudfront/distribution:Distribution", inputs: inputs{"viewerCertificate": inputs{"cloudfrontDefaultCertificate": true}}},
			{token: "aws:cloudfront/distribution:Distribution", inputs: inputs{"viewerCertificate": inputs{"minimumProtocolVersion": "TLSv1.1_2016"}}},
			{token: "aws:cloudfront/distribution:Distribution", inputs: inputs{
				"viewerCertificate":     inputs{"minimumProtocolVersion": "TLSv1.2_2021"},
				"orderedCacheBehaviors": []any{inputs{"viewerProtocolPolicy": "allow-all"}},
			}},
		},
	},
	"log-retention": {
		keep:    []sample{{token: logGroup, inputs: inputs{"retentionInDays": 30.0}}},
		violate: []sample{{token: logGroup}, {token: logGroup, inputs: inputs{"retentionInDays": 0.0}}},
	},
	"bucket-retention": {
		keep: []sample{
			{token: bucketV2, companions: []sample{versioning("Enabled")}}, {token: bucketV2, companions: []sample{versioning(Unknown{})}},
			{token: bucketV2, companions: []sample{{token: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", inputs: inputs{"bucket": Unknown{}}}}},
			{token: "aws:s3/bucket:Bucket", inputs: inputs{"versioning": inputs{"enabled": true}}},
			{token: bucketV2, inputs: inputs{"versionings": []any{inputs{"enabled": true}}}},
		},
		violate: []sample{{token: bucketV2}, {token: bucketV2, companions: []sample{versioning("Suspended")}}},
	},
	"database-backup": {
		keep:    []sample{{token: instance, inputs: inputs{"backupRetentionPeriod": 7.0}}, {token: instance, inputs: inputs{"replicateSourceDb": "db"}}},
		violate: []sample{{token: instance}, {token: cluster, inputs: inputs{"backupRetentionPeriod": 1.0}}},
	},
	"table-recovery": {
		keep:    []sample{{token: dynamoTable, inputs: inputs{"pointInTimeRecovery": inputs{"enabled": true}}}},
		violate: []sample{{token: dynamoTable}},
	},
	"key-rotation": {
		keep:    []sample{{token: key, inputs: inputs{"enableKeyRotation": true}}, {token: key, inputs: inputs{"customerMasterKeySpec": "RSA_2048"}}},
		violate: []sample{{token: key}, {token: key, inputs: inputs{"customerMasterKeySpec": "SYMMETRIC_DEFAULT"}}},
	},
	"key-deletion-window": {
		keep:    []sample{{token: key}, {token: key, inputs: inputs{"deletionWindowInDays": 30.0}}},
		violate: []sample{{token: key, inputs: inputs{"deletionWindowInDays": 7.0}}},
	},
	"trail-validation": {
		keep:    []sample{{token: "aws:cloudtrail/trail:Trail", inputs: inputs{"enableLogFileValidation": true}}},
		violate: []sample{{token: "aws:cloudtrail/trail:Trail"}},
	},
	"tags": {
		keep:    []sample{{token: bucketV2}},
		violate: []sample{{token: bucketV2, bare: true}},
	},
	"database-deletion-protection": {
		keep:    []sample{{token: instance, inputs: inputs{"deletionProtection": true}}, {token: instance, inputs: inputs{"replicateSourceDb": "db"}}},
		violate: []sample{{token: instance}, {token: cluster, inputs: inputs{"deletionProtection": false}}, {token: "aws:neptune/cluster:Cluster"}},
	},
	"table-deletion-protection": {
		keep:    []sample{{token: dynamoTable, inputs: inputs{"deletionProtectionEnabled": true}}},
		violate: []sample{{token: dynamoTable}},
	},
	"load-balancer-deletion-protection": {
		keep:    []sample{{token: "aws:lb/loadBalancer:LoadBalancer", inputs: inputs{"enableDeletionProtection": true}}},
		violate: []sample{{token: "aws:lb/loadBalancer:LoadBalancer"}, {token: "aws:alb/loadBalancer:LoadBalancer"}},
	},
	"user-pool-deletion-protection": {
		keep:    []sample{{token: "aws:cognito/userPool:UserPool", inputs: inputs{"deletionProtection": "ACTIVE"}}},
		violate: []sample{{token: "aws:cognito/userPool:UserPool"}},
	},
	"protect": {
		keep:    []sample{{token: key}},
		violate: []sample{{token: key, bare: true}, {token: dynamoTable, bare: true}},
	},
	"final-snapshot": {
		keep:    []sample{{token: instance}},
		violate: []sample{{token: instance, inputs: inputs{"skipFinalSnapshot": true}}},
	},
	"force-destroy": {
		keep:    []sample{{token: bucketV2, inputs: inputs{"forceDestroy": false}}},
		violate: []sample{{token: bucketV2, inputs: inputs{"forceDestroy": true}}, {token: "aws:ecr/repository:Repository", inputs: inputs{"forceDelete": true}}},
	},
	"wildcard-action": {
		keep: []sample{
			{token: policy, inputs: inputs{"policy": allow(`"Action":["s3:Get*","s3:PutObject"]`)}},
			{token: policy, inputs: inputs{"policy": `{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`}},
			{token: policy, inputs: inputs{"policy": Unknown{}}},
			{token: key, inputs: inputs{"policy": allow(`"Action":"kms:*","Principal":{"AWS":"arn:aws:iam::111122223333:root"}`)}},
		},
		violate: []sample{
			{token: policy, inputs: inputs{"policy": allow(`"Action":"*"`)}},
			{token: policy, inputs: inputs{"policy": allow(`"Action":"**"`)}}, {token: policy, inputs: inputs{"policy": allow(`"Action":"s3:?*"`)}},
			{token: key, inputs: inputs{"policy": allow(`"Action":"kms:*","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:root"]}`)}},
			{token: "aws:iam/rolePolicy:RolePolicy", inputs: inputs{"policy": allow(`"Action":["s3:GetObject","s3:*"]`)}},
			{token: "aws:iam/userPolicy:UserPolicy", inputs: inputs{"policy": allow(`"NotAction":["iam:PassRole"]`)}},
			{token: role, inputs: inputs{"inlinePolicies": []any{inputs{"name": "x", "policy": allow(`"Action":"ec2:*"`)}}}},
			{token: "aws:s3/bucketPolicy:BucketPolicy", inputs: inputs{"policy": allow(`"Action":"s3:*","Principal":{"Service":"x"}`)}},
			{token: key, inputs: inputs{"policy": allow(`"Action":"kms:*","Principal":{"AWS":"arn:aws:iam::111122223333:role/x"}`)}},
			{token: key, inputs: inputs{"policy": allow(`"Action":"kms:*","Principal":{"AWS":"arn:aws:iam::111122223333:root","Service":"x"}`)}},
			{token: policy, inputs: inputs{"policy": inputs{"Statement": []any{inputs{"Effect": "Allow", "Action": []any{Unknown{}, "sqs:*"}}}}}},
		},
	},
	"open-trust": {
		keep: []sample{{token: role, inputs: inputs{"assumeRolePolicy": allow(`"Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}`)}}},
		violate: []sample{
			{token: role, inputs: inputs{"assumeRolePolicy": allow(`"Action":"sts:AssumeRole","Principal":{"AWS":"*"}`)}},
		},
	},
	"managed-admin": {
		keep: []sample{{token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", inputs: inputs{"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}},
		violate: []sample{
			{token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", inputs: inputs{"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}},
			{token: role, inputs: inputs{"managedPolicyArns": []any{"arn:aws-cn:iam::aws:policy/PowerUserAccess"}}},
		},
	},
	"user-credentials": {
		keep:    []sample{{token: "aws:iam/user:User"}},
		violate: []sample{{token: "aws:iam/accessKey:AccessKey"}, {token: "aws:iam/userLoginProfile:UserLoginProfile"}},
	},
	"function-runtime": {
		keep:    []sample{{token: function, inputs: inputs{"runtime": "provided.al2023"}}, {token: function, inputs: inputs{"packageType": "Image"}}, {token: function, inputs: inputs{"runtime": Unknown{}}}},
		violate: []sample{{token: function, inputs: inputs{"runtime": "go1.x"}}, {token: function, inputs: inputs{"runtime": "provided.al2"}}, {token: function, inputs: inputs{"runtime": "python3.9"}}},
	},
	"function-dead-letters": {
		keep: []sample{
			{token: function, inputs: inputs{"deadLetterConfig": inputs{"targetArn": Unknown{}}}},
			{token: function, companions: []sample{{token: "aws:lambda/eventSourceMapping:EventSourceMapping"}}},
			{token: function, companions: []sample{{token: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", inputs: inputs{
				"destinationConfig": inputs{"onFailure": inputs{"destination": Unknown{}}}}}}},
		},
		violate: []sample{{token: function}, {token: function, companions: []sample{{token: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"}}}},
	},
	"function-tracing": {
		keep:    []sample{{token: function, inputs: inputs{"tracingConfig": inputs{"mode": "Active"}}}},
		violate: []sample{{token: function}, {token: function, inputs: inputs{"tracingConfig": inputs{"mode": "PassThrough"}}}},
	},
}

func TestRules(t *testing.T) {
	require.Len(t, samples, len(table), "each rule has samples, and no other")
	for _, rule := range table {
		t.Run(rule.ID, func(t *testing.T) {
			of := samples[rule.ID]
			require.NotEmpty(t, of.keep)
			require.NotEmpty(t, of.violate)
			for i, s := range of.keep {
				assert.False(t, s.breaks(rule.ID), "keep[%d] %s %v", i, s.token, s.inputs)
			}
			for i, s := range of.violate {
				assert.True(t, s.breaks(rule.ID), "break[%d] %s %v", i, s.token, s.inputs)
			}
		})
	}
}

func TestTableIsComplete(t *testing.T) {
	ids := map[string]bool{}
	for _, rule := range table {
		assert.Regexp(t, `^[a-z]+(-[a-z]+)*$`, rule.ID)
		assert.False(t, ids[rule.ID], "%s stands twice", rule.ID)
		ids[rule.ID] = true
		assert.True(t, strings.HasSuffix(rule.Title, "."), rule.ID)
		assert.NotEmpty(t, rule.Group, rule.ID)
		assert.Contains(t, rule.Source, "ISMS-P", rule.ID)
		assert.NotEmpty(t, rule.Mend, rule.ID)
		assert.True(t, (rule.Check == nil) != (rule.Across == nil), rule.ID)
	}
}

func TestDefaultTagsComeFromTheProvider(t *testing.T) {
	r := bucket("x")
	for name, c := range map[string]struct {
		provider Resource
		problem  string
	}{
		"another program's": {Resource{URN: "other"}, "not declared by this program"},
		"without tags":      {Resource{URN: provider().URN, Name: "home"}, "lacks the default tags Environment, AssetType, PersonalInformation, Owner"},
		"one missing": {Resource{URN: provider().URN, Name: "home", Inputs: inputs{"defaultTags": inputs{"tags": inputs{
			"Environment": "x", "AssetType": "", "PersonalInformation": Unknown{}, "Owner": "y"}}}}, "lacks the default tags AssetType"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := defaultTags(&r, newProgram([]Resource{c.provider}))
			require.Len(t, problems, 1)
			assert.Contains(t, problems[0], c.problem)
		})
	}
	unknown := Resource{URN: provider().URN, Inputs: inputs{"defaultTags": Unknown{}}}
	assert.Empty(t, defaultTags(&r, newProgram([]Resource{unknown})))
}

// The names that rules and samples use are those of the provider's SDK.
func TestKindsAndInputsAreTheProviders(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi-aws/sdk/v6").Output()
	require.NoError(t, err)
	sdk := filepath.Join(strings.TrimSpace(string(out)), "go", "aws")
	for _, rule := range table {
		for _, kind := range rule.Kinds {
			if kind == native {
				continue
			}
			module, class, _ := strings.Cut(kind, ".")
			file := filepath.Join(sdk, module, lowerFirst(class))
			_, plain := os.Stat(file + ".go")
			_, versioned := os.Stat(file + "V2.go")
			assert.True(t, plain == nil || versioned == nil, "%s: the provider has no %s", rule.ID, kind)
		}
		of := samples[rule.ID]
		for _, s := range slices.Concat(of.keep, of.violate) {
			checkSample(t, sdk, s)
			for _, companion := range s.companions {
				checkSample(t, sdk, companion)
			}
		}
	}
}

func checkSample(t *testing.T, sdk string, s sample) {
	t.Helper()
	if strings.HasPrefix(s.token, native) {
		return
	}
	path := strings.Split(s.token, ":")[1]
	source, err := os.ReadFile(filepath.Join(sdk, path+".go"))
	require.NoError(t, err)
	assert.Contains(t, string(source), `"`+s.token+`"`)
	arguments := regexp.MustCompile(`(?s)type \w+Args struct \{.*?\n\}`).FindString(string(source))
	for name := range s.inputs {
		assert.Contains(t, arguments, "`pulumi:\""+name+"\"`", "%s has no input %s", s.token, name)
	}
}

func lowerFirst(name string) string {
	runes := []rune(name)
	runes[0] = unicode.ToLower(runes[0])
	return string(runes)
}
