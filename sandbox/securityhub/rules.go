package securityhub

import (
	"cmp"
	"net/http"
	"slices"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

const (
	ruleBound  = 100
	orderBound = 1000
)

// rule is an automation rule. A criterion or action is kept as it came.
type rule struct {
	RuleArn     string
	RuleStatus  string
	RuleOrder   int
	RuleName    string
	Description string
	IsTerminal  bool
	Criteria    map[string]any `json:",omitempty"`
	Actions     []action       `json:",omitempty"`
	CreatedAt   string
	UpdatedAt   string
	CreatedBy   string

	conditions map[string][]condition
}

type action struct {
	Type                string
	FindingFieldsUpdate document
}

// rule returns the rule of an ARN, or nil.
func (h *hub) rule(arn string) *rule {
	i := slices.IndexFunc(h.rules, func(r *rule) bool { return r.RuleArn == arn })
	if i < 0 {
		return nil
	}
	return h.rules[i]
}

// ruleInput is what a call gives of a rule; what is nil stays as it is.
type ruleInput struct {
	RuleArn     string
	RuleStatus  *string
	RuleOrder   *int
	RuleName    *string
	Description *string
	IsTerminal  *bool
	Criteria    map[string]any
	Actions     []action
}

// into changes a rule by what a call gives, or says what is wrong and changes nothing.
func (in ruleInput) into(r *rule) error {
	fresh := *r
	replace(&fresh.RuleStatus, in.RuleStatus)
	replace(&fresh.RuleOrder, in.RuleOrder)
	replace(&fresh.RuleName, in.RuleName)
	replace(&fresh.Description, in.Description)
	replace(&fresh.IsTerminal, in.IsTerminal)
	if in.Criteria != nil {
		fresh.Criteria = in.Criteria
	}
	if in.Actions != nil {
		fresh.Actions = in.Actions
	}
	if err := fresh.check(); err != nil {
		return err
	}
	*r = fresh
	return nil
}

func replace[T any](old, new *T) {
	if new != nil {
		*old = *new
	}
}

func (r *rule) check() error {
	switch {
	case r.RuleStatus != "ENABLED" && r.RuleStatus != "DISABLED":
		return invalid("Invalid RuleStatus %s", r.RuleStatus)
	case r.RuleOrder < 1 || r.RuleOrder > orderBound:
		return invalid("RuleOrder must be from 1 to %d", orderBound)
	case r.RuleName == "" || r.Description == "":
		return invalid("RuleName and Description are required")
	case len(r.Actions) != 1:
		return invalid("Actions must have 1 item")
	case r.Actions[0].Type != "FINDING_FIELDS_UPDATE" || len(r.Actions[0].FindingFieldsUpdate) == 0:
		return invalid("The action must be a FINDING_FIELDS_UPDATE with fields")
	}
	if err := checkUpdate(r.Actions[0].FindingFieldsUpdate); err != nil {
		return err
	}
	r.conditions = nil
	if err := api.Read(&api.Call{Input: r.Criteria}, &r.conditions); err != nil {
		return err
	}
	return checkFilters(r.conditions)
}

func (s *Service) createRule(h *hub, c *api.Call) (any, error) {
	var in ruleInput
	var tags struct{ Tags map[string]string }
	if err := cmp.Or(api.Read(c, &in), api.Read(c, &tags)); err != nil {
		return nil, err
	}
	if len(h.rules) >= ruleBound {
		return nil, fault("LimitExceededException", http.StatusTooManyRequests, "The account has %d automation rules, the most there can be", ruleBound)
	}
	now := stamp(s.now())
	r := &rule{
		RuleArn: s.arn(h, "automation-rule/"+uuid.NewString()), RuleStatus: "ENABLED", CreatedAt: now, UpdatedAt: now,
		CreatedBy: "arn:aws:iam::" + s.AccountID + ":root",
	}
	if err := in.into(r); err != nil {
		return nil, err
	}
	h.rules = append(h.rules, r)
	h.tags[r.RuleArn] = tags.Tags
	return map[string]any{"RuleArn": r.RuleArn}, nil
}

func (s *Service) listRules(h *hub, c *api.Call) (any, error) {
	all := []rule{}
	for _, r := range inOrder(h.rules) {
		short := *r
		short.Criteria, short.Actions = nil, nil
		all = append(all, short)
	}
	return paged("AutomationRulesMetadata", all, c, 100)
}

func inOrder(rules []*rule) []*rule {
	return slices.SortedStableFunc(slices.Values(rules), func(a, b *rule) int { return cmp.Compare(a.RuleOrder, b.RuleOrder) })
}

// unprocessedRule says of a rule why nothing was done; the code is an HTTP status.
func unprocessedRule(arn string, status int, message string) map[string]any {
	return map[string]any{"RuleArn": arn, "ErrorCode": status, "ErrorMessage": message}
}

func (s *Service) getRules(h *hub, c *api.Call) (any, error) {
	return eachRule(h, c, "Rules", func(r *rule) any { return *r })
}

func (s *Service) deleteRules(h *hub, c *api.Call) (any, error) {
	return eachRule(h, c, "ProcessedAutomationRules", func(r *rule) any {
		h.rules = slices.DeleteFunc(h.rules, func(other *rule) bool { return other == r })
		delete(h.tags, r.RuleArn)
		return r.RuleArn
	})
}

// eachRule answers for the rules that a call names by their ARNs.
func eachRule(h *hub, c *api.Call, name string, do func(*rule) any) (any, error) {
	var in struct{ AutomationRulesArns []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	done, unprocessed := []any{}, []any{}
	for _, arn := range in.AutomationRulesArns {
		if r := h.rule(arn); r != nil {
			done = append(done, do(r))
		} else {
			unprocessed = append(unprocessed, unprocessedRule(arn, http.StatusNotFound, "Automation rule not found"))
		}
	}
	return map[string]any{name: done, "UnprocessedAutomationRules": unprocessed}, nil
}

func (s *Service) updateRules(h *hub, c *api.Call) (any, error) {
	var in struct{ UpdateAutomationRulesRequestItems []ruleInput }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	processed, unprocessed := []string{}, []any{}
	for _, item := range in.UpdateAutomationRulesRequestItems {
		r := h.rule(item.RuleArn)
		if r == nil {
			unprocessed = append(unprocessed, unprocessedRule(item.RuleArn, http.StatusNotFound, "Automation rule not found"))
			continue
		}
		if err := item.into(r); err != nil {
			unprocessed = append(unprocessed, unprocessedRule(item.RuleArn, http.StatusBadRequest, err.Error()))
			continue
		}
		r.UpdatedAt = stamp(s.now())
		processed = append(processed, r.RuleArn)
	}
	return map[string]any{"ProcessedAutomationRules": processed, "UnprocessedAutomationRules": unprocessed}, nil
}

// applyRules changes a finding that came or was updated by the rules of its own region, linked or not: in their order,
// each on what the ones before have made, until one that is terminal.
// https://docs.aws.amazon.com/securityhub/latest/userguide/automation-rules.html
func (s *Service) applyRules(h *hub, f *finding) {
	for _, r := range inOrder(h.rules) {
		if r.RuleStatus != "ENABLED" || !s.matches(f.fields, r.conditions) {
			continue
		}
		s.change(f, r.Actions[0].FindingFieldsUpdate)
		if r.IsTerminal {
			return
		}
	}
}
