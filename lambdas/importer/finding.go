package importer

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"assetguard/internal/compliance"
)

// Limits of a finding's texts, in characters. Beyond them Security Hub refuses it.
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
const (
	maxTitle       = 256
	maxDescription = 1024
	maxAdvice      = 512
)

// status is how a compliance type of AWS Config stands in a finding.
type status struct {
	compliance hubtypes.ComplianceStatus
	record     hubtypes.RecordState
	words      compliance.Text
}

// statusOf knows the compliance types; "" stands for a result that was deleted.
func statusOf(complianceType string) (s status, known bool) {
	s, known = map[string]status{
		"COMPLIANT": {hubtypes.ComplianceStatusPassed, hubtypes.RecordStateActive,
			compliance.Text{En: "compliant", Ko: "준수"}},
		"NON_COMPLIANT": {hubtypes.ComplianceStatusFailed, hubtypes.RecordStateActive,
			compliance.Text{En: "not compliant", Ko: "미준수"}},
		"INSUFFICIENT_DATA": {hubtypes.ComplianceStatusNotAvailable, hubtypes.RecordStateActive,
			compliance.Text{En: "could not be evaluated", Ko: "평가 불가"}},
		"NOT_APPLICABLE": {hubtypes.ComplianceStatusNotAvailable, hubtypes.RecordStateArchived,
			compliance.Text{En: "not applicable", Ko: "해당 없음"}},
		"": {hubtypes.ComplianceStatusNotAvailable, hubtypes.RecordStateArchived,
			compliance.Text{En: "the resource is gone", Ko: "리소스 삭제됨"}},
	}[complianceType]
	return s, known
}

// archives tells whether the evaluation ends its finding.
func (v *evaluation) archives() bool {
	s, _ := statusOf(v.compliance)
	return s.record == hubtypes.RecordStateArchived
}

// id is the Id of the evaluation's finding.
func (v *evaluation) id() string {
	return compliance.FindingID(v.region, v.account, v.check.ID, v.resourceType, v.resourceID)
}

// finding is the evaluation as Security Hub takes it. CreatedAt and the observed times are when AWS Config recorded
// the result that stands; severity and type go where a provider puts them.
// https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
func (h *Handler) finding(v *evaluation, r resource) hubtypes.AwsSecurityFinding {
	s, _ := statusOf(v.compliance)
	codes := compliance.CodesOfCheck(v.check.ID)
	recorded := aws.String(timestamp(v.recorded))
	return hubtypes.AwsSecurityFinding{
		SchemaVersion: aws.String("2018-10-08"),
		Id:            aws.String(v.id()),
		ProductArn:    aws.String("arn:" + h.partition + ":securityhub:" + v.region + ":" + v.account + ":product/" + v.account + "/default"),
		GeneratorId:   aws.String(compliance.GeneratorID(v.check.ID)),
		AwsAccountId:  aws.String(v.account),
		CreatedAt:     recorded, FirstObservedAt: recorded, LastObservedAt: recorded,
		UpdatedAt:   aws.String(timestamp(v.updated)),
		Title:       aws.String(cut(v.check.Title.In(h.language), maxTitle)),
		Description: aws.String(h.description(v, s, codes)),
		Compliance:  &hubtypes.Compliance{Status: s.compliance, RelatedRequirements: compliance.RelatedRequirements(codes)},
		RecordState: s.record,
		FindingProviderFields: &hubtypes.FindingProviderFields{
			Severity: &hubtypes.FindingProviderSeverity{Label: severity(v.check, s), Original: aws.String(string(v.check.Severity))},
			Types:    []string{compliance.FindingType},
		},
		UserDefinedFields: compliance.UserDefinedFields(codes), // taken when the finding is new; see label.go
		Remediation: &hubtypes.Remediation{Recommendation: &hubtypes.Recommendation{
			Text: aws.String(cut(h.words(
				"See what the AWS Config rule "+v.check.Name+" asks for, and change the resource or accept the risk for a time.",
				"AWS Config 규칙의 요구 사항을 확인하여 리소스를 조치하거나, 기한을 정하여 위험을 수용하세요. 규칙: "+v.check.Name), maxAdvice)),
			Url: aws.String(v.check.URL()),
		}},
		Resources: []hubtypes.Resource{{
			Type: aws.String(formatType(v.resourceType)), Id: aws.String(r.arn), Partition: hubtypes.Partition(h.partition),
			Region: aws.String(v.region), Tags: r.tags,
		}},
	}
}

// severity is the check's own while it fails. What passes is informational, as in Security Hub's own findings.
func severity(c compliance.Check, s status) hubtypes.SeverityLabel {
	if s.compliance == hubtypes.ComplianceStatusFailed {
		return hubtypes.SeverityLabel(strings.ToUpper(string(c.Severity)))
	}
	return hubtypes.SeverityLabelInformational
}

func (h *Handler) description(v *evaluation, s status, codes []compliance.Code) string {
	var names []string
	for _, code := range codes {
		names = append(names, code.String())
	}
	parts := []string{
		h.words("AWS Config rule: ", "AWS Config 규칙: ") + v.check.Name,
		h.words("Resource: ", "리소스: ") + v.resourceType + " " + v.resourceID,
		h.words("Result: ", "결과: ") + s.words.In(h.language),
		h.words("Control codes: ", "통제 항목: ") + cmp.Or(strings.Join(names, ", "), "-"),
	}
	if v.annotation != "" {
		parts = append(parts, h.words("AWS Config says: ", "AWS Config 메시지: ")+v.annotation)
	}
	return cut(strings.Join(parts, ". "), maxDescription)
}

func (h *Handler) words(en, ko string) string { return compliance.Text{En: en, Ko: ko}.In(h.language) }

// timestamp is a time as the finding format writes it, with the milliseconds that AWS Config has.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// cut shortens a text to so many characters.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}
