package tagging

import (
	"strings"

	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// taggable is what the function may tag of one service. The tagging API checks the service's own permission too:
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
type taggable struct {
	actions   string   // names of the service's actions, parted by spaces
	service   string   // as in actions and ARNs
	resources []string // what stands in the ARN behind the account
}

// taggables are the kinds of assets of docs/covered-events.md, in the order of the service authorization
// reference, which has the actions and ARNs:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var taggables = []taggable{
	{"AddTagsToCertificate", "acm", []string{"certificate/*"}},
	{"ListTagsForResource TagResource", "aps", []string{"workspace/*"}},
	{"TagResource", "athena", []string{"workgroup/*", "datacatalog/*"}},
	{"TagResource", "backup", []string{"backup-vault:*", "backup-plan:*"}},
	{"AddTags", "cloudtrail", []string{"trail/*"}},
	{"TagResource", "cloudwatch", []string{"alarm:*"}},
	// CodeBuild keeps tags as a part of the project.
	{"BatchGetProjects UpdateProject", "codebuild", []string{"project/*"}},
	{"TagResource", "codepipeline", []string{"*"}},
	{"TagResource", "cognito-identity", []string{"identitypool/*"}},
	{"TagResource", "cognito-idp", []string{"userpool/*"}},
	{"TagResource", "dynamodb", []string{"table/*"}},
	{"CreateTags", "ec2", []string{
		"customer-gateway/*", "dhcp-options/*", "egress-only-internet-gateway/*", "elastic-ip/*", "fleet/*",
		"image/*", "instance/*", "internet-gateway/*", "key-pair/*", "launch-template/*", "natgateway/*", "network-acl/*",
		"network-interface/*", "prefix-list/*", "route-table/*", "security-group/*", "snapshot/*", "spot-fleet-request/*",
		"spot-instances-request/*", "subnet/*", "transit-gateway*", "volume/*", "vpc*", "vpn-*"}},
	{"TagResource", "ecr", []string{"repository/*"}},
	{"TagResource", "ecs", []string{"cluster/*", "service/*", "task-definition/*"}},
	{"TagResource", "eks", []string{"cluster/*", "nodegroup/*", "fargateprofile/*"}},
	{"AddTagsToResource", "elasticache", []string{"cluster:*", "replicationgroup:*", "snapshot:*", "subnetgroup:*"}},
	{"TagResource", "elasticfilesystem", []string{"file-system/*", "access-point/*"}},
	{"AddTags", "elasticloadbalancing", []string{"loadbalancer/*", "targetgroup/*", "listener/*"}},
	{"AddTags", "elasticmapreduce", []string{"cluster/*"}},
	{"AddTags", "es", []string{"domain/*"}},
	{"TagResource", "events", []string{"rule/*", "event-bus/*"}},
	{"TagDeliveryStream", "firehose", []string{"deliverystream/*"}},
	{"TagResource", "fsx", []string{"file-system/*", "backup/*"}},
	{"TagResource", "glue", []string{"job/*", "crawler/*", "trigger/*"}},
	{"ListTagsForResource TagResource", "grafana", []string{"/workspaces/*"}},
	{"TagResource", "imagebuilder", []string{"image-pipeline/*", "image-recipe/*", "component/*",
		"infrastructure-configuration/*", "distribution-configuration/*"}},
	{"TagResource", "kafka", []string{"cluster/*"}},
	{"AddTagsToStream TagResource", "kinesis", []string{"stream/*"}},
	{"TagResource", "kms", []string{"key/*"}},
	{"ListTags TagResource", "lambda", []string{"function:*"}},
	// Older paths of the API ask for the older action's name.
	{"TagLogGroup TagResource", "logs", []string{"log-group:*"}},
	{"AddTagsToResource ListTagsForResource", "rds", []string{"db:*", "cluster:*", "snapshot:*", "cluster-snapshot:*", "subgrp:*",
		"pg:*", "cluster-pg:*", "og:*", "es:*"}},
	{"CreateTags", "redshift", []string{"cluster:*", "snapshot:*", "subnetgroup:*", "parametergroup:*"}},
	{"TagResource", "secretsmanager", []string{"secret:*"}},
	{"TagResource", "sns", []string{"*"}},
	{"TagQueue", "sqs", []string{"*"}},
	{"AddTagsToResource", "ssm", []string{"parameter/*", "document/*"}},
	{"TagResource", "states", []string{"stateMachine:*", "activity:*"}},
	{"TagResource", "wafv2", []string{"regional/*", "global/*"}},
}

