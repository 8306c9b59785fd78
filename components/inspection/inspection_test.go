package inspection_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"assetguard/components/inspection"
	"assetguard/internal/compliance"
	"assetguard/internal/recorder"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

const (
	automationRule = "aws:securityhub/automationRule:AutomationRule"
	insight        = "aws:securityhub/insight:Insight"
)

// now is when the tests run; everything that ends is measured from it.
var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// try runs a constructor as the stack test.
func try[T any](construct func(*pulumi.Context, string, *T, ...pulumi.ResourceOption) error, name string, args *T) (*recorder.Recorder, error) {
	return recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) error { return construct(ctx, name, args) }})
}

// failing makes a constructor one that returns its error only.
func failing[A, C any](construct func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (*C, error)) func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) error {
	return func(ctx *pulumi.Context, name string, args *A, opts ...pulumi.ResourceOption) error {
		_, err := construct(ctx, name, args, opts...)
		return err
	}
}

// made runs a constructor that must succeed.
func made[A, C any](t *testing.T, construct func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (*C, error), name string, args *A) *recorder.Recorder {
	t.Helper()
	r, err := try(failing(construct), name, args)
	require.NoError(t, err)
	return r
}

// refused runs a constructor that must fail with all the texts before it registers anything.
func refused[A, C any](t *testing.T, construct func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (*C, error), name string, args *A, wants ...string) {
	t.Helper()
	r, err := try(failing(construct), name, args)
	for _, want := range wants {
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, r.Keys())
}

func TestHistoryTakesFilesOfConfigOnly(t *testing.T) {
	args := inspection.HistoryArgs{Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), KeepDays: 1095}
	r := made(t, inspection.NewHistory, "config", &args)
	const bucket = "arn:aws:s3:::assetguard-test-config-123456789012-ap-northeast-2"
	var policy struct{ Statement []json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(r.Inputs(t, "aws:s3/bucketPolicy:BucketPolicy", "config")["policy"].(string)), &policy))
	require.Len(t, policy.Statement, 3)
	require.JSONEq(t, `{"Sid":"ConfigLooksAtBucket","Effect":"Allow","Principal":{"Service":["config.amazonaws.com"]},
		"Action":["s3:GetBucketAcl","s3:ListBucket"],"Resource":["`+bucket+`"],
		"Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"]}}}`, string(policy.Statement[1]))
	require.JSONEq(t, `{"Sid":"ConfigWrites","Effect":"Allow","Principal":{"Service":["config.amazonaws.com"]},
		"Action":["s3:PutObject"],"Resource":["`+bucket+`/AWSLogs/123456789012/Config/*"],
		"Condition":{"StringEquals":{"aws:SourceAccount":["123456789012"],"s3:x-amz-acl":["bucket-owner-full-control"]}}}`, string(policy.Statement[2]))
	require.Equal(t, map[string]any{"awsServiceName": "config.amazonaws.com"}, r.Inputs(t, "aws:iam/serviceLinkedRole:ServiceLinkedRole", "config"))
}

func TestHistoryWithTheRoleThatExists(t *testing.T) {
	args := inspection.HistoryArgs{Place: recorder.Place(), KeyArn: pulumi.String("arn:key"), KeepDays: 365, Role: inspection.Import}
	const role = "arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
	r := made(t, inspection.NewHistory, "config", &args)
	require.Equal(t, role, r.Options(t, "aws:iam/serviceLinkedRole:ServiceLinkedRole", "config").ImportID)
	args.Role = inspection.Leave
	require.NotContains(t, strings.Join(made(t, inspection.NewHistory, "config", &args).Keys(), " "), "serviceLinkedRole")
	refused(t, inspection.NewHistory, "config", &inspection.HistoryArgs{Place: recorder.Place(), KeepDays: 30, Role: "adopt"},
		"history config: KeyArn is required", "KeepDays is 30; give 365 to 36500", `Role is "adopt"; give "import", "leave" or nothing`)
}

