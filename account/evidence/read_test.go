package evidence

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/compliance"
	report "assetguard/internal/compliance/evidence"
	"assetguard/internal/contract"
)

const (
	home    = "ap-northeast-2"
	other   = "us-east-1"
	account = "123456789012"
	packID  = "conformance-pack-6cruwvtg2"
)

var (
	now  = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	hour = now.Add(-time.Hour)
)

// world is a fake account in which every rule of the pack and every control passes for one resource.
type world struct {
	packs    []string // names
	results  []configtypes.ConformancePackEvaluationResult
	rules    []configtypes.ConfigRuleEvaluationStatus
	findings []hubtypes.AwsSecurityFinding
	document string
	fail     map[string]error // by region and call; the call fails on its second page, or its first if that is the last
	calls    []string
}

func stack(regions ...string) *Stack {
	return &Stack{Name: "prod", Account: account, Regions: regions, Pack: "assetguard-prod-k-isms",
		Tags: []compliance.Tag{{Key: "Owner"}}, Zone: time.UTC}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{packs: []string{"somebody-elses", "assetguard-prod-k-isms"}, fail: map[string]error{}}
	s := stack(home)
	pack, err := compliance.Render(s.Checks, s.Tags, compliance.Target{Region: home, Home: true})
	require.NoError(t, err)
	for _, rule := range pack.Rules {
		w.results = append(w.results, evaluation(rule.Check.Name, "thing", "COMPLIANT"))
		w.rules = append(w.rules, worked(rule.Check.Name+"-"+packID, hour))
	}
	for _, control := range compliance.Controls() {
		if s.Checks.Enabled(control.ID) {
			w.findings = append(w.findings, finding(control.ID, "thing", "PASSED"))
		}
	}
	return w
}

func evaluation(rule, resource, complianceType string) configtypes.ConformancePackEvaluationResult {
	return configtypes.ConformancePackEvaluationResult{
		ComplianceType: configtypes.ConformancePackComplianceType(complianceType), ResultRecordedTime: &hour,
		EvaluationResultIdentifier: &configtypes.EvaluationResultIdentifier{EvaluationResultQualifier: &configtypes.EvaluationResultQualifier{
			ConfigRuleName: aws.String(rule + "-" + packID), ResourceType: aws.String("AWS::S3::Bucket"), ResourceId: aws.String(resource),
		}},
	}
}

func worked(rule string, at time.Time) configtypes.ConfigRuleEvaluationStatus {
	return configtypes.ConfigRuleEvaluationStatus{ConfigRuleName: aws.String(rule), LastSuccessfulEvaluationTime: &at}
}

func finding(control, resource, status string) hubtypes.AwsSecurityFinding {
	return hubtypes.AwsSecurityFinding{
		Id: aws.String(control + " " + resource), AwsAccountId: aws.String(account), ProductName: aws.String("Security Hub"),
		GeneratorId: aws.String("security-control/" + control), UpdatedAt: aws.String(hour.Format(time.RFC3339)),
		RecordState: "ACTIVE", Workflow: &hubtypes.Workflow{Status: "NEW"},
		Compliance: &hubtypes.Compliance{SecurityControlId: aws.String(control), Status: hubtypes.ComplianceStatus(status)},
		Resources:  []hubtypes.Resource{{Type: aws.String("AwsS3Bucket"), Id: aws.String(resource)}},
	}
}

// place is the account in one region.
type place struct {
	*world
	region string
}

func (p *place) call(name, token string) error {
	p.calls = append(p.calls, p.region+" "+name)
	if err := p.fail[p.region+" "+name]; err != nil && token != "" {
		return err
	}
	return nil
}

// page is the half of a list that the token asks for.
func page[T any](all []T, token *string) (half []T, next *string) {
	if token == nil && len(all) > 1 {
		return all[:len(all)/2], aws.String("second")
	}
	return all[len(all)/2*min(1, len(aws.ToString(token))):], nil
}

func (p *place) DescribeConformancePacks(_ context.Context, in *configservice.DescribeConformancePacksInput, _ ...func(*configservice.Options)) (*configservice.DescribeConformancePacksOutput, error) {
	if err := p.call("DescribeConformancePacks", aws.ToString(in.NextToken)); err != nil {
		return nil, err
	}
	out := &configservice.DescribeConformancePacksOutput{}
	var names []string
	names, out.NextToken = page(p.packs, in.NextToken)
	for _, name := range names {
		out.ConformancePackDetails = append(out.ConformancePackDetails,
			configtypes.ConformancePackDetail{ConformancePackName: aws.String(name), ConformancePackId: aws.String(packID)})
	}
	return out, nil
}

