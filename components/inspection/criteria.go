package inspection

import (
	"regexp"
	"strings"

	"assetguard/internal/strict"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/securityhub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Comparisons of criteria. Values of one field are joined by or, those of several fields by and; values that must not
// be there are joined by and.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_StringFilter.html
const (
	comparisonEquals    = pulumi.String("EQUALS")
	comparisonPrefix    = pulumi.String("PREFIX")
	comparisonContains  = pulumi.String("CONTAINS")
	comparisonPrefixNot = pulumi.String("PREFIX_NOT_EQUALS")
)

// active match what is there still.
func active() *securityhub.AutomationRuleCriteriaArgs {
	return &securityhub.AutomationRuleCriteriaArgs{
		RecordStates: securityhub.AutomationRuleCriteriaRecordStateArray{
			&securityhub.AutomationRuleCriteriaRecordStateArgs{Comparison: comparisonEquals, Value: pulumi.String("ACTIVE")},
		},
	}
}

// open match what is there still and neither resolved nor suppressed.
func open() *securityhub.AutomationRuleCriteriaArgs {
	c := active()
	var statuses securityhub.AutomationRuleCriteriaWorkflowStatusArray
	for _, status := range openStatuses {
		statuses = append(statuses, &securityhub.AutomationRuleCriteriaWorkflowStatusArgs{Comparison: comparisonEquals, Value: pulumi.String(status)})
	}
	c.WorkflowStatuses = statuses
	return c
}

// openStatuses are those of findings that somebody has to look at.
var openStatuses = []string{"NEW", "NOTIFIED"}

// ofControls narrows criteria to controls, where there are any.
func ofControls(c *securityhub.AutomationRuleCriteriaArgs, controls []string) {
	var ids securityhub.AutomationRuleCriteriaComplianceSecurityControlIdArray
	for _, control := range controls {
		ids = append(ids, &securityhub.AutomationRuleCriteriaComplianceSecurityControlIdArgs{
			Comparison: comparisonEquals, Value: pulumi.String(control),
		})
	}
	if len(ids) > 0 {
		c.ComplianceSecurityControlIds = ids
	}
}

// ofGenerators narrows criteria to generators, where there are any.
func ofGenerators(c *securityhub.AutomationRuleCriteriaArgs, comparison pulumi.String, generators []string) {
	var ids securityhub.AutomationRuleCriteriaGeneratorIdArray
	for _, generator := range generators {
		ids = append(ids, &securityhub.AutomationRuleCriteriaGeneratorIdArgs{Comparison: comparison, Value: pulumi.String(generator)})
	}
	if len(ids) > 0 {
		c.GeneratorIds = ids
	}
}

// cve is a CVE's id without anything behind it.
var cve = regexp.MustCompile(`^CVE-\d{4}-\d+$`)

// titles match what begins so. A CVE's id alone goes on as Inspector's titles do ("CVE-2026-1234 - openssl"), so that
// it is not the beginning of a longer number.
func titles(beginnings []string) securityhub.AutomationRuleCriteriaTitleArray {
	var all securityhub.AutomationRuleCriteriaTitleArray
	for _, beginning := range beginnings {
		if cve.MatchString(beginning) {
			beginning += " -"
		}
		all = append(all, &securityhub.AutomationRuleCriteriaTitleArgs{Comparison: comparisonPrefix, Value: pulumi.String(beginning)})
	}
	return all
}

// resourceIDs match ARNs, and with * at the end all that begin so.
func resourceIDs(arns []string) securityhub.AutomationRuleCriteriaResourceIdArray {
	var all securityhub.AutomationRuleCriteriaResourceIdArray
	for _, arn := range arns {
		comparison := comparisonEquals
		beginning, open := strings.CutSuffix(arn, "*")
		if open {
			comparison = comparisonPrefix
		}
		all = append(all, &securityhub.AutomationRuleCriteriaResourceIdArgs{Comparison: comparison, Value: pulumi.String(beginning)})
	}
	return all
}

func resourceTags(tags map[string]string) securityhub.AutomationRuleCriteriaResourceTagArray {
	var all securityhub.AutomationRuleCriteriaResourceTagArray
	for _, key := range strict.Keys(tags) {
		all = append(all, &securityhub.AutomationRuleCriteriaResourceTagArgs{
			Comparison: comparisonEquals, Key: pulumi.String(key), Value: pulumi.String(tags[key]),
		})
	}
	return all
}

func accounts(ids []string) securityhub.AutomationRuleCriteriaAwsAccountIdArray {
	var all securityhub.AutomationRuleCriteriaAwsAccountIdArray
	for _, id := range ids {
		all = append(all, &securityhub.AutomationRuleCriteriaAwsAccountIdArgs{Comparison: comparisonEquals, Value: pulumi.String(id)})
	}
	return all
}
