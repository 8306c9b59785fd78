package remediation

import (
	"fmt"

	"assetguard/components/queue"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/place"
	"assetguard/internal/remediation"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// permissions of the function beside those to start executions.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
func permissions(args *RepairArgs, events *queue.Queue, parameter pulumi.StringOutput) []iampolicy.Statement {
	p := args.Place
	statements := []iampolicy.Statement{
		{Sid: "ReadSettings", Actions: []string{"ssm:GetParameter"}, Resources: pulumi.StringArray{parameter}},
		{Sid: "Remember", Actions: []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}, Resources: pulumi.StringArray{args.State.Arn}},
		{Sid: "Tell", Actions: []string{"sns:Publish"}, Resources: pulumi.StringArray{args.SecurityArn.ToStringOutput()}},
		{Sid: "NoteAtFindings", Actions: []string{"securityhub:BatchUpdateFindings", "securityhub:GetFindings"}, Resources: iampolicy.Values(p.ARN("securityhub", "hub/default"))},
		{Sid: "SendSteps", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{events.Arn}},
		{Sid: "ReadExecutions", Actions: []string{"ssm:GetAutomationExecution"}, Resources: iampolicy.Values(p.AnyRegionARN("ssm", "automation-execution/*"))},
	}
	statements = append(statements, statementsOf(p, remediation.Reading())...)
	if args.Settings.Members {
		statements = append(statements, iampolicy.Statement{Sid: "ReadMembers", Actions: []string{"sts:AssumeRole"},
			Resources: iampolicy.Values(fmt.Sprintf("arn:%s:iam::*:role/%s", p.Partition, contract.RemediationMemberReader))})
	}
	return statements
}

// startPermissions are to start executions of the runbooks, in every region, each with its own role and no other.
func startPermissions(p place.Place, document string, roles pulumi.StringMapInput) [][]iampolicy.Statement {
	var definitions []string
	for _, runbook := range remediation.Runbooks() {
		definitions = append(definitions, fmt.Sprintf("arn:%s:ssm:*:*:automation-definition/%s:*", p.Partition, runbook.DocumentName(document)))
	}
	arns := roles.ToStringMapOutput().ApplyT(func(byID map[string]string) []string {
		var arns []string
		for _, runbook := range remediation.Runbooks() {
			arns = append(arns, byID[runbook.ID])
		}
		return arns
	}).(pulumi.StringArrayOutput)
	return [][]iampolicy.Statement{
		{{Sid: "StartRunbooks", Actions: []string{"ssm:StartAutomationExecution"}, Resources: iampolicy.Values(definitions...)}},
		{{Sid: "PassRunbookRoles", Actions: []string{"iam:PassRole"}, Resources: arns,
			Conditions: iampolicy.Conditions{"StringEquals": {"iam:PassedToService": iampolicy.Values("ssm.amazonaws.com")}}}},
	}
}
