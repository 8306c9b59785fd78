package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"assetguard/sandbox/events/pattern"
)

// rule is an enabled rule with an event pattern, and its targets.
type rule struct {
	region, name, arn string
	pattern           *pattern.Pattern
	targets           []types.Target
}

// rulesOf returns the rules of a bus that can match events.
func (p *Plane) rulesOf(ctx context.Context, region, bus string) ([]rule, error) {
	return recall(p.known, "rules "+region+"/"+bus, func() ([]rule, error) { return p.readRules(ctx, region, bus) })
}

func (p *Plane) readRules(ctx context.Context, region, bus string) ([]rule, error) {
	var rules []rule
	buses := p.aws.in(region).buses
	input := &eventbridge.ListRulesInput{EventBusName: aws.String(bus)}
	for {
		page, err := buses.ListRules(ctx, input)
		if err != nil {
			return nil, fmt.Errorf("rules of bus %s in %s: %w", bus, region, err)
		}
		for _, listed := range page.Rules {
			read, err := p.readRule(ctx, region, bus, listed)
			if err != nil {
				return nil, err
			}
			if read != nil {
				rules = append(rules, *read)
			}
		}
		if input.NextToken = page.NextToken; input.NextToken == nil {
			return rules, nil
		}
	}
}

// readRule returns nil for a rule that cannot match: disabled or on a schedule.
func (p *Plane) readRule(ctx context.Context, region, bus string, listed types.Rule) (*rule, error) {
	if listed.State == types.RuleStateDisabled || aws.ToString(listed.EventPattern) == "" {
		return nil, nil
	}
	parsed, err := pattern.Parse([]byte(*listed.EventPattern))
	if err != nil {
		p.log.Warn("rule skipped", "rule", aws.ToString(listed.Arn), "error", err)
		return nil, nil
	}
	targets, err := p.targetsOf(ctx, region, bus, aws.ToString(listed.Name))
	if err != nil {
		return nil, err
	}
	return &rule{region: region, name: aws.ToString(listed.Name), arn: aws.ToString(listed.Arn), pattern: parsed, targets: targets}, nil
}

// targetsOf lists the targets of a rule; a rule deleted meanwhile has none.
func (p *Plane) targetsOf(ctx context.Context, region, bus, name string) ([]types.Target, error) {
	var targets []types.Target
	input := &eventbridge.ListTargetsByRuleInput{Rule: aws.String(name), EventBusName: aws.String(bus)}
	for {
		page, err := p.aws.in(region).buses.ListTargetsByRule(ctx, input)
		var gone *types.ResourceNotFoundException
		if errors.As(err, &gone) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("targets of rule %s in %s: %w", name, region, err)
		}
		targets = append(targets, page.Targets...)
		if input.NextToken = page.NextToken; input.NextToken == nil {
			return targets, nil
		}
	}
}
