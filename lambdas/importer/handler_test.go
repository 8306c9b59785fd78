package importer

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	bucketFinding = "assetguard/conformance-pack/S3_BUCKET_VERSIONING_ENABLED/ap-northeast-2/123456789012/AWS::S3::Bucket/lecture-files"
	instFinding   = "assetguard/conformance-pack/EC2_IMDSV2_CHECK/us-east-1/123456789012/AWS::EC2::Instance/i-0a1b2c3d4e5f60718"
	acctFinding   = "assetguard/conformance-pack/IAM_PASSWORD_POLICY/ap-northeast-2/123456789012/AWS::::Account/123456789012"
)

func TestFindings(t *testing.T) {
	for _, language := range []string{"en", "ko"} {
		t.Run(language, func(t *testing.T) {
			w := newWorld()
			response, err := w.handler(language).Handle(t.Context(), batch(1, fixture(t, "failed"), fixture(t, "passed"), fixture(t, "account")))
			require.NoError(t, err)
			require.Empty(t, response.BatchItemFailures)
			var got []byte
			for _, id := range []string{bucketFinding, instFinding, acctFinding} {
				require.Contains(t, w.findings, id)
				text, err := json.MarshalIndent(plain(t, w.findings[id]), "", "  ")
				require.NoError(t, err)
				got = append(append(got, text...), '\n')
			}
			golden := filepath.Join("testdata", "findings."+language+".golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
			assert.Equal(t, map[string]int{"ImportOutcome imported none": 3}, w.metrics(t))
			assert.Equal(t, []string{
				"ap-northeast-2 DescribeConformancePacks", "ap-northeast-2 DescribeConformancePacks", "us-east-1 DescribeConformancePacks",
				"ap-northeast-2 BatchGetResourceConfig 1", "ap-northeast-2 GetResources 1", "ap-northeast-2 BatchImportFindings 2",
				"us-east-1 BatchGetResourceConfig 1", "us-east-1 GetResources 1", "us-east-1 BatchImportFindings 1",
			}, w.calls)
		})
	}
}

// plain is a finding without what it leaves empty.
func plain(t *testing.T, f hubtypes.AwsSecurityFinding) any {
	t.Helper()
	text, err := json.Marshal(f)
	require.NoError(t, err)
	var tree any
	require.NoError(t, json.Unmarshal(text, &tree))
	return pruned(tree)
}

func pruned(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		for key, value := range v {
			if v[key] = pruned(value); v[key] == nil || v[key] == "" {
				delete(v, key)
			}
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
	}
	return tree
}

// TestOutcomes: every event has exactly one, and comes again exactly when it may succeed later.
func TestOutcomes(t *testing.T) {
	with := func(name, old, new string) func(*testing.T) string {
		return func(t *testing.T) string {
			body := fixture(t, name)
			require.Contains(t, body, old)
			return strings.ReplaceAll(body, old, new)
		}
	}
	as := func(name string) func(*testing.T) string {
		return func(t *testing.T) string { return fixture(t, name) }
	}
	throttled := &smithy.GenericAPIError{Code: "ThrottlingException"}
	for name, c := range map[string]struct {
		body   func(*testing.T) string
		set    func(*world)
		counts map[string]int
		again  bool
	}{
		"failed":         {body: as("failed"), counts: map[string]int{"ImportOutcome imported none": 1}},
		"not applicable": {body: as("not-applicable"), counts: map[string]int{"ImportOutcome archived none": 1}},
		"deleted":        {body: as("deleted"), counts: map[string]int{"ImportOutcome archived none": 1}},
		"other pack":     {body: as("other-pack"), counts: map[string]int{"ImportOutcome ignored other-pack": 1}},
		"no pack":        {body: with("failed", "-"+packID, ""), counts: map[string]int{"ImportOutcome ignored no-pack": 1}},
		"unknown rule": {body: with("failed", "s3-bucket-versioning-enabled-", "somebody-put-it-there-"),
			counts: map[string]int{"ImportOutcome ignored unknown-rule": 1}},
		"other account":  {body: with("failed", account, "999999999999"), counts: map[string]int{"ImportOutcome ignored other-account": 1}},
		"no JSON":        {body: func(*testing.T) string { return "?" }, counts: map[string]int{"ImportRetry malformed": 1}, again: true},
		"another event":  {body: with("failed", "Config Rules Compliance Change", "Config Configuration Item Change"), counts: map[string]int{"ImportRetry malformed": 1}, again: true},
		"unknown status": {body: with("failed", "NON_COMPLIANT", "PARTLY"), counts: map[string]int{"ImportRetry malformed": 1}, again: true},
		"packs unknown": {body: as("failed"), set: func(w *world) { w.fail = failing("DescribeConformancePacks", throttled) },
			counts: map[string]int{"ImportRetry throttled": 1}, again: true},
		"throttled": {body: as("failed"), set: func(w *world) { w.fail = failing("BatchImportFindings", throttled) },
			counts: map[string]int{"ImportRetry throttled": 1}, again: true},
		"Security Hub is off": {body: as("failed"), set: func(w *world) {
			w.fail = failing("BatchImportFindings", &smithy.GenericAPIError{Code: "InvalidAccessException"})
		}, counts: map[string]int{"ImportRetry access-denied": 1}, again: true},
		"refused":  {body: as("failed"), set: func(w *world) { w.refuse = map[string]string{"lecture": "InvalidInput"} }, counts: map[string]int{"ImportRetry refused": 1}, again: true},
		"internal": {body: as("failed"), set: func(w *world) { w.refuse = map[string]string{"lecture": "InternalFailure"} }, counts: map[string]int{"ImportRetry service-error": 1}, again: true},
		"no ARN": {body: as("failed"), set: func(w *world) { w.fail = failing("BatchGetResourceConfig", throttled) },
			counts: map[string]int{"ImportOutcome imported none": 1, "ImportLacks config": 1}},
		"ARN unprocessed": {body: with("failed", "lecture-files", "busy-files"), counts: map[string]int{"ImportOutcome imported none": 1, "ImportLacks config": 1}},
		"no tags": {body: as("failed"), set: func(w *world) { w.fail = failing("GetResources", throttled) },
			counts: map[string]int{"ImportOutcome imported none": 1, "ImportLacks tagging": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			if c.set != nil {
				c.set(w)
			}
			again := w.handle(t, batch(1, c.body(t)))
			assert.Equal(t, c.counts, w.metrics(t))
			assert.Equal(t, c.again, len(again) == 1)
		})
	}
}

func failing(call string, err error) func(string) error {
	return func(made string) error {
		if strings.Contains(made, call) {
			return err
		}
		return nil
	}
}

func TestPoisonCountsAsFailedAtItsLastAttempt(t *testing.T) {
	w := newWorld()
	assert.Equal(t, []string{"0"}, w.handle(t, batch(2, "?")))
	assert.Equal(t, []string{"0"}, w.handle(t, batch(3, "?")))
	assert.Equal(t, map[string]int{"ImportRetry malformed": 1, "ImportOutcome failed malformed": 1}, w.metrics(t))
}

func TestOneBadEventDoesNotHoldTheOthers(t *testing.T) {
	w := newWorld()
	w.refuse = map[string]string{"IAM_PASSWORD_POLICY": "InvalidInput"}
	again := w.handle(t, batch(1, fixture(t, "failed"), "?", fixture(t, "account"), fixture(t, "passed")))
	assert.Equal(t, []string{"1", "2"}, again)
	assert.Contains(t, w.findings, bucketFinding)
	assert.Contains(t, w.findings, instFinding)
}

// TestOrder: whatever comes first, the finding ends as the latest evaluation says.
func TestOrder(t *testing.T) {
	failed, gone := fixture(t, "failed"), fixture(t, "not-applicable") // 03:32 and 03:40
	for name, batches := range map[string][][]string{
		"in order":               {{failed}, {gone}},
		"the other way round":    {{gone}, {failed}},
		"twice":                  {{gone}, {failed}, {gone}, {failed}},
		"one batch":              {{failed, gone}},
		"one batch, other way":   {{gone, failed}},
		"one batch with repeats": {{failed, gone, failed, gone}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			events := 0
			for _, bodies := range batches {
				assert.Empty(t, w.handle(t, batch(1, bodies...)))
				events += len(bodies)
			}
			assert.Equal(t, hubtypes.RecordStateArchived, w.findings[bucketFinding].RecordState)
			sum := 0
			for _, n := range w.metrics(t) {
				sum += n
			}
			assert.Equal(t, events, sum, "each event counts once")
		})
	}
}

