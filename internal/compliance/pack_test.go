package compliance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assetguard/internal/tagpolicy"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "go test ./internal/compliance -update writes it anew")
}

// list is n different elements, separated by commas.
func list(prefix string, n int) string {
	elements := make([]string, n)
	for i := range elements {
		elements[i] = fmt.Sprintf("%s%03d", prefix, i)
	}
	return strings.Join(elements, ",")
}

var seoul = Target{Region: "ap-northeast-2", Home: true}

func exampleTags() []Tag {
	return ClassificationTags(&tagpolicy.Policy{AssetTypes: []tagpolicy.AssetType{
		{ID: "web-server", Value: "Web Server"}, {ID: "student-database", Value: "수강생 데이터 베이스"},
	}})
}

func render(t *testing.T, settings Settings, tags []Tag, target Target) Pack {
	t.Helper()
	pack, err := Render(settings, tags, target)
	require.NoError(t, err)
	return pack
}

// report lists what a pack is, for a golden file.
func report(p Pack) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rules, inline %t\n", len(p.Rules), p.Inline)
	for _, r := range p.LeftOut {
		fmt.Fprintf(&b, "left out %s: %s\n", r.Check.ID, r.Reason)
	}
	for _, s := range p.SwitchOff {
		fmt.Fprintf(&b, "switch off %s: %s\n", s.Control, s.Reason)
	}
	for _, note := range p.Notes {
		fmt.Fprintf(&b, "note %s\n", note)
	}
	return b.String()
}

func TestPackWithTheDefaultStandards(t *testing.T) {
	pack := render(t, Settings{}, exampleTags(), seoul)
	golden(t, "pack.yaml", pack.Body)
	golden(t, "pack.txt", report(pack))
	assert.True(t, pack.Inline)
	assert.Len(t, pack.LeftOut, len(Checks())-len(pack.Rules))
}

func TestPackWithoutStandards(t *testing.T) {
	settings := Settings{Standards: standards(), Rules: map[string]Rule{
		"APPROVED_AMIS_BY_TAG": {Parameters: map[string]string{"amisByTagKeyAndValue": "BuildDate:2026-11-15,BuildDate:2026-11-22"}},
	}}
	pack := render(t, settings, exampleTags(), seoul)
	assert.Len(t, pack.Rules, len(Checks()), "the pack takes over everything")
	assert.Empty(t, pack.LeftOut)
	assert.Empty(t, pack.SwitchOff)
	assert.True(t, pack.Inline)
	assert.LessOrEqual(t, len(pack.Body), MaxInlineBody)
}

func TestPackThroughS3(t *testing.T) {
	settings := Settings{Standards: standards(), Rules: map[string]Rule{}}
	for _, c := range Checks() {
		for _, p := range c.Parameters {
			if p.Type == TypeList && p.Pattern == "arn:[^,\\s]+" {
				arns := list("arn:aws:example:ap-northeast-2:123456789012:thing/", 17)
				settings.Rules[c.ID] = Rule{Parameters: map[string]string{p.Name: arns}}
			}
		}
	}
	for id, parameter := range map[string]string{
		"S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED": "excludedPublicBuckets", "S3_LIFECYCLE_POLICY_CHECK": "bucketNames",
		"CLOUDTRAIL_S3_DATAEVENTS_ENABLED": "S3BucketNames", "KMS_CMK_NOT_SCHEDULED_FOR_DELETION": "kmsKeyIds",
		"CW_LOGGROUP_RETENTION_PERIOD_CHECK": "LogGroupNames", "ALB_WAF_ENABLED": "wafWebAclIds",
	} {
		settings.Rules[id] = Rule{Parameters: map[string]string{parameter: list("a-name-of-some-length-", 36)}}
	}
	pack := render(t, settings, exampleTags(), seoul)
	assert.False(t, pack.Inline)
	assert.Greater(t, len(pack.Body), MaxInlineBody)
	assert.LessOrEqual(t, len(pack.Body), MaxBody)
}

