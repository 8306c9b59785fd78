package importer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/compliance"
	"assetguard/lambdas/internal/reason"
)

// labels are findings of ours that lack codes among their UserDefinedFields and that shall have the same fields.
type labels struct {
	fields map[string]string
	ids    []hubtypes.AwsSecurityFindingIdentifier
}

// label completes the codes in UserDefinedFields of a region's failed findings. A new finding has them from its import,
// but an import cannot set them on a finding that exists, and an automation rule may have replaced them. Findings that
// have them are left alone, so that a repeated run changes nothing and makes no events. They are all listed before the
// first is changed, since pages of a list that changes skip some.
func (h *Handler) label(ctx context.Context, region string) error {
	groups := map[string]*labels{}
	in := &securityhub.GetFindingsInput{MaxResults: aws.Int32(maxBatch), Filters: h.ours(region)}
	in.Filters.ComplianceStatus = equals(string(hubtypes.ComplianceStatusFailed))
	for pages := securityhub.NewGetFindingsPaginator(h.regions(region).Hub, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("findings of %s without codes: %w", region, err)
		}
		for _, f := range page.Findings {
			add(groups, f)
		}
	}
	for _, key := range sortedKeys(groups) {
		for chunk := range slices.Chunk(groups[key].ids, maxBatch) {
			if err := h.setFields(ctx, region, groups[key].fields, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// add puts a finding that lacks codes to those that get the same fields. What else is in its fields stays: whether an
// update replaces them all is not documented, and the mark of an accepted risk must not be lost.
func add(groups map[string]*labels, f hubtypes.AwsSecurityFinding) {
	fields := map[string]string{}
	maps.Copy(fields, f.UserDefinedFields)
	maps.Copy(fields, compliance.UserDefinedFields(compliance.CodesOfCheck(compliance.CheckOfGenerator(aws.ToString(f.GeneratorId)))))
	if maps.Equal(fields, f.UserDefinedFields) {
		return
	}
	var key strings.Builder
	for _, name := range sortedKeys(fields) {
		fmt.Fprintf(&key, "%q=%q ", name, fields[name])
	}
	if groups[key.String()] == nil {
		groups[key.String()] = &labels{fields: fields}
	}
	group := groups[key.String()]
	group.ids = append(group.ids, hubtypes.AwsSecurityFindingIdentifier{Id: f.Id, ProductArn: f.ProductArn})
}

// setFields sets the fields of at most maxBatch findings. When Security Hub leaves some unprocessed the step fails and
// comes again: it then lists what still lacks codes.
func (h *Handler) setFields(ctx context.Context, region string, fields map[string]string, ids []hubtypes.AwsSecurityFindingIdentifier) error {
	out, err := h.regions(region).Hub.BatchUpdateFindings(ctx, &securityhub.BatchUpdateFindingsInput{FindingIdentifiers: ids, UserDefinedFields: fields})
	if err != nil {
		return fmt.Errorf("codes of %d findings of %s: %w", len(ids), region, err)
	}
	undone := out.UnprocessedFindings
	h.log.Info("codes set", "region", region, "findings", len(ids)-len(undone), "unprocessed", len(undone))
	if len(undone) == 0 {
		return nil
	}
	code := aws.ToString(undone[0].ErrorCode)
	return failure{again(reason.OfCode(code, 0), fmt.Errorf("codes of %d findings of %s, such as %s: %s: %s", len(undone), region,
		findingID(undone[0].FindingIdentifier), code, aws.ToString(undone[0].ErrorMessage)))}
}

func findingID(id *hubtypes.AwsSecurityFindingIdentifier) string {
	if id == nil {
		return "one without an identifier"
	}
	return aws.ToString(id.Id)
}