// TestAPackThatIsMadeAnew has another id.
func TestAPackThatIsMadeAnew(t *testing.T) {
	w := newWorld()
	h := w.handler("en")
	anew := strings.ReplaceAll(fixture(t, "failed"), packID, "conformance-pack-newnewnew")
	handle := func() { _, err := h.Handle(t.Context(), batch(1, anew)); require.NoError(t, err) }
	handle()
	w.packs[home][1].ConformancePackId = aws.String("conformance-pack-newnewnew")
	handle() // within packsKept
	w.clock = w.clock.Add(packsKept)
	handle()
	assert.Equal(t, map[string]int{"ImportOutcome ignored other-pack": 2, "ImportOutcome imported none": 1}, w.metrics(t))
}

func TestFormatType(t *testing.T) {
	for from, want := range map[string]string{
		"AWS::S3::Bucket": "AwsS3Bucket", "AWS::EC2::Instance": "AwsEc2Instance", "AWS::EC2::VPC": "AwsEc2Vpc", "AWS::RDS::DBInstance": "AwsRdsDbInstance",
		"AWS::IAM::User": "AwsIamUser", "AWS::ElasticLoadBalancingV2::LoadBalancer": "AwsElbv2LoadBalancer", "AWS::::Account": "AwsAccount",
		"AWS::DynamoDB::Table": "AwsDynamoDbTable", "AWS::WAFv2::WebACL": "AwsWafv2WebAcl", "AWS::CloudTrail::Trail": "AwsCloudTrailTrail",
		"AWS::OpenSearch::Domain": "AwsOpenSearchServiceDomain", "AWS::ACM::Certificate": "AwsCertificateManagerCertificate",
		"AWS::ElasticLoadBalancing::LoadBalancer": "AwsElbLoadBalancer", "AWS::Logs::LogGroup": "Other", "": "Other",
	} {
		assert.Equal(t, want, formatType(from), from)
	}
	for _, name := range renamed {
		if name != "AwsAccount" { // the format has no details for it
			assert.Contains(t, formatTypes(), strings.ToLower(name))
		}
	}
}

