package compliance

import (
	"slices"
	"strings"
)

// Limits of findings and automation rules in Security Hub.
const (
	// MaxRelatedRequirements is how many a finding may have.
	// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-compliance.html
	MaxRelatedRequirements = 32
	// MaxCriteriaValues is how many values one criterion of an automation rule takes; some take more.
	// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AutomationRulesFindingFilters.html
	MaxCriteriaValues = 20
	// MaxAutomationRules is how many automation rules an administrator account has in a region.
	// https://docs.aws.amazon.com/securityhub/latest/userguide/automation-rules.html
	MaxAutomationRules = 100
)

// RelatedRequirements are codes as Compliance.RelatedRequirements of a finding that we import: one text for each,
// in Security Hub's manner of naming them, edition/code. Beyond the limit of a finding the last are left out.
func RelatedRequirements(codes []Code) []string {
	var requirements []string
	for _, c := range codes[:min(len(codes), MaxRelatedRequirements)] {
		requirements = append(requirements, string(c.Edition)+"/"+c.ID)
	}
	return requirements
}

// FindingType is the type of the findings that we import, in Security Hub's taxonomy.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html
const FindingType = "Software and Configuration Checks/Industry and Regulatory Standards"

// GeneratorID is the GeneratorId of the findings that we import for a check. It does not change when the pack is made
// anew, as the name and ARN of the pack's rule do.
func GeneratorID(check string) string { return "assetguard/conformance-pack/" + check }

// CheckOfGenerator is the check of a GeneratorId of ours.
func CheckOfGenerator(id string) string { return strings.TrimPrefix(id, GeneratorID("")) }

// FindingID is the Id of the finding that we import for one resource: the same for every evaluation, so that a later
// one updates the finding. The resource is named by type and id as AWS Config has them.
func FindingID(region, account, check, resourceType, resource string) string {
	return strings.Join([]string{GeneratorID(check), region, account, resourceType, resource}, "/")
}

// Keys of UserDefinedFields of a finding. GetFindings filters by key and value, and insights group by them.
const (
	FieldKISACloud2026 = "kisaCloud2026"
	FieldISMSP2023     = "ismsP2023"
)

// UserDefinedFields are codes as fields of a finding, separated by ", ". Automation rules set them on the findings of
// controls, the importer on those of the pack: BatchImportFindings cannot change them on a finding that exists,
// automation rules and BatchUpdateFindings can.
func UserDefinedFields(codes []Code) map[string]string {
	fields := map[string]string{}
	for _, c := range codes {
		key := FieldISMSP2023
		if c.Edition == KISACloud2026 {
			key = FieldKISACloud2026
		}
		if fields[key] != "" {
			fields[key] += ", "
		}
		fields[key] += c.ID
	}
	return fields
}

// ControlGroup is controls that are evidence for the same codes: what one automation rule labels.
type ControlGroup struct {
	Controls []string // at most MaxCriteriaValues
	Codes    []Code
}

// ControlGroups are the controls of the enabled standards by the codes that they are evidence for. Every control is
// in one group only, because a later automation rule replaces the fields that an earlier one set. Larger groups come
// first, so that what a limit cuts off is the least.
func ControlGroups(enabled []Standard) []ControlGroup {
	var groups []ControlGroup
	open := map[string]int{} // index of the group with room, by codes
	for _, control := range Controls() {
		codes := CodesOfControl(control.ID)
		if len(codes) == 0 || !evaluates(control.ID, enabled) {
			continue
		}
		key := strings.Join(RelatedRequirements(codes), " ")
		i, found := open[key]
		if !found || len(groups[i].Controls) == MaxCriteriaValues {
			i = len(groups)
			groups, open[key] = append(groups, ControlGroup{Codes: codes}), i
		}
		groups[i].Controls = append(groups[i].Controls, control.ID)
	}
	slices.SortStableFunc(groups, func(a, b ControlGroup) int { return len(b.Controls) - len(a.Controls) })
	return groups
}
