package securityhub

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"assetguard/sandbox/api"
)

// findingsPerCall is how many findings a call imports or updates at most.
const findingsPerCall = 100

// importFindings answers BatchImportFindings for the account's own product; the products of AWS are refused, as they
// are to every customer.
func (s *Service) importFindings(h *hub, c *api.Call) (any, error) {
	var in struct{ Findings []document }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if len(in.Findings) == 0 || len(in.Findings) > findingsPerCall {
		return nil, invalid("Findings must have 1 to %d items, it has %d", findingsPerCall, len(in.Findings))
	}
	own := s.arn(h, "product/"+s.AccountID+"/default")
	for _, sent := range in.Findings {
		if product := textAt(sent, "ProductArn"); product != "" && (product != own || textAt(sent, "AwsAccountId") != s.AccountID) {
			return nil, fault("AccessDeniedException", http.StatusForbidden, "Access denied for account %s to import findings for product %s", s.AccountID, product)
		}
	}
	failed := []any{}
	for _, sent := range in.Findings {
		if wrong := s.take(h, sent); wrong != "" {
			id := cmp.Or(textAt(sent, "Id"), "unknown")
			failed = append(failed, map[string]string{"Id": id, "ErrorCode": "InvalidInput", "ErrorMessage": wrong})
		}
	}
	return map[string]any{"FailedCount": len(failed), "SuccessCount": len(in.Findings) - len(failed), "FailedFindings": failed}, nil
}

// Receive takes a finding as an AWS service sends it, of whatever product: for trials, since AWS lets only the
// product's own service do so. The region is the one in the finding's product ARN, else the given one. A product of
// AWS that is not enabled for import is refused, as its findings would be lost.
func (s *Service) Receive(ctx context.Context, region string, sent map[string]any) error {
	if parts := strings.Split(textAt(sent, "ProductArn"), ":"); len(parts) == 6 && parts[3] != "" {
		region = parts[3]
	}
	_, err := s.on(func(h *hub, _ *api.Call) (any, error) {
		product := textAt(sent, "ProductArn")
		subscription, foreign := s.productSubscription(h, product)
		if foreign && !slices.Contains(h.products, subscription) {
			return nil, invalid("the product %s is not enabled for import in %s", product, h.region)
		}
		if wrong := s.take(h, sent); wrong != "" {
			return nil, invalid("%s", wrong)
		}
		return nil, nil
	})(ctx, &api.Call{Region: region})
	return err
}

// take keeps a finding that a provider sends and says what is wrong with one that it does not. One that is older than
// what is there changes nothing.
func (s *Service) take(h *hub, sent document) string {
	if wrong := flaw(sent); wrong != "" {
		return wrong
	}
	old := h.find(textAt(sent, "ProductArn"), textAt(sent, "Id"))
	if old != nil && moment(textAt(sent, "UpdatedAt")).Before(moment(old.text("UpdatedAt"))) {
		return ""
	}
	kept := s.merge(h, sent, old)
	s.applyRules(h, kept)
	if old == nil {
		h.findings = append(h.findings, kept)
		h.byID[identifier{Id: kept.text("Id"), ProductArn: kept.text("ProductArn")}] = kept
	} else {
		*old = *kept
		kept = old
	}
	s.publish(h, kept)
	return ""
}

// moment reads a time of a finding; the zero time for none.
func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

func (s *Service) getFindings(h *hub, c *api.Call) (any, error) {
	var in struct {
		Filters      map[string][]condition
		SortCriteria []struct{ Field, SortOrder string }
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	found, err := s.matching(h, in.Filters)
	if err != nil {
		return nil, err
	}
	for _, by := range slices.Backward(in.SortCriteria) {
		slices.SortStableFunc(found, func(a, b document) int {
			order := compare(first(fieldValues(a, by.Field)), first(fieldValues(b, by.Field)))
			if by.SortOrder == "desc" {
				return -order
			}
			return order
		})
	}
	return paged("Findings", found, c, 100)
}

// matching are copies of the findings that a hub shows and that pass the filters.
func (s *Service) matching(h *hub, filters map[string][]condition) ([]document, error) {
	if err := checkFilters(filters); err != nil {
		return nil, err
	}
	found := []document{}
	for _, from := range s.seen(h) {
		for _, f := range from.findings {
			if s.matches(f.fields, filters) {
				found = append(found, copied(f.fields))
			}
		}
	}
	return found, nil
}

func first(values []any) any {
	if len(values) == 0 {
		return nil
	}
	return values[0]
}

// compare orders numbers, texts and what is missing, which comes first.
func compare(a, b any) int {
	if x, ok := a.(float64); ok {
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y)
		}
	}
	x, _ := a.(string)
	y, _ := b.(string)
	return strings.Compare(x, y)
}

