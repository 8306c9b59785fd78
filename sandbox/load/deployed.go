package load

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// forwarding are the regions that have rules.
func forwarding(ctx context.Context, cfg aws.Config, regions []string) (map[string]bool, error) {
	forwards := map[string]bool{}
	for _, region := range regions {
		rules, err := enabled(ctx, rulesOf(cfg, region))
		if err != nil {
			return nil, fmt.Errorf("rules of %s: %w", region, err)
		}
		forwards[region] = len(rules) > 0
	}
	return forwards, nil
}

func rulesOf(cfg aws.Config, region string) *eventbridge.Client {
	there := cfg.Copy()
	there.Region = region
	return eventbridge.NewFromConfig(there)
}

// disableRules switches off the rules on the default buses of some regions; enable switches the same on again and
// is never nil.
func disableRules(ctx context.Context, cfg aws.Config, regions []string) (enable func(context.Context) error, err error) {
	type rule struct{ region, name string }
	var off []rule
	client := func(region string) *eventbridge.Client { return rulesOf(cfg, region) }
	enable = func(ctx context.Context) error {
		var faults []error
		for _, r := range off {
			_, err := client(r.region).EnableRule(ctx, &eventbridge.EnableRuleInput{Name: &r.name})
			faults = append(faults, err)
		}
		return errors.Join(faults...)
	}
	for _, region := range regions {
		rules, err := enabled(ctx, client(region))
		if err != nil {
			return enable, fmt.Errorf("rules of %s: %w", region, err)
		}
		for _, name := range rules {
			if _, err := client(region).DisableRule(ctx, &eventbridge.DisableRuleInput{Name: &name}); err != nil {
				return enable, fmt.Errorf("rule %s of %s: %w", name, region, err)
			}
			off = append(off, rule{region, name})
		}
	}
	return enable, nil
}

// enabled are the names of the default bus's rules that are on.
func enabled(ctx context.Context, client *eventbridge.Client) ([]string, error) {
	var names []string
	var token *string
	for {
		page, err := client.ListRules(ctx, &eventbridge.ListRulesInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, r := range page.Rules {
			if r.State == types.RuleStateEnabled && r.EventPattern != nil {
				names = append(names, aws.ToString(r.Name))
			}
		}
		if token = page.NextToken; token == nil {
			return names, nil
		}
	}
}
