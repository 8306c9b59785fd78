package gateway_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hubIn is a client of a region.
func (c *cloud) hubIn(region string) *securityhub.Client {
	config := c.config("test")
	config.Region, config.RetryMaxAttempts = region, 1
	return securityhub.NewFromConfig(config)
}

// hub is a hub that is on, without standards, in each region; the client is of the first.
func (c *cloud) hub(regions ...string) *securityhub.Client {
	c.t.Helper()
	for _, region := range regions {
		_, err := c.hubIn(region).EnableSecurityHub(c.t.Context(), &securityhub.EnableSecurityHubInput{EnableDefaultStandards: aws.Bool(false)})
		require.NoError(c.t, err)
	}
	return c.hubIn(regions[0])
}

const firstImport = "2026-11-22T01:00:00Z"

// findingIn is a finding of the account's own product, changed by the functions.
func findingIn(region, id string, change ...func(*types.AwsSecurityFinding)) types.AwsSecurityFinding {
	f := types.AwsSecurityFinding{
		SchemaVersion: aws.String("2018-10-08"), Id: &id, ProductArn: aws.String("arn:aws:securityhub:" + region + ":" + account + ":product/" + account + "/default"),
		GeneratorId: aws.String("assetguard/s3"), AwsAccountId: aws.String(account), Types: []string{"Software and Configuration Checks"},
		CreatedAt: aws.String(firstImport), UpdatedAt: aws.String(firstImport), Severity: &types.Severity{Label: types.SeverityLabelHigh},
		Title: aws.String("A bucket is public"), Description: aws.String("Everybody can read it."),
		Resources:  []types.Resource{{Type: aws.String("AwsS3Bucket"), Id: aws.String("arn:aws:s3:::" + id), Tags: map[string]string{"Owner": "DevOps"}}},
		Compliance: &types.Compliance{Status: types.ComplianceStatusFailed, RelatedRequirements: []string{"isms-p-2023/2.10.1"}},
	}
	for _, do := range change {
		do(&f)
	}
	return f
}

func updated(at string) func(*types.AwsSecurityFinding) {
	return func(f *types.AwsSecurityFinding) { f.UpdatedAt = &at }
}

func imported(t *testing.T, hub *securityhub.Client, findings ...types.AwsSecurityFinding) {
	t.Helper()
	out, err := hub.BatchImportFindings(t.Context(), &securityhub.BatchImportFindingsInput{Findings: findings})
	require.NoError(t, err)
	require.Empty(t, out.FailedFindings)
}

func one(t *testing.T, hub *securityhub.Client, id string) types.AwsSecurityFinding {
	t.Helper()
	out, err := hub.GetFindings(t.Context(), &securityhub.GetFindingsInput{Filters: &types.AwsSecurityFindingFilters{Id: equals(id)}})
	require.NoError(t, err)
	require.Len(t, out.Findings, 1)
	return out.Findings[0]
}

func equals(values ...string) []types.StringFilter {
	return compared(types.StringFilterComparisonEquals, values...)
}

func compared(by types.StringFilterComparison, values ...string) []types.StringFilter {
	var all []types.StringFilter
	for _, v := range values {
		all = append(all, types.StringFilter{Comparison: by, Value: aws.String(v)})
	}
	return all
}

// events are the events of a kind that came so far, by region.
func (c *cloud) events(detailType string) map[string][]map[string]any {
	c.bus.mu.Lock()
	defer c.bus.mu.Unlock()
	found := map[string][]map[string]any{}
	for _, e := range c.bus.kept {
		if e["detail-type"] == detailType {
			at := e["region"].(string)
			found[at] = append(found[at], e)
		}
	}
	return found
}

// code is the AWS code of an error, "" for none: not every operation's model names every fault that it answers.
func code(err error) string {
	var fault smithy.APIError
	if errors.As(err, &fault) {
		return fault.ErrorCode()
	}
	return ""
}

const importedEvent = "Security Hub Findings - Imported"

func TestAHubThatIsOffRefuses(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	off := c.hubIn(region)
	var refused *types.InvalidAccessException
	_, err := off.DescribeHub(ctx, &securityhub.DescribeHubInput{})
	require.ErrorAs(t, err, &refused)
	_, err = off.GetFindings(ctx, &securityhub.GetFindingsInput{})
	require.ErrorAs(t, err, &refused)
	_, err = off.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: []types.AwsSecurityFinding{findingIn(region, "1")}})
	require.ErrorAs(t, err, &refused)

	hub := c.hub(region)
	var already *types.ResourceConflictException
	_, err = hub.EnableSecurityHub(ctx, &securityhub.EnableSecurityHubInput{})
	require.ErrorAs(t, err, &already)
	_, err = hub.UpdateSecurityHubConfiguration(ctx, &securityhub.UpdateSecurityHubConfigurationInput{
		AutoEnableControls: aws.Bool(false), ControlFindingGenerator: types.ControlFindingGeneratorStandardControl})
	require.NoError(t, err)
	described, err := hub.DescribeHub(ctx, &securityhub.DescribeHubInput{})
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:securityhub:"+region+":"+account+":hub/default", *described.HubArn)
	assert.False(t, *described.AutoEnableControls)
	assert.Equal(t, types.ControlFindingGeneratorStandardControl, described.ControlFindingGenerator)

	_, err = hub.DisableSecurityHub(ctx, &securityhub.DisableSecurityHubInput{})
	require.NoError(t, err)
	_, err = c.hubIn("us-east-1").DescribeHub(ctx, &securityhub.DescribeHubInput{})
	require.ErrorAs(t, err, &refused)
}

