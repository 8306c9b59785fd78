package finding

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, name string) Event {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	e, err := Parse(body)
	require.NoError(t, err)
	return e
}

func at(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return parsed
}

func TestFindingOfAControl(t *testing.T) {
	e := read(t, "control.json")
	assert.Equal(t, Event{ID: "7f1c4f4a-1c1e-4b62-8a53-2f4c2a1f9d01", Kind: Imported, Time: at("2026-11-22T05:40:00Z"), Account: "111122223333",
		Region: "ap-northeast-2", Findings: []Finding{{
			ID:         "arn:aws:securityhub:us-east-1:111122223333:security-control/S3.8/finding/0a1b",
			ProductARN: "arn:aws:securityhub:us-east-1::product/aws/securityhub", Schema: ASFF, Product: "Security Hub",
			Generator: "security-control/S3.8", Control: "S3.8", Title: "S3 general purpose buckets should block public access",
			Text: "This control checks whether a bucket blocks public access.", Account: "111122223333", Region: "us-east-1",
			Severity: Critical, Rated: High, Workflow: WorkflowNew, Record: RecordActive, Compliance: ComplianceFailed,
			FirstSeen: at("2026-11-20T01:02:03.456Z"), Updated: at("2026-11-22T05:39:50.12Z"),
			Resources: []Resource{{Type: "AwsS3Bucket", ID: "arn:aws:s3:::lecture-files", Region: "us-east-1",
				Tags: map[string]string{"Owner": "Data", "PersonalInformation": "Y"}}},
			Fix: Fix{Text: "For information on how to correct this issue, consult the documentation.",
				URL: "https://docs.aws.amazon.com/console/securityhub/S3.8/remediation"},
			Codes:  []string{"KISA 2026 CA-18", "ISMS-P 2023 2.6.1", "ISMS-P 2023 2.10.2"},
			Fields: map[string]string{"ismsP2023": "2.6.1, 2.10.2", "kisaCloud2026": "CA-18"},
		}}}, e)
}

func TestFindingOfInspectorHasNoCompliance(t *testing.T) {
	f := read(t, "inspector.json").Findings[0]
	assert.Equal(t, "Inspector", f.Product)
	assert.Empty(t, f.Compliance)
	assert.Empty(t, f.Control)
	assert.Empty(t, f.Codes)
	assert.Equal(t, []CVE{
		{ID: "CVE-2026-1234", Package: "openssl", Version: "3.0.8-1.amzn2023.0.11", FixedVersion: "1:3.0.8-1.amzn2023.0.18", Exploited: true},
		{ID: "CVE-2026-1234", Package: "openssl-libs", Version: "3.0.8-1.amzn2023.0.11", Exploited: true},
	}, f.CVEs, "each package once, with its own fix")
}

func TestCustomActionHasAllFindings(t *testing.T) {
	e := read(t, "pack-custom-action.json")
	assert.Equal(t, CustomAction, e.Kind)
	assert.Equal(t, "arn:aws:securityhub:ap-northeast-2:111122223333:action/custom/repair", e.Action)
	require.Len(t, e.Findings, 2)

	ours := e.Findings[0]
	assert.Equal(t, "Config", ours.Product)
	assert.Equal(t, "S3_BUCKET_VERSIONING_ENABLED", ours.Control)
	assert.Equal(t, []string{"KISA 2026 CA-18", "ISMS-P 2023 2.9.3"}, ours.Codes)
	assert.Equal(t, Medium, ours.Severity)
	assert.Equal(t, WorkflowNotified, ours.Workflow)
	assert.Equal(t, at("2026-11-20T15:00:00Z"), ours.FirstSeen, "CreatedAt, where nothing was observed")
	assert.Zero(t, ours.Updated, "what is no time is none")
	assert.Equal(t, "ap-northeast-2", ours.Region, "that of the event")
	assert.Equal(t, "ap-northeast-2", ours.Resources[0].Region)

	bare := e.Findings[1]
	assert.Equal(t, "guardduty", bare.Product, "from the ARN")
	assert.Equal(t, Medium, bare.Severity, "what nobody rated is told")
	assert.Equal(t, WorkflowNew, bare.Workflow)
	assert.Equal(t, RecordActive, bare.Record)
	assert.Equal(t, "us-east-1", bare.Region)
	assert.Equal(t, []CVE{{ID: "CVE-2026-9"}}, bare.CVEs)
}