func recorderArgs() inspection.RecorderArgs {
	return inspection.RecorderArgs{
		Place: recorder.Place(), RoleArn: pulumi.String("arn:role"), BucketName: pulumi.String("history"),
		BucketKeyArn: pulumi.String("arn:key"), TopicArn: pulumi.String("arn:topic"),
		Global: true, Recording: inspection.RecordingContinuous,
	}
}

func TestRecorderRecordsEverything(t *testing.T) {
	args := recorderArgs()
	r := made(t, inspection.NewRecorder, "recorder", &args)
	require.Equal(t, map[string]any{
		"name": "default", "roleArn": "arn:role",
		"recordingGroup": map[string]any{"allSupported": true, "includeGlobalResourceTypes": true},
		"recordingMode":  map[string]any{"recordingFrequency": "CONTINUOUS"},
	}, r.Inputs(t, "aws:cfg/recorder:Recorder", "recorder"))
	require.Equal(t, map[string]any{
		"name": "default", "s3BucketName": "history", "s3KmsKeyArn": "arn:key",
		"snapshotDeliveryProperties": map[string]any{"deliveryFrequency": "TwentyFour_Hours"},
	}, r.Inputs(t, "aws:cfg/deliveryChannel:DeliveryChannel", "recorder"))
	require.Equal(t, map[string]any{"name": "default", "isEnabled": true}, r.Inputs(t, "aws:cfg/recorderStatus:RecorderStatus", "recorder"))
	require.Contains(t, strings.Join(r.Options(t, "aws:cfg/recorderStatus:RecorderStatus", "recorder").Dependencies, " "), "DeliveryChannel",
		"a recorder cannot start without a channel")
}

func TestRecorderTellsWhenItIsStopped(t *testing.T) {
	args := recorderArgs()
	r := made(t, inspection.NewRecorder, "recorder", &args)
	require.JSONEq(t, `{"source":["aws.config"],"detail-type":["AWS API Call via CloudTrail"],"detail":{
		"eventSource":["config.amazonaws.com"],"errorCode":[{"exists":false}],
		"eventName":["StopConfigurationRecorder","DeleteConfigurationRecorder","DeleteDeliveryChannel"]}}`,
		r.Inputs(t, "aws:cloudwatch/eventRule:EventRule", "recorder-stopped")["eventPattern"].(string))
	stopped := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "recorder-stopped")
	require.Equal(t, "TriggeredRules", stopped["metricName"])
	require.Equal(t, map[string]any{"RuleName": "assetguard-test-recorder-stopped"}, stopped["dimensions"])
	undelivered := r.Inputs(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "recorder-undelivered")
	require.Equal(t, []any{"AWS/Config", "ConfigHistoryExportFailed", nil},
		[]any{undelivered["namespace"], undelivered["metricName"], undelivered["dimensions"]})
}

func TestRecorderThatExists(t *testing.T) {
	args := recorderArgs()
	args.Existing, args.RecorderName, args.Global = inspection.Import, "company", false
	r := made(t, inspection.NewRecorder, "recorder", &args)
	require.Equal(t, "company", r.Options(t, "aws:cfg/recorder:Recorder", "recorder").ImportID)
	require.Equal(t, "company", r.Options(t, "aws:cfg/recorderStatus:RecorderStatus", "recorder").ImportID)
	require.Equal(t, "default", r.Options(t, "aws:cfg/deliveryChannel:DeliveryChannel", "recorder").ImportID)
	refused(t, inspection.NewRecorder, "recorder", &inspection.RecorderArgs{Place: recorder.Place(), Recording: "HOURLY", Existing: inspection.Leave},
		"recorder recorder: RoleArn is required", "BucketName is required", "TopicArn is required",
		`recording is "HOURLY"; give CONTINUOUS or DAILY`, "to leave the recorder alone, make no Recorder")
}

func rendered(t *testing.T, settings compliance.Settings) compliance.Pack {
	t.Helper()
	pack, err := compliance.Render(settings, nil, compliance.Target{Region: recorder.Region, Home: true})
	require.NoError(t, err)
	return pack
}

