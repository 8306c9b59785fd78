package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// failing is a CloudFormation in which the first stack rolls back.
type failing struct {
	stackAPI
	kind      types.ChangeSetType
	onFailure types.OnStackFailure
	executed  bool
}

func (f *failing) DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	if !f.executed {
		return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "Stack with id s does not exist"}
	}
	return &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{{StackStatus: types.StackStatusRollbackComplete}}}, nil
}

func (f *failing) CreateChangeSet(_ context.Context, in *cloudformation.CreateChangeSetInput, _ ...func(*cloudformation.Options)) (*cloudformation.CreateChangeSetOutput, error) {
	f.kind, f.onFailure = in.ChangeSetType, in.OnStackFailure
	return &cloudformation.CreateChangeSetOutput{Id: in.ChangeSetName}, nil
}

func (f *failing) DescribeChangeSet(context.Context, *cloudformation.DescribeChangeSetInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeChangeSetOutput, error) {
	return &cloudformation.DescribeChangeSetOutput{
		Status:  types.ChangeSetStatusCreateComplete,
		StackId: aws.String("arn:s"),
		Changes: []types.Change{{ResourceChange: &types.ResourceChange{
			Action: types.ChangeActionAdd, LogicalResourceId: aws.String("StateBucket"), ResourceType: aws.String("AWS::S3::Bucket"),
		}}},
	}, nil
}

func (f *failing) ExecuteChangeSet(context.Context, *cloudformation.ExecuteChangeSetInput, ...func(*cloudformation.Options)) (*cloudformation.ExecuteChangeSetOutput, error) {
	f.executed = true
	return &cloudformation.ExecuteChangeSetOutput{}, nil
}

func (f *failing) DescribeStackEvents(context.Context, *cloudformation.DescribeStackEventsInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStackEventsOutput, error) {
	event := func(at time.Time, status types.ResourceStatus, reason string) types.StackEvent {
		return types.StackEvent{
			LogicalResourceId: aws.String("StateBucket"), ResourceType: aws.String("AWS::S3::Bucket"),
			ResourceStatus: status, ResourceStatusReason: aws.String(reason), Timestamp: aws.Time(at),
		}
	}
	return &cloudformation.DescribeStackEventsOutput{StackEvents: []types.StackEvent{
		event(time.Now(), types.ResourceStatusCreateFailed, "the name is taken"),
		event(time.Now(), types.ResourceStatusCreateInProgress, "begun"),
		event(time.Now().Add(-time.Hour), types.ResourceStatusCreateFailed, "long ago"),
	}}, nil
}

// unchanged is a CloudFormation whose stack is as it should be.
type unchanged struct {
	stackAPI
	kind               types.ChangeSetType
	removed, protected bool
}

func (u *unchanged) DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	return &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{{
		StackStatus: types.StackStatusCreateComplete,
		Outputs:     []types.Output{{OutputKey: aws.String("A"), OutputValue: aws.String("b")}},
	}}}, nil
}

func (u *unchanged) CreateChangeSet(_ context.Context, in *cloudformation.CreateChangeSetInput, _ ...func(*cloudformation.Options)) (*cloudformation.CreateChangeSetOutput, error) {
	u.kind = in.ChangeSetType
	return &cloudformation.CreateChangeSetOutput{Id: in.ChangeSetName}, nil
}

func (u *unchanged) DescribeChangeSet(context.Context, *cloudformation.DescribeChangeSetInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeChangeSetOutput, error) {
	return &cloudformation.DescribeChangeSetOutput{
		Status:       types.ChangeSetStatusFailed,
		StatusReason: aws.String("The submitted information didn't contain changes. Submit different information to create a change set."),
	}, nil
}

func (u *unchanged) DeleteChangeSet(context.Context, *cloudformation.DeleteChangeSetInput, ...func(*cloudformation.Options)) (*cloudformation.DeleteChangeSetOutput, error) {
	u.removed = true
	return &cloudformation.DeleteChangeSetOutput{}, nil
}

func (u *unchanged) UpdateTerminationProtection(_ context.Context, in *cloudformation.UpdateTerminationProtectionInput, _ ...func(*cloudformation.Options)) (*cloudformation.UpdateTerminationProtectionOutput, error) {
	u.protected = aws.ToBool(in.EnableTerminationProtection)
	return &cloudformation.UpdateTerminationProtectionOutput{}, nil
}

// identity answers for an account, or with an error.
type identity struct {
	account string
	err     error
}

func (i identity) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	if i.err != nil {
		return nil, i.err
	}
	return &sts.GetCallerIdentityOutput{
		Account: aws.String(i.account), Arn: aws.String("arn:aws:sts::" + i.account + ":assumed-role/Admin/someone"),
	}, nil
}

// alias answers with the account's alias, or with an error.
type alias struct {
	name string
	err  error
}

func (a alias) ListAccountAliases(context.Context, *iam.ListAccountAliasesInput, ...func(*iam.Options)) (*iam.ListAccountAliasesOutput, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &iam.ListAccountAliasesOutput{AccountAliases: []string{a.name}}, nil
}

// providers is an account's list of OIDC providers.
type providers struct {
	arns      []string
	audiences []string
	made      []string
}

func (p *providers) ListOpenIDConnectProviders(context.Context, *iam.ListOpenIDConnectProvidersInput, ...func(*iam.Options)) (*iam.ListOpenIDConnectProvidersOutput, error) {
	list := make([]iamtypes.OpenIDConnectProviderListEntry, len(p.arns))
	for i, arn := range p.arns {
		list[i] = iamtypes.OpenIDConnectProviderListEntry{Arn: aws.String(arn)}
	}
	return &iam.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: list}, nil
}

func (p *providers) GetOpenIDConnectProvider(context.Context, *iam.GetOpenIDConnectProviderInput, ...func(*iam.Options)) (*iam.GetOpenIDConnectProviderOutput, error) {
	return &iam.GetOpenIDConnectProviderOutput{ClientIDList: p.audiences}, nil
}

func (p *providers) CreateOpenIDConnectProvider(_ context.Context, in *iam.CreateOpenIDConnectProviderInput, _ ...func(*iam.Options)) (*iam.CreateOpenIDConnectProviderOutput, error) {
	p.made = append(p.made, aws.ToString(in.Url))
	p.audiences = in.ClientIDList
	return &iam.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: aws.String("arn:made")}, nil
}

func (p *providers) AddClientIDToOpenIDConnectProvider(_ context.Context, in *iam.AddClientIDToOpenIDConnectProviderInput, _ ...func(*iam.Options)) (*iam.AddClientIDToOpenIDConnectProviderOutput, error) {
	p.audiences = append(p.audiences, aws.ToString(in.ClientID))
	return &iam.AddClientIDToOpenIDConnectProviderOutput{}, nil
}
