package awsconfig

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"assetguard/sandbox/api"
)

// The kinds of compliance.
const (
	compliant     = "COMPLIANT"
	nonCompliant  = "NON_COMPLIANT"
	noData        = "INSUFFICIENT_DATA"
	notApplicable = "NOT_APPLICABLE"
)

// resource is what a rule evaluates, by type and id as AWS Config has them.
type resource struct{ kind, id string }

// result is the outcome of a rule for one resource.
type result struct {
	compliance, annotation string
	invoked, recorded      time.Time
}

// compliance sums the outcomes of a rule up, and counts the resources that are not compliant.
func (r *rule) compliance() (string, int) {
	if len(r.results) == 0 {
		return noData, 0
	}
	failed := 0
	for _, outcome := range r.results {
		if outcome.compliance == nonCompliant {
			failed++
		}
	}
	if failed > 0 {
		return nonCompliant, failed
	}
	return compliant, 0
}

// shown is a summary as the API has it; not more than 25 failures are counted.
func shown(kind string, failed int) map[string]any {
	out := map[string]any{"ComplianceType": kind}
	if kind == nonCompliant {
		out["ComplianceContributorCount"] = map[string]any{"CappedCount": min(failed, 25), "CapExceeded": failed > 25}
	}
	return out
}

// evaluated are the results of a rule as the API has them, by type and id of the resource.
func (r *rule) evaluated(keep func(resource, result) bool) []map[string]any {
	all := []map[string]any{}
	byName := func(a, b resource) int { return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.id, b.id)) }
	for _, of := range slices.SortedFunc(maps.Keys(r.results), byName) {
		outcome := r.results[of]
		if !keep(of, outcome) {
			continue
		}
		entry := map[string]any{
			"ComplianceType": outcome.compliance, "ConfigRuleInvokedTime": seconds(outcome.invoked), "ResultRecordedTime": seconds(outcome.recorded),
			"EvaluationResultIdentifier": map[string]any{
				"EvaluationResultQualifier": map[string]any{"ConfigRuleName": r.name(), "ResourceType": of.kind, "ResourceId": of.id, "EvaluationMode": "DETECTIVE"},
				"OrderingTimestamp":         seconds(outcome.invoked),
			},
		}
		if outcome.annotation != "" {
			entry["Annotation"] = outcome.annotation
		}
		all = append(all, entry)
	}
	return all
}

// wanted are what a call asks for.
type wanted struct {
	ComplianceTypes          []string
	ResourceType, ResourceID string
}

func (w wanted) takes(kind string) bool {
	return len(w.ComplianceTypes) == 0 || slices.Contains(w.ComplianceTypes, kind)
}

func (s *Service) complianceByRule(r *region, c *api.Call) (any, error) {
	rules, err := r.named(c)
	if err != nil {
		return nil, err
	}
	var in wanted
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	all := []any{}
	for _, known := range rules {
		if kind, failed := known.compliance(); in.takes(kind) {
			all = append(all, map[string]any{"ConfigRuleName": known.name(), "Compliance": shown(kind, failed)})
		}
	}
	return page("ComplianceByConfigRules", all, c, 100)
}

func (s *Service) complianceByResource(r *region, c *api.Call) (any, error) {
	var in wanted
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	failed, seen := map[resource]int{}, []resource{}
	for _, known := range r.rules {
		for of, outcome := range known.results {
			if in.ResourceType != "" && in.ResourceType != of.kind || in.ResourceID != "" && in.ResourceID != of.id {
				continue
			}
			if _, ok := failed[of]; !ok {
				failed[of] = 0
				seen = append(seen, of)
			}
			if outcome.compliance == nonCompliant {
				failed[of]++
			}
		}
	}
	slices.SortFunc(seen, func(a, b resource) int { return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.id, b.id)) })
	all := []any{}
	for _, of := range seen {
		kind := compliant
		if failed[of] > 0 {
			kind = nonCompliant
		}
		if in.takes(kind) {
			all = append(all, map[string]any{"ResourceType": of.kind, "ResourceId": of.id, "Compliance": shown(kind, failed[of])})
		}
	}
	return page("ComplianceByResources", all, c, 100)
}

func (s *Service) detailsByRule(r *region, c *api.Call) (any, error) {
	var in wanted
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	name := field(c.Input, "ConfigRuleName")
	known := r.find(name)
	if known == nil {
		return nil, noRule(name)
	}
	return page("EvaluationResults", known.evaluated(func(_ resource, outcome result) bool { return in.takes(outcome.compliance) }), c, 100)
}