func TestPackInline(t *testing.T) {
	pack := rendered(t, compliance.Settings{})
	require.True(t, pack.Inline)
	r := made(t, inspection.NewPack, "pack", &inspection.PackArgs{Place: recorder.Place(), Pack: pack, KeyArn: pulumi.String("arn:key")})
	require.Equal(t, map[string]any{"name": "assetguard-test-k-isms", "templateBody": pack.Body},
		r.Inputs(t, "aws:cfg/conformancePack:ConformancePack", "pack"))
	require.Len(t, r.Keys(), 2)
}

// A template that the call does not take goes through a bucket, under a name that changes with it.
func TestPackThroughS3(t *testing.T) {
	pack := rendered(t, compliance.Settings{})
	pack.Body, pack.Inline = strings.Repeat("# long\n", compliance.MaxInlineBody/7+1)+pack.Body, false
	require.Greater(t, len(pack.Body), compliance.MaxInlineBody)
	args := inspection.PackArgs{Place: recorder.Place(), Pack: pack, KeyArn: pulumi.String("arn:key")}
	r := made(t, inspection.NewPack, "pack", &args)
	object := r.Inputs(t, "aws:s3/bucketObjectv2:BucketObjectv2", "pack-template")
	require.Equal(t, pack.Body, object["content"])
	const bucket = "assetguard-test-pack-template-123456789012-ap-northeast-2"
	uri := fmt.Sprintf("s3://%s/%s", bucket, object["key"])
	require.Equal(t, map[string]any{"name": "assetguard-test-k-isms", "templateS3Uri": uri},
		r.Inputs(t, "aws:cfg/conformancePack:ConformancePack", "pack"))

	args.Pack.Body += "# changed\n"
	changed := made(t, inspection.NewPack, "pack", &args)
	require.NotEqual(t, object["key"], changed.Inputs(t, "aws:s3/bucketObjectv2:BucketObjectv2", "pack-template")["key"])
	refused(t, inspection.NewPack, "pack", &inspection.PackArgs{Place: recorder.Place()}, "pack pack: KeyArn is required", "Pack is empty")
}

func TestHub(t *testing.T) {
	args := inspection.HubArgs{
		Place: recorder.Place(), Standards: []compliance.Standard{compliance.StandardFSBP, compliance.StandardCIS3, compliance.StandardResourceTagging},
		SwitchOff: []compliance.SwitchOff{{Control: "IAM.7", Reason: "the pack evaluates it"}},
		Products:  []string{"aquasecurity/aquasecurity"},
	}
	r := made(t, inspection.NewHub, "hub", &args)
	require.Equal(t, map[string]any{"autoEnableControls": true, "controlFindingGenerator": "SECURITY_CONTROL", "enableDefaultStandards": false},
		r.Inputs(t, "aws:securityhub/account:Account", "hub"))
	const subscription = "aws:securityhub/standardsSubscription:StandardsSubscription"
	require.Equal(t, "arn:aws:securityhub:ap-northeast-2::standards/aws-foundational-security-best-practices/v/1.0.0",
		r.Inputs(t, subscription, "hub-fsbp")["standardsArn"])
	require.Contains(t, strings.Join(r.Options(t, subscription, "hub-cis-3.0.0").Dependencies, " "), "hub-fsbp", "one after the other")
	require.Equal(t, map[string]any{
		"standardsArn":      "arn:aws:securityhub:ap-northeast-2::standards/aws-foundational-security-best-practices/v/1.0.0",
		"securityControlId": "IAM.7", "associationStatus": "DISABLED", "updatedReason": "assetguard: the pack evaluates it",
	}, r.Inputs(t, "aws:securityhub/standardsControlAssociation:StandardsControlAssociation", "hub-fsbp-IAM.7"))
	require.NotContains(t, r.Keys(), "aws:securityhub/standardsControlAssociation:StandardsControlAssociation hub-cis-3.0.0-IAM.7",
		"the standard does not have the control")
	require.Equal(t, map[string]any{"productArn": "arn:aws:securityhub:ap-northeast-2::product/aquasecurity/aquasecurity"},
		r.Inputs(t, "aws:securityhub/productSubscription:ProductSubscription", "hub-aquasecurity/aquasecurity"))
}

