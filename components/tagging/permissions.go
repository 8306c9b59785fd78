package tagging

import (
	"fmt"

	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"
)

// permissions of the auto-tag function. The tagging API checks the service's own tagging permission too:
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
func permissions(p place.Place) []iampolicy.Statement {
	own := func(service string, kinds ...string) []string {
		arns := make([]string, len(kinds))
		for i, kind := range kinds {
			arns[i] = p.AnyRegionARN(service, kind)
		}
		return arns
	}
	return []iampolicy.Statement{
		{
			Sid:         "TagAssets",
			Actions:     []string{"tag:TagResources"},
			AnyResource: true,
			Reason:      "the tagging API knows no resource; each service's own permission below limits it",
		},
		{
			Sid:     "TagEC2",
			Actions: []string{"ec2:CreateTags"},
			Resources: iampolicy.Values(own("ec2", "instance/*", "volume/*", "network-interface/*",
				"security-group/*")...),
		},
		{
			Sid:         "ReadEC2",
			Actions:     []string{"ec2:DescribeInstances", "ec2:DescribeTags"},
			AnyResource: true,
			Reason:      "EC2's Describe calls know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
		},
		{
			Sid:       "TagBuckets",
			Actions:   []string{"s3:GetBucketTagging", "s3:PutBucketTagging"},
			Resources: iampolicy.Values(fmt.Sprintf("arn:%s:s3:::*", p.Partition)),
		},
		{
			Sid:       "TagDatabases",
			Actions:   []string{"rds:AddTagsToResource", "rds:ListTagsForResource"},
			Resources: iampolicy.Values(own("rds", "db:*")...),
		},
		{
			Sid:       "TagFunctions",
			Actions:   []string{"lambda:ListTags", "lambda:TagResource"},
			Resources: iampolicy.Values(own("lambda", "function:*")...),
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
