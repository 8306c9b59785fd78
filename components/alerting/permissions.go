package alerting

import (
	"assetguard/components/queue"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// findingsPermissions of the findings function: it remembers what it told, looks up what findings do not say of an asset,
// tells the audiences, marks what it told, and sends itself the ends of digests. A transaction of the table needs the
// rights of its parts, and the newer Security Hub's BatchUpdateFindingsV2 that of BatchUpdateFindings.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html
func findingsPermissions(args *FindingsArgs, events *queue.Queue) []iampolicy.Statement {
	var topics pulumi.StringArray
	for _, audience := range audiences {
		topics = append(topics, args.Topics[audience])
	}
	bucket := args.RegisterBucket.ToStringOutput()
	p := args.Function.Place
	return []iampolicy.Statement{
		{Sid: "Remember", Actions: []string{"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
			Resources: pulumi.StringArray{args.State.Arn}},
		{Sid: "Tell", Actions: []string{"sns:Publish"}, Resources: topics},
		{Sid: "MarkFindings", Actions: []string{"securityhub:BatchUpdateFindings"},
			Resources: iampolicy.Values(p.ARN("securityhub", "hub/default"), p.ARN("securityhub", "hubv2/*"))},
		{Sid: "ReadTags", Actions: []string{"tag:GetResources"}, AnyResource: true, Reason: "the tagging API knows no resource"},
		{Sid: "ReadRegister", Actions: []string{"s3:GetObject"},
			Resources: pulumi.StringArray{pulumi.Sprintf("arn:%s:s3:::%s/%s", p.Partition, bucket, contract.RegisterLatestLines)}},
		{Sid: "EndDigests", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{events.Arn}},
	}
}
