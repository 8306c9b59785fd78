package tagging

import (
	"fmt"
	"regexp"

	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// managedPolicyLimit is the most characters of a managed policy, white space aside.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const managedPolicyLimit = 6144

// EditorsArgs of the Editors.
type EditorsArgs struct {
	Place place.Place // whose region the policy's name carries
}

// Editors is the managed policy for the people who classify assets by hand: they may read all tags and set any, but
// remove none of the required keys. Attach it to their role or permission set.
type Editors struct {
	pulumi.ResourceState

	PolicyArn pulumi.StringOutput `pulumi:"policyArn"` // of the managed policy, to be attached
}

// NewEditors declares the policy <project>-<stack>-<name>-<region>.
func NewEditors(ctx *pulumi.Context, name string, args *EditorsArgs, opts ...pulumi.ResourceOption) (*Editors, error) {
	statements := editing(args.Place)
	if err := argument.Check("editors "+name, args.Place.Validate(), iampolicy.Validate(statements)); err != nil {
		return nil, err
	}
	e := &Editors{}
	if err := ctx.RegisterComponentResource("assetguard:tagging:Editors", name, e, opts...); err != nil {
		return nil, err
	}
	policy, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
		Name:        pulumi.String(naming.Of(ctx, naming.Policy, name, args.Place.Region)),
		Description: pulumi.String("Lets people set tags, but not remove those that every asset must carry"),
		Policy:      iampolicy.JSON(statements).ApplyT(fitting).(pulumi.StringOutput),
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("editors %s: %w", name, err)
	}
	e.PolicyArn = policy.Arn
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{"policyArn": e.PolicyArn})
}

var whiteSpace = regexp.MustCompile(`\s`)

// fitting refuses a document that IAM would refuse for its size.
func fitting(document string) (string, error) {
	if n := len(whiteSpace.ReplaceAllString(document, "")); n > managedPolicyLimit {
		return "", fmt.Errorf("policy of the tag editors: %d characters, IAM takes %d", n, managedPolicyLimit)
	}
	return document, nil
}

// editable are the services whose tags people may edit, by the prefix of their actions, with the actions that set tags
// and those that remove them, parted by spaces where a service has an older and a newer one. All know tag keys
// (aws:TagKeys); of S3's two actions that is confirmed for directory buckets only:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-tagging.html
// Left out are services whose tagging cannot be told from other changes: CodeBuild's tags are part of UpdateProject, and
// Route 53 sets and removes by one action that knows no tag keys.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var editable = []struct{ service, set, remove string }{
	{"acm", "AddTagsToCertificate", "RemoveTagsFromCertificate"},
	{"aps", "TagResource", "UntagResource"},
	{"athena", "TagResource", "UntagResource"},
	{"backup", "TagResource", "UntagResource"},
	{"cloudfront", "TagResource", "UntagResource"},
	{"cloudtrail", "AddTags", "RemoveTags"},
	{"cloudwatch", "TagResource", "UntagResource"},
	{"codepipeline", "TagResource", "UntagResource"},
	{"cognito-identity", "TagResource", "UntagResource"},
	{"cognito-idp", "TagResource", "UntagResource"},
	{"dynamodb", "TagResource", "UntagResource"},
	{"ec2", "CreateTags", "DeleteTags"},
	{"ecr", "TagResource", "UntagResource"},
	{"ecs", "TagResource", "UntagResource"},
	{"eks", "TagResource", "UntagResource"},
	{"elasticache", "AddTagsToResource", "RemoveTagsFromResource"},
	{"elasticfilesystem", "TagResource", "UntagResource"},
	{"elasticloadbalancing", "AddTags", "RemoveTags"},
	{"elasticmapreduce", "AddTags", "RemoveTags"},
	{"es", "AddTags", "RemoveTags"},
	{"events", "TagResource", "UntagResource"},
	{"firehose", "TagDeliveryStream", "UntagDeliveryStream"},
	{"fsx", "TagResource", "UntagResource"},
	{"glue", "TagResource", "UntagResource"},
	{"grafana", "TagResource", "UntagResource"},
	{"imagebuilder", "TagResource", "UntagResource"},
	{"kafka", "TagResource", "UntagResource"},
	{"kinesis", "AddTagsToStream TagResource", "RemoveTagsFromStream UntagResource"},
	{"kms", "TagResource", "UntagResource"},
	{"lambda", "TagResource", "UntagResource"},
	{"logs", "TagResource", "UntagResource"},
	{"rds", "AddTagsToResource", "RemoveTagsFromResource"},
	{"redshift", "CreateTags", "DeleteTags"},
	{"s3", "TagResource", "UntagResource"},
	{"secretsmanager", "TagResource", "UntagResource"},
	{"sns", "TagResource", "UntagResource"},
	{"sqs", "TagQueue", "UntagQueue"},
	{"ssm", "AddTagsToResource", "RemoveTagsFromResource"},
	{"states", "TagResource", "UntagResource"},
	{"wafv2", "TagResource", "UntagResource"},
}

