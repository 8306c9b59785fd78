package securityhub

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"assetguard/internal/compliance"

	"assetguard/sandbox/api"
)

func (s *Service) describeControls(h *hub, c *api.Call) (any, error) {
	arn, _ := c.Input["StandardsSubscriptionArn"].(string)
	known := s.subscribed(h, arn)
	if known == nil {
		return nil, notFound("The standards subscription %s does not exist", arn)
	}
	all := []any{}
	for _, control := range controlsOf(known.standard) {
		shown := map[string]any{
			"StandardsControlArn": s.controlARN(h, known.standard, control.ID), "ControlStatus": "ENABLED", "ControlId": control.ID,
			"ControlStatusUpdatedAt": h.subscribedAt, "Title": control.Title, "Description": control.Title, "RemediationUrl": control.URL(),
			"SeverityRating": severityOf(control.ID), "RelatedRequirements": []string{},
		}
		if off, ok := known.disabled[control.ID]; ok {
			shown["ControlStatus"], shown["DisabledReason"], shown["ControlStatusUpdatedAt"] = "DISABLED", off.reason, stamp(off.at)
		}
		all = append(all, shown)
	}
	return paged("Controls", all, c, 100)
}

// severityOf is the severity of a control as the compliance data has it of the check that it evaluates, else MEDIUM.
func severityOf(id string) string {
	for _, check := range compliance.Checks() {
		if check.Control == id {
			return strings.ToUpper(string(check.Severity))
		}
	}
	return "MEDIUM"
}

