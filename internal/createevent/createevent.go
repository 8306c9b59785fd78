package createevent

import "slices"

// DetailType is the EventBridge detail-type of an API call that CloudTrail records.
const DetailType = "AWS API Call via CloudTrail"

// SourcePrefix begins the EventBridge source of every event that AWS sends; nobody else may use it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html
const SourcePrefix = "aws."

// Event is one kind of API call that creates assets.
type Event struct {
	EventSource string // CloudTrail's eventSource: ec2.amazonaws.com
	Name        string // CloudTrail's eventName, which may differ from the API's name
}

// Of is the event of a service, named by the first part of its eventSource: Of("ec2", "RunInstances").
func Of(service, name string) Event { return Event{service + ".amazonaws.com", name} }

// RunInstances is the one event whose assets are born with others.
var RunInstances = Of("ec2", "RunInstances")

// names are the events of each service, under the first part of its eventSource.
var names = []struct {
	service string
	events  []string
}{
	{"ec2", []string{
		"RunInstances", "CreateVolume", "CreateNetworkInterface", "CreateSecurityGroup", "CreateImage", "CopyImage",
		"RegisterImage", "CreateSnapshot", "CreateSnapshots", "CopySnapshot", "AllocateAddress", "CreateKeyPair",
		"ImportKeyPair", "CreateLaunchTemplate", "CreateVpc", "CreateSubnet", "CreateRouteTable",
		"CreateInternetGateway", "CreateEgressOnlyInternetGateway", "CreateNatGateway", "CreateNetworkAcl",
		"CreateVpcEndpoint", "CreateVpcEndpointServiceConfiguration", "CreateFlowLogs", "CreateVpcPeeringConnection",
		"CreateTransitGateway", "CreateTransitGatewayVpcAttachment", "CreateTransitGatewayRouteTable",
		"CreateVpnConnection", "CreateVpnGateway", "CreateCustomerGateway", "CreateDhcpOptions",
		"CreateManagedPrefixList", "CreateFleet", "RequestSpotFleet", "RequestSpotInstances"}},
	{"elasticloadbalancing", []string{"CreateLoadBalancer", "CreateTargetGroup", "CreateListener"}},
	{"s3", []string{"CreateBucket"}},
	{"rds", []string{
		"CreateDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot",
		"RestoreDBInstanceToPointInTime", "CreateDBCluster", "RestoreDBClusterFromSnapshot",
		"RestoreDBClusterToPointInTime", "CreateDBSnapshot", "CopyDBSnapshot", "CreateDBClusterSnapshot",
		"CopyDBClusterSnapshot", "CreateDBSubnetGroup", "CreateDBParameterGroup", "CreateDBClusterParameterGroup",
		"CreateOptionGroup", "CreateEventSubscription"}},
	{"dynamodb", []string{"CreateTable", "RestoreTableFromBackup"}},
	{"lambda", []string{"CreateFunction20150331"}},
	{"ecs", []string{"CreateCluster", "CreateService", "RegisterTaskDefinition"}},
	{"eks", []string{"CreateCluster", "CreateNodegroup", "CreateFargateProfile"}},
	{"ecr", []string{"CreateRepository"}},
	{"elasticache", []string{"CreateCacheCluster", "CreateReplicationGroup", "CreateCacheSubnetGroup", "CreateSnapshot"}},
	{"es", []string{"CreateDomain", "CreateElasticsearchDomain"}},
	{"kafka", []string{"CreateCluster", "CreateClusterV2"}},
	{"kinesis", []string{"CreateStream"}},
	{"firehose", []string{"CreateDeliveryStream"}},
	{"sqs", []string{"CreateQueue"}},
	{"sns", []string{"CreateTopic"}},
	{"kms", []string{"CreateKey", "ReplicateKey"}},
	{"secretsmanager", []string{"CreateSecret"}},
	{"ssm", []string{"PutParameter", "CreateDocument"}},
	{"iam", []string{"CreateUser", "CreateRole", "CreatePolicy", "CreateInstanceProfile"}},
	{"cloudfront", []string{"CreateDistribution", "CreateDistributionWithTags"}},
	{"route53", []string{"CreateHostedZone", "CreateHealthCheck"}},
	{"apigateway", []string{"CreateRestApi", "ImportRestApi", "CreateApi"}},
	{"states", []string{"CreateStateMachine", "CreateActivity"}},
	{"events", []string{"PutRule", "CreateEventBus"}},
	{"elasticfilesystem", []string{"CreateFileSystem", "CreateAccessPoint"}},
	{"fsx", []string{"CreateFileSystem", "CreateBackup"}},
	{"redshift", []string{"CreateCluster", "CreateClusterSubnetGroup", "CreateClusterParameterGroup", "CreateClusterSnapshot"}},
	{"glue", []string{"CreateJob", "CreateCrawler", "CreateTrigger"}},
	{"athena", []string{"CreateWorkGroup", "CreateDataCatalog"}},
	{"elasticmapreduce", []string{"RunJobFlow"}},
	{"codebuild", []string{"CreateProject"}},
	{"codepipeline", []string{"CreatePipeline"}},
	{"cloudtrail", []string{"CreateTrail"}},
	{"logs", []string{"CreateLogGroup"}},
	{"monitoring", []string{"PutMetricAlarm"}},
	{"backup", []string{"CreateBackupVault", "CreateBackupPlan"}},
	{"acm", []string{"RequestCertificate", "ImportCertificate"}},
	{"wafv2", []string{"CreateWebACL", "CreateIPSet", "CreateRuleGroup"}},
	{"cognito-idp", []string{"CreateUserPool"}},
	{"cognito-identity", []string{"CreateIdentityPool"}},
	{"imagebuilder", []string{
		"CreateImagePipeline", "CreateImageRecipe", "CreateComponent", "CreateInfrastructureConfiguration",
		"CreateDistributionConfiguration"}},
	{"aps", []string{"CreateWorkspace"}},
	{"grafana", []string{"CreateWorkspace"}},
}

var all = list()

func list() []Event {
	var events []Event
	for _, of := range names {
		for _, name := range of.events {
			events = append(events, Of(of.service, name))
		}
	}
	return events
}

// All returns every event once, those of one service together.
func All() []Event { return slices.Clone(all) }
