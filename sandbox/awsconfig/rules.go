package awsconfig

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// rule is a Config rule. What a client gave is kept as it came.
type rule struct {
	fields  map[string]any // ConfigRule of the API
	results map[resource]result
	asked   time.Time // of the last evaluation; zero for none
	pack    string    // of the account's conformance pack that made it, "" for none
	control string    // of Security Hub that it evaluates, "" for none
}

func (r *rule) name() string { return field(r.fields, "ConfigRuleName") }
func (r *rule) arn() string  { return field(r.fields, "ConfigRuleArn") }

// owner is what made the rule, if the account itself did not.
func (r *rule) owner() string {
	switch {
	case r.pack != "":
		return "a conformance pack"
	case r.control != "":
		return "Security Hub"
	}
	return ""
}

func field(object map[string]any, name string) string {
	text, _ := object[name].(string)
	return text
}

// identifier is the check of AWS that a rule uses; "" for a rule with its own code.
func (r *rule) identifier() string {
	source, _ := r.fields["Source"].(map[string]any)
	if field(source, "Owner") != "AWS" {
		return ""
	}
	return field(source, "SourceIdentifier")
}

// parameters are a rule's input parameters.
func (r *rule) parameters() map[string]string {
	parameters := map[string]string{}
	var given map[string]any
	if json.Unmarshal([]byte(field(r.fields, "InputParameters")), &given) == nil {
		for name, value := range given {
			if text, ok := value.(string); ok {
				parameters[name] = text
			}
		}
	}
	return parameters
}

// types are the resource types of a rule's scope; none means all.
func (r *rule) types() []string {
	scope, _ := r.fields["Scope"].(map[string]any)
	var types []string
	listed, _ := scope["ComplianceResourceTypes"].([]any)
	for _, t := range listed {
		text, _ := t.(string)
		types = append(types, text)
	}
	return types
}

// find returns a rule by its name, or nil.
func (r *region) find(name string) *rule {
	i := slices.IndexFunc(r.rules, func(known *rule) bool { return known.name() == name })
	if i < 0 {
		return nil
	}
	return r.rules[i]
}

func noRule(name string) error {
	return fault("NoSuchConfigRuleException", "The ConfigRule '%s' provided in the request is invalid. Please check the configRule name.", name)
}