func TestBodyIsATemplate(t *testing.T) {
	pack := render(t, Settings{}, exampleTags(), seoul)
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				ConfigRuleName, Description string            `yaml:",omitempty"`
				InputParameters             map[string]string `yaml:"InputParameters"`
				Source                      map[string]string `yaml:"Source"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	var tree map[string]map[string]map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(pack.Body), &tree))
	require.NoError(t, yaml.Unmarshal([]byte(pack.Body), &template))
	require.Len(t, tree["Resources"], len(pack.Rules), "logical names are unique")
	for name, resource := range tree["Resources"] {
		assert.Regexp(t, `^[A-Za-z0-9]+$`, name)
		assert.Equal(t, "AWS::Config::ConfigRule", resource["Type"])
		properties, ok := resource["Properties"].(map[string]any)
		require.True(t, ok, name)
		assert.LessOrEqual(t, len(properties["ConfigRuleName"].(string)), 128-len("-conformance-pack-abcdefghi"))
	}
	tags := template.Resources["RequiredTags"].Properties.InputParameters
	assert.Equal(t, map[string]string{
		"tag1Key": "Environment", "tag2Key": "AssetType", "tag2Value": "Web Server,수강생 데이터 베이스",
		"tag3Key": "PersonalInformation", "tag3Value": "Y,N", "tag4Key": "Owner",
	}, tags)
	assert.Equal(t, pack.Body, render(t, Settings{}, exampleTags(), seoul).Body, "equal input gives equal bytes")
}

func reasons(p Pack) map[string]string {
	all := map[string]string{}
	for _, r := range p.LeftOut {
		all[r.Check.ID] = r.Reason
	}
	return all
}

func TestRegions(t *testing.T) {
	for _, region := range []string{"ap-northeast-2", "us-east-1", "ap-northeast-1", "eu-central-1"} {
		for id, reason := range reasons(render(t, Settings{Standards: standards()}, exampleTags(), Target{region, true})) {
			assert.Equal(t, "APPROVED_AMIS_BY_TAG", id, "%s in %s: %s", id, region, reason)
		}
	}
	osaka := Target{"ap-northeast-3", false}
	left := reasons(render(t, Settings{}, exampleTags(), osaka))
	assert.Equal(t, "AWS Config lacks the rule in ap-northeast-3", left["RDS_IN_BACKUP_PLAN"])
	assert.Equal(t, "its resources are global: the home region evaluates it", left["IAM_PASSWORD_POLICY"])
	forced := Settings{Rules: map[string]Rule{"RDS_IN_BACKUP_PLAN": {Force: true}}}
	assert.NotContains(t, reasons(render(t, forced, exampleTags(), osaka)), "RDS_IN_BACKUP_PLAN")
}

func TestWhatIsLeftOut(t *testing.T) {
	settings := Settings{Rules: map[string]Rule{
		"EC2_INSTANCE_DETAILED_MONITORING_ENABLED": {Off: "five-minute metrics do for us"},
	}}
	left := reasons(render(t, settings, nil, seoul))
	assert.Equal(t, "switched off: five-minute metrics do for us", left["EC2_INSTANCE_DETAILED_MONITORING_ENABLED"])
	assert.Equal(t, "needs a value for amisByTagKeyAndValue", left["APPROVED_AMIS_BY_TAG"])
	assert.Equal(t, "needs a value for the classification tags", left["REQUIRED_TAGS"])
	assert.Equal(t, "Security Hub evaluates it: S3.5 uses the same rule", left["S3_BUCKET_SSL_REQUESTS_ONLY"])
}

func TestTagValuesThatARuleCannotTake(t *testing.T) {
	for name, values := range map[string][]string{"a comma": {"web, mobile"}, "too long": {strings.Repeat("값", maxInput)}} {
		t.Run(name, func(t *testing.T) {
			pack := render(t, Settings{}, []Tag{{Key: "AssetType", Values: values}, {Key: "Owner"}}, seoul)
			rule := pack.Rules[len(pack.Rules)-1]
			require.Equal(t, "REQUIRED_TAGS", rule.Check.ID)
			assert.Equal(t, map[string]string{"tag1Key": "AssetType", "tag2Key": "Owner"}, rule.Parameters)
			require.Len(t, pack.Notes, 1)
			assert.Contains(t, pack.Notes[0], "REQUIRED_TAGS asks for the tag AssetType without judging its value")
		})
	}
}

func TestPackFaults(t *testing.T) {
	_, err := Render(Settings{Rules: map[string]Rule{"NONE": {}}}, nil, Target{})
	require.ErrorContains(t, err, "rules.NONE: there is no such rule")
	assert.ErrorContains(t, err, "region: is missing: name the region of the pack")
	off := Settings{Rules: map[string]Rule{}}
	for _, c := range Checks() {
		off.Rules[c.ID] = Rule{Off: "all"}
	}
	_, err = Render(off, nil, seoul)
	assert.ErrorContains(t, err, "no rule is left in the conformance pack")
}

func TestControlGroups(t *testing.T) {
	groups := ControlGroups(DefaultStandards())
	assert.LessOrEqual(t, len(groups), MaxAutomationRules)
	seen := map[string]bool{}
	for _, group := range groups {
		assert.LessOrEqual(t, len(group.Controls), MaxCriteriaValues)
		assert.NotEmpty(t, group.Codes)
		for _, id := range group.Controls {
			assert.False(t, seen[id], "%s is in two groups: the later rule would replace what the first set", id)
			seen[id] = true
			assert.True(t, evaluates(id, DefaultStandards()), id)
			assert.Equal(t, group.Codes, CodesOfControl(id))
		}
	}
	assert.True(t, seen["S3.5"])
	assert.False(t, seen["EC2.13"], "only NIST evaluates it")
	assert.Empty(t, ControlGroups(nil))
}

// What nobody shall evaluate, the control on the same rule does not evaluate either.
func TestOffSwitchesTheControlOff(t *testing.T) {
	settings := Settings{Rules: map[string]Rule{
		"VPC_DEFAULT_SECURITY_GROUP_CLOSED": {Off: "tested elsewhere"}, "S3_BUCKET_VERSIONING_ENABLED": {Off: "no control has it"},
	}}
	pack, err := Render(settings, nil, seoul)
	require.NoError(t, err)
	assert.Contains(t, pack.SwitchOff, SwitchOff{"EC2.2", "switched off: tested elsewhere"})
	for _, rule := range pack.Rules {
		assert.NotContains(t, []string{"VPC_DEFAULT_SECURITY_GROUP_CLOSED", "S3_BUCKET_VERSIONING_ENABLED"}, rule.Check.ID)
	}
	for _, left := range pack.LeftOut {
		if left.Check.ID == "VPC_DEFAULT_SECURITY_GROUP_CLOSED" {
			assert.Empty(t, left.Controls, "nothing evaluates it")
		}
	}
}

// The weaker control on a rule about global resources would evaluate in every region.
func TestControlsOfGlobalChecksAreOffInEveryRegion(t *testing.T) {
	pack, err := Render(Settings{}, nil, Target{Region: "us-east-1"})
	require.NoError(t, err)
	var off []string
	for _, s := range pack.SwitchOff {
		off = append(off, s.Control)
	}
	assert.Contains(t, off, "IAM.7")
}

func TestFieldsOfFindings(t *testing.T) {
	codes := CodesOfCheck("IAM_PASSWORD_POLICY")
	assert.Equal(t, []string{"KISA 2026/CA-04", "ISMS-P 2023/2.5.4"}, RelatedRequirements(codes))
	assert.Equal(t, map[string]string{"kisaCloud2026": "CA-04", "ismsP2023": "2.5.4"}, UserDefinedFields(codes))
	assert.Equal(t, "assetguard/conformance-pack/RDS_IN_BACKUP_PLAN/ap-northeast-2/123456789012/AWS::RDS::DBInstance/db-ABC",
		FindingID("ap-northeast-2", "123456789012", "RDS_IN_BACKUP_PLAN", "AWS::RDS::DBInstance", "db-ABC"))
	assert.Len(t, RelatedRequirements(make([]Code, 40)), MaxRelatedRequirements)
	for _, c := range Checks() {
		for key, value := range UserDefinedFields(CodesOfCheck(c.ID)) {
			assert.LessOrEqual(t, len(value), 1024, "%s %s", c.ID, key)
		}
	}
}
