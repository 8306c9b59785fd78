package suppression

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
)

// setControls switches controls on that a deployment switched off and no setting wants off any more: taking the setting
// back only forgets it, and then nothing would evaluate the check. Controls that somebody else switched off have
// another reason, and are left alone.
func (h *Handler) setControls(ctx context.Context, off map[string][]string, r *Report) error {
	var errs []error
	for _, region := range slices.Sorted(maps.Keys(off)) {
		hub := h.hubs(region)
		for _, check := range compliance.Checks() {
			if check.Control == "" || slices.Contains(off[region], check.Control) {
				continue
			}
			if err := h.setControl(ctx, hub, check.Control, r); err != nil {
				errs = append(errs, fmt.Errorf("control %s of %s: %w", check.Control, region, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (h *Handler) setControl(ctx context.Context, hub Hub, control string, r *Report) error {
	var updates []hubtypes.StandardsControlAssociationUpdate
	pages := securityhub.NewListStandardsControlAssociationsPaginator(hub, &securityhub.ListStandardsControlAssociationsInput{SecurityControlId: &control})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var unknown *hubtypes.ResourceNotFoundException
		if errors.As(err, &unknown) { // the region lacks the control
			return nil
		}
		if err != nil {
			return err
		}
		for _, a := range page.StandardsControlAssociationSummaries {
			if a.AssociationStatus == hubtypes.AssociationStatusDisabled && strings.HasPrefix(aws.ToString(a.UpdatedReason), contract.ReasonControlOff) {
				updates = append(updates, hubtypes.StandardsControlAssociationUpdate{
					SecurityControlId: &control, StandardsArn: a.StandardsArn, AssociationStatus: hubtypes.AssociationStatusEnabled,
				})
			}
		}
	}
	if len(updates) == 0 {
		return nil
	}
	out, err := hub.BatchUpdateStandardsControlAssociations(ctx, &securityhub.BatchUpdateStandardsControlAssociationsInput{StandardsControlAssociationUpdates: updates})
	if err != nil {
		return err
	}
	h.log.Info("control switched on", "control", control, "standards", len(updates)-len(out.UnprocessedAssociationUpdates))
	r.ControlsOn += len(updates) - len(out.UnprocessedAssociationUpdates)
	for _, undone := range out.UnprocessedAssociationUpdates {
		return fmt.Errorf("%d standards undone: %s %s", len(out.UnprocessedAssociationUpdates), undone.ErrorCode, aws.ToString(undone.ErrorReason))
	}
	return nil
}
