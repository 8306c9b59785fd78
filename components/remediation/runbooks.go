package remediation

import (
	"fmt"
	"strings"

	"assetguard/internal/argument"
	"assetguard/internal/contract"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"
	"assetguard/internal/place"
	"assetguard/internal/remediation"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RunbooksArgs of a Runbooks.
type RunbooksArgs struct {
	Place place.Place // of whose account the roles are; their names carry the region
	// Members lets the roles start the same runbooks in other accounts of the organisation, by the roles that account/
	// makes there. Optional: false, the own account only.
	Members bool
}

// Runbooks are a role for each runbook, which Systems Manager assumes while it runs it.
type Runbooks struct {
	pulumi.ResourceState

	// RoleArns are the roles by id of the runbook. They are known once their policies stand.
	RoleArns pulumi.StringMapOutput `pulumi:"roleArns"`
}

// NewRunbooks declares the roles.
func NewRunbooks(ctx *pulumi.Context, name string, args *RunbooksArgs, opts ...pulumi.ResourceOption) (*Runbooks, error) {
	if err := argument.Check("runbooks "+name, args.Place.Validate()); err != nil {
		return nil, err
	}
	r := &Runbooks{}
	if err := ctx.RegisterComponentResource("assetguard:remediation:Runbooks", name, r, opts...); err != nil {
		return nil, err
	}
	arns := pulumi.StringMap{}
	for _, runbook := range remediation.Runbooks() {
		arn, err := r.newRole(ctx, name, args, runbook)
		if err != nil {
			return nil, fmt.Errorf("runbooks %s: %s: %w", name, runbook.ID, err)
		}
		arns[runbook.ID] = arn
	}
	r.RoleArns = arns.ToStringMapOutput()
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"roleArns": r.RoleArns})
}

// newRole declares the role of a runbook: only executions of Systems Manager in this account assume it.
func (r *Runbooks) newRole(ctx *pulumi.Context, name string, args *RunbooksArgs, runbook remediation.Runbook) (pulumi.StringOutput, error) {
	p := args.Place
	var boundary pulumi.StringPtrInput
	if p.RoleBoundary != "" {
		boundary = pulumi.String(p.RoleBoundary)
	}
	part := name + "-" + runbook.ID
	role, err := iam.NewRole(ctx, part, &iam.RoleArgs{
		Name:        pulumi.String(naming.Of(ctx, naming.Role, part, p.Region)),
		Description: pulumi.String("Runs the runbook " + runbook.ID + " of Systems Manager Automation"),
		AssumeRolePolicy: iampolicy.AssumedBy("ssm.amazonaws.com", iampolicy.Conditions{
			"StringEquals": {"aws:SourceAccount": iampolicy.Values(p.AccountID)},
			"ArnLike":      {"aws:SourceArn": iampolicy.Values(p.AnyRegionARN("ssm", "automation-execution/*"))},
		}),
		PermissionsBoundary: boundary,
	}, pulumi.Parent(r))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	statements := policyOf(p, runbook, args.Members)
	if err := iampolicy.Validate(statements); err != nil {
		return pulumi.StringOutput{}, err
	}
	policy, err := iam.NewRolePolicy(ctx, part, &iam.RolePolicyArgs{
		Name: pulumi.String(naming.Of(ctx, naming.Role, part, p.Region)), Role: role.Name, Policy: iampolicy.JSON(statements),
	}, pulumi.Parent(r))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return pulumi.All(role.Arn, policy.ID()).ApplyT(func(v []any) string { return v[0].(string) }).(pulumi.StringOutput), nil
}

// policyOf is what the role of a runbook may do.
func policyOf(p place.Place, runbook remediation.Runbook, members bool) []iampolicy.Statement {
	statements := statementsOf(p, runbook.Statements)
	if members {
		statements = append(statements, iampolicy.Statement{Sid: "RepairMembers", Actions: []string{"sts:AssumeRole"},
			Resources: iampolicy.Values(fmt.Sprintf("arn:%s:iam::*:role/%s%s", p.Partition, contract.RemediationMemberPrefix, runbook.ID))})
	}
	return statements
}

// statementsOf makes statements of the table's.
func statementsOf(p place.Place, table []remediation.Statement) []iampolicy.Statement {
	var statements []iampolicy.Statement
	for _, s := range table {
		made := iampolicy.Statement{Sid: s.Sid, Actions: s.Actions, AnyResource: len(s.Resources) == 0, Reason: s.Any}
		if !made.AnyResource {
			made.Resources = iampolicy.Values(s.In(p.Partition, p.AccountID)...)
		}
		statements = append(statements, made)
	}
	return statements
}

// DocumentArgs of a Document.
type DocumentArgs struct {
	Place place.Place // the region whose instances it patches
}

// Document is our own runbook in one region: AWS has a command that installs patches, but no runbook.
type Document struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"` // the same in every region
}

// DocumentName is the name of the document in every region.
func DocumentName(ctx *pulumi.Context) string {
	return naming.Of(ctx, naming.Policy, contract.RemediationPatchDocument)
}

// NewDocument declares the document.
func NewDocument(ctx *pulumi.Context, name string, args *DocumentArgs, opts ...pulumi.ResourceOption) (*Document, error) {
	if err := argument.Check("document "+name, args.Place.Validate()); err != nil {
		return nil, err
	}
	d := &Document{}
	if err := ctx.RegisterComponentResource("assetguard:remediation:Document", name, d, opts...); err != nil {
		return nil, err
	}
	document, err := ssm.NewDocument(ctx, name, &ssm.DocumentArgs{
		Name: pulumi.String(DocumentName(ctx)), DocumentType: pulumi.String("Automation"), DocumentFormat: pulumi.String("JSON"),
		Content: pulumi.String(strings.TrimSpace(remediation.PatchDocument)),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", name, err)
	}
	d.Name = document.Name
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{"name": d.Name})
}