// identifier names a finding.
type identifier struct{ Id, ProductArn string }

// updateFindings answers BatchUpdateFindings: customers' changes.
func (s *Service) updateFindings(h *hub, c *api.Call) (any, error) {
	var in struct {
		FindingIdentifiers []identifier
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if len(in.FindingIdentifiers) == 0 || len(in.FindingIdentifiers) > findingsPerCall {
		return nil, invalid("FindingIdentifiers must have 1 to %d items, it has %d", findingsPerCall, len(in.FindingIdentifiers))
	}
	if err := checkUpdate(c.Input); err != nil {
		return nil, err
	}
	processed, unprocessed := []any{}, []any{}
	for _, id := range in.FindingIdentifiers {
		from, f := s.visible(h, id)
		if f == nil {
			unprocessed = append(unprocessed, map[string]any{"FindingIdentifier": id, "ErrorCode": "FindingNotFound", "ErrorMessage": "Finding Not Found"})
			continue
		}
		s.change(f, c.Input)
		s.publish(from, f)
		processed = append(processed, id)
	}
	return map[string]any{"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}, nil
}

// visible finds a finding that a hub shows, and the hub that has it.
func (s *Service) visible(h *hub, id identifier) (*hub, *finding) {
	for _, from := range s.seen(h) {
		if f := from.find(id.ProductArn, id.Id); f != nil {
			return from, f
		}
	}
	return nil, nil
}

// workflows and verifications are what customers may set.
var (
	workflows     = []string{"NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"}
	verifications = []string{"UNKNOWN", "TRUE_POSITIVE", "FALSE_POSITIVE", "BENIGN_POSITIVE"}
)

// checkUpdate says what is wrong with the changes of BatchUpdateFindings or of an automation rule's action.
func checkUpdate(update document) error {
	if status := textAt(update, "Workflow", "Status"); update["Workflow"] != nil && !slices.Contains(workflows, status) {
		return invalid("Invalid workflow status %s", status)
	}
	if state := textAt(update, "VerificationState"); state != "" && !slices.Contains(verifications, state) {
		return invalid("Invalid verification state %s", state)
	}
	if update["Note"] != nil && (textAt(update, "Note", "Text") == "" || textAt(update, "Note", "UpdatedBy") == "") {
		return invalid("Note needs Text and UpdatedBy")
	}
	for _, name := range []string{"Confidence", "Criticality"} {
		if n, given := update[name].(float64); given && (n < 0 || n > 100) {
			return invalid("%s must be from 0 to 100", name)
		}
	}
	return nil
}

// change makes a customer's or a rule's changes. User-defined fields are added to those that are there.
func (s *Service) change(f *finding, update document) {
	for _, name := range append(slices.Clone(providers), "Note", "UserDefinedFields", "VerificationState", "Workflow") {
		value, given := update[name]
		if !given {
			continue
		}
		if object, ok := value.(document); ok {
			value = s.changed(f, name, copied(object))
		}
		f.fields[name], f.set[name] = value, true
	}
}

// changed completes the new value of a field that is an object.
func (s *Service) changed(f *finding, name string, value document) document {
	switch name {
	case "Severity":
		complete(value)
	case "Note":
		value["UpdatedAt"] = stamp(s.now())
	case "UserDefinedFields":
		old, _ := f.fields[name].(document)
		for key, text := range old {
			if _, given := value[key]; !given {
				value[key] = text
			}
		}
	}
	return value
}
