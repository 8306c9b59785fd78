package suppression

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/contract"
)

// updatedBy is who signs the notes.
const updatedBy = "assetguard"

// tries is how often findings that Security Hub leaves unprocessed are given to it, pause is the time between: an import
// at the same moment is the usual reason.
const (
	tries = 3
	pause = 2 * time.Second
)

// ending is findings that are set back in the same way: the fields that they keep and their note are equal.
type ending struct {
	risk   string
	fields map[string]string
	ids    []hubtypes.AwsSecurityFindingIdentifier
}

// reopen sets suppressed findings back to NEW whose accepted risk has ended. They are all listed before the first is
// changed, since pages of a list that changes skip some.
func (h *Handler) reopen(ctx context.Context, risks []contract.AcceptedRisk, at time.Time, r *Report) error {
	byID := map[string]contract.AcceptedRisk{}
	for _, risk := range risks {
		byID[risk.ID] = risk
	}
	endings, err := h.ended(ctx, byID, at)
	if err != nil {
		return fmt.Errorf("suppressed findings: %w", err)
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(endings)) {
		e := endings[key]
		risk, configured := byID[e.risk]
		note := h.note(e.risk, risk, configured)
		for chunk := range slices.Chunk(e.ids, maxBatch) {
			left, err := h.setBack(ctx, e, note, chunk)
			r.Reopened += len(chunk) - left
			r.Unfinished += left
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// ended lists the suppressed findings whose risk has ended, those that are archived too: they would come back suppressed.
func (h *Handler) ended(ctx context.Context, risks map[string]contract.AcceptedRisk, at time.Time) (map[string]*ending, error) {
	endings := map[string]*ending{}
	pages := securityhub.NewGetFindingsPaginator(h.hubs(h.settings.Home), &securityhub.GetFindingsInput{
		MaxResults: aws.Int32(maxBatch),
		Filters: &hubtypes.AwsSecurityFindingFilters{WorkflowStatus: []hubtypes.StringFilter{{
			Comparison: hubtypes.StringFilterComparisonEquals, Value: aws.String(string(hubtypes.WorkflowStatusSuppressed)),
		}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range page.Findings {
			id, marked := f.UserDefinedFields[contract.FieldAcceptedRisk]
			risk, configured := risks[id]
			if !marked || (configured && risk.State(at, h.settings.Zone) != contract.RiskExpired) {
				continue
			}
			add(endings, id, f)
		}
	}
	return endings, nil
}

func add(endings map[string]*ending, risk string, f hubtypes.AwsSecurityFinding) {
	fields := maps.Clone(f.UserDefinedFields)
	delete(fields, contract.FieldAcceptedRisk)
	fields[contract.FieldAcceptedRiskEnded] = risk
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&key, "%q=%q ", name, fields[name])
	}
	e := endings[key.String()]
	if e == nil {
		e = &ending{risk: risk, fields: fields}
		endings[key.String()] = e
	}
	e.ids = append(e.ids, hubtypes.AwsSecurityFindingIdentifier{Id: f.Id, ProductArn: f.ProductArn})
}

// note says at the finding why it counts again.
func (h *Handler) note(id string, risk contract.AcceptedRisk, configured bool) string {
	switch {
	case configured && h.settings.Language == "ko":
		return fmt.Sprintf("수용한 위험 %s의 기한(%s)이 지나 다시 조치 대상입니다.", id, risk.Expires)
	case configured:
		return fmt.Sprintf("The accepted risk %s ended after %s: the finding counts again.", id, risk.Expires)
	case h.settings.Language == "ko":
		return fmt.Sprintf("수용한 위험 %s이(가) 설정에서 제거되어 다시 조치 대상입니다.", id)
	default:
		return fmt.Sprintf("The accepted risk %s is not configured any more: the finding counts again.", id)
	}
}

// setBack sets at most maxBatch findings back and says how many it could not.
func (h *Handler) setBack(ctx context.Context, e *ending, note string, ids []hubtypes.AwsSecurityFindingIdentifier) (left int, err error) {
	for try := 1; ; try++ {
		out, err := h.hubs(h.settings.Home).BatchUpdateFindings(ctx, &securityhub.BatchUpdateFindingsInput{
			FindingIdentifiers: ids,
			Workflow:           &hubtypes.WorkflowUpdate{Status: hubtypes.WorkflowStatusNew},
			UserDefinedFields:  e.fields,
			Note:               &hubtypes.NoteUpdate{Text: aws.String(note), UpdatedBy: aws.String(updatedBy)},
		})
		if err != nil {
			return len(ids), fmt.Errorf("set %d findings of %s back: %w", len(ids), e.risk, err)
		}
		undone := out.UnprocessedFindings
		if len(undone) == 0 {
			return 0, nil
		}
		first := undone[0]
		last := fmt.Errorf("set findings of %s back: %d undone, such as %s: %s %s", e.risk, len(undone),
			findingID(first.FindingIdentifier), aws.ToString(first.ErrorCode), aws.ToString(first.ErrorMessage))
		if try == tries {
			return len(undone), last
		}
		ids = ids[:0:0]
		for _, u := range undone {
			if u.FindingIdentifier != nil {
				ids = append(ids, *u.FindingIdentifier)
			}
		}
		if len(ids) == 0 { // it does not say which
			return len(undone), last
		}
		if err := h.sleep(ctx, pause); err != nil {
			return len(ids), errors.Join(last, err)
		}
	}
}

func findingID(id *hubtypes.AwsSecurityFindingIdentifier) string {
	if id == nil {
		return "one without an identifier"
	}
	return aws.ToString(id.Id)
}