func TestHubThatExists(t *testing.T) {
	args := inspection.HubArgs{Place: recorder.Place(), Standards: compliance.DefaultStandards(), Existing: inspection.Import}
	options := made(t, inspection.NewHub, "hub", &args).Options(t, "aws:securityhub/account:Account", "hub")
	require.Equal(t, "123456789012", options.ImportID)
	require.Equal(t, []string{"enableDefaultStandards"}, options.IgnoreChanges)
	args.Existing = inspection.Leave
	left := strings.Join(made(t, inspection.NewHub, "hub", &args).Keys(), "\n")
	require.NotContains(t, left, "aws:securityhub/account:Account")
	require.Contains(t, left, "StandardsSubscription hub-fsbp", "what builds on it is made")
	refused(t, inspection.NewHub, "hub", &inspection.HubArgs{Place: recorder.Place(), Standards: []compliance.Standard{"pci"}, Products: []string{"Aqua"}},
		`hub hub: standards[0]: "pci" has no ARN here`, `products[0]: "Aqua" is not company/product`)
}

func website() inspection.Accepted {
	return inspection.Accepted{
		ID: "website", Reason: "meant for everybody; agreed by the CISO", LastDay: time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC),
		Controls: []string{"S3.8"}, Resources: []string{"arn:aws:s3:::website"},
		Tags: map[string]string{"Environment": "PROD"}, Accounts: []string{"123456789012"},
	}
}

func equal(value string) []any {
	return []any{map[string]any{"comparison": "EQUALS", "value": value}}
}

func open() []any { return append(equal("NEW"), equal("NOTIFIED")...) }

// update is what a rule does to a finding.
func update(rule map[string]any) map[string]any {
	return rule["actions"].([]any)[0].(map[string]any)["findingFieldsUpdate"].(map[string]any)
}

func TestAcceptedRiskIsSuppressedUntilItsDay(t *testing.T) {
	args := inspection.AutomationArgs{Place: recorder.Place(), Accepted: []inspection.Accepted{website()}, Now: now, Language: "en"}
	rule := made(t, inspection.NewAutomation, "automation", &args).Inputs(t, automationRule, "automation-accepted-website")
	require.Equal(t, map[string]any{
		"recordStates": equal("ACTIVE"), "workflowStatuses": open(), "complianceSecurityControlIds": equal("S3.8"),
		"resourceIds":   equal("arn:aws:s3:::website"),
		"resourceTags":  []any{map[string]any{"comparison": "EQUALS", "key": "Environment", "value": "PROD"}},
		"awsAccountIds": equal("123456789012"),
	}, rule["criteria"])
	require.Equal(t, map[string]any{
		"workflow":          map[string]any{"status": "SUPPRESSED"},
		"note":              map[string]any{"text": "Accepted risk website until 2027-03-31: meant for everybody; agreed by the CISO", "updatedBy": "assetguard"},
		"userDefinedFields": map[string]any{"acceptedRisk": "website"},
	}, update(rule))
	require.Equal(t, []any{"assetguard-test-accepted-website", 1.0, "ENABLED", true},
		[]any{rule["ruleName"], rule["ruleOrder"], rule["ruleStatus"], rule["isTerminal"]})

	for at, status := range map[string]string{"2027-03-31T23:59:59Z": "ENABLED", "2027-04-01T00:00:00Z": "DISABLED"} {
		moment, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		args.Now = moment
		rule := made(t, inspection.NewAutomation, "automation", &args).Inputs(t, automationRule, "automation-accepted-website")
		require.Equal(t, status, rule["ruleStatus"], at)
	}
}

