package remediation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"assetguard/internal/compliance"
	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

// updatedBy signs the notes; a note has at most maxNote characters.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_NoteUpdate.html
const (
	updatedBy = "assetguard"
	maxNote   = 512
)

// words that people read, in both languages. What is not a word stands in the row or in the answer of AWS.
var (
	wordUnknown  = compliance.Text{En: "not known", Ko: "확인하지 못함"}
	wordApprove  = compliance.Text{En: "Select the finding in Security Hub and choose the action \"repair\" to have it done.", Ko: "Security Hub에서 이 점검 결과를 선택하고 작업 \"repair\"를 실행하면 조치합니다."}
	wordWindow   = compliance.Text{En: "It starts in the maintenance window, which opens at", Ko: "유지 관리 시간이 시작되면 실행합니다. 시작 시각:"}
	wordLooping  = compliance.Text{En: "It was repaired several times within a day and fails again: something sets it back.", Ko: "하루 안에 여러 번 조치했지만 다시 발생했습니다. 무언가가 설정을 되돌리고 있습니다."}
	wordPaused   = compliance.Text{En: "A runbook is paused", Ko: "자동 조치 일시 중지"}
	wordPausedBy = compliance.Text{En: "It failed %d times in a row. It no longer runs by itself; a repair that somebody asks for and that succeeds resumes it.", Ko: "연속 %d번 실패하여 자동으로 실행하지 않습니다. 담당자가 요청한 조치가 성공하면 다시 시작합니다."}

	// refusals say why a repair that somebody asked for is not done.
	refusals = map[string]compliance.Text{
		reasonNoRunbook:    {En: "No runbook repairs this finding.", Ko: "이 점검 결과를 조치하는 실행 문서가 없습니다."},
		reasonArchived:     {En: "The finding is no longer active.", Ko: "더 이상 유효하지 않은 점검 결과입니다."},
		reasonSuppressed:   {En: "The finding is suppressed.", Ko: "예외로 처리한(suppressed) 점검 결과입니다."},
		reasonResolved:     {En: "The finding is marked as resolved.", Ko: "해결됨으로 표시한 점검 결과입니다."},
		reasonPassed:       {En: "The finding has not failed.", Ko: "실패 상태가 아닌 점검 결과입니다."},
		reasonOff:          {En: "The configuration leaves this kind of finding to people.", Ko: "설정에서 사람이 직접 조치하도록 정한 항목입니다."},
		reasonOtherAccount: {En: "Findings of this account are not repaired from here.", Ko: "이 계정의 점검 결과는 여기에서 조치하지 않습니다."},
		reasonNotDrawn:     {En: "The finding lacks what the runbook needs.", Ko: "실행 문서에 필요한 정보가 점검 결과에 없습니다."},
		reasonOptedOut:     {En: "The resource carries the tag that keeps it as it is.", Ko: "자원에 조치 제외 태그가 있습니다."},
		reasonNoPlace:      {En: "Too many repairs run at the same time.", Ko: "동시에 실행 중인 조치가 너무 많습니다."},
	}

	// notes stand at the finding.
	notes = map[notice.RepairState]compliance.Text{
		notice.RepairSucceeded: {En: "Repaired by %s.", Ko: "%s 문서로 조치했습니다."},
		notice.RepairFailed:    {En: "The repair by %s failed.", Ko: "%s 문서 조치가 실패했습니다."},
		notice.RepairWaiting:   {En: "The repair by %s waits for approval.", Ko: "%s 문서 조치가 승인을 기다립니다."},
		notice.RepairDeferred:  {En: "The repair by %s waits for the maintenance window.", Ko: "%s 문서 조치가 유지 관리 시간을 기다립니다."},
		notice.RepairRefused:   {En: "Not repaired by %s.", Ko: "%s 문서로 조치하지 않았습니다."},
		notice.RepairLooping:   {En: "Not repaired again by %s.", Ko: "%s 문서로 다시 조치하지 않았습니다."},
	}
)

func (h *Handler) say(t compliance.Text) string { return t.In(h.Language) }

// sayReason says why a repair is not done.
func (h *Handler) sayReason(why, detail string) string {
	return strings.TrimSpace(h.say(refusals[why]) + " " + detail)
}

// repair begins what is told about an attempt.
func (h *Handler) repair(a *attempt, state notice.RepairState) notice.Repair {
	told := notice.Finding{Finding: a.finding, Links: notice.Links{Finding: h.findingLink(a.finding)}}
	for _, r := range a.finding.Resources {
		asset := notice.Asset{ID: r.ID, Type: r.Type, Name: r.Tags["Name"]}
		if r.ID == a.subject.ARN {
			asset.Name = a.tags["Name"]
			asset.Environment, asset.AssetType = a.tags[contract.TagEnvironment], a.tags[contract.TagAssetType]
			asset.PersonalInformation, asset.Owner = a.tags[contract.TagPersonalInformation], a.tags[contract.TagOwner]
		}
		told.Assets = append(told.Assets, asset)
	}
	repair := notice.Repair{State: state, Finding: told}
	if a.runbook.ID != "" {
		repair.Runbook = a.runbook.DocumentName(h.config.Document)
	}
	return repair
}

