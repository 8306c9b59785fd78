package autotag

// messageRows: streams, queues, topics, events and workflows.
var messageRows = []row{
	made("kafka", "CreateCluster", "kafka:cluster", arnInResponse("clusterArn")).named("clusterName"),
	made("kafka", "CreateClusterV2", "kafka:cluster", arnInResponse("clusterArn")).named("clusterName"),
	// Kinesis answers nothing.
	made("kinesis", "CreateStream", "kinesis:stream", inRequest("streamName", regional("kinesis", "stream/"))),
	made("firehose", "CreateDeliveryStream", "firehose:deliverystream", arnInResponse("deliveryStreamARN"),
		inRequest("deliveryStreamName", regional("firehose", "deliverystream/"))),
	made("sqs", "CreateQueue", "sqs:queue", inRequest("queueName", regional("sqs", ""))).orChanged(),
	made("sns", "CreateTopic", "sns:topic", arnInResponse("topicArn"), inRequest("name", regional("sns", ""))).orChanged(),
	made("events", "PutRule", "events:rule", arnInResponse("ruleArn"), inRequest("name", regional("events", "rule/"))).orChanged(),
	made("events", "CreateEventBus", "events:event-bus", arnInResponse("eventBusArn"), inRequest("name", regional("events", "event-bus/"))),
	made("states", "CreateStateMachine", "states:stateMachine", arnInResponse("stateMachineArn"),
		inRequest("name", regional("states", "stateMachine:"))),
	made("states", "CreateActivity", "states:activity", arnInResponse("activityArn"),
		inRequest("name", regional("states", "activity:"))),
}

// deliveryRows: how software is built and watched.
var deliveryRows = []row{
	made("codebuild", "CreateProject", "codebuild:project", arnInResponse("project.arn"),
		inRequest("name", regional("codebuild", "project/"))),
	made("codepipeline", "CreatePipeline", "codepipeline:pipeline", inRequest("pipeline.name", regional("codepipeline", ""))),
	made("cloudtrail", "CreateTrail", "cloudtrail:trail", arnInResponse("trailARN"), inRequest("name", regional("cloudtrail", "trail/"))),
	made("logs", "CreateLogGroup", "logs:log-group", inRequest("logGroupName", regional("logs", "log-group:"))).named("logGroupName"),
	made("monitoring", "PutMetricAlarm", "cloudwatch:alarm", inRequest("alarmName", regional("cloudwatch", "alarm:"))).named("alarmName").orChanged(),
	made("aps", "CreateWorkspace", "aps:workspace", arnInResponse("arn"),
		inResponse("workspaceId", regional("aps", "workspace/"))).named("alias"),
	made("grafana", "CreateWorkspace", "grafana:workspaces",
		inResponse("workspace.id", regional("grafana", "/workspaces/"))).named("workspaceName"),
}

// accountRows: keys, secrets, parameters, and who may do what.
var accountRows = []row{
	// keyManager: https://docs.aws.amazon.com/kms/latest/developerguide/ct-createkey.html
	made("kms", "CreateKey", "kms:key", arnInResponse("keyMetadata.arn"), inResponse("keyMetadata.keyId", regional("kms", "key/"))).
		unlessManaged("keyMetadata.keyManager"),
	// The replica stands in another region, which its ARN names.
	made("kms", "ReplicateKey", "kms:key", arnInResponse("replicaKeyMetadata.arn")),
	// Until February 2024 it was aRN: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
	made("secretsmanager", "CreateSecret", "secretsmanager:secret", arnInResponse("arn"), arnInResponse("aRN")).named("name"),
	made("ssm", "PutParameter", "ssm:parameter", inRequest("name", rooted(regional("ssm", "parameter/")))).named("name").orChanged(),
	made("ssm", "CreateDocument", "ssm:document", inRequest("name", regional("ssm", "document/"))),
	made("iam", "CreateUser", "iam:user", arnInResponse("user.arn")).atHome(),
	made("iam", "CreateRole", "iam:role", arnInResponse("role.arn")).atHome(),
	made("iam", "CreatePolicy", "iam:policy", arnInResponse("policy.arn")).atHome(),
	made("iam", "CreateInstanceProfile", "iam:instance-profile", arnInResponse("instanceProfile.arn")).atHome(),
	made("cognito-idp", "CreateUserPool", "cognito-idp:userpool", arnInResponse("userPool.arn"),
		inResponse("userPool.id", regional("cognito-idp", "userpool/"))).named("poolName"),
	made("cognito-identity", "CreateIdentityPool", "cognito-identity:identitypool",
		inResponse("identityPoolId", regional("cognito-identity", "identitypool/"))).named("identityPoolName"),
}
