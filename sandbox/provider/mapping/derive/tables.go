package derive

// resourceTokens pairs the resource types that the matcher would pair wrongly or not at all.
var resourceTokens = map[string]string{
	// pulumi-aws keeps its own fork of the v3 bucket under "Bucket"; upstream's resource is "BucketV2".
	"aws_s3_bucket": "aws:s3/bucketV2:BucketV2",
	// "StandardsSubscription" resembles "StandardsControl" more than its own Terraform name by properties.
	"aws_securityhub_standards_subscription": "aws:securityhub/standardsSubscription:StandardsSubscription",
	// One or two properties are too few to tell these apart from others by shape.
	"aws_fms_admin_account":                   "aws:fms/adminAccount:AdminAccount",
	"aws_ec2_image_block_public_access":       "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
	"aws_servicecatalog_organizations_access": "aws:servicecatalog/organizationsAccess:OrganizationsAccess",
	// Pulumi spells it "Acceptor".
	"aws_dx_hosted_transit_virtual_interface_accepter": "aws:directconnect/hostedTransitVirtualInterfaceAcceptor:" +
		"HostedTransitVirtualInterfaceAcceptor",
}

// functionTokens pairs the data sources that have one property or none, too few to tell them apart by shape.
var functionTokens = map[string]string{
	"aws_ebs_default_kms_key":                     "aws:ebs/getDefaultKmsKey:getDefaultKmsKey",
	"aws_ebs_encryption_by_default":               "aws:ebs/getEncryptionByDefault:getEncryptionByDefault",
	"aws_ec2_serial_console_access":               "aws:ec2/getSerialConsoleAccess:getSerialConsoleAccess",
	"aws_ec2_transit_gateway_peering_attachments": "aws:ec2transitgateway/getPeeringAttachments:getPeeringAttachments",
	"aws_ec2_transit_gateway_vpc_attachments":     "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments",
}

// unmatched are tokens of the SDK that no type of the released Terraform provider serves.
var unmatched = map[string]bool{
	// The v3 bucket exists only in the fork that pulumi-aws carries.
	"aws:s3/bucket:Bucket": true,
}

// ownNames are properties that one type names by its own choice, although another property would fit by name, as
// "token|attribute".
var ownNames = map[string]string{
	// Function.name is the function's name; Permission.function refers to a function.
	"aws:lambda/function:Function|function_name":     "name",
	"aws:lambda/permission:Permission|function_name": "function",
	// Stage.deployment refers to a deployment.
	"aws:apigateway/stage:Stage|deployment_id": "deployment",
	// Terraform has routing_rule (blocks) and routing_rules (JSON text), Pulumi routingRules and routingRuleDetails.
	"aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2|routing_rule":  "routingRules",
	"aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2|routing_rules": "routingRuleDetails",
	// Record.alias became a list, and was renamed then.
	"aws:route53/record:Record|alias": "aliases",
}

// usualNames are names that pulumi-aws gives to an attribute wherever the type has no property of the attribute's own
// name: references are named for what they refer to.
var usualNames = map[string]string{
	"filename":       "code",
	"rest_api_id":    "restApi",
	"api_id":         "restApi",
	"log_group_name": "logGroup",
	"alarm_name":     "name",
	"topic_arn":      "topic",
	"version_label":  "version",
}
