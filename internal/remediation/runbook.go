package remediation

import (
	"slices"
	"strings"
)

// Runbook is a document of Systems Manager Automation and what it takes to run it.
type Runbook struct {
	ID       string // names its role: block-public-bucket
	Document string // name of AWS's document; "" for our own, PatchDocument
	Page     string // of AWS's runbook reference
	// Resource is the type of resource in a finding that the runbook repairs, such as AwsS3Bucket. Empty: the account of
	// the finding in its region.
	Resource string
	// Identity says which value of the resource Parameters may refer to as {id}.
	Identity Identity
	// Parameters of the document beside AutomationAssumeRole. A value may hold {name} (the last part of the resource's
	// ARN), {arn}, {account} and {id}.
	Parameters map[string]string
	// Statements are all that the role may do.
	Statements []Statement
	// Deviation says where and why Statements differ from the permissions that the reference asks for.
	Deviation string
}

// Identity is a value of a resource that its finding does not carry and that AWS is asked for.
type Identity string

// The identities.
const (
	IdentityNone     Identity = ""
	IdentityDatabase Identity = "database" // DbiResourceId of an RDS instance
	IdentityCluster  Identity = "cluster"  // DbClusterResourceId of an RDS cluster
	IdentityUser     Identity = "user"     // UserId of an IAM user
)

// Statement allows Actions on Resources, whose ARNs may hold {partition} and {account}.
type Statement struct {
	Sid       string
	Actions   []string
	Resources []string // empty: every resource, for the reason in Any
	Any       string   // why no resource can be named
}

// In are the resources in a partition and account.
func (s Statement) In(partition, account string) []string {
	replace := strings.NewReplacer("{partition}", partition, "{account}", account)
	resources := make([]string, len(s.Resources))
	for i, resource := range s.Resources {
		resources[i] = replace.Replace(resource)
	}
	return resources
}

// RunbookByID finds a runbook.
func RunbookByID(id string) (Runbook, bool) {
	at := slices.IndexFunc(runbooks, func(r Runbook) bool { return r.ID == id })
	if at < 0 {
		return Runbook{}, false
	}
	return runbooks[at], true
}

// Runbooks are all runbooks, in the order of the rows that use them.
func Runbooks() []Runbook { return slices.Clone(runbooks) }

// DocumentName is the name by which the runbook is started; own names our own document.
func (r Runbook) DocumentName(own string) string {
	if r.Document == "" {
		return own
	}
	return r.Document
}

const (
	reference  = "https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/"
	describing = "EC2's Describe calls know no resource"
	accountAPI = "the call is about the account and knows no resource"
	history    = "AWS Config's history knows no resource"
)

// itself is what AWS's reference asks of the roles of its AWSConfigRemediation documents: to start and to read
// executions of the document.
func itself(document string) Statement {
	return Statement{Sid: "RunItself", Actions: []string{"ssm:StartAutomationExecution", "ssm:GetAutomationExecution"}, Resources: []string{
		"arn:{partition}:ssm:*:*:automation-definition/" + document + ":*",
		"arn:{partition}:ssm:*:{account}:automation-execution/*",
	}}
}

func on(sid string, resource string, actions ...string) Statement {
	return Statement{Sid: sid, Actions: actions, Resources: []string{resource}}
}

func anywhere(sid, reason string, actions ...string) Statement {
	return Statement{Sid: sid, Actions: actions, Any: reason}
}

// configured completes a document of the family AWSConfigRemediation.
func configured(r Runbook) Runbook {
	r.Document = "AWSConfigRemediation-" + r.Document
	r.Statements = append([]Statement{itself(r.Document)}, r.Statements...)
	r.Page = reference + r.Page
	return r
}

// ARNs of the resources that runbooks change.
const (
	buckets    = "arn:{partition}:s3:::*"
	groups     = "arn:{partition}:ec2:*:{account}:security-group/*"
	instances  = "arn:{partition}:ec2:*:{account}:instance/*"
	subnets    = "arn:{partition}:ec2:*:{account}:subnet/*"
	keys       = "arn:{partition}:kms:*:{account}:key/*"
	trails     = "arn:{partition}:cloudtrail:*:{account}:trail/*"
	databases  = "arn:{partition}:rds:*:{account}:db:*"
	dbClusters = "arn:{partition}:rds:*:{account}:cluster:*"
	balancers  = "arn:{partition}:elasticloadbalancing:*:{account}:loadbalancer/*"
	tables     = "arn:{partition}:dynamodb:*:{account}:table/*"
	users      = "arn:{partition}:iam::{account}:user/*"
	warehouses = "arn:{partition}:redshift:*:{account}:cluster:*"
	detectors  = "arn:{partition}:guardduty:*:{account}:detector/*"
)

// publicAccess are the four settings of Amazon S3's public access block.
func publicAccess(more map[string]string) map[string]string {
	for _, setting := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
		more[setting] = "true"
	}
	return more
}

// Reading is what the remediation function may do to see how resources stand: it changes nothing. The role of the same
// purpose in member accounts may do the same.
func Reading() []Statement {
	return []Statement{
		anywhere("ReadTags", "the tagging API knows no resource", "tag:GetResources"),
		on("ReadBuckets", buckets, "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration"),
		anywhere("ReadAccount", accountAPI, "ec2:GetEbsEncryptionByDefault", "guardduty:ListDetectors", "iam:GetAccountPasswordPolicy", "s3:GetAccountPublicAccessBlock"),
		anywhere("Describe", "these Describe calls know no resource", "ec2:DescribeInstances", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
			"elasticloadbalancing:DescribeLoadBalancerAttributes", "ssm:DescribeInstancePatchStates"),
		on("ReadKeys", keys, "kms:GetKeyRotationStatus"),
		on("ReadTrails", trails, "cloudtrail:GetTrail"),
		on("ReadUsers", users, "iam:GetUser", "iam:ListAccessKeys"),
		{Sid: "ReadDatabases", Actions: []string{"rds:DescribeDBClusters", "rds:DescribeDBInstances"}, Resources: []string{databases, dbClusters}},
		on("ReadTables", tables, "dynamodb:DescribeContinuousBackups"),
		on("ReadWarehouses", warehouses, "redshift:DescribeClusters"),
	}
}