func (s *Service) detailsByResource(r *region, c *api.Call) (any, error) {
	var in wanted
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	all := []map[string]any{}
	for _, known := range r.rules {
		all = append(all, known.evaluated(func(of resource, outcome result) bool {
			return of == resource{in.ResourceType, in.ResourceID} && in.takes(outcome.compliance)
		})...)
	}
	return page("EvaluationResults", all, c, 100)
}

func (s *Service) summaryByRule(r *region, _ *api.Call) (any, error) {
	counts := map[string]int{}
	for _, known := range r.rules {
		kind, _ := known.compliance()
		counts[kind]++
	}
	count := func(kind string) map[string]any {
		return map[string]any{"CappedCount": min(counts[kind], 25), "CapExceeded": counts[kind] > 25}
	}
	return map[string]any{"ComplianceSummary": map[string]any{
		"CompliantResourceCount": count(compliant), "NonCompliantResourceCount": count(nonCompliant), "ComplianceSummaryTimestamp": seconds(time.Now()),
	}}, nil
}

// Conformance packs.

type packFilters struct {
	ConfigRuleNames              []string
	ComplianceType, ResourceType string
	ResourceIDs                  []string
}

// rulesOfPack are the rules of the pack that a call names, of those that its filters name.
func (r *region) rulesOfPack(c *api.Call) (string, packFilters, []*rule, error) {
	var in struct {
		ConformancePackName string
		Filters             packFilters
	}
	if err := api.Read(c, &in); err != nil {
		return "", in.Filters, nil, err
	}
	if r.pack(in.ConformancePackName) == nil {
		return "", in.Filters, nil, noPack(in.ConformancePackName)
	}
	for _, name := range in.Filters.ConfigRuleNames {
		if known := r.find(name); known == nil || known.pack != in.ConformancePackName {
			return "", in.Filters, nil, fault("NoSuchConfigRuleInConformancePackException", "The rule %s is not in the conformance pack", name)
		}
	}
	var rules []*rule
	for _, known := range r.rules {
		if known.pack == in.ConformancePackName && (len(in.Filters.ConfigRuleNames) == 0 || slices.Contains(in.Filters.ConfigRuleNames, known.name())) {
			rules = append(rules, known)
		}
	}
	return in.ConformancePackName, in.Filters, rules, nil
}

func (s *Service) packCompliance(r *region, c *api.Call) (any, error) {
	name, filters, rules, err := r.rulesOfPack(c)
	if err != nil {
		return nil, err
	}
	all := []any{}
	for _, known := range rules {
		if kind, _ := known.compliance(); filters.ComplianceType == "" || filters.ComplianceType == kind {
			all = append(all, map[string]any{"ConfigRuleName": known.name(), "ComplianceType": kind, "Controls": []string{}})
		}
	}
	out, err := page("ConformancePackRuleComplianceList", all, c, 1000)
	if err != nil {
		return nil, err
	}
	out["ConformancePackName"] = name
	return out, nil
}

func (s *Service) packDetails(r *region, c *api.Call) (any, error) {
	name, filters, rules, err := r.rulesOfPack(c)
	if err != nil {
		return nil, err
	}
	all := []map[string]any{}
	for _, known := range rules {
		all = append(all, known.evaluated(func(of resource, outcome result) bool {
			return (filters.ComplianceType == "" || filters.ComplianceType == outcome.compliance) &&
				(filters.ResourceType == "" || filters.ResourceType == of.kind) && (len(filters.ResourceIDs) == 0 || slices.Contains(filters.ResourceIDs, of.id))
		})...)
	}
	out, err := page("ConformancePackRuleEvaluationResults", all, c, 100)
	if err != nil {
		return nil, err
	}
	out["ConformancePackName"] = name
	return out, nil
}

func (s *Service) packSummary(r *region, c *api.Call) (any, error) {
	packs, err := r.namedPacks(c)
	if err != nil {
		return nil, err
	}
	all := []any{}
	for _, p := range packs {
		status := noData
		for _, known := range r.rules {
			kind, _ := known.compliance()
			switch {
			case known.pack != p.Name:
			case kind == nonCompliant:
				status = nonCompliant
			case kind == compliant && status == noData:
				status = compliant
			}
		}
		all = append(all, map[string]string{"ConformancePackName": p.Name, "ConformancePackComplianceStatus": status})
	}
	return page("ConformancePackComplianceSummaryList", all, c, 20)
}