// named are the rules that a call names; all when it names none.
func (r *region) named(c *api.Call) ([]*rule, error) {
	var in struct{ ConfigRuleNames []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if len(in.ConfigRuleNames) == 0 {
		return r.rules, nil
	}
	var rules []*rule
	for _, name := range in.ConfigRuleNames {
		known := r.find(name)
		if known == nil {
			return nil, noRule(name)
		}
		rules = append(rules, known)
	}
	return rules, nil
}

// putRule makes or changes a rule of the account; those of a pack belong to the pack.
func (s *Service) putRule(r *region, c *api.Call) (any, error) {
	var in struct {
		ConfigRule map[string]any
		Tags       []tag
	}
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	fields := in.ConfigRule
	source, _ := fields["Source"].(map[string]any)
	if field(source, "Owner") == "" {
		return nil, fault("InvalidParameterValueException", "ConfigRule.Source.Owner is required")
	}
	if parameters := field(fields, "InputParameters"); parameters != "" && !json.Valid([]byte(parameters)) {
		return nil, fault("InvalidParameterValueException", "InputParameters is no JSON: %s", parameters)
	}
	i := slices.IndexFunc(r.rules, func(known *rule) bool {
		return known.name() == field(fields, "ConfigRuleName") || known.arn() == field(fields, "ConfigRuleArn") || field(known.fields, "ConfigRuleId") == field(fields, "ConfigRuleId")
	})
	if i >= 0 {
		known := r.rules[i]
		if owner := known.owner(); owner != "" {
			return nil, fault("AccessDeniedException", "The rule %s belongs to %s", known.name(), owner)
		}
		for _, name := range []string{"ConfigRuleName", "ConfigRuleArn", "ConfigRuleId", "ConfigRuleState"} {
			fields[name] = known.fields[name]
		}
		known.fields = complete(fields)
	} else {
		r.add(s.AccountID, fields, "", "config-rule/config-rule-"+shortID())
		r.tags[r.rules[len(r.rules)-1].arn()] = tagMap(in.Tags)
	}
	s.due.add(mark{rule: field(fields, "ConfigRuleName"), region: r.name})
	return map[string]any{}, nil
}

// add keeps a new rule, the end of whose ARN is given.
func (r *region) add(account string, fields map[string]any, pack, end string) {
	fields["ConfigRuleId"] = end[strings.LastIndex(end, "/")+1:]
	fields["ConfigRuleArn"] = "arn:aws:config:" + r.name + ":" + account + ":" + end
	fields["ConfigRuleState"] = "ACTIVE"
	r.rules = append(r.rules, &rule{fields: complete(fields), results: map[resource]result{}, pack: pack})
}

// complete adds what the service shows of every rule.
func complete(fields map[string]any) map[string]any {
	if fields["EvaluationModes"] == nil {
		fields["EvaluationModes"] = []any{map[string]string{"Mode": "DETECTIVE"}}
	}
	return fields
}

// shortID is a part of an id as AWS Config makes them: six characters.
func shortID() string { return strings.ReplaceAll(uuid.NewString(), "-", "")[:6] }

func (s *Service) describeRules(r *region, c *api.Call) (any, error) {
	rules, err := r.named(c)
	if err != nil {
		return nil, err
	}
	shown := []any{}
	for _, known := range rules {
		shown = append(shown, known.fields)
	}
	return page("ConfigRules", shown, c, 100)
}

func (s *Service) deleteRule(r *region, c *api.Call) (any, error) {
	name := field(c.Input, "ConfigRuleName")
	known := r.find(name)
	switch {
	case known == nil:
		return nil, noRule(name)
	case known.owner() != "":
		return nil, fault("AccessDeniedException", "The rule %s belongs to %s", name, known.owner())
	case r.remediations[name] != nil:
		return nil, fault("ResourceInUseException", "A remediation action is associated with the rule %s", name)
	}
	r.drop(known)
	return map[string]any{}, nil
}

func (r *region) drop(known *rule) {
	r.rules = slices.DeleteFunc(r.rules, func(other *rule) bool { return other == known })
	delete(r.tags, known.arn())
}

func (s *Service) ruleStatus(r *region, c *api.Call) (any, error) {
	rules, err := r.named(c)
	if err != nil {
		return nil, err
	}
	shown := []any{}
	for _, known := range rules {
		status := map[string]any{
			"ConfigRuleName": known.name(), "ConfigRuleArn": known.arn(), "ConfigRuleId": known.fields["ConfigRuleId"], "FirstEvaluationStarted": !known.asked.IsZero(),
		}
		if !known.asked.IsZero() {
			status["LastSuccessfulInvocationTime"], status["LastSuccessfulEvaluationTime"] = seconds(known.asked), seconds(known.asked)
		}
		shown = append(shown, status)
	}
	return page("ConfigRulesEvaluationStatus", shown, c, 150)
}

// start answers StartConfigRulesEvaluation; the evaluation itself comes a moment later.
func (s *Service) start(r *region, c *api.Call) (any, error) {
	rules, err := r.named(c)
	if err != nil {
		return nil, err
	}
	for _, known := range rules {
		s.due.add(mark{rule: known.name(), region: r.name})
	}
	return map[string]any{}, nil
}

// Tags of rules and packs; those of what moto keeps are moto's.

type tag struct{ Key, Value string }

func tagMap(tags []tag) map[string]string {
	out := map[string]string{}
	for _, t := range tags {
		out[t.Key] = t.Value
	}
	return out
}

// tagged passes calls for resources that are not kept here on to the emulator.
func (s *Service) tagged(do func(tags map[string]string, c *api.Call) (any, error)) api.Handler {
	return func(_ context.Context, c *api.Call) (*api.Answer, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		r, arn := s.region(c.Region), field(c.Input, "ResourceArn")
		if !strings.Contains(arn, ":config-rule/") && !strings.Contains(arn, ":conformance-pack/") && !strings.Contains(arn, ":organization-conformance-pack/") {
			return nil, nil
		}
		if r.tags[arn] == nil && !r.has(arn) {
			return nil, fault("ResourceNotFoundException", "ResourceArn '%s' does not exist", arn)
		}
		if r.tags[arn] == nil {
			r.tags[arn] = map[string]string{}
		}
		out, err := do(r.tags[arn], c)
		if err != nil {
			return nil, err
		}
		return api.JSON(http.StatusOK, out), nil
	}
}

func (r *region) has(arn string) bool {
	return slices.ContainsFunc(r.rules, func(known *rule) bool { return known.arn() == arn }) ||
		slices.ContainsFunc(r.packs, func(known *pack) bool { return known.ARN == arn }) ||
		slices.ContainsFunc(r.organization, func(known *organizationPack) bool { return known.ARN == arn })
}

func (s *Service) tag(tags map[string]string, c *api.Call) (any, error) {
	var in struct{ Tags []tag }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	for _, t := range in.Tags {
		tags[t.Key] = t.Value
	}
	return map[string]any{}, nil
}

func (s *Service) untag(tags map[string]string, c *api.Call) (any, error) {
	var in struct{ TagKeys []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(tags, key)
	}
	return map[string]any{}, nil
}

func (s *Service) listTags(tags map[string]string, c *api.Call) (any, error) {
	shown := []tag{}
	for key, value := range tags {
		shown = append(shown, tag{key, value})
	}
	slices.SortFunc(shown, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	return page("Tags", shown, c, 100)
}