// What is accepted is what is named, and nothing whose name is longer: a CVE with one more digit is another.
func TestAcceptedChecksTitlesAndResources(t *testing.T) {
	args := inspection.AutomationArgs{Place: recorder.Place(), Now: now, Language: "en", Accepted: []inspection.Accepted{
		{ID: "passwords", Reason: "r", LastDay: now, Checks: []string{"IAM_PASSWORD_POLICY"}},
		{ID: "old-library", Reason: "r", LastDay: now, Titles: []string{"CVE-2026-1234", "CVE-2026-1234 - openssl", "CVE-2025-"},
			Resources: []string{"arn:aws:ecr:ap-northeast-2:123456789012:repository/web/*", "arn:aws:s3:::website"}},
	}}
	r := made(t, inspection.NewAutomation, "automation", &args)
	require.Equal(t, equal("assetguard/conformance-pack/IAM_PASSWORD_POLICY"),
		r.Inputs(t, automationRule, "automation-accepted-passwords")["criteria"].(map[string]any)["generatorIds"])
	second := r.Inputs(t, automationRule, "automation-accepted-old-library")
	prefix := func(value string) any { return map[string]any{"comparison": "PREFIX", "value": value} }
	require.Equal(t, []any{prefix("CVE-2026-1234 -"), prefix("CVE-2026-1234 - openssl"), prefix("CVE-2025-")},
		second["criteria"].(map[string]any)["titles"])
	require.Equal(t, append([]any{prefix("arn:aws:ecr:ap-northeast-2:123456789012:repository/web/")}, equal("arn:aws:s3:::website")...),
		second["criteria"].(map[string]any)["resourceIds"])
	require.Equal(t, 2.0, second["ruleOrder"])
}

func TestKoreanForPeople(t *testing.T) {
	groups := compliance.ControlGroups(compliance.DefaultStandards())
	r := made(t, inspection.NewAutomation, "automation", &inspection.AutomationArgs{
		Place: recorder.Place(), Now: now, Language: "ko", Groups: groups[:1], Accepted: []inspection.Accepted{website()},
	})
	note := func(name string) any {
		return update(r.Inputs(t, automationRule, name))["note"].(map[string]any)["text"]
	}
	require.Equal(t, "수용한 위험 website(2027-03-31까지): meant for everybody; agreed by the CISO", note("automation-accepted-website"))
	require.Equal(t, "심각도 상향(HIGH → CRITICAL): 개인정보를 보유한 리소스", note("automation-raise-high"))
	for _, name := range []string{"automation-duplicates", "automation-codes-" + strings.ReplaceAll(groups[0].Controls[0], ".", "-")} {
		require.Regexp(t, `\p{Hangul}`, r.Inputs(t, automationRule, name)["description"], name)
	}
	insights := made(t, inspection.NewAggregation, "aggregation", &inspection.AggregationArgs{Place: recorder.Place(), Language: "ko"})
	require.Equal(t, "미조치 항목: KISA 2026 CA-03 MFA(Multi-Factor Authentication) 설정", insights.Inputs(t, insight, "aggregation-kisa-ca-03")["name"])
}

// A finding is raised by one step: the highest step comes first and ends the rules, and the note keeps later updates of
// the finding from raising it again.
func TestPersonalInformationRaisesSeverityOnce(t *testing.T) {
	r := made(t, inspection.NewAutomation, "automation", &inspection.AutomationArgs{Place: recorder.Place(), Now: now, Language: "en"})
	for i, step := range [][2]string{{"HIGH", "CRITICAL"}, {"MEDIUM", "HIGH"}, {"LOW", "MEDIUM"}} {
		rule := r.Inputs(t, automationRule, "automation-raise-"+strings.ToLower(step[0]))
		require.Equal(t, float64(901+i), rule["ruleOrder"])
		require.Equal(t, true, rule["isTerminal"])
		require.Equal(t, map[string]any{
			"recordStates": equal("ACTIVE"), "workflowStatuses": open(), "severityLabels": equal(step[0]),
			"resourceTags": []any{map[string]any{"comparison": "EQUALS", "key": "PersonalInformation", "value": "Y"}},
			"noteTexts": []any{map[string]any{"comparison": "PREFIX_NOT_EQUALS", "value": "Severity raised"},
				map[string]any{"comparison": "PREFIX_NOT_EQUALS", "value": "심각도 상향"}},
		}, rule["criteria"])
		require.Equal(t, map[string]any{"label": step[1]}, update(rule)["severity"])
		require.True(t, strings.HasPrefix(update(rule)["note"].(map[string]any)["text"].(string), "Severity raised"))
	}
}

