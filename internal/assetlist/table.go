package assetlist

// Why a service's own list is better than Cloud Control's, which gives identifiers and nothing else for sure.
const (
	namesAndAge = "its list says name, age, tags and instance, by which rules decide"
	ownersOnly  = "Cloud Control does not know the kind, or does not tell the account's own from AWS's"
	regionAge   = "its list says region and age"
	wholePath   = "the ARN holds a path that the identifier of Cloud Control does not"
)

// Why nothing lists a kind.
const (
	noHandler = "Cloud Control has no list of the type"
	noType    = "CloudFormation has no such type"
	noARN     = "the ARN holds what the identifier does not"
)

// regionalScope and globalScope are the models of WAF, whose lists demand a scope.
const (
	regionalScope = `{"Scope":"REGIONAL"}`
	globalScope   = `{"Scope":"CLOUDFRONT"}`
)

// kinds: types, identifiers and the actions of list handlers are those of the types' published schemas:
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-types.html#resource-types-schemas
// ARNs are those of the service authorization reference:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var kinds = []Kind{
	{Name: "ec2:instance", Own: namesAndAge, Reads: []string{"ec2:DescribeInstances"}},
	{Name: "ec2:volume", Own: namesAndAge, Reads: []string{"ec2:DescribeVolumes"}},
	{Name: "ec2:image", Own: ownersOnly, Reads: []string{"ec2:DescribeImages"}},
	{Name: "ec2:snapshot", Own: ownersOnly, Reads: []string{"ec2:DescribeSnapshots"}},
	{Name: "ec2:key-pair", Own: "Cloud Control gives its name, the ARN holds its id", Reads: []string{"ec2:DescribeKeyPairs"}},
	ec2("launch-template", "LaunchTemplate", "DescribeLaunchTemplates"),
	ec2("fleet", "EC2Fleet", "DescribeFleets"),
	ec2("spot-fleet-request", "SpotFleet", "DescribeSpotFleetRequests"),
	{Name: "ec2:spot-instances-request", Own: ownersOnly, Reads: []string{"ec2:DescribeSpotInstanceRequests"}},
	{Name: "lambda:function", Type: "AWS::Lambda::Function", ARN: "lambda:$region:$account:function:$id", Reads: []string{"lambda:ListFunctions"}},
	{Name: "ecs:cluster", Type: "AWS::ECS::Cluster", ARN: "ecs:$region:$account:cluster/$id", Reads: []string{"ecs:ListClusters", "ecs:DescribeClusters"}},
	{Name: "ecs:service", Type: "AWS::ECS::Service", ARN: "$1", Reads: []string{"ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices"}},
	{Name: "ecs:task-definition", Type: "AWS::ECS::TaskDefinition", ARN: "$id", Reads: []string{"ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"}},
	{Name: "eks:cluster", Type: "AWS::EKS::Cluster", ARN: "eks:$region:$account:cluster/$id", Reads: []string{"eks:ListClusters"}},
	{Name: "eks:nodegroup", Unlisted: noARN},
	{Name: "eks:fargateprofile", Unlisted: noARN},
	{Name: "ecr:repository", Type: "AWS::ECR::Repository", ARN: "ecr:$region:$account:repository/$id", Reads: []string{"ecr:DescribeRepositories"}},
	{Name: "imagebuilder:image-pipeline", Type: "AWS::ImageBuilder::ImagePipeline", ARN: "$id", Reads: []string{"imagebuilder:ListImagePipelines"}},
	{Name: "imagebuilder:image-recipe", Type: "AWS::ImageBuilder::ImageRecipe", ARN: "$id", Reads: []string{"imagebuilder:ListImageRecipes"}},
	{Name: "imagebuilder:component", Type: "AWS::ImageBuilder::Component", ARN: "$id", Reads: []string{"imagebuilder:ListComponents", "imagebuilder:ListComponentBuildVersions"}},
	{Name: "imagebuilder:infrastructure-configuration", Type: "AWS::ImageBuilder::InfrastructureConfiguration", ARN: "$id", Reads: []string{"imagebuilder:ListInfrastructureConfigurations"}},
	{Name: "imagebuilder:distribution-configuration", Type: "AWS::ImageBuilder::DistributionConfiguration", ARN: "$id", Reads: []string{"imagebuilder:ListDistributionConfigurations"}},

	{Name: "ec2:network-interface", Own: namesAndAge, Reads: []string{"ec2:DescribeNetworkInterfaces"}},
	{Name: "ec2:security-group", Own: "its list says the group's name and tags, by which rules decide", Reads: []string{"ec2:DescribeSecurityGroups"}},
	{Name: "ec2:elastic-ip", Type: "AWS::EC2::EIP", ARN: "ec2:$region:$account:elastic-ip/$2", Reads: []string{"ec2:DescribeAddresses"}},
	ec2("vpc", "VPC", "DescribeVpcs"),
	ec2("subnet", "Subnet", "DescribeSubnets"),
	ec2("route-table", "RouteTable", "DescribeRouteTables"),
	ec2("internet-gateway", "InternetGateway", "DescribeInternetGateways"),
	ec2("egress-only-internet-gateway", "EgressOnlyInternetGateway", "DescribeEgressOnlyInternetGateways"),
	ec2("natgateway", "NatGateway", "DescribeNatGateways"),
	ec2("network-acl", "NetworkAcl", "DescribeNetworkAcls"),
	ec2("vpc-endpoint", "VPCEndpoint", "DescribeVpcEndpoints"),
	ec2("vpc-endpoint-service", "VPCEndpointService", "DescribeVpcEndpointServiceConfigurations", "cloudwatch:ListManagedInsightRules"),
	ec2("vpc-flow-log", "FlowLog", "DescribeFlowLogs"),
	ec2("vpc-peering-connection", "VPCPeeringConnection", "DescribeVpcPeeringConnections"),
	ec2("transit-gateway", "TransitGateway", "DescribeTransitGateways"),
	ec2("transit-gateway-attachment", "TransitGatewayAttachment", "DescribeTransitGatewayAttachments", "ec2:DescribeTransitGatewayVpcAttachments"),
	ec2("transit-gateway-route-table", "TransitGatewayRouteTable", "DescribeTransitGatewayRouteTables"),
	ec2("vpn-connection", "VPNConnection", "DescribeVpnConnections"),
	ec2("vpn-gateway", "VPNGateway", "DescribeVpnGateways"),
	ec2("customer-gateway", "CustomerGateway", "DescribeCustomerGateways"),
	ec2("dhcp-options", "DHCPOptions", "DescribeDhcpOptions"),
	{Name: "ec2:prefix-list", Own: ownersOnly, Reads: []string{"ec2:DescribeManagedPrefixLists"}},
	{Name: "elasticloadbalancing:loadbalancer", Type: loadBalancers, ARN: "$id", Reads: []string{"elasticloadbalancing:DescribeLoadBalancers"}},
	{Name: "elasticloadbalancing:loadbalancer", Type: "AWS::ElasticLoadBalancing::LoadBalancer", ARN: "elasticloadbalancing:$region:$account:loadbalancer/$id",
		Reads: []string{"elasticloadbalancing:DescribeLoadBalancers"}},
	{Name: "elasticloadbalancing:targetgroup", Type: "AWS::ElasticLoadBalancingV2::TargetGroup", ARN: "$id", Reads: []string{"elasticloadbalancing:DescribeTargetGroups"}},
	{Name: "elasticloadbalancing:listener", Type: "AWS::ElasticLoadBalancingV2::Listener", ARN: "$id", Parent: loadBalancers,
		Model: `{"LoadBalancerArn":"$parent"}`, Reads: []string{"elasticloadbalancing:DescribeListeners"}},
	{Name: "apigateway:restapis", Type: "AWS::ApiGateway::RestApi", ARN: "apigateway:$region::/restapis/$id", Reads: []string{"apigateway:GET@apigateway:*::/restapis"}},
	{Name: "apigateway:apis", Type: "AWS::ApiGatewayV2::Api", ARN: "apigateway:$region::/apis/$id", Reads: []string{"apigateway:GET@apigateway:*::/apis"}},
	{Name: "cloudfront:distribution", Type: "AWS::CloudFront::Distribution", ARN: "cloudfront::$account:distribution/$id", Global: true,
		Reads: []string{"cloudfront:ListDistributions"}},
	{Name: "route53:hostedzone", Type: "AWS::Route53::HostedZone", ARN: "route53:::hostedzone/$name", Global: true, Reads: []string{
		"route53:GetHostedZone@route53:::hostedzone/*", "route53:ListHostedZones", "route53:ListHostedZonesByName",
		"route53:ListQueryLoggingConfigs", "route53:ListTagsForResource@route53:::hostedzone/*"}},
	{Name: "route53:healthcheck", Type: "AWS::Route53::HealthCheck", ARN: "route53:::healthcheck/$name", Global: true, Reads: []string{
		"route53:ListHealthChecks", "route53:ListTagsForResource@route53:::healthcheck/*"}},
	{Name: "acm:certificate", Type: "AWS::CertificateManager::Certificate", ARN: "$id", Reads: []string{"acm:ListCertificates"}},
	waf("webacl", "WebACL", "ListWebACLs", false), waf("webacl", "WebACL", "ListWebACLs", true),
	waf("ipset", "IPSet", "ListIPSets", false), waf("ipset", "IPSet", "ListIPSets", true),
	waf("rulegroup", "RuleGroup", "ListRuleGroups", false), waf("rulegroup", "RuleGroup", "ListRuleGroups", true),

	{Name: "s3:bucket", Own: regionAge, Reads: []string{"s3:ListAllMyBuckets", "s3:GetBucketTagging@s3:::*"}},
	{Name: "rds:db", Own: "its list says age and tags", Reads: []string{"rds:DescribeDBInstances@rds:*:$account:db:*"}},
	rds("cluster", "DBCluster", "DescribeDBClusters"),
	{Name: "rds:snapshot", Own: ownersOnly, Reads: []string{"rds:DescribeDBSnapshots@rds:*:$account:snapshot:*", "rds:DescribeDBSnapshots@rds:*:$account:db:*"}},
	{Name: "rds:cluster-snapshot", Own: ownersOnly, Reads: []string{
		"rds:DescribeDBClusterSnapshots@rds:*:$account:cluster-snapshot:*", "rds:DescribeDBClusterSnapshots@rds:*:$account:cluster:*"}},
	rds("subgrp", "DBSubnetGroup", "DescribeDBSubnetGroups"),
	rds("pg", "DBParameterGroup", "DescribeDBParameterGroups", "default."),
	rds("cluster-pg", "DBClusterParameterGroup", "DescribeDBClusterParameterGroups", "default."),
	rds("og", "OptionGroup", "DescribeOptionGroups", "default:"),
	rds("es", "EventSubscription", "DescribeEventSubscriptions"),
	{Name: "dynamodb:table", Type: "AWS::DynamoDB::Table", ARN: "dynamodb:$region:$account:table/$id", Reads: []string{"dynamodb:ListTables"}},
	{Name: "elasticache:cluster", Type: "AWS::ElastiCache::CacheCluster", ARN: "elasticache:$region:$account:cluster:$id", Reads: []string{"elasticache:DescribeCacheClusters"}},
	{Name: "elasticache:replicationgroup", Type: "AWS::ElastiCache::ReplicationGroup", ARN: "elasticache:$region:$account:replicationgroup:$id",
		Reads: []string{"elasticache:DescribeReplicationGroups"}},
	{Name: "elasticache:subnetgroup", Type: "AWS::ElastiCache::SubnetGroup", ARN: "elasticache:$region:$account:subnetgroup:$id",
		Reads: []string{"elasticache:DescribeCacheSubnetGroups"}},
	{Name: "elasticache:snapshot", Unlisted: noType},
	{Name: "es:domain", Unlisted: noHandler},
	{Name: "elasticfilesystem:file-system", Type: "AWS::EFS::FileSystem", ARN: "elasticfilesystem:$region:$account:file-system/$id", Reads: []string{
		"elasticfilesystem:DescribeBackupPolicy", "elasticfilesystem:DescribeFileSystemPolicy", "elasticfilesystem:DescribeFileSystems",
		"elasticfilesystem:DescribeLifecycleConfiguration", "elasticfilesystem:DescribeReplicationConfigurations"}},
	{Name: "elasticfilesystem:access-point", Type: "AWS::EFS::AccessPoint", ARN: "elasticfilesystem:$region:$account:access-point/$id",
		Reads: []string{"elasticfilesystem:DescribeAccessPoints"}},
	{Name: "fsx:file-system", Unlisted: noHandler},
	{Name: "fsx:backup", Unlisted: noType},
	{Name: "redshift:cluster", Type: "AWS::Redshift::Cluster", ARN: "redshift:$region:$account:cluster:$id", Reads: []string{"redshift:DescribeClusters"}},
	{Name: "redshift:subnetgroup", Type: "AWS::Redshift::ClusterSubnetGroup", ARN: "redshift:$region:$account:subnetgroup:$id",
		Reads: []string{"redshift:DescribeClusterSubnetGroups"}},
	{Name: "redshift:parametergroup", Type: "AWS::Redshift::ClusterParameterGroup", ARN: "redshift:$region:$account:parametergroup:$id", Reserved: []string{"default."},
		Reads: []string{"redshift:DescribeClusterParameterGroups", "redshift:DescribeClusterParameters", "redshift:DescribeTags"}},
	{Name: "redshift:snapshot", Unlisted: noType},
	{Name: "glue:job", Type: "AWS::Glue::Job", ARN: "glue:$region:$account:job/$id", Reads: []string{"glue:ListJobs"}},
	{Name: "glue:crawler", Type: "AWS::Glue::Crawler", ARN: "glue:$region:$account:crawler/$id", Reads: []string{"glue:ListCrawlers"}},
	{Name: "glue:trigger", Type: "AWS::Glue::Trigger", ARN: "glue:$region:$account:trigger/$id", Reads: []string{"glue:ListTriggers"}},
	{Name: "athena:workgroup", Type: "AWS::Athena::WorkGroup", ARN: "athena:$region:$account:workgroup/$id", Reads: []string{"athena:ListWorkGroups"}},
	{Name: "athena:datacatalog", Type: "AWS::Athena::DataCatalog", ARN: "athena:$region:$account:datacatalog/$id", Reserved: []string{"awsdatacatalog"},
		Reads: []string{"athena:ListDataCatalogs"}},
	{Name: "elasticmapreduce:cluster", Unlisted: noHandler},
	{Name: "backup:backup-vault", Type: "AWS::Backup::BackupVault", ARN: "backup:$region:$account:backup-vault:$id", Reads: []string{"backup:ListBackupVaults"}},
	{Name: "backup:backup-plan", Type: "AWS::Backup::BackupPlan", ARN: "backup:$region:$account:backup-plan:$id", Reads: []string{"backup:ListBackupPlans"}},
	{Name: "kafka:cluster", Type: "AWS::MSK::Cluster", ARN: "$id", Reads: []string{"kafka:ListClusters", "kafka:ListClustersV2"}},
	{Name: "kafka:cluster", Type: "AWS::MSK::ServerlessCluster", ARN: "$id", Reads: []string{"kafka:ListClustersV2"}},
	{Name: "kinesis:stream", Type: "AWS::Kinesis::Stream", ARN: "kinesis:$region:$account:stream/$id", Reads: []string{"kinesis:ListStreams"}},
	{Name: "firehose:deliverystream", Type: "AWS::KinesisFirehose::DeliveryStream", ARN: "firehose:$region:$account:deliverystream/$id",
		Reads: []string{"firehose:ListDeliveryStreams"}},

	{Name: "sqs:queue", Type: "AWS::SQS::Queue", ARN: "sqs:$region:$account:$name", Reads: []string{"sqs:ListQueues"}},
	{Name: "sns:topic", Type: "AWS::SNS::Topic", ARN: "$id", Reads: []string{"sns:ListTopics"}},
	{Name: "events:rule", Type: "AWS::Events::Rule", ARN: "$id", Reads: []string{"events:ListRules"}},
	{Name: "events:event-bus", Type: "AWS::Events::EventBus", ARN: "events:$region:$account:event-bus/$id", Reads: []string{"events:ListEventBuses"}},
	{Name: "states:stateMachine", Type: "AWS::StepFunctions::StateMachine", ARN: "$id", Reads: []string{"states:ListStateMachines"}},
	{Name: "states:activity", Type: "AWS::StepFunctions::Activity", ARN: "$id", Reads: []string{"states:ListActivities"}},
	{Name: "codebuild:project", Unlisted: noHandler},
	{Name: "codepipeline:pipeline", Type: "AWS::CodePipeline::Pipeline", ARN: "codepipeline:$region:$account:$id", Reads: []string{"codepipeline:ListPipelines"}},
	{Name: "cloudtrail:trail", Type: "AWS::CloudTrail::Trail", ARN: "cloudtrail:$region:$account:trail/$id", Reads: []string{
		"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrail",
		"cloudtrail:GetTrailStatus", "cloudtrail:ListTags", "cloudtrail:ListTrails"}},
	{Name: "logs:log-group", Type: "AWS::Logs::LogGroup", ARN: "logs:$region:$account:log-group:$id", Reads: []string{"logs:DescribeLogGroups", "logs:ListTagsForResource"}},
	{Name: "cloudwatch:alarm", Type: "AWS::CloudWatch::Alarm", ARN: "cloudwatch:$region:$account:alarm:$id", Reads: []string{"cloudwatch:DescribeAlarms"}},
	{Name: "aps:workspace", Type: "AWS::APS::Workspace", ARN: "$id", Reads: []string{"aps:ListWorkspaces"}},
	{Name: "grafana:workspaces", Type: "AWS::Grafana::Workspace", ARN: "grafana:$region:$account:/workspaces/$id", Reads: []string{
		"grafana:ListWorkspaces", "grafana:DescribeWorkspaceAuthentication"}},

	{Name: "kms:key", Type: "AWS::KMS::Key", ARN: "kms:$region:$account:key/$id", Reads: []string{"kms:ListKeys", "kms:DescribeKey@kms:*:$account:key/*"}},
	{Name: "secretsmanager:secret", Type: "AWS::SecretsManager::Secret", ARN: "$id", Reads: []string{"secretsmanager:ListSecrets"}},
	{Name: "ssm:parameter", Type: "AWS::SSM::Parameter", ARN: "ssm:$region:$account:parameter/$path", Reads: []string{"ssm:DescribeParameters"}},
	{Name: "ssm:document", Type: "AWS::SSM::Document", ARN: "ssm:$region:$account:document/$id", Reserved: []string{"aws", "amazon", "amzn", "arn:"},
		Reads: []string{"ssm:ListDocuments"}},
	{Name: "iam:user", Own: wholePath, Reads: []string{"iam:ListUsers"}},
	{Name: "iam:role", Own: wholePath, Reads: []string{"iam:ListRoles"}},
	{Name: "iam:policy", Own: wholePath, Reads: []string{"iam:ListPolicies"}},
	{Name: "iam:instance-profile", Own: wholePath, Reads: []string{"iam:ListInstanceProfiles"}},
	{Name: "cognito-idp:userpool", Type: "AWS::Cognito::UserPool", ARN: "cognito-idp:$region:$account:userpool/$id", Reads: []string{"cognito-idp:ListUserPools"}},
	{Name: "cognito-identity:identitypool", Type: "AWS::Cognito::IdentityPool", ARN: "cognito-identity:$region:$account:identitypool/$id",
		Reads: []string{"cognito-identity:ListIdentityPools"}},
}