// editing are the statements of the editors. The tagging API asks for the service's own permission too, so that what
// is denied by a service is denied in Tag Editor.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_UntagResources.html
func editing(p place.Place) []iampolicy.Statement {
	var set, remove []string
	for _, e := range editable {
		set, remove = append(set, actionsOf(e.service, e.set)...), append(remove, actionsOf(e.service, e.remove)...)
	}
	required := iampolicy.Values(contract.ClassificationTags()...)
	const whole = "every asset of the account is classified, whatever its service"
	return []iampolicy.Statement{
		{
			Sid: "FindAssets", AnyResource: true, Reason: "these calls know no resource",
			Actions: []string{"tag:GetResources", "tag:GetTagKeys", "tag:GetTagValues",
				"resource-explorer:ListResourceTypes", "resource-explorer:ListResources", "resource-explorer:ListTags",
				"resource-groups:GetGroup", "resource-groups:GetGroupQuery", "resource-groups:ListGroupResources",
				"resource-groups:ListGroups", "resource-groups:SearchResources", "ec2:DescribeTags"},
		},
		{
			Sid: "EditTags", AnyResource: true, Reason: whole,
			Actions: append(append([]string{"tag:TagResources", "tag:UntagResources"}, set...), remove...),
		},
		{
			// S3 replaces all tags of a bucket by one action that knows no tag keys, so it can also remove them. Buckets
			// with ABAC refuse it and take s3:TagResource and s3:UntagResource instead.
			// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
			Sid: "EditTagsOfBuckets", Actions: []string{"s3:GetBucketTagging", "s3:ListTagsForResource", "s3:PutBucketTagging"},
			Resources: iampolicy.Values("arn:" + p.Partition + ":s3:::*"),
		},
		{
			// Setting a tag of an API is a PUT of /tags/ARN.
			Sid: "SetTagsOfAPIs", Actions: []string{"apigateway:PUT"},
			Resources: iampolicy.Values("arn:" + p.Partition + ":apigateway:*::/tags/*"),
		},
		{
			// Other tags of a principal may give it rights, where policies go by tags.
			Sid:         "ClassifyPrincipals",
			Actions:     []string{"iam:TagInstanceProfile", "iam:TagPolicy", "iam:TagRole", "iam:TagUser"},
			AnyResource: true, Reason: whole,
			Conditions: iampolicy.Conditions{"ForAllValues:StringEquals": {"aws:TagKeys": required}, "Null": {"aws:TagKeys": iampolicy.Values("false")}},
		},
		{
			Sid: "KeepRequiredTags", Deny: true, AnyResource: true, Reason: whole,
			Actions:    append([]string{"tag:UntagResources"}, remove...),
			Conditions: iampolicy.Conditions{"ForAnyValue:StringEquals": {"aws:TagKeys": required}},
		},
		{
			// EC2 removes all tags when a call names none.
			// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
			Sid: "KeepAllTags", Deny: true, AnyResource: true, Reason: whole,
			Actions:    []string{"ec2:DeleteTags"},
			Conditions: iampolicy.Conditions{"Null": {"aws:TagKeys": iampolicy.Values("true")}},
		},
	}
}