func TestCodesOfControls(t *testing.T) {
	groups := compliance.ControlGroups(compliance.DefaultStandards())
	r := made(t, inspection.NewAutomation, "automation", &inspection.AutomationArgs{Place: recorder.Place(), Now: now, Language: "en", Groups: groups})
	name := "automation-codes-" + strings.ReplaceAll(groups[0].Controls[0], ".", "-")
	rule := r.Inputs(t, automationRule, name)
	for _, group := range groups {
		of := r.Inputs(t, automationRule, "automation-codes-"+strings.ReplaceAll(group.Controls[0], ".", "-"))
		require.Equal(t, 201.0, of["ruleOrder"], "a group that comes or goes changes no other rule")
	}
	require.Equal(t, false, rule["isTerminal"], "what carries codes is raised too")
	var controls []any
	for _, control := range groups[0].Controls {
		controls = append(controls, equal(control)...)
	}
	require.Equal(t, map[string]any{"recordStates": equal("ACTIVE"), "complianceSecurityControlIds": controls}, rule["criteria"])
	require.Equal(t, map[string]any{"ismsP2023": "2.10.5", "kisaCloud2026": "CA-12"}, update(rule)["userDefinedFields"])

	duplicates := r.Inputs(t, automationRule, "automation-duplicates")["criteria"].(map[string]any)
	require.Equal(t, equal("Config"), duplicates["productNames"])
	require.Equal(t, []any{map[string]any{"comparison": "CONTAINS", "value": "aws-service-rule/config-conforms.amazonaws.com/"}}, duplicates["generatorIds"])
}

// Accepted risks come before codes; what does not fit is named.
func TestAutomationKeepsTheLimitOfRules(t *testing.T) {
	groups := make([]compliance.ControlGroup, 98)
	for i := range groups {
		groups[i] = compliance.ControlGroup{Controls: []string{fmt.Sprintf("EC2.%d", i)}}
	}
	var automation *inspection.Automation
	r, err := recorder.Run(recorder.Program{Stack: "test", Run: func(ctx *pulumi.Context) (err error) {
		automation, err = inspection.NewAutomation(ctx, "automation", &inspection.AutomationArgs{
			Place: recorder.Place(), Now: now, Language: "en", Groups: groups, Accepted: []inspection.Accepted{website()},
		})
		return err
	}})
	require.NoError(t, err)
	require.Len(t, r.Keys(), 1+compliance.MaxAutomationRules)
	require.Equal(t, groups[95:], automation.LeftOut)
	require.Len(t, automation.Rules, 1)
	require.Equal(t, "website", automation.Rules[0].ID)
}

func TestAutomationReportsEveryFault(t *testing.T) {
	none := inspection.Accepted{ID: "none"}
	both := website()
	both.Titles, both.Controls, both.Reason = []string{"CVE"}, make([]string, 21), strings.Repeat("x", 500)
	refused(t, inspection.NewAutomation, "automation", &inspection.AutomationArgs{
		Place: recorder.Place(), Accepted: []inspection.Accepted{none, both, both},
	}, `accepted risk "none": ID, Reason and LastDay are required`, "give exactly one of Controls, Checks and Titles",
		"Controls has 21 values, and a rule takes 20", "Security Hub takes 512: shorten the reason",
		`accepted risk "website" stands twice`, "now is required", "language is required")
}

