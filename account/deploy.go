package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

type stackAPI interface {
	cloudformation.DescribeStacksAPIClient
	cloudformation.DescribeChangeSetAPIClient
	cloudformation.DescribeStackEventsAPIClient
	CreateChangeSet(context.Context, *cloudformation.CreateChangeSetInput, ...func(*cloudformation.Options)) (*cloudformation.CreateChangeSetOutput, error)
	DeleteChangeSet(context.Context, *cloudformation.DeleteChangeSetInput, ...func(*cloudformation.Options)) (*cloudformation.DeleteChangeSetOutput, error)
	ExecuteChangeSet(context.Context, *cloudformation.ExecuteChangeSetInput, ...func(*cloudformation.Options)) (*cloudformation.ExecuteChangeSetOutput, error)
	UpdateTerminationProtection(context.Context, *cloudformation.UpdateTerminationProtectionInput, ...func(*cloudformation.Options)) (*cloudformation.UpdateTerminationProtectionOutput, error)
}

// deployment is a CloudFormation stack as it should be.
type deployment struct {
	name       string
	template   string
	parameters map[string]string
	tags       map[string]string
}

// patience is how long one deployment may take.
const patience = 15 * time.Minute

// deploy makes the stack or brings it up to date by a change set, protects it from being deleted, and returns
// its outputs. No change is success. A failure's error has the events that tell why.
func deploy(ctx context.Context, client stackAPI, d deployment, out io.Writer) (map[string]string, error) {
	existing, err := describe(ctx, client, d.name)
	if err != nil {
		return nil, err
	}
	set, err := d.propose(ctx, client, existing)
	if err != nil {
		return nil, err
	}
	if set == nil {
		fmt.Fprintf(out, "  CloudFormation stack %s: no changes\n", d.name)
	} else {
		if err := d.execute(ctx, client, set, out); err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "  CloudFormation stack %s: done\n", d.name)
	}
	if _, err := client.UpdateTerminationProtection(ctx, &cloudformation.UpdateTerminationProtectionInput{
		StackName:                   &d.name,
		EnableTerminationProtection: aws.Bool(true),
	}); err != nil {
		return nil, fmt.Errorf("protect the stack %s from deletion: %w", d.name, err)
	}
	made, err := describe(ctx, client, d.name)
	if err != nil {
		return nil, err
	}
	if made == nil {
		return nil, fmt.Errorf("the stack %s is gone", d.name)
	}
	outputs := map[string]string{}
	for _, output := range made.Outputs {
		outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return outputs, nil
}

// describe returns the stack, or nil when there is none of that name.
func describe(ctx context.Context, client stackAPI, name string) (*types.Stack, error) {
	answer, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	var fault smithy.APIError
	if errors.As(err, &fault) && strings.Contains(fault.ErrorMessage(), "does not exist") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the stack %s: %w", name, err)
	}
	if len(answer.Stacks) == 0 {
		return nil, nil
	}
	return &answer.Stacks[0], nil
}

// propose makes the change set and waits until it is ready; nil when there is nothing to change.
func (d deployment) propose(ctx context.Context, client stackAPI, existing *types.Stack) (*cloudformation.DescribeChangeSetOutput, error) {
	input := &cloudformation.CreateChangeSetInput{
		StackName:     &d.name,
		ChangeSetName: aws.String("bootstrap-" + time.Now().UTC().Format("20060102-150405")),
		ChangeSetType: types.ChangeSetTypeUpdate,
		TemplateBody:  &d.template,
		Capabilities:  []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	// A stack in review is the shell that a change set left which nobody executed.
	if existing == nil || existing.StackStatus == types.StackStatusReviewInProgress {
		input.ChangeSetType = types.ChangeSetTypeCreate
		input.OnStackFailure = types.OnStackFailureDelete // a broken first attempt leaves nothing behind
	}
	for _, key := range slices.Sorted(maps.Keys(d.parameters)) {
		input.Parameters = append(input.Parameters, types.Parameter{
			ParameterKey: aws.String(key), ParameterValue: aws.String(d.parameters[key]),
		})
	}
	for _, key := range slices.Sorted(maps.Keys(d.tags)) {
		input.Tags = append(input.Tags, types.Tag{Key: aws.String(key), Value: aws.String(d.tags[key])})
	}
	made, err := client.CreateChangeSet(ctx, input)
	var fault smithy.APIError
	if errors.As(err, &fault) && nothingToChange(fault.ErrorMessage()) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("propose the changes of stack %s: %w", d.name, err)
	}
	return d.awaitProposal(ctx, client, made.Id)
}