// TestTextsFit: no check's finding is refused for its length, in either language.
func TestTextsFit(t *testing.T) {
	w := newWorld()
	for _, language := range []string{"en", "ko"} {
		h := w.handler(language)
		for _, check := range compliance.Checks() {
			f := h.finding(&evaluation{check: check, resourceType: "AWS::S3::Bucket", resourceID: "x", compliance: "NON_COMPLIANT",
				annotation: strings.Repeat("가", 2000)}, resource{arn: "x"})
			assert.LessOrEqual(t, len([]rune(*f.Title)), maxTitle, check.ID)
			assert.LessOrEqual(t, len([]rune(*f.Description)), maxDescription, check.ID)
			assert.LessOrEqual(t, len([]rune(*f.Remediation.Recommendation.Text)), maxAdvice, check.ID)
			assert.NotContains(t, *f.Remediation.Recommendation.Text, "…", check.ID)
			assert.Contains(t, []hubtypes.SeverityLabel{"LOW", "MEDIUM", "HIGH", "CRITICAL"}, f.FindingProviderFields.Severity.Label, check.ID)
		}
	}
}

func listed(rule, resource, complianceType string) configtypes.ConformancePackEvaluationResult {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	return configtypes.ConformancePackEvaluationResult{
		ComplianceType: configtypes.ConformancePackComplianceType(complianceType), ResultRecordedTime: &at,
		EvaluationResultIdentifier: &configtypes.EvaluationResultIdentifier{EvaluationResultQualifier: &configtypes.EvaluationResultQualifier{
			ConfigRuleName: aws.String(rule + "-" + packID), ResourceType: aws.String("AWS::S3::Bucket"), ResourceId: aws.String(resource),
		}},
	}
}