func (p *place) GetConformancePackComplianceDetails(_ context.Context, in *configservice.GetConformancePackComplianceDetailsInput, _ ...func(*configservice.Options)) (*configservice.GetConformancePackComplianceDetailsOutput, error) {
	if err := p.call("GetConformancePackComplianceDetails", aws.ToString(in.NextToken)); err != nil {
		return nil, err
	}
	out := &configservice.GetConformancePackComplianceDetailsOutput{}
	out.ConformancePackRuleEvaluationResults, out.NextToken = page(p.results, in.NextToken)
	return out, nil
}

func (p *place) DescribeConfigRuleEvaluationStatus(_ context.Context, in *configservice.DescribeConfigRuleEvaluationStatusInput, _ ...func(*configservice.Options)) (*configservice.DescribeConfigRuleEvaluationStatusOutput, error) {
	if err := p.call("DescribeConfigRuleEvaluationStatus", aws.ToString(in.NextToken)); err != nil {
		return nil, err
	}
	out := &configservice.DescribeConfigRuleEvaluationStatusOutput{}
	out.ConfigRulesEvaluationStatus, out.NextToken = page(p.rules, in.NextToken)
	return out, nil
}

func (p *place) GetFindings(_ context.Context, in *securityhub.GetFindingsInput, _ ...func(*securityhub.Options)) (*securityhub.GetFindingsOutput, error) {
	if err := p.call("GetFindings", aws.ToString(in.NextToken)); err != nil {
		return nil, err
	}
	f := in.Filters
	is := func(filters []hubtypes.StringFilter, value string) bool {
		return len(filters) == 0 || slices.ContainsFunc(filters, func(s hubtypes.StringFilter) bool {
			return value == *s.Value || (s.Comparison == "PREFIX" && strings.HasPrefix(value, *s.Value))
		})
	}
	var found []hubtypes.AwsSecurityFinding
	for _, one := range p.findings {
		if is(f.Region, p.region) && is(f.AwsAccountId, *one.AwsAccountId) && is(f.RecordState, string(one.RecordState)) &&
			is(f.ProductName, aws.ToString(one.ProductName)) && is(f.GeneratorId, *one.GeneratorId) &&
			is(f.WorkflowStatus, string(one.Workflow.Status)) && is(f.ComplianceSecurityControlId, aws.ToString(one.Compliance.SecurityControlId)) {
			found = append(found, one)
		}
	}
	out := &securityhub.GetFindingsOutput{}
	out.Findings, out.NextToken = page(found, in.NextToken)
	return out, nil
}

func (w *world) GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	if err := w.fail["GetParameter"]; err != nil {
		return nil, err
	}
	if w.document == "" {
		return nil, &ssmtypes.ParameterNotFound{}
	}
	return &ssm.GetParameterOutput{Parameter: &ssmtypes.Parameter{Value: aws.String(w.document)}}, nil
}

func (w *world) read(t *testing.T, s *Stack) (report.Input, report.Report) {
	t.Helper()
	var progress bytes.Buffer
	in, err := s.Read(t.Context(), now, func(region string) Region { p := &place{w, region}; return Region{p, p} }, w, &progress)
	require.NoError(t, err)
	assert.Contains(t, progress.String(), home+": findings of Security Hub\n")
	judged, err := report.Evaluate(in)
	require.NoError(t, err)
	return in, judged
}

func verdicts(r report.Report) map[report.Verdict]int {
	counts := map[report.Verdict]int{}
	for _, code := range r.Codes {
		if code.Reason != report.ReasonProcess {
			counts[code.Verdict]++
		}
	}
	return counts
}

func source(t *testing.T, r report.Report, id string) report.SourceReport {
	t.Helper()
	for _, code := range r.Codes {
		for _, s := range code.Sources {
			if s.ID == id {
				return s
			}
		}
	}
	t.Fatalf("no source %s", id)
	return report.SourceReport{}
}