// tagPermissions are the permissions to tag, in documents that each fit a managed policy.
func tagPermissions(p place.Place) [][]iampolicy.Statement {
	statements := []iampolicy.Statement{
		{
			Sid:       "TagApis",
			Actions:   []string{"apigateway:PATCH", "apigateway:POST", "apigateway:PUT"},
			Resources: iampolicy.Values("arn:" + p.Partition + ":apigateway:*::/tags/*"),
		},
		{
			Sid:     "TagGlobalAssets",
			Actions: []string{"cloudfront:TagResource", "route53:ChangeTagsForResource"},
			Resources: iampolicy.Values("arn:"+p.Partition+":cloudfront::"+p.AccountID+":distribution/*",
				"arn:"+p.Partition+":route53:::hostedzone/*", "arn:"+p.Partition+":route53:::healthcheck/*"),
		},
		{
			// A bucket with ABAC takes tags by TagResource only:
			// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
			Sid:       "TagBuckets",
			Actions:   []string{"s3:GetBucketTagging", "s3:PutBucketTagging", "s3:TagResource"},
			Resources: iampolicy.Values("arn:" + p.Partition + ":s3:::*"),
		},
		{
			Sid: "TagIdentities",
			Actions: []string{"iam:ListInstanceProfileTags", "iam:ListPolicyTags", "iam:ListRoleTags", "iam:ListUserTags",
				"iam:TagInstanceProfile", "iam:TagPolicy", "iam:TagRole", "iam:TagUser"},
			Resources: iampolicy.Values(identities(p)...),
		},
		{
			// EC2 itself names images and snapshots without an account.
			Sid:       "TagImages",
			Actions:   []string{"ec2:CreateTags"},
			Resources: iampolicy.Values("arn:"+p.Partition+":ec2:*::image/*", "arn:"+p.Partition+":ec2:*::snapshot/*"),
		},
	}
	for _, t := range taggables {
		statements = append(statements, t.statement(p))
	}
	return split(statements)
}

func identities(p place.Place) []string {
	var arns []string
	for _, kind := range []string{"instance-profile", "policy", "role", "user"} {
		arns = append(arns, "arn:"+p.Partition+":iam::"+p.AccountID+":"+kind+"/*")
	}
	return arns
}

func (t taggable) statement(p place.Place) iampolicy.Statement {
	s := iampolicy.Statement{Sid: "Tag" + strings.ReplaceAll(t.service, "-", ""), Actions: actionsOf(t.service, t.actions)}
	arns := make([]string, len(t.resources))
	for i, resource := range t.resources {
		arns[i] = p.AnyRegionARN(t.service, resource)
	}
	s.Resources = iampolicy.Values(arns...)
	return s
}

// actionsOf are a service's actions whose names are parted by spaces.
func actionsOf(service, names string) []string {
	var actions []string
	for _, name := range strings.Fields(names) {
		actions = append(actions, service+":"+name)
	}
	return actions
}

// split cuts statements into documents that each fit a managed policy. Their resources must be fixed texts.
func split(statements []iampolicy.Statement) [][]iampolicy.Statement {
	var documents [][]iampolicy.Statement
	size := managedPolicyLimit
	for _, s := range statements {
		n := length(s)
		if size+n > managedPolicyLimit {
			documents, size = append(documents, nil), len(`{"Statement":[],"Version":"2012-10-17"}`)
		}
		last := len(documents) - 1
		documents[last], size = append(documents[last], s), size+n
	}
	return documents
}

// length is how many characters a statement of fixed texts takes, and the comma behind it.
func length(s iampolicy.Statement) int {
	n := len(`{"Action":[],"Effect":"Allow","Resource":[],"Sid":""},`) + len(s.Sid)
	for _, action := range s.Actions {
		n += len(action) + len(`"",`)
	}
	resources, _ := s.Resources.(pulumi.StringArray)
	for _, resource := range resources {
		text, _ := resource.(pulumi.String)
		n += len(text) + len(`"",`)
	}
	return n
}

// permissions of the auto-tag function beside those to tag.
func permissions(p place.Place) []iampolicy.Statement {
	return []iampolicy.Statement{
		{
			Sid:         "TagAssets",
			Actions:     []string{"tag:GetResources", "tag:TagResources"},
			AnyResource: true,
			Reason:      "the tagging API knows no resource; each service's own permission limits it",
		},
		{
			Sid:         "ReadEC2",
			Actions:     []string{"ec2:DescribeInstances", "ec2:DescribeTags"},
			AnyResource: true,
			Reason:      "EC2's Describe calls know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
		},
		{
			Sid:         "ReadGroups",
			Actions:     []string{"autoscaling:DescribeTags"},
			AnyResource: true,
			Reason:      "Auto Scaling's Describe calls know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html",
		},
		{
			Sid:       "ReadStacks",
			Actions:   []string{"cloudformation:DescribeStacks"},
			Resources: iampolicy.Values(p.AnyRegionARN("cloudformation", "stack/*")),
		},
		{
			Sid:     "ReadPolicy",
			Actions: []string{"ssm:GetParameterHistory", "ssm:GetParameters"},
			Resources: iampolicy.Values(
				p.ARN("ssm", "parameter"+contract.ParameterTagPolicy),
				p.ARN("ssm", "parameter"+contract.ParameterTagOverrides)),
		},
	}
}