func TestAggregationAndInsights(t *testing.T) {
	args := inspection.AggregationArgs{
		Place: recorder.Place(), Linked: []string{"us-east-1", "eu-west-1"}, AssetTypes: []string{"수강생 데이터 베이스"}, Owners: []string{"DevOps"}, Language: "en",
	}
	r := made(t, inspection.NewAggregation, "aggregation", &args)
	require.Equal(t, map[string]any{"linkingMode": "SPECIFIED_REGIONS", "specifiedRegions": []any{"us-east-1", "eu-west-1"}},
		r.Inputs(t, "aws:securityhub/findingAggregator:FindingAggregator", "aggregation"))
	passed := []any{map[string]any{"comparison": "NOT_EQUALS", "value": "PASSED"}}
	require.Equal(t, map[string]any{
		"name": "Open findings: AssetType 수강생 데이터 베이스", "groupByAttribute": "SeverityLabel",
		"filters": map[string]any{
			"recordStates": equal("ACTIVE"), "workflowStatuses": open(), "complianceStatuses": passed,
			"resourceTags": []any{map[string]any{"comparison": "EQUALS", "key": "AssetType", "value": "수강생 데이터 베이스"}},
		},
	}, r.Inputs(t, insight, "aggregation-asset-type-수강생 데이터 베이스"))
	require.Equal(t, "Open findings: Owner DevOps", r.Inputs(t, insight, "aggregation-owner-DevOps")["name"])
	code := r.Inputs(t, insight, "aggregation-kisa-ca-03")
	require.Equal(t, []any{map[string]any{"comparison": "CONTAINS", "key": "kisaCloud2026", "value": "CA-03"}},
		code["filters"].(map[string]any)["userDefinedValues"])
	require.Equal(t, "ResourceId", code["groupByAttribute"])
}

func TestAggregatorThatExists(t *testing.T) {
	args := inspection.AggregationArgs{Place: recorder.Place(), Linked: []string{"us-east-1"}, Existing: inspection.Import, AggregatorArn: "arn:aggregator", Language: "en"}
	const token = "aws:securityhub/findingAggregator:FindingAggregator"
	require.Equal(t, "arn:aggregator", made(t, inspection.NewAggregation, "aggregation", &args).Options(t, token, "aggregation").ImportID)
	args.Existing = inspection.Leave
	require.NotContains(t, made(t, inspection.NewAggregation, "aggregation", &args).Keys(), token+" aggregation")
	refused(t, inspection.NewAggregation, "aggregation", &inspection.AggregationArgs{
		Place: recorder.Place(), Linked: []string{"ap-northeast-2"}, Owners: make([]string, 100), Existing: inspection.Import,
	}, "aggregation aggregation: AggregatorArn is required for an import", "linked has the home region ap-northeast-2", "insights, and Security Hub takes 100", "language is required")
}

func TestInspectorScans(t *testing.T) {
	r := made(t, inspection.NewInspector, "inspector", &inspection.InspectorArgs{Place: recorder.Place(), Scans: []string{"EC2", "LAMBDA", "LAMBDA_CODE"}})
	require.Equal(t, map[string]any{"accountIds": []any{"123456789012"}, "resourceTypes": []any{"EC2", "LAMBDA", "LAMBDA_CODE"}},
		r.Inputs(t, "aws:inspector2/enabler:Enabler", "inspector"))
	refused(t, inspection.NewInspector, "inspector", &inspection.InspectorArgs{Place: recorder.Place(), Scans: []string{"RDS", "LAMBDA_CODE"}},
		`scans[0] is "RDS"`, "LAMBDA_CODE needs LAMBDA")
	refused(t, inspection.NewInspector, "inspector", &inspection.InspectorArgs{Place: recorder.Place()}, "scans are missing")
}

func TestAnalyzer(t *testing.T) {
	const token = "aws:accessanalyzer/analyzer:Analyzer"
	args := inspection.AnalyzerArgs{Place: recorder.Place()}
	require.Equal(t, map[string]any{"analyzerName": "assetguard-test-external", "type": "ACCOUNT"},
		made(t, inspection.NewAnalyzer, "analyzer", &args).Inputs(t, token, "analyzer"))
	args = inspection.AnalyzerArgs{Place: recorder.Place(), Organization: true, Existing: inspection.Import, AnalyzerName: "company"}
	r := made(t, inspection.NewAnalyzer, "analyzer", &args)
	require.Equal(t, map[string]any{"analyzerName": "company", "type": "ORGANIZATION"}, r.Inputs(t, token, "analyzer"))
	require.Equal(t, "company", r.Options(t, token, "analyzer").ImportID)
	refused(t, inspection.NewAnalyzer, "analyzer", &inspection.AnalyzerArgs{Place: recorder.Place(), Existing: inspection.Import},
		"AnalyzerName is required for an import")
	refused(t, inspection.NewAnalyzer, "analyzer", &inspection.AnalyzerArgs{Place: recorder.Place(), Existing: inspection.Leave}, "make no Analyzer")
}