func TestEverythingPasses(t *testing.T) {
	w := newWorld(t)
	in, judged := w.read(t, stack(home))
	assert.Empty(t, in.Unread)
	counts := verdicts(judged)
	assert.Zero(t, counts[report.NotMet])
	assert.Greater(t, counts[report.Met], 40)
	calls := slices.Compact(slices.Sorted(slices.Values(w.calls)))
	assert.Equal(t, []string{home + " DescribeConfigRuleEvaluationStatus", home + " DescribeConformancePacks",
		home + " GetConformancePackComplianceDetails", home + " GetFindings"}, calls, "reads only")
}

// TestResults: how single evaluations and findings are read.
func TestResults(t *testing.T) {
	w := newWorld(t)
	check, _ := compliance.CheckByName("s3-bucket-versioning-enabled")
	failed := finding("S3.1", "open", "FAILED")
	none := finding("S3.8", "thing", "NOT_AVAILABLE")
	none.Compliance.StatusReasons = []hubtypes.StatusReason{{ReasonCode: aws.String("CONFIG_EVALUATIONS_EMPTY")}}
	blind := finding("RDS.1", "thing", "NOT_AVAILABLE")
	blind.Compliance.StatusReasons = []hubtypes.StatusReason{{ReasonCode: aws.String("CONFIG_ACCESS_DENIED")}}
	twice := finding("S3.1", "open", "PASSED")
	w.findings = append(w.findings, failed, none, blind, twice)
	w.results = append(w.results, evaluation(check.Name, "bad", "NON_COMPLIANT"), evaluation(check.Name, "unknown", "INSUFFICIENT_DATA"),
		evaluation("somebody-put-it-there", "x", "NON_COMPLIANT"), configtypes.ConformancePackEvaluationResult{ComplianceType: "COMPLIANT"})
	in, _ := w.read(t, stack(home))
	statuses := map[string]report.Status{}
	for _, r := range in.Results {
		if r.ID != "thing" || r.Control == "S3.8" {
			statuses[r.String()+" "+r.ID] = r.Status
		}
	}
	assert.Equal(t, map[string]report.Status{check.ID + " bad": report.Failed, "S3.1 open": report.Failed, "S3.8 thing": report.NotApplicable}, statuses)
	for _, r := range in.Results {
		if r.Control == "RDS.1" {
			assert.Equal(t, report.Passed, r.Status, "the finding that could not look is no result")
		}
	}
}

// TestUnreadIsNeverMet: whatever cannot be read, no code is met that rests on it, and the reason stands in the report.
func TestUnreadIsNeverMet(t *testing.T) {
	denied := errors.New("AccessDeniedException: not authorized")
	all := verdicts(func() report.Report { _, r := newWorld(t).read(t, stack(home)); return r }())[report.Met]
	for call, what := range map[string]string{
		"GetFindings": "Security Hub", "DescribeConformancePacks": "AWS Config",
		"GetConformancePackComplianceDetails": "AWS Config", "DescribeConfigRuleEvaluationStatus": "AWS Config",
	} {
		t.Run(call, func(t *testing.T) {
			w := newWorld(t)
			w.fail[home+" "+call] = denied // after a page that was read
			in, judged := w.read(t, stack(home))
			assert.Equal(t, []report.Unread{{What: what, Region: home, Reason: denied.Error()}}, judged.Unread)
			assert.Less(t, verdicts(judged)[report.Met], all)
			assert.Zero(t, verdicts(judged)[report.NotMet])
			for _, r := range in.Results {
				assert.Equal(t, what == "Security Hub", r.Check != "", "nothing of the part that was read half")
			}
			for _, run := range in.Runs {
				assert.NotEmpty(t, run.Check)
			}
			for _, code := range judged.Codes {
				for _, s := range code.Sources {
					byHub := s.EvaluatedBy == compliance.BySecurityHub
					if byHub == (what == "Security Hub") && s.State != report.StateAbsent {
						assert.Equal(t, report.StateSilent, s.State, s.ID)
						assert.NotEqual(t, report.Met, code.Verdict, code.Code)
					}
				}
			}
		})
	}
}

func TestAPackThatIsMissing(t *testing.T) {
	w := newWorld(t)
	w.packs = []string{"somebody-elses", "another"}
	_, judged := w.read(t, stack(home))
	assert.Equal(t, []report.Unread{{What: "AWS Config", Region: home, Reason: "there is no conformance pack assetguard-prod-k-isms"}}, judged.Unread)
}

