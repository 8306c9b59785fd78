package fakeaws

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

func (s *Server) getParameter(c *call) answer {
	var in struct{ Name string }
	c.read(&in)
	value, there := s.account.Parameters[in.Name]
	if !there {
		return jsonError(http.StatusBadRequest, "ParameterNotFound")
	}
	return jsonAnswer(map[string]any{"Parameter": map[string]any{"Name": in.Name, "Type": "String", "Value": value, "Version": 1}})
}

func (s *Server) describePacks(*call) answer {
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.account.Packs)) {
		id := s.account.Packs[name]
		list = append(list, map[string]any{"ConformancePackName": name, "ConformancePackId": id,
			"ConformancePackArn": arnOf("config", "conformance-pack/"+name+"/"+id)})
	}
	return jsonAnswer(map[string]any{"ConformancePackDetails": list})
}

// getResourceConfig knows buckets.
func (s *Server) getResourceConfig(c *call) answer {
	type key struct {
		ResourceType string `json:"resourceType"`
		ResourceID   string `json:"resourceId"`
	}
	var in struct {
		ResourceKeys []key `json:"resourceKeys"`
	}
	c.read(&in)
	items := []any{}
	for _, k := range in.ResourceKeys {
		if k.ResourceType == "AWS::S3::Bucket" {
			items = append(items, map[string]any{"resourceType": k.ResourceType, "resourceId": k.ResourceID, "arn": "arn:aws:s3:::" + k.ResourceID})
		}
	}
	return jsonAnswer(map[string]any{"baseConfigurationItems": items, "unprocessedResourceKeys": []any{}})
}

func (s *Server) importFindings(c *call) answer {
	var in struct{ Findings []map[string]any }
	c.read(&in)
	for _, f := range in.Findings {
		s.seen.Findings[fmt.Sprint(f["Id"])] = f
	}
	return jsonAnswer(map[string]any{"FailedCount": 0, "SuccessCount": len(in.Findings), "FailedFindings": []any{}})
}

// getFindings lists the suppressed findings; the token is the number of the next.
func (s *Server) getFindings(c *call) answer {
	var in struct {
		NextToken  string
		MaxResults int
	}
	c.read(&in)
	from, _ := strconv.Atoi(in.NextToken) // without a token from 0
	to := min(from+in.MaxResults, s.account.Suppressed)
	list := []any{}
	for n := from; n < to; n++ {
		fields := map[string]string{"ismsP2023": "2.6.1"}
		if n%3 == 0 {
			fields["acceptedRisk"] = s.account.AcceptedRisk
		}
		list = append(list, map[string]any{
			"SchemaVersion": "2018-10-08", "Id": fmt.Sprintf("finding-%04d", n), "ProductArn": arnOf("securityhub", "product/aws/securityhub"),
			"GeneratorId": "security-control/IAM.1", "AwsAccountId": AccountID, "CreatedAt": "2026-03-02T01:20:30Z", "UpdatedAt": "2026-03-02T01:20:30Z",
			"Title": "A finding", "Description": "A finding", "Resources": []any{}, "Workflow": map[string]any{"Status": "SUPPRESSED"},
			"UserDefinedFields": fields,
		})
	}
	out := map[string]any{"Findings": list}
	if to < s.account.Suppressed {
		out["NextToken"] = strconv.Itoa(to)
	}
	return jsonAnswer(out)
}

func (s *Server) updateFindings(c *call) answer {
	var in map[string]any
	c.read(&in)
	ids, _ := in["FindingIdentifiers"].([]any)
	delete(in, "FindingIdentifiers")
	for _, one := range ids {
		id, _ := one.(map[string]any)
		s.seen.Findings[fmt.Sprint(id["Id"])] = in
	}
	return jsonAnswer(map[string]any{"ProcessedFindings": ids, "UnprocessedFindings": []any{}})
}

func (s *Server) getRules(c *call) answer {
	var in struct{ AutomationRulesArns []string }
	c.read(&in)
	list := []any{}
	for _, arn := range in.AutomationRulesArns {
		list = append(list, map[string]any{"RuleArn": arn, "RuleStatus": "ENABLED"})
	}
	return jsonAnswer(map[string]any{"Rules": list, "UnprocessedAutomationRules": []any{}})
}

func (s *Server) updateRules(c *call) answer {
	var in struct {
		UpdateAutomationRulesRequestItems []map[string]any
	}
	c.read(&in)
	arns := []any{}
	for _, item := range in.UpdateAutomationRulesRequestItems {
		arns = append(arns, item["RuleArn"])
	}
	return jsonAnswer(map[string]any{"ProcessedAutomationRules": arns, "UnprocessedAutomationRules": []any{}})
}