// tell tells people and writes a note at the finding. held lets the hourly limit keep the notice back: the note says it.
func (h *Handler) tell(ctx context.Context, a *attempt, repair notice.Repair, held bool) error {
	// The note comes first: it may be written twice, and often fails while others update the finding.
	if err := h.note(ctx, a.finding, repair); err != nil {
		return err
	}
	if held {
		allowed, err := h.store.allowance(ctx, h.config.Limits.NoticesPerHour)
		if err != nil {
			return err
		}
		if !allowed {
			h.log.Warn("notice held back", "state", repair.State, "resource", a.subject.ARN)
			h.write(contract.MetricRepairNoticesHeld, nil)
			return nil
		}
	}
	return h.publish(ctx, repair)
}

func (h *Handler) publish(ctx context.Context, repair notice.Repair) error {
	p, err := notice.Publish(notice.Notice{Kind: notice.KindRepair, At: h.now().UTC(), Stack: h.Stack, Repair: &repair}, h.Locale)
	if err != nil {
		return err
	}
	_, err = h.Topic.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(h.TopicARN), Subject: aws.String(p.Subject), Message: aws.String(p.Message), MessageStructure: aws.String("json"),
	})
	return err
}

// errUnprocessed says that Security Hub did not take a note now.
var errUnprocessed = errors.New("the note was left undone")

// forGood are codes of findings that never take a note: they are gone, or too large.
var forGood = []string{"FindingNotFound", "ResourceNotFoundException", "FindingSizeExceeded", "InvalidInput"}

// note writes a note at the finding, in the home region. A finding that is gone needs none.
func (h *Handler) note(ctx context.Context, f finding.Finding, repair notice.Repair) error {
	if f.ID == "" || f.ProductARN == "" {
		return nil
	}
	out, err := h.Hub.BatchUpdateFindings(ctx, &securityhub.BatchUpdateFindingsInput{
		FindingIdentifiers: []hubtypes.AwsSecurityFindingIdentifier{{Id: aws.String(f.ID), ProductArn: aws.String(f.ProductARN)}},
		Note:               &hubtypes.NoteUpdate{Text: aws.String(h.noteText(repair)), UpdatedBy: aws.String(updatedBy)},
	})
	if err != nil {
		return err
	}
	for _, left := range out.UnprocessedFindings {
		code := aws.ToString(left.ErrorCode)
		if slices.Contains(forGood, code) {
			h.log.Warn("the finding takes no note", "finding", f.ID, "code", code)
			continue
		}
		return fmt.Errorf("%w: %s %s", errUnprocessed, code, aws.ToString(left.ErrorMessage))
	}
	return nil
}

func (h *Handler) noteText(repair notice.Repair) string {
	var parts []string
	if repair.Runbook != "" {
		parts = append(parts, fmt.Sprintf(h.say(notes[repair.State]), repair.Runbook))
	}
	if repair.Reason != "" {
		parts = append(parts, repair.Reason)
	}
	if repair.Execution != "" {
		parts = append(parts, repair.Execution)
	}
	if repair.Before != "" && repair.After != "" && repair.State != notice.RepairWaiting && repair.State != notice.RepairDeferred {
		parts = append(parts, repair.Before+" → "+repair.After)
	}
	text := strings.Join(parts, " ")
	if utf8.RuneCountInString(text) > maxNote {
		text = string([]rune(text)[:maxNote-1]) + "…"
	}
	return text
}

// console is where people sign in, by partition.
func (h *Handler) console(region string) string {
	switch h.Partition {
	case "aws-cn":
		return "https://console.amazonaws.cn"
	case "aws-us-gov":
		return "https://console.amazonaws-us-gov.com"
	default:
		return "https://" + region + ".console.aws.amazon.com"
	}
}

// findingLink leads to the finding in Security Hub of the home region, where the custom action is.
func (h *Handler) findingLink(f finding.Finding) string {
	if f.ID == "" {
		return ""
	}
	search := url.QueryEscape(`Id=\operator\:EQUALS\:` + f.ID)
	return h.console(h.Home) + "/securityhub/home?region=" + h.Home + "#/findings?search=" + search
}

func (h *Handler) executionLink(r *record) string {
	return h.console(r.Region) + "/systems-manager/automation/execution/" + r.Execution + "?region=" + r.Region
}

// brief is a finding without the texts and lists that a record has no room for.
func brief(f finding.Finding) finding.Finding {
	const most, texts = 10, 1000
	f.Text, f.Fields, f.Codes = cut(f.Text, texts), nil, first(f.Codes, most)
	f.Fix.Text = cut(f.Fix.Text, texts)
	f.Resources, f.CVEs = first(f.Resources, most), first(f.CVEs, most)
	return f
}

func first[T any](list []T, most int) []T { return list[:min(len(list), most)] }

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}
