package securityhub

import "strings"

// fields are the filter fields of GetFindings, insights and automation rules, with the path of each in a finding.
// The deprecated Keyword is left out.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFindingFilters.html
var fields = filterFields()

// same are the fields that stand in a finding under their own name.
var same = strings.Fields(`ProductArn AwsAccountId AwsAccountName Id GeneratorId Region FirstObservedAt LastObservedAt CreatedAt UpdatedAt
	Confidence Criticality Title Description SourceUrl ProductFields ProductName CompanyName UserDefinedFields VerificationState
	WorkflowState RecordState Sample`)

// elsewhere are those that stand below another name.
var elsewhere = map[string]string{
	"Type": "Types", "SeverityProduct": "Severity.Product", "SeverityNormalized": "Severity.Normalized", "SeverityLabel": "Severity.Label",
	"RecommendationText": "Remediation.Recommendation.Text", "WorkflowStatus": "Workflow.Status",
	"ComplianceStatus": "Compliance.Status", "ComplianceSecurityControlId": "Compliance.SecurityControlId",
	"ComplianceAssociatedStandardsId":         "Compliance.AssociatedStandards.StandardsId",
	"ComplianceSecurityControlParametersName": "Compliance.SecurityControlParameters.Name", "ComplianceSecurityControlParametersValue": "Compliance.SecurityControlParameters.Value",
	"VulnerabilitiesExploitAvailable": "Vulnerabilities.ExploitAvailable", "VulnerabilitiesFixAvailable": "Vulnerabilities.FixAvailable",
	"NoteText": "Note.Text", "NoteUpdatedAt": "Note.UpdatedAt", "NoteUpdatedBy": "Note.UpdatedBy",
	"RelatedFindingsProductArn": "RelatedFindings.ProductArn", "RelatedFindingsId": "RelatedFindings.Id",
	"FindingProviderFieldsConfidence": "FindingProviderFields.Confidence", "FindingProviderFieldsCriticality": "FindingProviderFields.Criticality",
	"FindingProviderFieldsRelatedFindingsId":         "FindingProviderFields.RelatedFindings.Id",
	"FindingProviderFieldsRelatedFindingsProductArn": "FindingProviderFields.RelatedFindings.ProductArn",
	"FindingProviderFieldsSeverityLabel":             "FindingProviderFields.Severity.Label",
	"FindingProviderFieldsSeverityOriginal":          "FindingProviderFields.Severity.Original",
	"FindingProviderFieldsTypes":                     "FindingProviderFields.Types",
	"ResourceType":                                   "Resources.Type", "ResourceId": "Resources.Id", "ResourcePartition": "Resources.Partition",
	"ResourceRegion": "Resources.Region", "ResourceTags": "Resources.Tags", "ResourceDetailsOther": "Resources.Details.Other",
	"ResourceApplicationName": "Resources.ApplicationName", "ResourceApplicationArn": "Resources.ApplicationArn",
	"ResourceAwsS3BucketOwnerId": "Resources.Details.AwsS3Bucket.OwnerId", "ResourceAwsS3BucketOwnerName": "Resources.Details.AwsS3Bucket.OwnerName",
	"ResourceAwsIamUserUserName": "Resources.Details.AwsIamUser.UserName",
}

// groups are fields whose names begin alike and whose ends are the names below one object.
var groups = map[string]struct{ path, names string }{
	"Malware": {"Malware", "Name Type Path State"},
	"Network": {"Network", "Direction Protocol SourceIpV4 SourceIpV6 SourcePort SourceDomain SourceMac DestinationIpV4 DestinationIpV6 DestinationPort DestinationDomain"},
	"Process": {"Process", "Name Path Pid ParentPid LaunchedAt TerminatedAt"},
	"ThreatIntelIndicator": {"ThreatIntelIndicators",
		"Type Value Category LastObservedAt Source SourceUrl"},
	"ResourceAwsEc2Instance": {"Resources.Details.AwsEc2Instance",
		"Type ImageId IpV4Addresses IpV6Addresses KeyName IamInstanceProfileArn VpcId SubnetId LaunchedAt"},
	"ResourceAwsIamAccessKey": {"Resources.Details.AwsIamAccessKey", "UserName PrincipalName Status CreatedAt"},
	"ResourceContainer":       {"Resources.Details.Container", "Name ImageId ImageName LaunchedAt"},
}

func filterFields() map[string]string {
	all := map[string]string{}
	for _, name := range same {
		all[name] = name
	}
	for name, path := range elsewhere {
		all[name] = path
	}
	for prefix, group := range groups {
		for _, name := range strings.Fields(group.names) {
			all[prefix+name] = group.path + "." + name
		}
	}
	return all
}
