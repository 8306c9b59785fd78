package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/compliance"
)

func TestInspectionDefaults(t *testing.T) {
	s, err := Parse("prod", encoded(t, example(t)))
	require.NoError(t, err)
	assert.Equal(t, Defaults().Inspection, s.Inspection)
	assert.Equal(t, []string{"EC2", "ECR", "LAMBDA"}, s.Inspection.Inspector.Scans())
	assert.Equal(t, compliance.DefaultStandards(), s.Inspection.Checks.Enabled())
}

func TestInspectionIsRead(t *testing.T) {
	tree := example(t)
	put(tree, "inspection", map[string]any{
		"inspector": map[string]any{"ecr": false},
		"checks":    map[string]any{"standards": []any{}, "rules": map[string]any{"REQUIRED_TAGS": map[string]any{"off": "asked elsewhere"}}},
		"baseline":  map[string]any{"passwordPolicy": false},
		"accepted":  []any{risk("expires", "2027-03-31T00:00:00Z")},
		"existing":  map[string]any{"us-east-1": map[string]any{"recorder": "import", "recorderName": "company"}},
	})
	s, err := Parse("prod", encoded(t, tree))
	require.NoError(t, err)
	assert.Equal(t, []string{"EC2", "LAMBDA"}, s.Inspection.Inspector.Scans(), "what is left out keeps its default")
	assert.Empty(t, s.Inspection.Checks.Enabled(), "an empty list is no standard, not the default")
	assert.Equal(t, compliance.Rule{Off: "asked elsewhere"}, s.Inspection.Checks.Rules["REQUIRED_TAGS"])
	assert.True(t, s.Inspection.Baseline.EBSEncryption)
	assert.False(t, s.Inspection.Baseline.PasswordPolicy)
	assert.Equal(t, time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC), s.Inspection.Accepted[0].LastDay(time.UTC), "a day without quotes is a moment")
	assert.Equal(t, Existing{Recorder: "import", RecorderName: "company"}, s.Inspection.Existing["us-east-1"])
}

// risk is an accepted risk with one key changed.
func risk(key string, value any) map[string]any {
	r := map[string]any{"id": "website", "reason": "meant for everybody", "expires": "2027-03-31", "controls": []any{"S3.8"}}
	r[key] = value
	return r
}