func TestDetector(t *testing.T) {
	const token = "aws:guardduty/detector:Detector"
	args := inspection.DetectorArgs{Place: recorder.Place(), Features: []string{"S3_DATA_EVENTS"}, Existing: inspection.Import, DetectorID: "12abc34d567e8fa901bc2d34e56789f0"}
	r := made(t, inspection.NewDetector, "detector", &args)
	require.Equal(t, map[string]any{"enable": true, "findingPublishingFrequency": "FIFTEEN_MINUTES"}, r.Inputs(t, token, "detector"))
	require.Equal(t, args.DetectorID, r.Options(t, token, "detector").ImportID)
	for _, feature := range inspection.Features() {
		want := map[string]string{"S3_DATA_EVENTS": "ENABLED"}[feature]
		if want == "" {
			want = "DISABLED"
		}
		require.Equal(t, want, r.Inputs(t, "aws:guardduty/detectorFeature:DetectorFeature", "detector-"+feature)["status"], feature)
	}
	refused(t, inspection.NewDetector, "detector", &inspection.DetectorArgs{Place: recorder.Place(), Features: []string{"S3"}, Existing: inspection.Import},
		"DetectorID is required for an import", `features[0] is "S3"`)
	refused(t, inspection.NewDetector, "detector", &inspection.DetectorArgs{Place: recorder.Place(), Existing: inspection.Leave}, "make no Detector")
}

func TestBaselines(t *testing.T) {
	r := made(t, inspection.NewRegionBaseline, "region", &inspection.RegionBaselineArgs{
		Place: recorder.Place(), EncryptVolumes: true, RequireTokens: true, CloseDefaultGroup: "vpc-1",
	})
	require.Equal(t, map[string]any{"enabled": true}, r.Inputs(t, "aws:ebs/encryptionByDefault:EncryptionByDefault", "region"))
	require.Equal(t, map[string]any{"httpTokens": "required", "httpPutResponseHopLimit": 2.0},
		r.Inputs(t, "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "region"))
	require.Equal(t, map[string]any{"vpcId": "vpc-1"}, r.Inputs(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "region"), "no rule at all")
	require.Len(t, made(t, inspection.NewRegionBaseline, "region", &inspection.RegionBaselineArgs{Place: recorder.Place(), EncryptVolumes: true}).Keys(), 2)
	refused(t, inspection.NewRegionBaseline, "region", &inspection.RegionBaselineArgs{Place: recorder.Place()}, "nothing is on")

	r = made(t, inspection.NewAccountBaseline, "account", &inspection.AccountBaselineArgs{
		Place: recorder.Place(), BlockPublicBuckets: true, Passwords: &inspection.Passwords{MinimumLength: 14, MaximumDays: 90, Remembered: 24},
	})
	require.Equal(t, map[string]any{
		"accountId": "123456789012", "blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
	}, r.Inputs(t, "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "account"))
	require.Equal(t, map[string]any{
		"minimumPasswordLength": 14.0, "maxPasswordAge": 90.0, "passwordReusePrevention": 24.0, "allowUsersToChangePassword": true,
		"requireLowercaseCharacters": true, "requireUppercaseCharacters": true, "requireNumbers": true, "requireSymbols": true,
	}, r.Inputs(t, "aws:iam/accountPasswordPolicy:AccountPasswordPolicy", "account"))
	refused(t, inspection.NewAccountBaseline, "account", &inspection.AccountBaselineArgs{Place: recorder.Place(), Passwords: &inspection.Passwords{Remembered: 25}},
		"Passwords.MinimumLength is 0; give 6 to 128", "Passwords.MaximumDays is 0", "Passwords.Remembered is 25")
}