// TestImportAll follows the chain from the schedule's message to the archive of what is left over.
func TestImportAll(t *testing.T) {
	w := newWorld()
	rule := "s3-bucket-versioning-enabled"
	w.results[home] = []configtypes.ConformancePackEvaluationResult{
		listed(rule, "lecture-files", "COMPLIANT"), listed(rule, "b", "NON_COMPLIANT"), listed(rule, "c", "NON_COMPLIANT"),
		listed("somebody-put-it-there", "d", "NON_COMPLIANT"), {}, listed(rule, "e", "COMPLIANT"),
	}
	// An event long ago made the first; nothing is known of the second any more; the third is somebody else's.
	require.Empty(t, w.handle(t, batch(1, fixture(t, "failed"))))
	leftOver := w.findings[bucketFinding]
	leftOver.Id, leftOver.UpdatedAt = aws.String("left-over"), aws.String("2026-11-20T03:59:00.000Z")
	w.findings["left-over"] = leftOver
	foreign := leftOver
	foreign.Id, foreign.GeneratorId = aws.String("foreign"), aws.String("aws-foundational/S3.14")
	w.findings["foreign"] = foreign
	w.out.Reset()

	assert.Empty(t, w.handle(t, batch(1, contract.ImportAllMessage)))
	require.Equal(t, []string{
		`0 {"source":"assetguard.importer","region":"ap-northeast-2","stage":"import"}`,
		`0 {"source":"assetguard.importer","region":"us-east-1","stage":"import"}`,
	}, w.sent)
	assert.Empty(t, w.handle(t, batch(1, w.sent[0][2:], w.sent[1][2:])))
	require.Equal(t, []string{
		`900 {"source":"assetguard.importer","region":"ap-northeast-2","stage":"archive"}`,
		`900 {"source":"assetguard.importer","region":"us-east-1","stage":"archive"}`,
	}, w.sent[2:])
	assert.Equal(t, hubtypes.ComplianceStatusPassed, w.findings[bucketFinding].Compliance.Status, "an old evaluation, but what stands now")
	assert.Equal(t, "2026-11-22T04:00:00.000Z", *w.findings[bucketFinding].UpdatedAt)
	assert.Equal(t, "2026-06-01T00:00:00.000Z", *w.findings[bucketFinding].LastObservedAt)

	assert.Empty(t, w.handle(t, batch(1, w.sent[2][4:], w.sent[3][4:])))
	assert.Equal(t, hubtypes.RecordStateArchived, w.findings["left-over"].RecordState)
	assert.Equal(t, "2026-11-22T04:00:00.000Z", *w.findings["left-over"].UpdatedAt)
	assert.Equal(t, hubtypes.RecordStateActive, w.findings["foreign"].RecordState)
	assert.Equal(t, hubtypes.RecordStateActive, w.findings[bucketFinding].RecordState)
	assert.Equal(t, map[string]int{"ImportOutcome imported schedule": 4, "ImportOutcome ignored unknown-rule": 2,
		"ImportOutcome archived stale": 1, "ImportFinished": 2}, w.metrics(t))
}