func TestInspectionFaults(t *testing.T) {
	exists := func(region, key string, value any) map[string]any {
		return map[string]any{"inspection.existing": map[string]any{region: map[string]any{key: value}}}
	}
	accepted := func(key string, value any) map[string]any {
		return map[string]any{"inspection.accepted": []any{risk(key, value)}}
	}
	many := make([]any, 21)
	for i := range many {
		many[i] = "EC2." + strings.Repeat("1", i+1)
	}
	var crowd []any
	for i := range 30 {
		crowd = append(crowd, risk("id", fmt.Sprintf("risk-%d", i)))
	}
	cases := map[string]struct {
		set     map[string]any
		path    string
		problem string
		mend    string
	}{
		"unknown key":             {map[string]any{"inspection.inspektor": 1}, "inspection.inspektor", "unknown key", `did you mean "inspector"`},
		"code without packages":   {map[string]any{"inspection.inspector": map[string]any{"lambda": false, "lambdaCode": true}}, "inspection.inspector.lambdaCode", "needs lambda", ""},
		"recording":               {map[string]any{"inspection.config": map[string]any{"recording": "CONTINUOUS"}}, "inspection.config.recording", "is not known", `did you mean "continuous"`},
		"history":                 {map[string]any{"inspection.config": map[string]any{"historyDays": 90}}, "inspection.config.historyDays", "not between 365 and 3653", ""},
		"standard":                {map[string]any{"inspection.checks": map[string]any{"standards": []any{"cis"}}}, "inspection.checks.standards[0]", `"cis" is no standard`, ""},
		"check":                   {map[string]any{"inspection.checks": map[string]any{"rules": map[string]any{"IAM_PASSWORD": map[string]any{}}}}, "inspection.checks.rules.IAM_PASSWORD", "there is no such rule: did you mean IAM_PASSWORD_POLICY", ""},
		"parameter":               {map[string]any{"inspection.checks": map[string]any{"rules": map[string]any{"IAM_PASSWORD_POLICY": map[string]any{"parameters": map[string]any{"MinimumPasswordLength": "5"}}}}}, "inspection.checks.rules.IAM_PASSWORD_POLICY.parameters.MinimumPasswordLength", `is "5"`, ""},
		"product":                 {map[string]any{"inspection.products": []any{"Aqua"}}, "inspection.products[0]", "does not fit", "company/product"},
		"product twice":           {map[string]any{"inspection.products": []any{"a/b", "a/b"}}, "inspection.products[1]", "stands at [0] already", ""},
		"risk without reason":     {accepted("reason", ""), "inspection.accepted[0].reason", "missing", "who agreed"},
		"long reason":             {accepted("reason", strings.Repeat("가", 401)), "inspection.accepted[0].reason", "longer than the 400", ""},
		"risk without id":         {accepted("id", ""), "inspection.accepted[0].id", "missing", ""},
		"id of a risk":            {accepted("id", "Web site"), "inspection.accepted[0].id", "does not fit", ""},
		"risk without end":        {accepted("expires", "never"), "inspection.accepted[0].expires", `"never" is no day`, "2027-03-31"},
		"risk about everything":   {accepted("controls", nil), "inspection.accepted[0]", "0 of controls, checks and titles", "exactly one"},
		"risk of two kinds":       {accepted("titles", []any{"CVE-2026-1"}), "inspection.accepted[0]", "2 of controls, checks and titles", ""},
		"control":                 {accepted("controls", []any{"EC2-8"}), "inspection.accepted[0].controls[0]", "does not fit", "EC2.8"},
		"too many controls":       {accepted("controls", many), "inspection.accepted[0].controls", "21 values", "make two risks"},
		"resource":                {accepted("resources", []any{"arn:aws:s3:::*-website"}), "inspection.accepted[0].resources[0]", "does not fit", "at its end only"},
		"account":                 {accepted("accounts", []any{"1"}), "inspection.accepted[0].accounts[0]", "does not fit", "12 digits"},
		"check of a risk":         {map[string]any{"inspection.accepted": []any{map[string]any{"id": "a", "reason": "b", "expires": "2027-03-31", "checks": []any{"NONE"}}}}, "inspection.accepted[0].checks[0]", `"NONE" is no check`, "docs/compliance.md"},
		"risk twice":              {map[string]any{"inspection.accepted": []any{risk("reason", "a"), risk("reason", "b")}}, "inspection.accepted[1].id", "stands at [0] already", ""},
		"more than a parameter":   {map[string]any{"inspection.accepted": crowd}, "inspection.accepted", "30 risks in 2 regions need about", "same reason"},
		"feature":                 {map[string]any{"inspection.guardDuty": map[string]any{"enabled": true, "features": []any{"S3"}}}, "inspection.guardDuty.features[0]", "is not known", "S3_DATA_EVENTS"},
		"feature without service": {map[string]any{"inspection.guardDuty": map[string]any{"features": []any{"S3_DATA_EVENTS"}}}, "inspection.guardDuty.features", "GuardDuty is off", ""},
		"role in organisation":    {map[string]any{"inspection.organization": map[string]any{"role": "admin"}}, "inspection.organization.role", "is not known", ""},
		"organisation unnamed":    {map[string]any{"inspection.organization": map[string]any{"role": "delegatedAdministrator"}}, "inspection.organization.id", "missing", "describe-organization"},
		"organisation of none":    {map[string]any{"inspection.organization": map[string]any{"id": "o-abcdefghij"}}, "inspection.organization.id", "belongs to role", ""},
		"organisation's id":       {map[string]any{"inspection.organization": map[string]any{"role": "delegatedAdministrator", "id": "abc"}}, "inspection.organization.id", "does not fit", ""},
		"region not covered":      {exists("us-east-2", "recorder", "leave"), "inspection.existing.us-east-2", "does not cover", `did you mean "us-east-1"`},
		"what to do":              {exists("us-east-1", "recorder", "adopt"), "inspection.existing.us-east-1.recorder", "is not known", "import, leave"},
		"import of Inspector":     {exists("us-east-1", "inspector", "import"), "inspection.existing.us-east-1.inspector", "is not known", "leave"},
		"home region only":        {exists("us-east-1", "configRole", "leave"), "inspection.existing.us-east-1.configRole", "home region only", ""},
		"import without id":       {exists("us-east-1", "guardDuty", "import"), "inspection.existing.us-east-1.detectorId", "missing", "an import needs it"},
		"id without import":       {exists("us-east-1", "recorderName", "company"), "inspection.existing.us-east-1.recorderName", "is for an import", "set recorder to import"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tree := example(t)
			for path, value := range c.set {
				put(tree, path, value)
			}
			_, err := Parse("prod", encoded(t, tree))
			var found *Error
			require.ErrorAs(t, err, &found)
			require.Len(t, found.Faults, 1, "%v", err)
			assert.Equal(t, c.path, found.Faults[0].Path)
			assert.Contains(t, found.Faults[0].Problem, c.problem)
			assert.Contains(t, found.Faults[0].Mend, c.mend)
		})
	}
}

// All faults of the inspection stand in one error.
func TestInspectionFaultsAtOnce(t *testing.T) {
	tree := example(t)
	put(tree, "inspection", map[string]any{
		"inspector": map[string]any{"lambda": false, "lambdaCode": true}, "config": map[string]any{"recording": "hourly", "historyDays": 1},
		"checks":       map[string]any{"standards": []any{"pci"}},
		"accepted":     []any{map[string]any{"id": "x"}},
		"organization": map[string]any{"role": "delegatedAdministrator"},
		"existing":     map[string]any{"us-east-1": map[string]any{"analyzer": "import"}},
	})
	_, err := Parse("prod", encoded(t, tree))
	var found *Error
	require.ErrorAs(t, err, &found)
	var paths []string
	for _, fault := range found.Faults {
		paths = append(paths, fault.Path)
	}
	assert.Equal(t, []string{
		"inspection.accepted[0]", "inspection.accepted[0].expires", "inspection.accepted[0].reason",
		"inspection.checks.standards[0]", "inspection.config.historyDays", "inspection.config.recording",
		"inspection.existing.us-east-1.analyzerName", "inspection.inspector.lambdaCode", "inspection.organization.id",
	}, paths)
}
