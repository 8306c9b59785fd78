package stacks

import (
	"fmt"

	"assetguard/components/remediation"
	"assetguard/components/tagging"
	"assetguard/internal/contract"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newRemediation declares what repairs findings. The function is in the home region, where Security Hub shows the
// findings of all; our own document is in each region, and tells home how its executions end. hubs is what stands once
// Security Hub is on, which takes the custom action.
func newRemediation(ctx *pulumi.Context, home region, others []region, settings *config.Settings, t traits, told *alerted, hubs []pulumi.Resource) error {
	if !settings.Remediation.Enabled {
		return nil
	}
	repairs := settings.Repairs()
	runbooks, err := remediation.NewRunbooks(ctx, contract.RemediationRoles, &remediation.RunbooksArgs{
		Place: home.Place, Members: repairs.Members,
	}, home.with(t.singleton()...)...)
	if err != nil {
		return err
	}
	if _, err := remediation.NewDocument(ctx, contract.RemediationPatchDocument, &remediation.DocumentArgs{Place: home.Place}, home.with(t.singleton()...)...); err != nil {
		return err
	}
	for _, there := range others {
		if err := newRemediationIn(ctx, there, home, t); err != nil {
			return fmt.Errorf("%s: %w", there.Region, err)
		}
	}
	repair, err := remediation.NewRepair(ctx, contract.FunctionRemediation, &remediation.RepairArgs{
		Place: home.Place, KeyArn: home.key.Arn, TopicArn: home.operations.Arn,
		Zip: t.zip(contract.FunctionRemediation), Architecture: t.architecture(), LogDays: settings.Retention.LogDays,
		Language: settings.Language, Timezone: companyTimezone,
		State: told.state, SecurityArn: told.topics[contract.AudienceSecurity].Arn,
		Settings: repairs, RoleArns: runbooks.RoleArns,
	}, append(home.with(t.singleton()...), pulumi.DependsOn(hubs))...)
	if err != nil {
		return err
	}
	ctx.Export("remediationFunction", repair.FunctionName)
	ctx.Export("remediationQueueUrl", repair.QueueURL)
	ctx.Export("repairActionArn", repair.ActionArn)
	return nil
}

// newRemediationIn declares what another region has of it.
func newRemediationIn(ctx *pulumi.Context, there, home region, t traits) error {
	if _, err := remediation.NewDocument(ctx, contract.RemediationPatchDocument+"-"+there.Region, &remediation.DocumentArgs{
		Place: there.Place,
	}, there.with(t.singleton()...)...); err != nil {
		return err
	}
	_, err := tagging.NewForward(ctx, "repairs-"+there.Region, &tagging.ForwardArgs{
		Place: there.Place, Home: home.Place, KeyArn: there.key.Arn, TopicArn: there.operations.Arn,
		Patterns:    []string{remediation.StatusPattern(remediation.DocumentName(ctx))},
		Description: "Executions of runbooks that ended",
	}, there.with(t.singleton()...)...)
	return err
}
