package stacks

import (
	"fmt"
	"time"

	"assetguard/internal/policygate"
	"assetguard/internal/registrations"
	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// gated runs a program behind the policy gate. A preview that breaks a rule fails with every fault of the program. A
// deployment without a preview refuses each resource that is faulty by itself before it is made, and fails at its end
// for what only the whole program tells.
func gated(ctx *pulumi.Context, settings *config.Settings, t traits, now time.Time, program func() error) error {
	gate := policygate.Gate{Production: t.production, Exceptions: settings.PolicyGate.Exceptions, Now: now}
	watch, err := registrations.New(ctx, func(r policygate.Resource, late bool) error {
		if ctx.DryRun() && !late {
			return nil // told of with all others
		}
		return refuse(ctx, gate.CheckOne(&r))
	})
	if err != nil {
		return fmt.Errorf("policy gate: %w", err)
	}
	if err := program(); err != nil {
		return err
	}
	report := gate.Check(watch.Wait())
	for _, warning := range report.Warnings {
		if err := ctx.Log.Warn("policy gate: "+warning, nil); err != nil {
			return err
		}
	}
	return report.Err()
}

// refuse tells of a resource that must not be made. Of several errors of a deployment Pulumi shows the first only, so
// each is logged.
func refuse(ctx *pulumi.Context, faults []policygate.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	refusal := policygate.Refusal(faults)
	if err := ctx.Log.Error(refusal.Error(), nil); err != nil {
		return err
	}
	return fmt.Errorf("%s::%s is refused by the policy gate", faults[0].Resource.Type, faults[0].Resource.Name)
}