// TestImportAllIsNotOvertaken: an event about a later evaluation, imported before the page that still had the earlier one.
func TestImportAllIsNotOvertaken(t *testing.T) {
	w := newWorld()
	w.results[home] = []configtypes.ConformancePackEvaluationResult{listed("s3-bucket-versioning-enabled", "lecture-files", "COMPLIANT")}
	late := strings.ReplaceAll(fixture(t, "failed"), "2026-11-22T03:32:09.685Z", "2026-11-22T04:00:00.500Z")
	require.Empty(t, w.handle(t, batch(1, late)))
	require.Empty(t, w.handle(t, batch(1, `{"source":"assetguard.importer","region":"ap-northeast-2","stage":"import"}`)))
	assert.Equal(t, hubtypes.ComplianceStatusFailed, w.findings[bucketFinding].Compliance.Status)
}

func TestAStepThatFailsComesAgain(t *testing.T) {
	importHome := `{"source":"assetguard.importer","region":"ap-northeast-2","stage":"import"}`
	for name, c := range map[string]struct {
		body   string
		set    func(*world)
		reason string
	}{
		"begin": {contract.ImportAllMessage, func(w *world) { w.fail = failing("SendMessage", &smithy.GenericAPIError{Code: "AccessDenied"}) }, "access-denied"},
		"packs": {importHome, func(w *world) {
			w.fail = failing("DescribeConformancePacks", &smithy.GenericAPIError{Code: "Throttling"})
		}, "throttled"},
		"no pack":      {importHome, func(w *world) { w.packs = nil }, "pack-missing"},
		"page":         {importHome, func(w *world) { w.fail = failing("GetConformance", &smithy.GenericAPIError{Code: "Throttling"}) }, "throttled"},
		"import":       {importHome, func(w *world) { w.refuse = map[string]string{"lecture": "InternalFailure"} }, "service-error"},
		"archive":      {strings.Replace(importHome, "import\"}", "archive\"}", 1), func(w *world) { w.fail = failing("GetFindings", &smithy.GenericAPIError{Code: "Throttling"}) }, "throttled"},
		"unknown":      {`{"source":"assetguard.importer","region":"r","stage":"dance"}`, func(*world) {}, "malformed"},
		"no region":    {`{"source":"assetguard.importer","stage":"import"}`, func(*world) {}, "malformed"},
		"wrong number": {`{"source":"assetguard.importer","region":"r","stage":"import","pack":-1}`, func(*world) {}, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.results[home] = []configtypes.ConformancePackEvaluationResult{listed("s3-bucket-versioning-enabled", "lecture-files", "COMPLIANT")}
			c.set(w)
			assert.Equal(t, []string{"0"}, w.handle(t, batch(1, c.body)))
			assert.Equal(t, map[string]int{"ImportRetry " + c.reason: 1}, w.metrics(t))
			assert.Empty(t, w.sent)
		})
	}
}

// TestARefusedFindingHoldsNothingUp: the rest of its page, of the pack and of the region is imported, and what the run
// could not import is not taken for left over.
func TestARefusedFindingHoldsNothingUp(t *testing.T) {
	for name, set := range map[string]func(*world){
		"alone": func(w *world) { w.refuse = map[string]string{"Bucket/bad": "InvalidInput"} },
		"whole": func(w *world) { w.poison = "Bucket/bad" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			rule := "s3-bucket-versioning-enabled"
			w.results[home] = []configtypes.ConformancePackEvaluationResult{
				listed(rule, "bad", "NON_COMPLIANT"), listed(rule, "b", "NON_COMPLIANT"), listed(rule, "c", "COMPLIANT"),
			}
			require.Empty(t, w.handle(t, batch(1, fixture(t, "failed"))))
			w.out.Reset()
			bad := strings.Replace(bucketFinding, "lecture-files", "bad", 1)
			for id, at := range map[string]string{bad: "2026-11-19T04:00:00.000Z", "left-over": "2026-11-19T04:00:00.000Z"} {
				old := w.findings[bucketFinding]
				old.Id, old.UpdatedAt = aws.String(id), aws.String(at)
				w.findings[id] = old
			}
			set(w)
			assert.Empty(t, w.handle(t, batch(1, `{"source":"assetguard.importer","region":"ap-northeast-2","stage":"import"}`)))
			require.Equal(t, []string{`900 {"source":"assetguard.importer","region":"ap-northeast-2","stage":"archive","refused":["` + bad + `"]}`}, w.sent)
			assert.Empty(t, w.handle(t, batch(1, w.sent[0][4:])))
			assert.Equal(t, hubtypes.RecordStateActive, w.findings[bad].RecordState, "it is evaluated still")
			assert.Equal(t, hubtypes.RecordStateArchived, w.findings["left-over"].RecordState)
			assert.Equal(t, map[string]int{"ImportOutcome imported schedule": 2, "ImportOutcome failed refused": 1,
				"ImportOutcome archived stale": 1, "ImportFinished": 1}, w.metrics(t))
		})
	}
}

