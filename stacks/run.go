package stacks

import (
	"fmt"
	"os"
	"time"

	"assetguard/stacks/config"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Run declares everything that the stack consists of, behind the policy gate. It fails before it registers anything
// when the configuration or the environment is wrong.
func Run(ctx *pulumi.Context) error {
	raw, _ := ctx.GetConfig(config.Key)
	settings, err := config.Parse(ctx.Stack(), []byte(raw))
	if err != nil {
		return err
	}
	t, err := traitsOf(ctx.Stack(), os.Environ())
	if err != nil {
		return err
	}
	return gated(ctx, settings, t, time.Now(), func() error { return declare(ctx, settings, t) })
}

// declare is the table of contents of the stack.
func declare(ctx *pulumi.Context, settings *config.Settings, t traits) error {
	home, err := newSite(ctx, settings, t, settings.Regions.Home)
	if err != nil {
		return fmt.Errorf("provider of %s: %w", settings.Regions.Home, err)
	}
	foundation, err := newFoundation(ctx, home, settings, t)
	if err != nil {
		return fmt.Errorf("foundation: %w", err)
	}
	if settings.Account.Role == config.RoleOwner {
		register, err := newTagging(ctx, home, settings, t, foundation)
		if err != nil {
			return fmt.Errorf("tagging: %w", err)
		}
		others, err := newOtherRegions(ctx, home, settings, t)
		if err != nil {
			return fmt.Errorf("other regions: %w", err)
		}
		if err := newManualTagging(ctx, home, others, settings); err != nil {
			return fmt.Errorf("manual tagging: %w", err)
		}
		hubs, err := newInspection(ctx, region{home, foundation}, others, settings, t)
		if err != nil {
			return fmt.Errorf("inspection: %w", err)
		}
		alerted, err := newAlerting(ctx, region{home, foundation}, others, settings, t, register)
		if err != nil {
			return fmt.Errorf("alerting: %w", err)
		}
		if err := newRemediation(ctx, region{home, foundation}, others, settings, t, alerted, hubs); err != nil {
			return fmt.Errorf("remediation: %w", err)
		}
		if err := newGoldenImage(ctx, region{home, foundation}, others, settings, t); err != nil {
			return fmt.Errorf("golden image: %w", err)
		}
	}
	return nil
}