func TestFindingInOCSF(t *testing.T) {
	f := read(t, "ocsf-vulnerability.json").Findings[0]
	assert.Equal(t, Finding{
		ID: "arn:aws:inspector2:ap-northeast-2:111122223333:finding/1111", ProductARN: "arn:aws:securityhub:ap-northeast-2::product/aws/inspector",
		Schema: OCSF, UID: "e51603d1054aad9d9f498d82d6e81acf4cf6bc88140e8ad2273123c73b81084", Product: "Inspector", Generator: "AWSInspector",
		Title: "CVE-2026-1234 - openssl", Text: "A flaw was found in OpenSSL.", Account: "111122223333", Region: "us-east-1",
		Severity: Critical, Rated: High, Workflow: WorkflowNew, Record: RecordActive,
		FirstSeen: at("2026-11-22T05:40:39.5Z"), Updated: at("2026-11-22T05:42:00Z"),
		Resources: []Resource{{Type: "AWS::EC2::Instance", ID: "arn:aws:ec2:ap-northeast-2:111122223333:instance/i-0abc", Region: "ap-northeast-2",
			Tags: map[string]string{"Owner": "Platform", "PersonalInformation": "Y"}}},
		Fix: Fix{Text: "Update the package.", URL: "https://alas.aws.amazon.com/AL2023/ALAS-2026-001.html"},
		CVEs: []CVE{{ID: "CVE-2026-1234", Package: "openssl", Version: "3.0.8-1.amzn2023.0.11",
			FixedVersion: "1:3.0.8-1.amzn2023.0.18", Exploited: true}},
	}, f)
	classic := read(t, "inspector.json").Findings[0]
	assert.Equal(t, classic.Identity(), f.Identity(), "one finding, whichever format tells of it")
}

func TestClosedFindingInOCSF(t *testing.T) {
	f := read(t, "ocsf-compliance-closed.json").Findings[0]
	assert.Equal(t, RecordArchived, f.Record)
	assert.Equal(t, WorkflowResolved, f.Workflow)
	assert.Equal(t, CompliancePassed, f.Compliance)
	assert.Equal(t, Medium, f.Severity)
	assert.Equal(t, "EC2.53", f.Control)
	assert.Equal(t, "securityhub", f.Product)
	assert.NotEmpty(t, f.Codes, "those of the control, as the finding names none")
}

func TestFaults(t *testing.T) {
	for name, body := range map[string]string{
		"no event: unexpected end": "",
		"no event: json: cannot":   `{"detail":{"findings":7}}`,
		`an event of "aws.config"`: `{"source":"aws.config","detail-type":"Security Hub Findings - Imported"}`,
		`want aws.securityhub`:     `{"source":"aws.securityhub","detail-type":"Security Hub Insight Results","detail":{"findings":[{}]}}`,
		"detail.findings is empty": `{"source":"aws.securityhub","detail-type":"Findings Imported V2"}`,
		"detail.findings[0]: id is missing\nproduct ARN is missing\naccount is missing\nregion is missing\ndetail.findings[1]: json": `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[{},{"Id":7}]}}`,
		"detail.findings[0]: json": `{"source":"aws.securityhub","detail-type":"Findings Imported V2","detail":{"findings":["x"]}}`,
	} {
		_, err := Parse([]byte(body))
		require.ErrorContains(t, err, name)
	}
}

