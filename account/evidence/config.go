package evidence

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"assetguard/internal/compliance"
	report "assetguard/internal/compliance/evidence"
)

// configRead is what AWS Config of a region says.
type configRead struct {
	results []report.Result
	runs    []report.Run
}

// readConfig reads the pack's evaluations, and when its rules and Security Hub's last worked. hub is nil when Security
// Hub could not be read: then a control's run alone would look like a control that found nothing.
func (r *reading) readConfig(ctx context.Context, region string, config Config, hub *hubRead) (*configRead, error) {
	packs, err := r.packs(ctx, config)
	if err != nil {
		return nil, err
	}
	if len(packs) == 0 {
		return nil, fmt.Errorf("there is no conformance pack %s", r.Pack)
	}
	read := &configRead{}
	for _, name := range packs {
		pages := configservice.NewGetConformancePackComplianceDetailsPaginator(config, &configservice.GetConformancePackComplianceDetailsInput{
			ConformancePackName: aws.String(name), Limit: pageSize,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, found := range page.ConformancePackRuleEvaluationResults {
				if result, known := r.evaluated(region, found, hub); known {
					read.results = append(read.results, result)
				}
			}
		}
	}
	read.runs, err = r.runs(ctx, region, config, packs, hub != nil)
	return read, err
}

// packs are the ids of our packs in a region, with their names.
func (r *reading) packs(ctx context.Context, config Config) (map[string]string, error) {
	packs := map[string]string{}
	pages := configservice.NewDescribeConformancePacksPaginator(config, &configservice.DescribeConformancePacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range page.ConformancePackDetails {
			if name := aws.ToString(d.ConformancePackName); compliance.PackName(name, r.Pack) {
				packs[aws.ToString(d.ConformancePackId)] = name
			}
		}
	}
	return packs, nil
}

// statuses are the compliance types of AWS Config. What lacks data is no result.
var statuses = map[types.ConformancePackComplianceType]report.Status{
	types.ConformancePackComplianceTypeCompliant: report.Passed, types.ConformancePackComplianceTypeNonCompliant: report.Failed,
}

// evaluated is an evaluation of the pack as a result.
func (r *reading) evaluated(region string, found types.ConformancePackEvaluationResult, hub *hubRead) (report.Result, bool) {
	status, judged := statuses[found.ComplianceType]
	if !judged || found.EvaluationResultIdentifier == nil || found.EvaluationResultIdentifier.EvaluationResultQualifier == nil {
		return report.Result{}, false
	}
	q := found.EvaluationResultIdentifier.EvaluationResultQualifier
	check, known, _ := compliance.PackOfRule(aws.ToString(q.ConfigRuleName))
	result := report.Result{
		Source: report.Source{Check: check.ID}, Status: status,
		Resource: report.Resource{Account: r.Account, Region: region, Type: aws.ToString(q.ResourceType), ID: aws.ToString(q.ResourceId),
			At: aws.ToTime(found.ResultRecordedTime)},
	}
	if hub != nil && status == report.Failed {
		result.Accepted = hub.accepted[compliance.FindingID(region, r.Account, check.ID, result.Type, result.ID)]
	}
	return result, known && result.ID != "" && !result.At.IsZero()
}

// hubRule is the name of a rule that Security Hub made: securityhub-NAME-HASH.
var hubRule = regexp.MustCompile(`^securityhub-(.+)-[0-9a-z]{6,16}$`)

// runs says when the rules last worked.
func (r *reading) runs(ctx context.Context, region string, config Config, packs map[string]string, withControls bool) ([]report.Run, error) {
	var runs []report.Run
	pages := configservice.NewDescribeConfigRuleEvaluationStatusPaginator(config, &configservice.DescribeConfigRuleEvaluationStatusInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, rule := range page.ConfigRulesEvaluationStatus {
			source, ours := r.sourceOf(aws.ToString(rule.ConfigRuleName), packs)
			if worked := lastWorked(rule); ours && !worked.IsZero() && (source.Control == "" || withControls) {
				runs = append(runs, report.Run{Source: source, Region: region, At: worked})
			}
		}
	}
	return runs, nil
}

// lastWorked is when a rule last evaluated; zero when it failed since.
func lastWorked(rule types.ConfigRuleEvaluationStatus) time.Time {
	worked, failed := aws.ToTime(rule.LastSuccessfulEvaluationTime), aws.ToTime(rule.LastFailedEvaluationTime)
	if failed.After(worked) {
		return time.Time{}
	}
	return worked
}

// sourceOf is whose run a rule's is: a check of our packs, or the control that uses the rule.
func (r *reading) sourceOf(rule string, packs map[string]string) (report.Source, bool) {
	if check, known, pack := compliance.PackOfRule(rule); known {
		_, ours := packs[pack]
		return report.Source{Check: check.ID}, ours
	}
	if part := hubRule.FindStringSubmatch(rule); part != nil {
		check, known := compliance.CheckByName(part[1])
		return report.Source{Control: check.Control}, known && check.Control != "" && r.Checks.Enabled(check.Control)
	}
	return report.Source{}, false
}