func TestImportedFindings(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	imported(t, hub, findingIn(region, "a"))
	f := one(t, hub, "a")
	assert.Equal(t, types.WorkflowStatusNew, f.Workflow.Status)
	assert.Equal(t, types.RecordStateActive, f.RecordState)
	assert.Equal(t, int32(70), *f.Severity.Normalized)
	assert.Equal(t, types.SeverityLabelHigh, f.FindingProviderFields.Severity.Label)
	assert.Equal(t, []any{"Default", region}, []any{*f.ProductName, *f.Region})

	came := c.events(importedEvent)[region]
	require.Len(t, came, 1)
	assert.Equal(t, "aws.securityhub", came[0]["source"])
	assert.Equal(t, []any{*f.ProductArn + "/a"}, came[0]["resources"])
	sent := came[0]["detail"].(map[string]any)["findings"].([]any)[0].(map[string]any)
	assert.Equal(t, "a", sent["Id"])
	assert.Equal(t, "2.10.1", sent["Compliance"].(map[string]any)["RelatedRequirements"].([]any)[0].(string)[12:])

	// A later one wins, an earlier one changes nothing and makes no event.
	imported(t, hub, findingIn(region, "a", updated("2026-11-22T02:00:00Z"), func(f *types.AwsSecurityFinding) { f.Title = aws.String("later") }))
	imported(t, hub, findingIn(region, "a", updated("2026-11-22T01:30:00Z"), func(f *types.AwsSecurityFinding) { f.Title = aws.String("earlier") }))
	assert.Equal(t, "later", *one(t, hub, "a").Title)
	assert.Len(t, c.events(importedEvent)[region], 2)

	out, err := hub.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: []types.AwsSecurityFinding{
		findingIn(region, "good"),
		findingIn(region, "bad", func(f *types.AwsSecurityFinding) { f.SchemaVersion = aws.String("2020-01-01") }),
	}})
	require.NoError(t, err)
	assert.Equal(t, []int32{1, 1}, []int32{*out.SuccessCount, *out.FailedCount})
	require.Len(t, out.FailedFindings, 1)
	assert.Equal(t, []string{"bad", "InvalidInput"}, []string{*out.FailedFindings[0].Id, *out.FailedFindings[0].ErrorCode})

	_, err = hub.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: []types.AwsSecurityFinding{
		findingIn(region, "cve", func(f *types.AwsSecurityFinding) {
			f.ProductArn = aws.String("arn:aws:securityhub:" + region + "::product/aws/inspector")
		})}})
	assert.Equal(t, "AccessDeniedException", code(err))
	var many []types.AwsSecurityFinding
	for i := range 101 {
		many = append(many, findingIn(region, strconv.Itoa(i)))
	}
	var invalid *types.InvalidInputException
	_, err = hub.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: many})
	require.ErrorAs(t, err, &invalid)
}

