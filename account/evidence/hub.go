package evidence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/compliance"
	report "assetguard/internal/compliance/evidence"
	"assetguard/internal/contract"
)

const (
	pageSize       = 100
	maxFilter      = 20 // values of one attribute
	securityHub    = "Security Hub"
	reasonEmpty    = "CONFIG_EVALUATIONS_EMPTY"      // the control works and found no resource
	reasonNotAbout = "CONFIG_RETURNS_NOT_APPLICABLE" // the control works and is about none of the resources
	accountType    = "AwsAccount"
)

// hubRead is what Security Hub of a region says.
type hubRead struct {
	results []report.Result
	// accepted are the acceptances of findings that we imported for the pack, by the finding's id.
	accepted map[string]*report.Acceptance
}

// readHub reads the findings of the controls that the map knows, and which of the pack's failures are accepted.
func (r *reading) readHub(ctx context.Context, region string, hub Hub) (*hubRead, error) {
	read := &hubRead{accepted: map[string]*report.Acceptance{}}
	var controls []string
	for _, control := range compliance.Controls() {
		if r.Checks.Enabled(control.ID) {
			controls = append(controls, control.ID)
		}
	}
	results := map[string]report.Result{}
	for chunk := range slices.Chunk(controls, maxFilter) {
		filters := r.filters(region)
		filters.ProductName, filters.ComplianceSecurityControlId = equals(securityHub), equals(chunk...)
		err := each(ctx, hub, filters, func(f hubtypes.AwsSecurityFinding) error {
			result, judged, err := r.ofControl(region, f)
			if err != nil || !judged {
				return err
			}
			// A control that has a finding for each standard says the same in all; should they differ, the failure counts.
			key := result.Control + " " + result.ID
			if before, there := results[key]; !there || before.Status != report.Failed {
				results[key] = result
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, result := range results {
		read.results = append(read.results, result)
	}
	slices.SortFunc(read.results, func(a, b report.Result) int {
		return cmp.Or(cmp.Compare(a.Control, b.Control), cmp.Compare(a.ID, b.ID))
	})

	filters := r.filters(region)
	filters.GeneratorId = []hubtypes.StringFilter{{Comparison: hubtypes.StringFilterComparisonPrefix, Value: aws.String(compliance.GeneratorID(""))}}
	filters.WorkflowStatus = equals(string(hubtypes.WorkflowStatusSuppressed))
	err := each(ctx, hub, filters, func(f hubtypes.AwsSecurityFinding) error {
		read.accepted[aws.ToString(f.Id)] = r.acceptance(f)
		return nil
	})
	return read, err
}

func (r *reading) filters(region string) *hubtypes.AwsSecurityFindingFilters {
	return &hubtypes.AwsSecurityFindingFilters{
		RecordState: equals(string(hubtypes.RecordStateActive)), AwsAccountId: equals(r.Account), Region: equals(region),
	}
}

func equals(values ...string) []hubtypes.StringFilter {
	var filters []hubtypes.StringFilter
	for _, value := range values {
		filters = append(filters, hubtypes.StringFilter{Comparison: hubtypes.StringFilterComparisonEquals, Value: aws.String(value)})
	}
	return filters
}

func each(ctx context.Context, hub Hub, filters *hubtypes.AwsSecurityFindingFilters, do func(hubtypes.AwsSecurityFinding) error) error {
	pages := securityhub.NewGetFindingsPaginator(hub, &securityhub.GetFindingsInput{Filters: filters, MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, f := range page.Findings {
			if err := do(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// ofControl is a control's finding as a result. A control that could not look is no result: it stays silent.
func (r *reading) ofControl(region string, f hubtypes.AwsSecurityFinding) (result report.Result, judged bool, err error) {
	if f.Compliance == nil {
		return result, false, nil
	}
	result = report.Result{Source: report.Source{Control: aws.ToString(f.Compliance.SecurityControlId)}}
	result.Resource = report.Resource{Account: aws.ToString(f.AwsAccountId), Region: region, Type: accountType, ID: r.Account}
	if len(f.Resources) > 0 {
		result.Type, result.ID = aws.ToString(f.Resources[0].Type), aws.ToString(f.Resources[0].Id)
	}
	switch f.Compliance.Status {
	case hubtypes.ComplianceStatusPassed:
		result.Status = report.Passed
	case hubtypes.ComplianceStatusFailed:
		result.Status = report.Failed
		result.Accepted = r.acceptance(f)
	default:
		if !foundNothing(f.Compliance.StatusReasons) {
			return result, false, nil
		}
		result.Status = report.NotApplicable
	}
	at := cmp.Or(aws.ToString(f.LastObservedAt), aws.ToString(f.UpdatedAt))
	if result.At, err = time.Parse(time.RFC3339, at); err != nil {
		return result, false, fmt.Errorf("finding %s: time %q: %w", aws.ToString(f.Id), at, err)
	}
	return result, true, nil
}

func foundNothing(reasons []hubtypes.StatusReason) bool {
	return slices.ContainsFunc(reasons, func(r hubtypes.StatusReason) bool {
		return aws.ToString(r.ReasonCode) == reasonEmpty || aws.ToString(r.ReasonCode) == reasonNotAbout
	})
}

// acceptance is why a finding is accepted, nil where it is not. One that a person suppressed has no end and is none.
func (r *reading) acceptance(f hubtypes.AwsSecurityFinding) *report.Acceptance {
	if f.Workflow == nil || f.Workflow.Status != hubtypes.WorkflowStatusSuppressed {
		return nil
	}
	risk, accepted := r.accepted[f.UserDefinedFields[contract.FieldAcceptedRisk]]
	if !accepted {
		return nil
	}
	reason := risk.ID
	if f.Note != nil && aws.ToString(f.Note.Text) != "" {
		reason = aws.ToString(f.Note.Text)
	}
	return &report.Acceptance{Reason: reason, Until: risk.End(r.Zone)}
}