// loadBalancers is the type of load balancers that have listeners of their own.
const loadBalancers = "AWS::ElasticLoadBalancingV2::LoadBalancer"

// ec2 is a kind of EC2, whose identifier is an id.
func ec2(kind, typeName, action string, more ...string) Kind {
	return Kind{Name: "ec2:" + kind, Type: "AWS::EC2::" + typeName, ARN: "ec2:$region:$account:" + kind + "/$id", Reads: append([]string{"ec2:" + action}, more...)}
}

// rds is a kind of RDS, whose identifier is a name.
func rds(kind, typeName, action string, reserved ...string) Kind {
	return Kind{Name: "rds:" + kind, Type: "AWS::RDS::" + typeName, ARN: "rds:$region:$account:" + kind + ":$id", Reserved: reserved,
		Reads: []string{"rds:" + action + "@rds:*:$account:" + kind + ":*"}}
}

// waf is a kind of WAF, whose identifier is name, id and scope.
func waf(kind, typeName, action string, global bool) Kind {
	k := Kind{Name: "wafv2:" + kind, Type: "AWS::WAFv2::" + typeName, ARN: "wafv2:$region:$account:regional/" + kind + "/$1/$2",
		Model: regionalScope, Reads: []string{"wafv2:" + action}}
	if global {
		k.ARN, k.Model, k.Global = "wafv2:$region:$account:global/"+kind+"/$1/$2", globalScope, true
	}
	return k
}