func TestFindingsOfAWSProductsCanBeSent(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	product := "arn:aws:securityhub:" + region + "::product/aws/inspector"
	sent := map[string]any{
		"SchemaVersion": "2018-10-08", "Id": "cve", "ProductArn": product, "GeneratorId": "AWSInspector", "AwsAccountId": account,
		"CreatedAt": firstImport, "UpdatedAt": firstImport, "Title": "CVE-2026-0001", "Description": "x",
		"FindingProviderFields": map[string]any{"Types": []string{"Software and Configuration Checks/Vulnerabilities/CVE"}, "Severity": map[string]any{"Label": "CRITICAL"}},
		"Resources":             []any{map[string]any{"Type": "AwsEc2Instance", "Id": "arn:aws:ec2:" + region + ":" + account + ":instance/i-1"}},
	}
	send := func() int {
		body, err := json.Marshal(sent)
		require.NoError(t, err)
		response, err := http.Post(c.url+"/_sandbox/findings?region="+region, "application/json", bytes.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	enabled := func() []string {
		listed, err := hub.ListEnabledProductsForImport(ctx, &securityhub.ListEnabledProductsForImportInput{})
		require.NoError(t, err)
		return listed.ProductSubscriptions
	}
	subscription := "arn:aws:securityhub:" + region + ":" + account + ":product-subscription/aws/inspector"
	assert.Contains(t, enabled(), subscription, "AWS enables its own services")
	assert.NotContains(t, enabled(), "arn:aws:securityhub:"+region+":"+account+":product-subscription/aws/ssm-patch-manager")
	_, err := hub.DisableImportFindingsForProduct(ctx, &securityhub.DisableImportFindingsForProductInput{ProductSubscriptionArn: &subscription})
	require.NoError(t, err)
	assert.NotContains(t, enabled(), subscription)
	assert.Equal(t, http.StatusConflict, send(), "the product is not enabled")
	on, err := hub.EnableImportFindingsForProduct(ctx, &securityhub.EnableImportFindingsForProductInput{ProductArn: &product})
	require.NoError(t, err)
	assert.Equal(t, subscription, *on.ProductSubscriptionArn)
	var already *types.ResourceConflictException
	_, err = hub.EnableImportFindingsForProduct(ctx, &securityhub.EnableImportFindingsForProductInput{ProductArn: &product})
	require.ErrorAs(t, err, &already)
	assert.Equal(t, http.StatusAccepted, send())
	f := one(t, hub, "cve")
	assert.Equal(t, []string{"Inspector", "AWS"}, []string{*f.ProductName, *f.CompanyName})
	assert.Equal(t, types.SeverityLabelCritical, f.Severity.Label)
	assert.Len(t, c.events(importedEvent)[region], 1)

	delete(sent, "Title")
	assert.Equal(t, http.StatusConflict, send(), "it is no finding")
}

func TestFiltersOfGetFindings(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	fields := func(codes string) func(*types.AwsSecurityFinding) {
		return func(f *types.AwsSecurityFinding) { f.UserDefinedFields = map[string]string{"ismsP2023": codes} }
	}
	imported(t, hub,
		findingIn(region, "one", fields("2.10.1, 2.6.1")),
		findingIn(region, "two", updated("2026-11-20T01:00:00Z"), func(f *types.AwsSecurityFinding) {
			f.Severity = &types.Severity{Label: types.SeverityLabelLow}
			f.Resources[0].Tags = map[string]string{"Owner": "SecOps"}
			f.Compliance.Status = types.ComplianceStatusPassed
		}),
		findingIn(region, "three", fields("2.5.1"), func(f *types.AwsSecurityFinding) {
			f.Resources[0] = types.Resource{Type: aws.String("AwsEc2Volume"), Id: aws.String("vol-1")}
			f.Sample, f.Criticality = aws.Bool(true), aws.Int32(90)
		}))
	mapped := func(by types.MapFilterComparison, key string, values ...string) []types.MapFilter {
		var all []types.MapFilter
		for _, v := range values {
			all = append(all, types.MapFilter{Comparison: by, Key: &key, Value: aws.String(v)})
		}
		return all
	}
	for name, test := range map[string]struct {
		filters types.AwsSecurityFindingFilters
		want    []string
	}{
		"none":                    {types.AwsSecurityFindingFilters{}, []string{"one", "two", "three"}},
		"or within a field":       {types.AwsSecurityFindingFilters{Id: equals("one", "three")}, []string{"one", "three"}},
		"and between fields":      {types.AwsSecurityFindingFilters{Id: equals("one", "three"), ResourceType: equals("AwsEc2Volume")}, []string{"three"}},
		"prefix":                  {types.AwsSecurityFindingFilters{Id: compared(types.StringFilterComparisonPrefix, "t")}, []string{"two", "three"}},
		"prefix but not":          {types.AwsSecurityFindingFilters{Id: append(compared(types.StringFilterComparisonPrefix, "t"), compared(types.StringFilterComparisonNotEquals, "two")...)}, []string{"three"}},
		"not equals, all of them": {types.AwsSecurityFindingFilters{Id: compared(types.StringFilterComparisonNotEquals, "one", "two")}, []string{"three"}},
		"no prefix":               {types.AwsSecurityFindingFilters{Id: compared(types.StringFilterComparisonPrefixNotEquals, "t")}, []string{"one"}},
		"contains":                {types.AwsSecurityFindingFilters{Id: compared(types.StringFilterComparisonContains, "w")}, []string{"two"}},
		"severity":                {types.AwsSecurityFindingFilters{SeverityLabel: equals("LOW")}, []string{"two"}},
		"at least, and less":      {types.AwsSecurityFindingFilters{Criticality: []types.NumberFilter{{Gte: aws.Float64(70), Lt: aws.Float64(91)}}}, []string{"three"}},
		"more than there is":      {types.AwsSecurityFindingFilters{Criticality: []types.NumberFilter{{Gt: aws.Float64(90)}}}, nil},
		"word":                    {types.AwsSecurityFindingFilters{Title: compared(types.StringFilterComparisonContainsWord, "bucket")}, []string{"one", "two", "three"}},
		"criticality":             {types.AwsSecurityFindingFilters{Criticality: []types.NumberFilter{{Eq: aws.Float64(90)}}}, []string{"three"}},
		"compliance":              {types.AwsSecurityFindingFilters{ComplianceStatus: equals("PASSED")}, []string{"two"}},
		"tag":                     {types.AwsSecurityFindingFilters{ResourceTags: mapped(types.MapFilterComparisonEquals, "Owner", "DevOps")}, []string{"one"}},
		"tag is another or none":  {types.AwsSecurityFindingFilters{ResourceTags: mapped(types.MapFilterComparisonNotEquals, "Owner", "DevOps")}, []string{"two", "three"}},
		"code in user's field":    {types.AwsSecurityFindingFilters{UserDefinedFields: mapped(types.MapFilterComparisonContains, "ismsP2023", "2.6.1", "2.5.1")}, []string{"one", "three"}},
		"workflow":                {types.AwsSecurityFindingFilters{WorkflowStatus: equals("SUPPRESSED")}, nil},
		"boolean":                 {types.AwsSecurityFindingFilters{Sample: []types.BooleanFilter{{Value: aws.Bool(true)}}}, []string{"three"}},
		"dates":                   {types.AwsSecurityFindingFilters{UpdatedAt: []types.DateFilter{{Start: aws.String("2026-11-22T00:00:00Z"), End: aws.String("2026-11-23T00:00:00Z")}}}, []string{"one", "three"}},
		"range of dates":          {types.AwsSecurityFindingFilters{CreatedAt: []types.DateFilter{{DateRange: &types.DateRange{Unit: types.DateRangeUnitDays, Value: aws.Int32(36500)}}}}, []string{"one", "two", "three"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := hub.GetFindings(ctx, &securityhub.GetFindingsInput{Filters: &test.filters})
			require.NoError(t, err)
			var got []string
			for _, f := range out.Findings {
				got = append(got, *f.Id)
			}
			assert.Equal(t, test.want, got)
		})
	}

	var got []string
	pages := securityhub.NewGetFindingsPaginator(hub, &securityhub.GetFindingsInput{MaxResults: aws.Int32(2), SortCriteria: []types.SortCriterion{
		{Field: aws.String("SeverityNormalized"), SortOrder: types.SortOrderAscending}, {Field: aws.String("Id"), SortOrder: types.SortOrderDescending}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		require.NoError(t, err)
		for _, f := range page.Findings {
			got = append(got, *f.Id)
		}
	}
	assert.Equal(t, []string{"two", "three", "one"}, got)
	var invalid *types.InvalidInputException
	_, err := hub.GetFindings(ctx, &securityhub.GetFindingsInput{NextToken: aws.String("x")})
	require.ErrorAs(t, err, &invalid)
}

func TestCustomersChangesOutliveAProvidersUpdate(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	imported(t, hub, findingIn(region, "a"))
	product := findingIn(region, "a").ProductArn
	change := func(status types.WorkflowStatus) {
		out, err := hub.BatchUpdateFindings(ctx, &securityhub.BatchUpdateFindingsInput{
			FindingIdentifiers: []types.AwsSecurityFindingIdentifier{{Id: aws.String("a"), ProductArn: product}, {Id: aws.String("other"), ProductArn: product}},
			Workflow:           &types.WorkflowUpdate{Status: status}, Severity: &types.SeverityUpdate{Label: types.SeverityLabelCritical},
			Note: &types.NoteUpdate{Text: aws.String("seen"), UpdatedBy: aws.String("me")}, UserDefinedFields: map[string]string{string(status): "yes"},
			VerificationState: types.VerificationStateTruePositive,
		})
		require.NoError(t, err)
		require.Len(t, out.ProcessedFindings, 1)
		require.Len(t, out.UnprocessedFindings, 1)
		assert.Equal(t, []string{"other", "FindingNotFound"}, []string{*out.UnprocessedFindings[0].FindingIdentifier.Id, *out.UnprocessedFindings[0].ErrorCode})
	}
	change(types.WorkflowStatusNotified)
	assert.Len(t, c.events(importedEvent)[region], 2)
	imported(t, hub, findingIn(region, "a", updated("2026-11-22T02:00:00Z"), func(f *types.AwsSecurityFinding) { f.Compliance.Status = types.ComplianceStatusPassed }))
	f := one(t, hub, "a")
	assert.Equal(t, types.SeverityLabelCritical, f.Severity.Label)
	assert.Equal(t, types.SeverityLabelHigh, f.FindingProviderFields.Severity.Label)
	assert.Equal(t, types.WorkflowStatusNotified, f.Workflow.Status)
	assert.Equal(t, "seen", *f.Note.Text)

	// It fails again: the workflow begins anew.
	imported(t, hub, findingIn(region, "a", updated("2026-11-22T03:00:00Z")))
	assert.Equal(t, types.WorkflowStatusNew, one(t, hub, "a").Workflow.Status)
	change(types.WorkflowStatusResolved)
	archive := func(at string, state types.RecordState) {
		imported(t, hub, findingIn(region, "a", updated(at), func(f *types.AwsSecurityFinding) { f.RecordState = state }))
	}
	archive("2026-11-22T04:00:00Z", types.RecordStateArchived)
	assert.Equal(t, types.WorkflowStatusResolved, one(t, hub, "a").Workflow.Status)
	archive("2026-11-22T05:00:00Z", types.RecordStateActive)
	assert.Equal(t, types.WorkflowStatusNew, one(t, hub, "a").Workflow.Status)
	change(types.WorkflowStatusSuppressed)
	archive("2026-11-22T06:00:00Z", types.RecordStateArchived)
	archive("2026-11-22T07:00:00Z", types.RecordStateActive)
	f = one(t, hub, "a")
	assert.Equal(t, types.WorkflowStatusSuppressed, f.Workflow.Status, "what is suppressed stays so")
	assert.Equal(t, map[string]string{"NOTIFIED": "yes", "RESOLVED": "yes", "SUPPRESSED": "yes"}, f.UserDefinedFields)
}

func TestAutomationRules(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	create := func(name string, order int32, terminal bool, update types.AutomationRulesFindingFieldsUpdate) string {
		out, err := hub.CreateAutomationRule(ctx, &securityhub.CreateAutomationRuleInput{
			RuleName: &name, Description: aws.String("d"), RuleOrder: &order, IsTerminal: &terminal, Tags: map[string]string{"Owner": name},
			Criteria: &types.AutomationRulesFindingFilters{GeneratorId: equals("assetguard/s3"), ResourceTags: []types.MapFilter{{Comparison: types.MapFilterComparisonEquals, Key: aws.String("Owner"), Value: aws.String("DevOps")}}},
			Actions:  []types.AutomationRulesAction{{Type: types.AutomationRulesActionTypeFindingFieldsUpdate, FindingFieldsUpdate: &update}},
		})
		require.NoError(t, err)
		return *out.RuleArn
	}
	last := create("last", 30, false, types.AutomationRulesFindingFieldsUpdate{UserDefinedFields: map[string]string{"c": "last"}})
	second := create("second", 20, true, types.AutomationRulesFindingFieldsUpdate{
		Workflow: &types.WorkflowUpdate{Status: types.WorkflowStatusSuppressed}, UserDefinedFields: map[string]string{"a": "second", "b": "second"},
		Note: &types.NoteUpdate{Text: aws.String("accepted"), UpdatedBy: aws.String("assetguard")}})
	first := create("first", 10, false, types.AutomationRulesFindingFieldsUpdate{UserDefinedFields: map[string]string{"a": "first"}})

	imported(t, hub, findingIn(region, "a"), findingIn(region, "b", func(f *types.AwsSecurityFinding) { f.Resources[0].Tags = nil }))
	f := one(t, hub, "a")
	assert.Equal(t, map[string]string{"a": "second", "b": "second"}, f.UserDefinedFields, "in order, and not past the terminal one")
	assert.Equal(t, types.WorkflowStatusSuppressed, f.Workflow.Status)
	assert.Equal(t, "accepted", *f.Note.Text)
	assert.Nil(t, one(t, hub, "b").UserDefinedFields)
	for _, e := range c.events(importedEvent)[region] {
		sent := e["detail"].(map[string]any)["findings"].([]any)[0].(map[string]any)
		assert.Equal(t, sent["Id"] == "a", sent["Workflow"].(map[string]any)["Status"] == "SUPPRESSED", "the event shows what the rules made")
	}

	unknown := "arn:aws:securityhub:" + region + ":" + account + ":automation-rule/none"
	changed, err := hub.BatchUpdateAutomationRules(ctx, &securityhub.BatchUpdateAutomationRulesInput{UpdateAutomationRulesRequestItems: []types.UpdateAutomationRulesRequestItem{
		{RuleArn: &second, RuleStatus: types.RuleStatusDisabled}, {RuleArn: &unknown, RuleStatus: types.RuleStatusDisabled}, {RuleArn: &first, RuleOrder: aws.Int32(5000)}}})
	require.NoError(t, err)
	assert.Equal(t, []string{second}, changed.ProcessedAutomationRules)
	require.Len(t, changed.UnprocessedAutomationRules, 2)
	assert.Equal(t, int32(http.StatusNotFound), *changed.UnprocessedAutomationRules[0].ErrorCode)
	imported(t, hub, findingIn(region, "c"))
	assert.Equal(t, map[string]string{"a": "first", "c": "last"}, one(t, hub, "c").UserDefinedFields)

	listed, err := hub.ListAutomationRules(ctx, &securityhub.ListAutomationRulesInput{})
	require.NoError(t, err)
	var names []string
	for _, r := range listed.AutomationRulesMetadata {
		names = append(names, *r.RuleName)
	}
	assert.Equal(t, []string{"first", "second", "last"}, names)
	read, err := hub.BatchGetAutomationRules(ctx, &securityhub.BatchGetAutomationRulesInput{AutomationRulesArns: []string{second, unknown}})
	require.NoError(t, err)
	require.Len(t, read.Rules, 1)
	assert.Len(t, read.UnprocessedAutomationRules, 1)
	assert.Equal(t, "DevOps", *read.Rules[0].Criteria.ResourceTags[0].Value)
	assert.Equal(t, types.WorkflowStatusSuppressed, read.Rules[0].Actions[0].FindingFieldsUpdate.Workflow.Status)
	tags, err := hub.ListTagsForResource(ctx, &securityhub.ListTagsForResourceInput{ResourceArn: &second})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"Owner": "second"}, tags.Tags)
	gone, err := hub.BatchDeleteAutomationRules(ctx, &securityhub.BatchDeleteAutomationRulesInput{AutomationRulesArns: []string{first, last, unknown}})
	require.NoError(t, err)
	assert.Equal(t, []string{first, last}, gone.ProcessedAutomationRules)
	var missing *types.ResourceNotFoundException
	_, err = hub.ListTagsForResource(ctx, &securityhub.ListTagsForResourceInput{ResourceArn: &first})
	require.ErrorAs(t, err, &missing)
}

func TestTheHomeRegionSeesLinkedRegions(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	home, other := c.hub(region, "us-east-1", "us-west-2"), c.hubIn("us-east-1")
	made, err := home.CreateFindingAggregator(ctx, &securityhub.CreateFindingAggregatorInput{RegionLinkingMode: aws.String("SPECIFIED_REGIONS"), Regions: []string{"us-east-1"}})
	require.NoError(t, err)
	var invalid *types.InvalidInputException
	_, err = other.CreateFindingAggregator(ctx, &securityhub.CreateFindingAggregatorInput{RegionLinkingMode: aws.String("ALL_REGIONS")})
	require.ErrorAs(t, err, &invalid)

	// A rule sees the findings of its own region only, linked or not.
	_, err = home.CreateAutomationRule(ctx, &securityhub.CreateAutomationRuleInput{
		RuleName: aws.String("accept"), Description: aws.String("d"), RuleOrder: aws.Int32(1), Criteria: &types.AutomationRulesFindingFilters{GeneratorId: equals("assetguard/s3")},
		Actions: []types.AutomationRulesAction{{Type: types.AutomationRulesActionTypeFindingFieldsUpdate, FindingFieldsUpdate: &types.AutomationRulesFindingFieldsUpdate{
			Workflow: &types.WorkflowUpdate{Status: types.WorkflowStatusSuppressed}}}}})
	require.NoError(t, err)
	imported(t, home, findingIn(region, "home"))
	imported(t, other, findingIn("us-east-1", "linked"))
	assert.Equal(t, types.WorkflowStatusSuppressed, one(t, home, "home").Workflow.Status)
	assert.Equal(t, types.WorkflowStatusNew, one(t, home, "linked").Workflow.Status)
	imported(t, c.hubIn("us-west-2"), findingIn("us-west-2", "apart"))
	seen := func(hub *securityhub.Client) []string {
		out, err := hub.GetFindings(ctx, &securityhub.GetFindingsInput{})
		require.NoError(t, err)
		var ids []string
		for _, f := range out.Findings {
			ids = append(ids, *f.Id)
		}
		return ids
	}
	assert.Equal(t, []string{"home", "linked"}, seen(home))
	assert.Equal(t, []string{"linked"}, seen(other))
	came := c.events(importedEvent)
	assert.Equal(t, []int{2, 1, 1}, []int{len(came[region]), len(came["us-east-1"]), len(came["us-west-2"])})

	out, err := home.BatchUpdateFindings(ctx, &securityhub.BatchUpdateFindingsInput{
		FindingIdentifiers: []types.AwsSecurityFindingIdentifier{{Id: aws.String("linked"), ProductArn: findingIn("us-east-1", "linked").ProductArn}},
		Workflow:           &types.WorkflowUpdate{Status: types.WorkflowStatusResolved}})
	require.NoError(t, err)
	assert.Len(t, out.ProcessedFindings, 1)
	assert.Equal(t, types.WorkflowStatusResolved, one(t, other, "linked").Workflow.Status)

	_, err = home.UpdateFindingAggregator(ctx, &securityhub.UpdateFindingAggregatorInput{
		FindingAggregatorArn: made.FindingAggregatorArn, RegionLinkingMode: aws.String("ALL_REGIONS_EXCEPT_SPECIFIED"), Regions: []string{"us-east-1"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"home", "apart"}, seen(home))
	var denied *types.AccessDeniedException
	_, err = other.DeleteFindingAggregator(ctx, &securityhub.DeleteFindingAggregatorInput{FindingAggregatorArn: made.FindingAggregatorArn})
	require.ErrorAs(t, err, &denied)
	_, err = home.DeleteFindingAggregator(ctx, &securityhub.DeleteFindingAggregatorInput{FindingAggregatorArn: made.FindingAggregatorArn})
	require.NoError(t, err)
	var missing *types.ResourceNotFoundException
	_, err = home.GetFindingAggregator(ctx, &securityhub.GetFindingAggregatorInput{FindingAggregatorArn: made.FindingAggregatorArn})
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, []string{"home"}, seen(home))
}

func TestStandardsAndTheirControls(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	fsbp := "arn:aws:securityhub:" + region + "::standards/aws-foundational-security-best-practices/v/1.0.0"
	on, err := hub.BatchEnableStandards(ctx, &securityhub.BatchEnableStandardsInput{StandardsSubscriptionRequests: []types.StandardsSubscriptionRequest{{StandardsArn: &fsbp}}})
	require.NoError(t, err)
	subscription := on.StandardsSubscriptions[0].StandardsSubscriptionArn
	assert.Equal(t, types.StandardsStatusReady, on.StandardsSubscriptions[0].StandardsStatus)
	known, err := hub.DescribeStandards(ctx, &securityhub.DescribeStandardsInput{})
	require.NoError(t, err)
	assert.Equal(t, fsbp, *known.Standards[0].StandardsArn)

	control := aws.String("arn:aws:securityhub:" + region + ":" + account + ":control/aws-foundational-security-best-practices/v/1.0.0/S3.8")
	var invalid *types.InvalidInputException
	_, err = hub.UpdateStandardsControl(ctx, &securityhub.UpdateStandardsControlInput{StandardsControlArn: control, ControlStatus: types.ControlStatusDisabled})
	require.ErrorAs(t, err, &invalid, "a reason is needed")
	_, err = hub.UpdateStandardsControl(ctx, &securityhub.UpdateStandardsControlInput{StandardsControlArn: control, ControlStatus: types.ControlStatusDisabled, DisabledReason: aws.String("pack")})
	require.NoError(t, err)
	off := 0
	pages := securityhub.NewDescribeStandardsControlsPaginator(hub, &securityhub.DescribeStandardsControlsInput{StandardsSubscriptionArn: subscription})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		require.NoError(t, err)
		for _, shown := range page.Controls {
			if shown.ControlStatus == types.ControlStatusDisabled {
				off++
				assert.Equal(t, []string{"S3.8", "pack"}, []string{*shown.ControlId, *shown.DisabledReason})
			}
		}
	}
	assert.Equal(t, 1, off)

	cis := "arn:aws:securityhub:" + region + "::standards/cis-aws-foundations-benchmark/v/3.0.0"
	updates, err := hub.BatchUpdateStandardsControlAssociations(ctx, &securityhub.BatchUpdateStandardsControlAssociationsInput{StandardsControlAssociationUpdates: []types.StandardsControlAssociationUpdate{
		{StandardsArn: &fsbp, SecurityControlId: aws.String("S3.8"), AssociationStatus: types.AssociationStatusEnabled},
		{StandardsArn: &cis, SecurityControlId: aws.String("S3.8"), AssociationStatus: types.AssociationStatusEnabled}}})
	require.NoError(t, err)
	require.Len(t, updates.UnprocessedAssociationUpdates, 1, "CIS is not enabled")
	listed, err := hub.ListStandardsControlAssociations(ctx, &securityhub.ListStandardsControlAssociationsInput{SecurityControlId: aws.String("S3.8")})
	require.NoError(t, err)
	states := map[string]types.AssociationStatus{}
	for _, a := range listed.StandardsControlAssociationSummaries {
		states[*a.StandardsArn] = a.AssociationStatus
	}
	assert.Equal(t, types.AssociationStatusEnabled, states[fsbp])
	assert.Equal(t, types.AssociationStatusDisabled, states[cis])
	controls, err := hub.BatchGetSecurityControls(ctx, &securityhub.BatchGetSecurityControlsInput{SecurityControlIds: []string{"S3.8", "X.1"}})
	require.NoError(t, err)
	require.Len(t, controls.SecurityControls, 1)
	assert.Len(t, controls.UnprocessedIds, 1)
	assert.Equal(t, types.ControlStatusEnabled, controls.SecurityControls[0].SecurityControlStatus)

	_, err = hub.BatchDisableStandards(ctx, &securityhub.BatchDisableStandardsInput{StandardsSubscriptionArns: []string{*subscription}})
	require.NoError(t, err)
	enabled, err := hub.GetEnabledStandards(ctx, &securityhub.GetEnabledStandardsInput{})
	require.NoError(t, err)
	assert.Empty(t, enabled.StandardsSubscriptions)
}

func TestInsights(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	imported(t, hub, findingIn(region, "a"), findingIn(region, "b"), findingIn(region, "c", func(f *types.AwsSecurityFinding) { f.Resources[0].Type = aws.String("AwsEc2Volume") }))
	made, err := hub.CreateInsight(ctx, &securityhub.CreateInsightInput{Name: aws.String("open"), GroupByAttribute: aws.String("ResourceType"), Filters: &types.AwsSecurityFindingFilters{RecordState: equals("ACTIVE")}})
	require.NoError(t, err)
	results := func() map[string]int32 {
		out, err := hub.GetInsightResults(ctx, &securityhub.GetInsightResultsInput{InsightArn: made.InsightArn})
		require.NoError(t, err)
		counts := map[string]int32{}
		for _, v := range out.InsightResults.ResultValues {
			counts[*v.GroupByAttributeValue] = *v.Count
		}
		return counts
	}
	assert.Equal(t, map[string]int32{"AwsS3Bucket": 2, "AwsEc2Volume": 1}, results())
	_, err = hub.UpdateInsight(ctx, &securityhub.UpdateInsightInput{InsightArn: made.InsightArn, Filters: &types.AwsSecurityFindingFilters{Id: equals("a")}})
	require.NoError(t, err)
	assert.Equal(t, map[string]int32{"AwsS3Bucket": 1}, results())
	_, err = hub.DeleteInsight(ctx, &securityhub.DeleteInsightInput{InsightArn: made.InsightArn})
	require.NoError(t, err)
	var missing *types.ResourceNotFoundException
	_, err = hub.GetInsights(ctx, &securityhub.GetInsightsInput{InsightArns: []string{*made.InsightArn}})
	require.ErrorAs(t, err, &missing)
}

func TestTheOrganizationsAdministratorConfigures(t *testing.T) {
	c, ctx := newCloud(t), t.Context()
	hub := c.hub(region)
	_, err := hub.DescribeOrganizationConfiguration(ctx, &securityhub.DescribeOrganizationConfigurationInput{})
	assert.Equal(t, "AccessDeniedException", code(err))
	_, err = hub.EnableOrganizationAdminAccount(ctx, &securityhub.EnableOrganizationAdminAccountInput{AdminAccountId: aws.String(account)})
	require.NoError(t, err)
	_, err = hub.UpdateOrganizationConfiguration(ctx, &securityhub.UpdateOrganizationConfigurationInput{AutoEnable: aws.Bool(true), AutoEnableStandards: types.AutoEnableStandardsNone})
	require.NoError(t, err)
	read, err := hub.DescribeOrganizationConfiguration(ctx, &securityhub.DescribeOrganizationConfigurationInput{})
	require.NoError(t, err)
	assert.True(t, *read.AutoEnable)
	assert.Equal(t, types.AutoEnableStandardsNone, read.AutoEnableStandards)
	var invalid *types.InvalidInputException
	_, err = hub.UpdateOrganizationConfiguration(ctx, &securityhub.UpdateOrganizationConfigurationInput{AutoEnable: aws.Bool(false), AutoEnableStandards: types.AutoEnableStandardsNone,
		OrganizationConfiguration: &types.OrganizationConfiguration{ConfigurationType: types.OrganizationConfigurationConfigurationTypeCentral}})
	require.ErrorAs(t, err, &invalid, "there is no home region")
	_, err = hub.DisableOrganizationAdminAccount(ctx, &securityhub.DisableOrganizationAdminAccountInput{AdminAccountId: aws.String(account)})
	require.NoError(t, err)
	listed, err := hub.ListOrganizationAdminAccounts(ctx, &securityhub.ListOrganizationAdminAccountsInput{})
	require.NoError(t, err)
	assert.Empty(t, listed.AdminAccounts)
}

// TestPeopleChooseACustomAction: an event for each finding, with the ARN of the action.
func TestPeopleChooseACustomAction(t *testing.T) {
	c := newCloud(t)
	hub := c.hub(region)
	imported(t, hub, findingIn(region, "one"), findingIn(region, "two"))
	made, err := hub.CreateActionTarget(t.Context(), &securityhub.CreateActionTargetInput{Id: aws.String("Repair1"), Name: aws.String("repair"), Description: aws.String("Repairs it")})
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:securityhub:"+region+":"+account+":action/custom/Repair1", aws.ToString(made.ActionTargetArn))
	_, err = hub.CreateActionTarget(t.Context(), &securityhub.CreateActionTargetInput{Id: aws.String("Repair1"), Name: aws.String("repair"), Description: aws.String("x")})
	require.ErrorContains(t, err, "ResourceConflictException")
	for _, bad := range []securityhub.CreateActionTargetInput{
		{Id: aws.String("no-dash"), Name: aws.String("a"), Description: aws.String("a")},
		{Id: aws.String("a"), Name: aws.String("a name that is too long"), Description: aws.String("a")},
	} {
		_, err = hub.CreateActionTarget(t.Context(), &bad)
		require.ErrorContains(t, err, "InvalidInputException")
	}
	_, err = hub.UpdateActionTarget(t.Context(), &securityhub.UpdateActionTargetInput{ActionTargetArn: made.ActionTargetArn, Description: aws.String("Repairs it now")})
	require.NoError(t, err)
	listed, err := hub.DescribeActionTargets(t.Context(), &securityhub.DescribeActionTargetsInput{ActionTargetArns: []string{*made.ActionTargetArn}})
	require.NoError(t, err)
	assert.Equal(t, []types.ActionTarget{{ActionTargetArn: made.ActionTargetArn, Name: aws.String("repair"), Description: aws.String("Repairs it now")}}, listed.ActionTargets)

	choose := func(body string) (int, string) {
		status, _, said := send(t, signed(t, "POST", c.url+"/_sandbox/actions?region="+region, "", body, nil))
		return status, said
	}
	status, _ := choose(`{"action": "Repair1", "findings": ["one", "two"]}`)
	require.Equal(t, http.StatusAccepted, status)
	chosen := map[string]string{}
	require.Eventually(t, func() bool {
		c.bus.mu.Lock()
		defer c.bus.mu.Unlock()
		for _, e := range c.bus.kept {
			if e["detail-type"] == "Security Hub Findings - Custom Action" {
				detail := e["detail"].(map[string]any)
				chosen[detail["findings"].([]any)[0].(map[string]any)["Id"].(string)] = fmt.Sprintln(e["resources"], detail["actionName"])
			}
		}
		return len(chosen) == 2
	}, time.Minute, 10*time.Millisecond)
	assert.Equal(t, "["+*made.ActionTargetArn+"] repair\n", chosen["one"])
	for body, want := range map[string]string{
		`{"action": "Other", "findings": ["one"]}`: "there is no custom action Other", `{"action": "Repair1", "findings": ["three"]}`: "there is no finding three",
	} {
		status, said := choose(body)
		assert.Equal(t, http.StatusConflict, status)
		assert.Contains(t, said, want)
	}
	status, _ = choose(`{"action": "Repair1"}`)
	assert.Equal(t, http.StatusBadRequest, status)
	_, err = hub.DeleteActionTarget(t.Context(), &securityhub.DeleteActionTargetInput{ActionTargetArn: made.ActionTargetArn})
	require.NoError(t, err)
}
