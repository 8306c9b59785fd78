package function

import (
	"fmt"

	"assetguard/components/queue"
	"assetguard/internal/iampolicy"
	"assetguard/internal/naming"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newRole declares the role, whose name carries the region since roles are global.
// Beside the role it returns what grants its permissions.
func (f *Function) newRole(ctx *pulumi.Context, name, physical string, args *Args, dead *queue.DeadLetter) (*iam.Role, []pulumi.Resource, error) {
	var boundary pulumi.StringPtrInput
	if args.Place.RoleBoundary != "" {
		boundary = pulumi.String(args.Place.RoleBoundary)
	}
	roleName := pulumi.String(naming.Of(ctx, naming.Role, name, args.Place.Region))
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:                roleName,
		Description:         pulumi.String("Role of the function " + physical),
		AssumeRolePolicy:    iampolicy.AssumedBy("lambda.amazonaws.com", nil), // Lambda names no source in this call
		PermissionsBoundary: boundary,
	}, pulumi.Parent(f))
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Name:   roleName,
		Role:   role.Name,
		Policy: iampolicy.JSON(append(args.ownStatements(physical, dead), args.Statements...)),
	}, pulumi.Parent(f))
	if err != nil {
		return nil, nil, err
	}
	attached, err := f.newManaged(ctx, name, args, role)
	return role, append(attached, policy), err
}

// newManaged declares a managed policy for each document and attaches it.
func (f *Function) newManaged(ctx *pulumi.Context, name string, args *Args, role *iam.Role) ([]pulumi.Resource, error) {
	var attached []pulumi.Resource
	for i, statements := range args.Managed {
		part := fmt.Sprintf("%s-%d", name, i)
		policy, err := iam.NewPolicy(ctx, part, &iam.PolicyArgs{
			Name:        pulumi.String(naming.Of(ctx, naming.Policy, part, args.Place.Region)),
			Description: pulumi.Sprintf("Part %d of what the role %s may do", i, role.Name),
			Policy:      iampolicy.JSON(statements),
		}, pulumi.Parent(f))
		if err != nil {
			return nil, err
		}
		attachment, err := iam.NewRolePolicyAttachment(ctx, part, &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: policy.Arn,
		}, pulumi.Parent(f))
		if err != nil {
			return nil, err
		}
		attached = append(attached, attachment)
	}
	return attached, nil
}

// ownStatements are what every function of this kind needs. The log group is made by the stack, so there
// is no logs:CreateLogGroup: a deleted group stays deleted, and none is born without retention.
func (a *Args) ownStatements(physical string, dead *queue.DeadLetter) []iampolicy.Statement {
	out := []iampolicy.Statement{
		{
			Sid:       "WriteLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: iampolicy.Values(a.Place.ARN("logs", "log-group:/aws/lambda/"+physical+":*")),
		},
		{
			Sid:         "WriteTraces",
			Actions:     []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
			AnyResource: true,
			Reason:      "X-Ray knows no resource for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
		},
		{
			Sid:       "UseKey",
			Actions:   []string{"kms:Decrypt", "kms:GenerateDataKey"},
			Resources: pulumi.StringArray{a.KeyArn},
		},
	}
	if a.Queue != nil {
		out = append(out, iampolicy.Statement{
			Sid:       "ReadQueue",
			Actions:   []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
			Resources: pulumi.StringArray{a.Queue.Source.Arn},
		})
	}
	if dead != nil {
		out = append(out, iampolicy.Statement{
			Sid: "GiveUp", Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{dead.Arn},
		})
	}
	return out
}
