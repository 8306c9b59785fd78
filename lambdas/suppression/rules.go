package suppression

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/contract"
)

// maxBatch is how many rules or findings one call takes.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html
const maxBatch = 100

// setRules switches the risks' automation rules off once they have expired, and on while they hold. Rules that stand as
// they should are left alone.
func (h *Handler) setRules(ctx context.Context, risks []contract.AcceptedRisk, at time.Time, r *Report) error {
	var errs []error
	byRegion := map[string]map[string]hubtypes.RuleStatus{}
	for _, risk := range risks {
		rule, err := arn.Parse(risk.RuleARN)
		if err != nil {
			errs = append(errs, fmt.Errorf("accepted risk %s: %q: %w", risk.ID, risk.RuleARN, err))
			continue
		}
		wanted := hubtypes.RuleStatusEnabled
		if risk.State(at, h.settings.Zone) == contract.RiskExpired {
			wanted = hubtypes.RuleStatusDisabled
		}
		if byRegion[rule.Region] == nil {
			byRegion[rule.Region] = map[string]hubtypes.RuleStatus{}
		}
		byRegion[rule.Region][risk.RuleARN] = wanted
	}
	for _, region := range slices.Sorted(maps.Keys(byRegion)) {
		for chunk := range slices.Chunk(slices.Sorted(maps.Keys(byRegion[region])), maxBatch) {
			errs = append(errs, h.setRulesOf(ctx, h.hubs(region), chunk, byRegion[region], r))
		}
	}
	return errors.Join(errs...)
}

func (h *Handler) setRulesOf(ctx context.Context, hub Hub, arns []string, wanted map[string]hubtypes.RuleStatus, r *Report) error {
	found, err := hub.BatchGetAutomationRules(ctx, &securityhub.BatchGetAutomationRulesInput{AutomationRulesArns: arns})
	if err != nil {
		return fmt.Errorf("automation rules: %w", err)
	}
	errs := unprocessed(found.UnprocessedAutomationRules)
	var changes []hubtypes.UpdateAutomationRulesRequestItem
	for _, rule := range found.Rules {
		if want := wanted[aws.ToString(rule.RuleArn)]; want != "" && want != rule.RuleStatus {
			changes = append(changes, hubtypes.UpdateAutomationRulesRequestItem{RuleArn: rule.RuleArn, RuleStatus: want})
		}
	}
	if len(changes) == 0 {
		return errors.Join(errs...)
	}
	out, err := hub.BatchUpdateAutomationRules(ctx, &securityhub.BatchUpdateAutomationRulesInput{UpdateAutomationRulesRequestItems: changes})
	if err != nil {
		return errors.Join(append(errs, fmt.Errorf("switch automation rules: %w", err))...)
	}
	for _, rule := range out.ProcessedAutomationRules {
		if wanted[rule] == hubtypes.RuleStatusDisabled {
			r.RulesOff++
		} else {
			r.RulesOn++
		}
	}
	return errors.Join(append(errs, unprocessed(out.UnprocessedAutomationRules)...)...)
}

func unprocessed(rules []hubtypes.UnprocessedAutomationRule) []error {
	var errs []error
	for _, rule := range rules {
		errs = append(errs, fmt.Errorf("automation rule %s: %d %s", aws.ToString(rule.RuleArn), aws.ToInt32(rule.ErrorCode), aws.ToString(rule.ErrorMessage)))
	}
	return errs
}