func (d deployment) awaitProposal(ctx context.Context, client stackAPI, id *string) (*cloudformation.DescribeChangeSetOutput, error) {
	which := &cloudformation.DescribeChangeSetInput{StackName: &d.name, ChangeSetName: id}
	waiter := cloudformation.NewChangeSetCreateCompleteWaiter(client, func(o *cloudformation.ChangeSetCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 2*time.Second, 10*time.Second
	})
	waited := waiter.Wait(ctx, which, patience)
	set, err := client.DescribeChangeSet(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read the changes of stack %s: %w", d.name, errors.Join(waited, err))
	}
	if waited == nil {
		return set, nil
	}
	reason := aws.ToString(set.StatusReason)
	if _, err := client.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{StackName: &d.name, ChangeSetName: id}); err != nil {
		return nil, fmt.Errorf("remove the change set of stack %s: %w", d.name, err)
	}
	if nothingToChange(reason) {
		return nil, nil
	}
	return nil, fmt.Errorf("propose the changes of stack %s: %s: %w", d.name, reason, waited)
}

// nothingToChange tells CloudFormation's ways of saying that the stack is as it should be.
func nothingToChange(reason string) bool {
	return strings.Contains(reason, "didn't contain changes") || strings.Contains(reason, "No updates are to be performed")
}

// execute carries out the change set and waits for the stack.
func (d deployment) execute(ctx context.Context, client stackAPI, set *cloudformation.DescribeChangeSetOutput, out io.Writer) error {
	fmt.Fprintf(out, "  CloudFormation stack %s:\n", d.name)
	for _, change := range set.Changes {
		if r := change.ResourceChange; r != nil {
			fmt.Fprintf(out, "    %-8s %-24s %s\n", r.Action, aws.ToString(r.ResourceType), aws.ToString(r.LogicalResourceId))
		}
	}
	start := time.Now()
	if _, err := client.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{
		StackName: &d.name, ChangeSetName: set.ChangeSetId,
	}); err != nil {
		return fmt.Errorf("execute the changes of stack %s: %w", d.name, err)
	}
	// By id, since a stack that failed to be made is found by its name no more.
	status, err := awaitStack(ctx, client, aws.ToString(set.StackId))
	if err != nil {
		return fmt.Errorf("wait for the stack %s: %w", d.name, err)
	}
	if status == types.StackStatusCreateComplete || status == types.StackStatusUpdateComplete {
		return nil
	}
	return fmt.Errorf("the stack %s ended as %s:\n%s", d.name, status, d.failures(ctx, client, aws.ToString(set.StackId), start))
}

// awaitStack returns the status in which the stack comes to rest.
func awaitStack(ctx context.Context, client stackAPI, id string) (types.StackStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		stack, err := describe(ctx, client, id)
		switch {
		case err != nil:
			return "", err
		case stack == nil:
			return "", errors.New("it is gone")
		case !strings.HasSuffix(string(stack.StackStatus), "_IN_PROGRESS"):
			return stack.StackStatus, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("still %s: %w", stack.StackStatus, ctx.Err())
		case <-time.After(3 * time.Second):
		}
	}
}

// failures are the reasons that the stack's events since start give, oldest first.
func (d deployment) failures(ctx context.Context, client stackAPI, id string, start time.Time) string {
	const clockSkew = time.Minute
	var reasons []string
	pages := cloudformation.NewDescribeStackEventsPaginator(client, &cloudformation.DescribeStackEventsInput{StackName: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Sprintf("  its events cannot be read: %v", err)
		}
		for _, event := range page.StackEvents {
			failed := strings.HasSuffix(string(event.ResourceStatus), "_FAILED")
			if failed && !aws.ToTime(event.Timestamp).Before(start.Add(-clockSkew)) {
				reasons = append(reasons, fmt.Sprintf("  %s (%s): %s", aws.ToString(event.LogicalResourceId),
					aws.ToString(event.ResourceType), aws.ToString(event.ResourceStatusReason)))
			}
		}
	}
	slices.Reverse(reasons)
	if len(reasons) == 0 {
		return "  its events give no reason: see the CloudFormation console"
	}
	return strings.Join(reasons, "\n")
}