// TestAMalformedFindingKeepsNoOtherOut of a batch of events that Security Hub refuses whole.
func TestAMalformedFindingKeepsNoOtherOut(t *testing.T) {
	w := newWorld()
	w.poison = "Bucket/bad"
	bodies := []string{strings.ReplaceAll(fixture(t, "failed"), "lecture-files", "bad")}
	for i := range 9 {
		bodies = append(bodies, strings.ReplaceAll(fixture(t, "failed"), "lecture-files", fmt.Sprintf("good-%d", i)))
	}
	assert.Equal(t, []string{"0"}, w.handle(t, batch(1, bodies...)))
	assert.Len(t, w.findings, 9)
	assert.Equal(t, map[string]int{"ImportOutcome imported none": 9, "ImportRetry refused": 1}, w.metrics(t))
}

// TestAStepGoesOnInAnotherInvocation when the time is short.
func TestAStepGoesOnInAnotherInvocation(t *testing.T) {
	w := newWorld()
	for range 3 {
		w.results[home] = append(w.results[home], listed("s3-bucket-versioning-enabled", "lecture-files", "COMPLIANT"))
	}
	h := w.handler("en")
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	h.now = func() time.Time { // one page fits before the reserve
		if len(w.calls) > 3 {
			return deadline.Add(-deadlineReserve)
		}
		return deadline.Add(-time.Minute)
	}
	_, err := h.Handle(ctx, batch(1, `{"source":"assetguard.importer","region":"ap-northeast-2","stage":"import"}`))
	require.NoError(t, err)
	require.Equal(t, []string{`0 {"source":"assetguard.importer","region":"ap-northeast-2","stage":"import","token":"+"}`}, w.sent)

	require.Empty(t, w.handle(t, batch(1, w.sent[0][2:])))
	assert.Contains(t, w.calls, "ap-northeast-2 GetConformancePackComplianceDetails k-isms+")
	assert.Equal(t, `900 {"source":"assetguard.importer","region":"ap-northeast-2","stage":"archive"}`, w.sent[1])
}

// FuzzParseEvent: no text makes an evaluation without what a finding needs, and none panics.
func FuzzParseEvent(f *testing.F) {
	for _, name := range []string{"failed", "passed", "account", "not-applicable", "deleted", "other-pack"} {
		body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(f, err)
		f.Add(string(body))
	}
	f.Add(`{"source":"aws.config","detail-type":"Config Rules Compliance Change","detail":{"newEvaluationResult":{}}}`)
	f.Add(`{"detail":[]}`)
	f.Fuzz(func(t *testing.T, body string) {
		v, err := parseEvent(body)
		if err != nil {
			return
		}
		for _, text := range []string{v.account, v.region, v.rule, v.resourceType, v.resourceID} {
			require.NotEmpty(t, text)
		}
		require.False(t, v.updated.IsZero())
		_, known := statusOf(v.compliance)
		require.True(t, known)
		w := newWorld()
		require.NotEmpty(t, *w.handler("ko").finding(&v, resource{}).Description)
	})
}
