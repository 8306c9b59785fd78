// Command generate writes what is made of the table: the rows in docs/remediation.md, and the roles that the accounts of
// an organisation make so that they can be repaired, account/members.yaml. Its argument is the root of the project.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assetguard/internal/contract"
	"assetguard/internal/remediation"
)

// The lines between which the table of a document stands.
const (
	begin = "<!-- rows: written by go generate ./internal/remediation -->"
	end   = "<!-- end of the rows -->"
)

func main() {
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	document := filepath.Join(root, "docs", "remediation.md")
	before, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	after, err := withRows(before)
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	if err := os.WriteFile(document, after, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "account", "members.yaml"), members(), 0o644)
}

// withRows puts the table between its lines.
func withRows(document []byte) ([]byte, error) {
	head, rest, found := bytes.Cut(document, []byte(begin+"\n"))
	_, tail, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return nil, fmt.Errorf("it lacks the lines %q and %q", begin, end)
	}
	return slices.Concat(head, []byte(begin+"\n"), []byte(rows()), []byte(end), tail), nil
}

func rows() string {
	var b strings.Builder
	b.WriteString("| row | mode | what it does | what it may break, or cost | runbook |\n|---|---|---|---|---|\n")
	for _, row := range remediation.Rows() {
		runbook, _ := remediation.RunbookByID(row.Runbook)
		names := slices.Concat(row.Controls, row.Checks)
		if len(names) == 0 {
			names = []string{row.ID}
		}
		for i, name := range names {
			names[i] = "`" + name + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | [%s](%s) |\n", strings.Join(names, "<br>"), row.Mode, row.Title.En, row.Risk.En,
			runbook.DocumentName("our own document `"+contract.RemediationPatchDocument+"`"), runbook.Page)
	}
	return b.String()
}

// members is the template of CloudFormation with a role for each runbook that other accounts may be repaired by, and one
// that reads how their resources stand.
func members() []byte {
	var b bytes.Buffer
	b.WriteString(`# Roles by which the account of the organisation that looks after security repairs this one. Deploy it to the members as a
# stack set with service-managed permissions, in one region: roles are global. docs/remediation.md says how.
# Written by go generate ./internal/remediation.
AWSTemplateFormatVersion: "2010-09-09"
Description: Roles by which assetguard repairs this account
Parameters:
  HomeAccount:
    Type: String
    AllowedPattern: "[0-9]{12}"
    Description: Account of the stack that repairs, the delegated administrator
  Stack:
    Type: String
    Default: prod
    AllowedPattern: "[a-z0-9-]+"
    MaxLength: 15
    Description: Name of that stack, as it stands in the names of its roles
Resources:
`)
	role(&b, "Reader", contract.RemediationMemberReader, "Reads how resources stand and what tags they carry", contract.FunctionRemediation, "", remediation.Reading())
	own := map[string]bool{}
	for _, row := range remediation.Rows() {
		own[row.Runbook] = own[row.Runbook] || row.OwnAccount
	}
	for _, runbook := range remediation.Runbooks() {
		if own[runbook.ID] {
			continue
		}
		role(&b, logical(runbook.ID), contract.RemediationMemberPrefix+runbook.ID, "Runs "+runbook.Document, contract.RemediationRoles+"-"+runbook.ID,
			runbook.Document, runbook.Statements)
	}
	return b.Bytes()
}

// logical makes an id of CloudFormation: BlockPublicBucket.
func logical(id string) string {
	var b strings.Builder
	for _, part := range strings.Split(id, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// role writes a role, which only the home stack's role of the part by assumes. The role of a document also starts it here and hands itself on, as executions over accounts do.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/running-automations-multiple-accounts-regions.html
func role(b *bytes.Buffer, id, name, description, by, document string, statements []remediation.Statement) {
	fmt.Fprintf(b, `  %s:
    Type: AWS::IAM::Role
    Properties:
      RoleName: %s
      Description: %s
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${HomeAccount}:root"}
            Action: sts:AssumeRole
            Condition: {ArnLike: {aws:PrincipalArn: !Sub "arn:${AWS::Partition}:iam::${HomeAccount}:role/assetguard-${Stack}-%s-*"}}
`, id, name, description, by)
	if document != "" {
		b.WriteString(`          - {Effect: Allow, Principal: {Service: ssm.amazonaws.com}, Action: sts:AssumeRole, Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}, ArnLike: {aws:SourceArn: !Sub "arn:${AWS::Partition}:ssm:*:${AWS::AccountId}:automation-execution/*"}}}
`)
		statements = append(slices.DeleteFunc(slices.Clone(statements), func(s remediation.Statement) bool { return s.Sid == "RunItself" }),
			remediation.Statement{Sid: "RunHere", Actions: []string{"ssm:StartAutomationExecution", "ssm:GetAutomationExecution"}, Resources: []string{
				"arn:{partition}:ssm:*:*:automation-definition/" + document + ":*", "arn:{partition}:ssm:*:{account}:automation-execution/*",
			}},
			remediation.Statement{Sid: "HandItselfOn", Actions: []string{"iam:PassRole"}, Resources: []string{"arn:{partition}:iam::{account}:role/" + name}})
	}
	fmt.Fprintf(b, `      Policies:
        - PolicyName: %s
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
`, name)
	for _, s := range statements {
		b.WriteString("              " + statement(s) + "\n")
	}
}

// statement is one of a policy, on one line: a template in a call has room for 51,200 bytes.
func statement(s remediation.Statement) string {
	allow := fmt.Sprintf("- {Sid: %s, Effect: Allow, Action: [%s], Resource: ", s.Sid, strings.Join(s.Actions, ", "))
	if len(s.Resources) == 0 {
		return allow + `"*"} # ` + s.Any
	}
	var resources []string
	for _, resource := range s.In("${AWS::Partition}", "${AWS::AccountId}") {
		resources = append(resources, fmt.Sprintf("!Sub %q", resource))
	}
	allow += "[" + strings.Join(resources, ", ") + "]"
	if slices.Contains(s.Actions, "iam:PassRole") {
		allow += ", Condition: {StringEquals: {iam:PassedToService: ssm.amazonaws.com}}"
	}
	return allow + "}"
}