func (s *Service) updateControl(h *hub, c *api.Call) (any, error) {
	var in struct{ StandardsControlArn, ControlStatus, DisabledReason string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	known, id := s.controlByARN(h, in.StandardsControlArn)
	if known == nil {
		return nil, notFound("The control %s does not exist in an enabled standard", in.StandardsControlArn)
	}
	return map[string]any{}, s.set(known, id, in.ControlStatus, in.DisabledReason)
}

// set turns a control of a standard on or off; a control is off only for a reason.
func (s *Service) set(known *subscription, id, status, reason string) error {
	switch {
	case status == "ENABLED":
		delete(known.disabled, id)
	case status != "DISABLED":
		return invalid("Invalid status %s of control %s", status, id)
	case reason == "":
		return invalid("A reason is required to disable control %s", id)
	default:
		known.disabled[id] = association{reason, s.now()}
	}
	return nil
}

func defined(control compliance.Control) map[string]any {
	return map[string]any{
		"SecurityControlId": control.ID, "Title": control.Title, "Description": control.Title, "RemediationUrl": control.URL(),
		"SeverityRating": severityOf(control.ID), "CurrentRegionAvailability": "AVAILABLE",
	}
}

func (s *Service) definitions(h *hub, c *api.Call) (any, error) {
	listed := compliance.Controls()
	if arn, _ := c.Input["StandardsArn"].(string); arn != "" {
		known, ok := standardOf(h.region, arn)
		if !ok {
			return nil, invalid("Invalid standards ARN %s", arn)
		}
		listed = controlsOf(known)
	}
	all := []any{}
	for _, control := range listed {
		all = append(all, defined(control))
	}
	return paged("SecurityControlDefinitions", all, c, 100)
}

func (s *Service) definition(_ *hub, c *api.Call) (any, error) {
	id, _ := c.Input["SecurityControlId"].(string)
	control, ok := compliance.ControlByID(id)
	if !ok {
		return nil, notFound("The control %s does not exist", id)
	}
	return map[string]any{"SecurityControlDefinition": defined(control)}, nil
}

func (s *Service) securityControls(h *hub, c *api.Call) (any, error) {
	var in struct{ SecurityControlIds []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	found, unprocessed := []any{}, []any{}
	for _, wanted := range in.SecurityControlIds {
		id := wanted[strings.LastIndex(wanted, "/")+1:]
		control, ok := compliance.ControlByID(id)
		if !ok {
			unprocessed = append(unprocessed, map[string]string{"SecurityControlId": wanted, "ErrorCode": "NOT_FOUND", "ErrorReason": "The control does not exist"})
			continue
		}
		shown := defined(control)
		delete(shown, "CurrentRegionAvailability")
		shown["SecurityControlArn"], shown["UpdateStatus"], shown["SecurityControlStatus"] = s.arn(h, "security-control/"+id), "READY", "DISABLED"
		if slices.ContainsFunc(s.associations(h, id), func(a map[string]any) bool { return a["AssociationStatus"] == "ENABLED" }) {
			shown["SecurityControlStatus"] = "ENABLED"
		}
		found = append(found, shown)
	}
	return map[string]any{"SecurityControls": found, "UnprocessedIds": unprocessed}, nil
}

// associations says of each standard that has a control whether it evaluates it; one that is not enabled does not.
func (s *Service) associations(h *hub, id string) []map[string]any {
	control, ok := compliance.ControlByID(id)
	if !ok {
		return nil
	}
	var all []map[string]any
	for _, known := range standards {
		if known.known == "" || !slices.Contains(control.Standards, known.known) {
			continue
		}
		shown := map[string]any{
			"StandardsArn": known.arn(h.region), "SecurityControlId": id, "SecurityControlArn": s.arn(h, "security-control/"+id),
			"AssociationStatus": "DISABLED", "RelatedRequirements": []string{}, "StandardsControlTitle": control.Title, "StandardsControlDescription": control.Title,
		}
		if enabled := h.subscriptions[known.arn(h.region)]; enabled != nil {
			shown["AssociationStatus"] = "ENABLED"
			if off, ok := enabled.disabled[id]; ok {
				shown["AssociationStatus"], shown["UpdatedReason"], shown["UpdatedAt"] = "DISABLED", off.reason, stamp(off.at)
			}
		}
		all = append(all, shown)
	}
	return all
}

func (s *Service) listAssociations(h *hub, c *api.Call) (any, error) {
	id, _ := c.Input["SecurityControlId"].(string)
	id = id[strings.LastIndex(id, "/")+1:]
	if _, ok := compliance.ControlByID(id); !ok {
		return nil, notFound("The control %s does not exist", id)
	}
	return paged("StandardsControlAssociationSummaries", s.associations(h, id), c, 100)
}

// associationID names a control within a standard.
type associationID struct{ SecurityControlId, StandardsArn string }

// association finds one; nil when the standard has no such control.
func (s *Service) association(h *hub, id associationID) map[string]any {
	for _, known := range s.associations(h, id.SecurityControlId) {
		if known["StandardsArn"] == id.StandardsArn {
			return known
		}
	}
	return nil
}

func (s *Service) getAssociations(h *hub, c *api.Call) (any, error) {
	var in struct{ StandardsControlAssociationIds []associationID }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	found, unprocessed := []any{}, []any{}
	for _, id := range in.StandardsControlAssociationIds {
		if known := s.association(h, id); known != nil {
			found = append(found, known)
		} else {
			unprocessed = append(unprocessed, map[string]any{"StandardsControlAssociationId": id, "ErrorCode": "NOT_FOUND", "ErrorReason": "The standard has no such control"})
		}
	}
	return map[string]any{"StandardsControlAssociationDetails": found, "UnprocessedAssociations": unprocessed}, nil
}

func (s *Service) updateAssociations(h *hub, c *api.Call) (any, error) {
	var in struct {
		StandardsControlAssociationUpdates []struct{ SecurityControlId, StandardsArn, AssociationStatus, UpdatedReason string }
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	unprocessed := []any{}
	for _, update := range in.StandardsControlAssociationUpdates {
		err := notFound("The standard has no such control or is not enabled")
		known := h.subscriptions[update.StandardsArn]
		if known != nil && s.association(h, associationID{update.SecurityControlId, update.StandardsArn}) != nil {
			err = s.set(known, update.SecurityControlId, update.AssociationStatus, update.UpdatedReason)
		}
		if err != nil {
			unprocessed = append(unprocessed, map[string]any{"StandardsControlAssociationUpdate": update, "ErrorCode": unprocessedCode(err), "ErrorReason": err.Error()})
		}
	}
	return map[string]any{"UnprocessedAssociationUpdates": unprocessed}, nil
}

// unprocessedCode is an error as lists of what was not done name it.
func unprocessedCode(err error) string {
	var e *api.Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
		return "NOT_FOUND"
	}
	return "INVALID_INPUT"
}
