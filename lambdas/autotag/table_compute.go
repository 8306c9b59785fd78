package autotag

// computeRows: machines, containers, functions, and how they are built.
var computeRows = []row{
	ec2Made("RunInstances", "instance", "instancesSet.items[].instanceId"),
	ec2Made("CreateVolume", "volume", "volumeId"),
	ec2Made("CreateImage", "image", "imageId"),
	ec2Made("CopyImage", "image", "imageId"),
	ec2Made("RegisterImage", "image", "imageId"),
	ec2Made("CreateSnapshot", "snapshot", "snapshotId"),
	ec2Made("CreateSnapshots", "snapshot", "snapshotSet.items[].snapshotId"),
	ec2Made("CopySnapshot", "snapshot", "snapshotId"),
	ec2Made("CreateKeyPair", "key-pair", "keyPairId").named("keyName"),
	ec2Made("ImportKeyPair", "key-pair", "keyPairId").named("keyName"),
	ec2Made("CreateLaunchTemplate", "launch-template", "launchTemplate.launchTemplateId").
		named("CreateLaunchTemplateRequest.LaunchTemplateName"),
	ec2Made("CreateFleet", "fleet", "fleetId"),
	ec2Made("RequestSpotFleet", "spot-fleet-request", "spotFleetRequestId"),
	ec2Made("RequestSpotInstances", "spot-instances-request", "spotInstanceRequestSet.items[].spotInstanceRequestId"),

	made("lambda", "CreateFunction20150331", "lambda:function",
		arnInResponse("functionArn"), inRequest("functionName", regional("lambda", "function:"))).named("functionName"),

	made("ecs", "CreateCluster", "ecs:cluster", arnInResponse("cluster.clusterArn")),
	made("ecs", "CreateService", "ecs:service", arnInResponse("service.serviceArn")),
	made("ecs", "RegisterTaskDefinition", "ecs:task-definition", arnInResponse("taskDefinition.taskDefinitionArn")).named("family"),

	made("eks", "CreateCluster", "eks:cluster",
		arnInResponse("cluster.arn"), inRequest("name", regional("eks", "cluster/"))),
	made("eks", "CreateNodegroup", "eks:nodegroup", arnInResponse("nodegroup.nodegroupArn")).named("nodegroupName"),
	made("eks", "CreateFargateProfile", "eks:fargateprofile", arnInResponse("fargateProfile.fargateProfileArn")).named("fargateProfileName"),

	made("ecr", "CreateRepository", "ecr:repository",
		arnInResponse("repository.repositoryArn"), inRequest("repositoryName", regional("ecr", "repository/"))).named("repositoryName"),

	made("imagebuilder", "CreateImagePipeline", "imagebuilder:image-pipeline", arnInResponse("imagePipelineArn"),
		inRequest("name", lowerCase(regional("imagebuilder", "image-pipeline/")))),
	made("imagebuilder", "CreateImageRecipe", "imagebuilder:image-recipe", arnInResponse("imageRecipeArn")).named("name"),
	made("imagebuilder", "CreateComponent", "imagebuilder:component", arnInResponse("componentBuildVersionArn")).named("name"),
	made("imagebuilder", "CreateInfrastructureConfiguration", "imagebuilder:infrastructure-configuration",
		arnInResponse("infrastructureConfigurationArn"),
		inRequest("name", lowerCase(regional("imagebuilder", "infrastructure-configuration/")))),
	made("imagebuilder", "CreateDistributionConfiguration", "imagebuilder:distribution-configuration",
		arnInResponse("distributionConfigurationArn"),
		inRequest("name", lowerCase(regional("imagebuilder", "distribution-configuration/")))),
}