func TestSeverities(t *testing.T) {
	for score, want := range map[float64]Severity{0: Informational, 1: Low, 39: Low, 40: Medium, 69: Medium, 70: High, 89: High, 90: Critical, 100: Critical} {
		assert.Equal(t, want, ofScore(score), score)
	}
	for _, s := range Severities() {
		parsed, err := ParseSeverity(s.String())
		require.NoError(t, err)
		assert.Equal(t, s, parsed)
	}
	_, err := ParseSeverity("urgent")
	require.EqualError(t, err, `severity "urgent" is unknown: write one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL`)
	assert.Equal(t, High, Medium.Raised())
	assert.Equal(t, Critical, Critical.Raised())
	assert.Equal(t, "CRITICAL", Severity(9).String())
}

func TestFindingKeepsItsFormAsJSON(t *testing.T) {
	want := read(t, "control.json").Findings[0]
	text, err := json.Marshal(want)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"Severity":"CRITICAL","Rated":"HIGH"`)
	var got Finding
	require.NoError(t, json.Unmarshal(text, &got))
	assert.Equal(t, want, got)
}

// FuzzParse: whatever comes, there is either an error or findings that have an identity and a form as JSON.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, name := range files {
		body, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(body)
	}
	f.Add([]byte(`{"source":"aws.securityhub","detail-type":"Findings Imported V2","account":"1","region":"r","detail":{"findings":[{"finding_info":{"uid":"a"},"metadata":{"product":{"uid":"b"}},"severity_id":-1}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := Parse(body)
		if err != nil {
			require.Empty(t, e.Findings)
			return
		}
		require.NotEmpty(t, e.Findings)
		for _, found := range e.Findings {
			require.Len(t, found.Identity(), 64)
			require.NotEmpty(t, found.Region)
			require.Contains(t, Severities(), found.Severity)
			text, err := json.Marshal(found)
			require.NoError(t, err)
			var again Finding
			require.NoError(t, json.Unmarshal(text, &again))
			require.Equal(t, found.Identity(), again.Identity())
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body, err := os.ReadFile("testdata/inspector.json")
	require.NoError(b, err)
	for b.Loop() {
		if _, err := Parse(body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "findings/s")
}

func TestLinks(t *testing.T) {
	f := Finding{ID: "arn:aws-cn:x/1", ProductARN: "arn:aws-cn:securityhub:cn-north-1::product/aws/guardduty"}
	link := f.Link("cn-north-1")
	assert.Equal(t, "https://cn-north-1.console.amazonaws.cn/securityhub/home?region=cn-north-1#/findings"+
		"?search=Id%3D%255Coperator%255C%253AEQUALS%255C%253Aarn%253Aaws-cn%253Ax%252F1", link)
	assert.Equal(t, "https://us-east-1.console.aws.amazon.com/securityhub/home?region=us-east-1#/findings", HubLink("aws-iso", "us-east-1"))
	bare := Finding{ID: "x"}
	assert.Contains(t, bare.Link("us-east-1"), "https://us-east-1.console.aws.amazon.com/")

	for id, want := range map[string]string{
		"arn:aws:s3:::a b":                       "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3As3%3A%3A%3Aa+b",
		"arn:aws-us-gov:ec2:us-gov-west-1:1:i/a": "https://console.amazonaws-us-gov.com/go/view?arn=arn%3Aaws-us-gov%3Aec2%3Aus-gov-west-1%3A1%3Ai%2Fa",
		"AWS::::Account:111122223333":            "",
		"sg-0abc":                                "",
	} {
		r := Resource{ID: id}
		assert.Equal(t, want, r.Link(), id)
	}
}

// A filter of products before the findings are read must let through what they are read as.
func TestProductsAreSentByTheirNames(t *testing.T) {
	for name, sent := range map[string]string{"control.json": "Security Hub", "inspector.json": "Inspector", "pack-custom-action.json": "Default"} {
		body, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		event, err := Parse(body)
		require.NoError(t, err, name)
		require.Contains(t, SentAs(event.Findings[0].Product), sent, name)
	}
}
