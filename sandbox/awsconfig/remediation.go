package awsconfig

import (
	"strings"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// putRemediations keeps remediations; none is ever carried out here.
func (s *Service) putRemediations(r *region, c *api.Call) (any, error) {
	var in struct{ RemediationConfigurations []map[string]any }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	failed := []any{}
	for _, wanted := range in.RemediationConfigurations {
		name := field(wanted, "ConfigRuleName")
		if r.find(name) == nil {
			failed = append(failed, map[string]any{"FailureMessage": noRule(name).Error(), "FailedItems": []any{wanted}})
			continue
		}
		if old := r.remediations[name]; old != nil {
			wanted["Arn"] = old["Arn"]
		} else {
			wanted["Arn"] = "arn:aws:config:" + r.name + ":" + s.AccountID + ":remediation-configuration/" + name + "/" + uuid.NewString()
		}
		r.remediations[name] = wanted
	}
	return map[string]any{"FailedBatches": failed}, nil
}

func (s *Service) describeRemediations(r *region, c *api.Call) (any, error) {
	var in struct{ ConfigRuleNames []string }
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	found := []any{}
	for _, name := range in.ConfigRuleNames {
		if known := r.remediations[name]; known != nil {
			found = append(found, known)
		}
	}
	return map[string]any{"RemediationConfigurations": found}, nil
}

func noRemediation(name string) error {
	return fault("NoSuchRemediationConfigurationException", "No RemediationConfiguration for rule %s exists", name)
}

func (s *Service) deleteRemediation(r *region, c *api.Call) (any, error) {
	name := field(c.Input, "ConfigRuleName")
	known := r.remediations[name]
	if wanted := field(c.Input, "ResourceType"); known == nil || wanted != "" && !strings.EqualFold(wanted, field(known, "ResourceType")) {
		return nil, noRemediation(name)
	}
	delete(r.remediations, name)
	return map[string]any{}, nil
}

func (s *Service) noExecutions(r *region, c *api.Call) (any, error) {
	name := field(c.Input, "ConfigRuleName")
	if r.remediations[name] == nil {
		return nil, noRemediation(name)
	}
	return map[string]any{"RemediationExecutionStatuses": []any{}}, nil
}
