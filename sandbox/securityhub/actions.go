package securityhub

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"assetguard/sandbox/api"
)

// Limits of custom actions.
const (
	maxActions    = 50
	maxActionText = 20
	customActions = "action/custom/"
)

// customAction is what people choose for a finding in the console, as the service describes it.
type customAction struct{ ActionTargetArn, Name, Description string }

func (h *hub) action(arn string) *customAction {
	i := slices.IndexFunc(h.actions, func(a *customAction) bool { return a.ActionTargetArn == arn })
	if i < 0 {
		return nil
	}
	return h.actions[i]
}

// createAction answers CreateActionTarget.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_CreateActionTarget.html
func (s *Service) createAction(h *hub, c *api.Call) (any, error) {
	var in struct{ Name, Description, Id string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	isPlain := !strings.ContainsFunc(in.Id, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	switch {
	case in.Id == "" || len(in.Id) > maxActionText || !isPlain:
		return nil, invalid("Invalid parameter 'Id'. It must have 1 to %d alphanumeric characters", maxActionText)
	case strings.TrimSpace(in.Name) == "" || len(in.Name) > maxActionText:
		return nil, invalid("Invalid parameter 'Name'. It must have 1 to %d characters", maxActionText)
	case strings.TrimSpace(in.Description) == "":
		return nil, invalid("Invalid parameter 'Description'. It must not be empty")
	case len(h.actions) >= maxActions:
		return nil, fault("LimitExceededException", 429, "There are %d custom actions already", maxActions)
	}
	arn := s.arn(h, customActions+in.Id)
	if h.action(arn) != nil {
		return nil, conflict("Target with ID %s already exists", in.Id)
	}
	h.actions = append(h.actions, &customAction{arn, in.Name, in.Description})
	return map[string]any{"ActionTargetArn": arn}, nil
}

func (s *Service) describeActions(h *hub, c *api.Call) (any, error) {
	var in struct{ ActionTargetArns []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	all := []customAction{}
	for _, a := range h.actions {
		if len(in.ActionTargetArns) == 0 || slices.Contains(in.ActionTargetArns, a.ActionTargetArn) {
			all = append(all, *a)
		}
	}
	if len(in.ActionTargetArns) > 0 && len(all) == 0 {
		return nil, notFound("The action targets do not exist")
	}
	return paged("ActionTargets", all, c, 100)
}

func (s *Service) updateAction(h *hub, c *api.Call) (any, error) {
	var in struct{ ActionTargetArn, Name, Description string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	a := h.action(in.ActionTargetArn)
	if a == nil {
		return nil, notFound("Action target %s does not exist", in.ActionTargetArn)
	}
	if in.Name != "" {
		a.Name = in.Name
	}
	if in.Description != "" {
		a.Description = in.Description
	}
	return map[string]any{}, nil
}

func (s *Service) deleteAction(h *hub, c *api.Call) (any, error) {
	arn, _ := c.Input["ActionTargetArn"].(string)
	if h.action(arn) == nil {
		return nil, notFound("Action target %s does not exist", arn)
	}
	h.actions = slices.DeleteFunc(h.actions, func(a *customAction) bool { return a.ActionTargetArn == arn })
	return map[string]any{"ActionTargetArn": arn}, nil
}

// Choose makes the events of a person who chooses a custom action, by its ID, for findings, by theirs, in the console of
// a region: one event for each finding. The error names what there is not.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
func (s *Service) Choose(ctx context.Context, region, action string, findings []string) error {
	_, err := s.on(func(h *hub, _ *api.Call) (any, error) {
		chosen := h.action(s.arn(h, customActions+action))
		if chosen == nil {
			return nil, notFound("there is no custom action %s in %s", action, h.region)
		}
		var found []*finding
		for _, id := range findings {
			f := s.byID(h, id)
			if f == nil {
				return nil, notFound("there is no finding %s in %s", id, h.region)
			}
			found = append(found, f)
		}
		for _, f := range found {
			s.outbox = append(s.outbox, event{h.region, map[string]any{
				"version": "0", "id": uuid.NewString(), "detail-type": "Security Hub Findings - Custom Action", "source": "aws.securityhub",
				"account": s.AccountID, "time": s.now().UTC().Format(time.RFC3339), "region": h.region,
				"resources": []any{chosen.ActionTargetArn},
				"detail":    map[string]any{"actionName": chosen.Name, "actionDescription": chosen.Description, "findings": []any{copied(f.fields)}},
			}})
		}
		return nil, nil
	})(ctx, &api.Call{Region: region})
	return err
}

// byID finds a finding that a hub shows, of whatever product.
func (s *Service) byID(h *hub, id string) *finding {
	for _, from := range s.seen(h) {
		for _, f := range from.findings {
			if f.text("Id") == id {
				return f
			}
		}
	}
	return nil
}