// TestARegionThatIsOff: the other region's Security Hub is off, its Config has the pack.
func TestARegionThatIsOff(t *testing.T) {
	w := newWorld(t)
	w.fail[other+" GetFindings"] = errors.New("InvalidAccessException: not subscribed")
	_, judged := w.read(t, stack(home, other))
	require.Len(t, judged.Unread, 1)
	assert.Equal(t, other, judged.Unread[0].Region)
	s := source(t, judged, "S3_BUCKET_LOGGING_ENABLED")
	assert.NotEqual(t, report.StateEvaluated, s.State)
}

func TestAcceptedFailures(t *testing.T) {
	check, _ := compliance.CheckByName("s3-bucket-versioning-enabled")
	w := newWorld(t)
	w.document = `{"accepted":[{"id":"old-site","ruleArn":"arn:a","expires":"2026-12-31"}]}`
	suppressed := func(f hubtypes.AwsSecurityFinding, risk string) hubtypes.AwsSecurityFinding {
		f.Workflow = &hubtypes.Workflow{Status: "SUPPRESSED"}
		f.UserDefinedFields = map[string]string{contract.FieldAcceptedRisk: risk}
		f.Note = &hubtypes.Note{Text: aws.String("the site moves in spring")}
		return f
	}
	ours := suppressed(finding("", "bad", "FAILED"), "old-site")
	ours.Id = aws.String(compliance.FindingID(home, account, check.ID, "AWS::S3::Bucket", "bad"))
	ours.GeneratorId, ours.ProductName = aws.String(compliance.GeneratorID(check.ID)), aws.String("Default")
	byHand := finding("S3.8", "by-hand", "FAILED")
	byHand.Workflow = &hubtypes.Workflow{Status: "SUPPRESSED"}
	w.findings = append(w.findings, ours, byHand, suppressed(finding("S3.1", "open", "FAILED"), "old-site"), suppressed(finding("S3.1", "else", "FAILED"), "removed"))
	w.results = append(w.results, evaluation(check.Name, "bad", "NON_COMPLIANT"))
	in, _ := w.read(t, stack(home))
	accepted := map[string]*report.Acceptance{}
	for _, r := range in.Results {
		if r.Status == report.Failed {
			accepted[r.ID] = r.Accepted
		}
	}
	want := &report.Acceptance{Reason: "the site moves in spring", Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	assert.Equal(t, map[string]*report.Acceptance{"bad": want, "open": want, "else": nil, "by-hand": nil}, accepted)

	w.fail["GetParameter"] = errors.New("denied")
	in, _ = w.read(t, stack(home))
	assert.Equal(t, []report.Unread{{What: "accepted risks", Region: home, Reason: "denied"}}, in.Unread)
	for _, r := range in.Results {
		assert.Nil(t, r.Accepted, "a failure whose acceptance is unknown counts")
	}
}

// TestRuns: a rule that found nothing still worked; one that fails now did not.
func TestRuns(t *testing.T) {
	w := newWorld(t)
	broken := worked("s3-bucket-versioning-enabled-"+packID, hour)
	broken.LastFailedEvaluationTime = &now
	check, _ := compliance.CheckByName("access-keys-rotated")
	w.rules = []configtypes.ConfigRuleEvaluationStatus{
		worked("guardduty-enabled-centralized-"+packID, hour), broken, worked("somebodys-own-rule", hour),
		worked("iam-password-policy-conformance-pack-zzzzzzzzz", hour), worked("securityhub-"+check.Name+"-1a2b3c4d", hour),
		{ConfigRuleName: aws.String("iam-root-access-key-check-" + packID)},
	}
	in, _ := w.read(t, stack(home))
	var sources []string
	for _, run := range in.Runs {
		sources = append(sources, run.String())
	}
	assert.ElementsMatch(t, []string{"GUARDDUTY_ENABLED_CENTRALIZED", check.Control}, sources)
}

func TestSettingsFaults(t *testing.T) {
	w := newWorld(t)
	s := stack(home)
	s.Checks.Rules = map[string]compliance.Rule{"NO_SUCH_RULE": {}}
	_, err := s.Read(t.Context(), now, func(region string) Region { p := &place{w, region}; return Region{p, p} }, w, &bytes.Buffer{})
	require.ErrorContains(t, err, "NO_SUCH_RULE")
	_, err = stack().Read(t.Context(), now, nil, w, &bytes.Buffer{})
	require.ErrorContains(t, err, "no regions")
}
