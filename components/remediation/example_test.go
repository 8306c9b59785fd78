package remediation_test

import (
	"assetguard/components/remediation"
	"assetguard/components/table"
	"assetguard/internal/contract"
	"assetguard/internal/example"
	repairs "assetguard/internal/remediation"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A role for each runbook of the own account.
func ExampleNewRunbooks() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := remediation.NewRunbooks(ctx, "repair", &remediation.RunbooksArgs{Place: stack.Place})
		return err
	})
	// Output:
}

// The roles may also work through the roles that other accounts of the organisation made for them.
func ExampleNewRunbooks_organization() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := remediation.NewRunbooks(ctx, "repair", &remediation.RunbooksArgs{Place: stack.Place, Members: true})
		return err
	})
	// Output:
}

// Our own runbook, in one region.
func ExampleNewDocument() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		_, err := remediation.NewDocument(ctx, "patch", &remediation.DocumentArgs{Place: stack.Place})
		return err
	})
	// Output:
}

// Findings repair themselves as the table says, patches on Sunday nights.
func ExampleNewRepair() {
	example.Run(func(ctx *pulumi.Context, stack example.Stack) error {
		state, err := table.New(ctx, "alerting", &table.Args{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn, Key: contract.StateKey, Expires: contract.StateExpires,
		})
		if err != nil {
			return err
		}
		runbooks, err := remediation.NewRunbooks(ctx, "repair", &remediation.RunbooksArgs{Place: stack.Place})
		if err != nil {
			return err
		}
		_, err = remediation.NewRepair(ctx, contract.FunctionRemediation, &remediation.RepairArgs{
			Place: stack.Place, KeyArn: stack.KeyArn, TopicArn: stack.TopicArn,
			Zip: stack.Zip(contract.FunctionRemediation), Architecture: "arm64", LogDays: 365, Language: "ko", Timezone: "Asia/Seoul",
			State: state, SecurityArn: stack.TopicArn, RoleArns: runbooks.RoleArns,
			Settings: contract.Remediation{
				Modes: repairs.DefaultModes(true), OptOut: contract.OptOutTag,
				Limits: contract.RepairLimits{InFlight: 5, Failures: 3, PerDay: 2, NoticesPerHour: 20},
				Window: contract.Window{Days: []string{"sun"}, Start: "02:00", Hours: 4},
			},
		})
		return err
	})
	// Output:
}
