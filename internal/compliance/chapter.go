package compliance

// Chapter is a part of ISMS-P 2023.
type Chapter struct {
	ID    string // 2.6
	Title Text
}

// Chapters are the chapters of ISMS-P 2023 in their order. The English titles are ours.
func Chapters() []Chapter {
	return []Chapter{
		{"1.1", Text{"Foundation of the management system", "관리체계 기반 마련"}},
		{"1.2", Text{"Risk management", "위험 관리"}},
		{"1.3", Text{"Operation of the management system", "관리체계 운영"}},
		{"1.4", Text{"Audit and improvement of the management system", "관리체계 점검 및 개선"}},
		{"2.1", Text{"Policies, organisation, assets", "정책, 조직, 자산 관리"}},
		{"2.2", Text{"Personnel security", "인적 보안"}},
		{"2.3", Text{"Security of external parties", "외부자 보안"}},
		{"2.4", Text{"Physical security", "물리 보안"}},
		{"2.5", Text{"Authentication and authorisation", "인증 및 권한관리"}},
		{"2.6", Text{"Access control", "접근통제"}},
		{"2.7", Text{"Encryption", "암호화 적용"}},
		{"2.8", Text{"Security in introduction and development of systems", "정보시스템 도입 및 개발 보안"}},
		{"2.9", Text{"Operation of systems and services", "시스템 및 서비스 운영관리"}},
		{"2.10", Text{"Security of systems and services", "시스템 및 서비스 보안관리"}},
		{"2.11", Text{"Prevention of and response to incidents", "사고 예방 및 대응"}},
		{"2.12", Text{"Disaster recovery", "재해 복구"}},
		{"3.1", Text{"Collection of personal information", "개인정보 수집 시 보호조치"}},
		{"3.2", Text{"Retention and use of personal information", "개인정보 보유 및 이용 시 보호조치"}},
		{"3.3", Text{"Provision of personal information", "개인정보 제공 시 보호조치"}},
		{"3.4", Text{"Destruction of personal information", "개인정보 파기 시 보호조치"}},
		{"3.5", Text{"Rights of data subjects", "정보주체 권리보호"}},
	}
}
