package awsconfig

import (
	"slices"

	"assetguard/sandbox/awsconfig/evaluation"
)

// Link has Security Hub's rules of a region be those of the given controls, as far as they can be evaluated here, and
// evaluates the new ones. A rule that is there already keeps its identity and results.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-standards-awsconfigrules.html
func (s *Service) Link(region string, controls []evaluation.Linked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.region(region)
	wanted := map[string]bool{}
	for _, linked := range controls {
		if !evaluation.Known(linked.Identifier) {
			continue
		}
		wanted[linked.Control] = true
		if slices.ContainsFunc(r.rules, func(known *rule) bool { return known.control == linked.Control }) {
			continue
		}
		end := shortID()
		name := "securityhub-" + linked.Name + "-" + end
		r.add(s.AccountID, map[string]any{
			"ConfigRuleName": name, "CreatedBy": "securityhub.amazonaws.com", "InputParameters": "{}",
			"Source": map[string]any{"Owner": "AWS", "SourceIdentifier": linked.Identifier},
		}, "", "config-rule/aws-service-rule/securityhub.amazonaws.com/config-rule-"+end)
		r.rules[len(r.rules)-1].control = linked.Control
		s.due.add(mark{rule: name, region: r.name})
	}
	r.rules = slices.DeleteFunc(r.rules, func(known *rule) bool { return known.control != "" && !wanted[known.control] })
}
