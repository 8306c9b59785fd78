package notice

import "assetguard/internal/finding"

// The words of the messages. The Korean ones are those of docs/glossary.md.
var (
	wordMore        = phrase{"and %s more", "외 %s건"}
	wordAccount     = phrase{"Account", "계정"}
	wordRegion      = phrase{"Region", "리전"}
	wordSeverity    = phrase{"Severity", "심각도"}
	wordProduct     = phrase{"Found by", "점검 도구"}
	wordControl     = phrase{"Control", "통제 항목"}
	wordCodes       = phrase{"Compliance codes", "관련 기준"}
	wordFirstSeen   = phrase{"First seen", "최초 발견"}
	wordOwner       = phrase{"Owner", "소유자"}
	wordPersonal    = phrase{"Personal information", "개인정보 취급 여부"}
	wordEnvironment = phrase{"Environment", "환경"}
	wordAssetType   = phrase{"Asset type", "자산 유형"}
	wordWhere       = phrase{"Affected resources", "대상 자원"}
	wordUntagged    = phrase{"no classification tags known", "분류 태그가 확인되지 않음"}
	wordVulnerable  = phrase{"Vulnerabilities", "취약점"}
	wordFixedIn     = phrase{"%s %s, fixed in %s", "%s %s, 수정 버전 %s"}
	wordNoFix       = phrase{"%s %s, no fix is out yet", "%s %s, 아직 수정 버전 없음"}
	wordExploited   = phrase{"an exploit is known", "공격 코드 공개됨"}
	wordFix         = phrase{"What to do", "조치 방법"}
	wordRaised      = phrase{"One step above what the product says, because personal information is involved.",
		"개인정보를 취급하는 자산이므로 심각도를 한 단계 올렸습니다."}
	wordCameBack = phrase{"It was told before, at %s, and has come back.", "%s에 알린 뒤 다시 발생했습니다."}

	linkResource  = phrase{"Open in console", "콘솔에서 보기"}
	linkFinding   = phrase{"Open finding", "점검 결과 보기"}
	linkFindings  = phrase{"All findings", "전체 점검 결과 보기"}
	linkRunbook   = phrase{"Runbook", "대응 절차"}
	linkGuide     = phrase{"Vendor's guide", "조치 안내 문서"}
	linkExecution = phrase{"Open execution", "실행 내역 보기"}
	linkApproval  = phrase{"Approve in Security Hub", "Security Hub에서 승인하기"}
	linkAlarm     = phrase{"Open alarm", "경보 보기"}
	linkBudget    = phrase{"Open budgets", "예산 보기"}
	linkSource    = phrase{"Open source", "원본 보기"}

	footFrom = phrase{"assetguard, stack %s, %s", "assetguard, 스택 %s, %s"}
	footCut  = phrase{"Cut to fit: %s.", "길이 제한으로 일부를 생략했습니다: %s."}
	cutList  = phrase{"%s of %s %s", "%[3]s %[2]s개 중 %[1]s개만 표시"}
	cutText  = phrase{"%s of %s characters of long texts", "긴 글 %[2]s자 중 %[1]s자만 표시"}

	digestLabel = phrase{"Digest", "점검 결과 요약"}
	digestOne   = phrase{"1 finding", "1건"}
	digestCount = phrase{"%s findings", "%s건"}
	digestLead  = phrase{"So many came in from %s to %s that they are told together. Each of them stands in Security Hub.",
		"%s부터 %s까지 많은 점검 결과가 들어와 한 번에 모아 알립니다. 전체 내용은 Security Hub에 있습니다."}
	digestControls = phrase{"Most frequent", "가장 많은 항목"}
	digestTop      = phrase{"Worst", "가장 심각한 점검 결과"}
	digestAccounts = phrase{"By account", "계정별"}

	repairRunbook   = phrase{"Runbook", "실행 문서"}
	repairExecution = phrase{"Execution", "실행 ID"}
	repairAttempts  = phrase{"Attempts", "시도 횟수"}
	repairBefore    = phrase{"Before", "조치 전"}
	repairAfter     = phrase{"After", "조치 후"}
	repairPlanned   = phrase{"What would change", "변경될 내용"}
	repairReason    = phrase{"Reason", "사유"}
)

// cutNames are what Cut.What is called; what is not listed is shown as it is.
var cutNames = map[string]phrase{
	"resources": {"resources", "자원"}, "assets": {"assets", "자산"}, "cves": {"vulnerabilities", "취약점"},
	"top": {"findings in detail", "상세 점검 결과"}, "controls": {"controls", "통제 항목"}, "accounts": {"accounts", "계정"},
	"codes": {"compliance codes", "관련 기준"}, "tags": {"tags", "태그"}, "fields": {"fields", "필드"}, "url": {"links", "링크"},
}

// severity is how a severity is called.
type severity struct {
	mark  string
	label string // as in Security Hub
	name  phrase
}

// severities are those of package finding, by their values.
var severities = map[finding.Severity]severity{
	finding.Informational: {"⚪", "INFORMATIONAL", phrase{"Informational", "정보"}},
	finding.Low:           {"🔵", "LOW", phrase{"Low", "낮음"}},
	finding.Medium:        {"🟡", "MEDIUM", phrase{"Medium", "중간"}},
	finding.High:          {"🟠", "HIGH", phrase{"High", "높음"}},
	finding.Critical:      {"🔴", "CRITICAL", phrase{"Critical", "심각"}},
}

// severityLabels are the labels of Security Hub, the worst first.
var severityLabels = []string{"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"}

// repair is how a state of a repair is called.
type repair struct {
	mark    string
	subject string
	label   phrase
	lead    phrase
}

var repairs = map[RepairState]repair{
	RepairSucceeded: {"✅", "repair succeeded", phrase{"Repaired", "조치 완료"},
		phrase{"The finding was repaired automatically. Nothing is left to do.", "점검 결과를 자동으로 조치했습니다. 추가로 하실 일은 없습니다."}},
	RepairFailed: {"❌", "repair failed", phrase{"Repair failed", "조치 실패"},
		phrase{"The repair did not succeed. Please look into it and repair it by hand.", "자동 조치에 실패했습니다. 원인을 확인하고 직접 조치해 주세요."}},
	RepairWaiting: {"⏳", "repair waits for approval", phrase{"Approval needed", "조치 승인 대기"},
		phrase{"This repair can interrupt access, so it waits until somebody approves it.", "접속에 영향을 줄 수 있는 조치이므로 담당자의 승인을 기다리고 있습니다."}},
	RepairDeferred: {"🗓️", "repair waits for the maintenance window", phrase{"Scheduled", "조치 예정"},
		phrase{"This repair can interrupt the service, so it waits until the maintenance window opens. Nothing is left to do.",
			"서비스가 잠시 중단될 수 있는 조치이므로 유지 관리 시간이 시작되면 실행합니다. 추가로 하실 일은 없습니다."}},
	RepairRefused: {"🚫", "repair not done", phrase{"Not repaired", "조치 제외"},
		phrase{"The finding was left as it is. Please decide what is to be done.", "자동 조치를 하지 않고 그대로 두었습니다. 어떻게 처리할지 결정해 주세요."}},
	RepairLooping: {"🔁", "repaired before and broken again", phrase{"Broken again", "반복 발생"},
		phrase{"It was repaired before and is broken again. Something sets it back, so no further repair is tried: please find out what.",
			"조치한 뒤 같은 문제가 다시 발생했습니다. 설정을 되돌리는 원인이 있는 것으로 보여 자동 조치를 멈췄습니다. 원인을 확인해 주세요."}},
}
