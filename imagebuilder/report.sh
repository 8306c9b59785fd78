#!/usr/bin/env bash
# The compliance test, on an instance that was started from the image:
#   report.sh image    prints the AMI's id
#   report.sh check    asks all rules and writes report/report.json, report.en.md and report.ko.md
#   report.sh verdict  fails when a mandatory rule failed
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export GOLDEN_IMAGE=$here
out=$here/report

# metadata PATH: what the instance metadata service says, version 2.
metadata() {
	local token
	token=$(curl -sf --max-time 5 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
	curl -sf --max-time 5 -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

# facts: what the report says of the machine.
facts() {
	image=$(metadata ami-id 2>/dev/null) || image=unknown
	instance=$(metadata instance-id 2>/dev/null) || instance=unknown
	region=$(metadata placement/region 2>/dev/null) || region=unknown
	# shellcheck source=/dev/null
	system=$(source /etc/os-release && echo "$PRETTY_NAME")
	release=$(rpm -q --queryformat '%{VERSION}' system-release 2>/dev/null) || release=unknown
	kernel=$(uname -r)
	arch=$(uname -m)
	checked=$(date -u +%Y-%m-%dT%H:%M:%SZ)
}

# ask: runs each rule's check, once the services have started.
declare -A status detail
passed=0 failed=0 off=0 compliant=true
ask() {
	local id mandatory reason code
	if [ -d /run/systemd/system ]; then timeout 300 systemctl is-system-running --wait >/dev/null || echo "the system is not fully up" >&2; fi
	while IFS=$'\t' read -r id _ mandatory _ _ _ _ _ _ reason; do
		code=0
		if [ "$reason" != - ]; then
			status[$id]=off detail[$id]=$reason off=$((off + 1))
			continue
		fi
		detail[$id]=$(timeout 600 bash "$here/checks/$id.sh" 2>&1 </dev/null | head -c 2000) || code=$?
		[ ${#detail[$id]} -lt 1999 ] || detail[$id]+=" ..."
		if [ "$code" = 0 ]; then
			status[$id]=passed passed=$((passed + 1))
		else
			status[$id]=failed failed=$((failed + 1))
			[ -n "${detail[$id]}" ] || detail[$id]="the check ended with code $code"
			[ "$mandatory" = no ] || compliant=false
		fi
		echo "${status[$id]} $id ${detail[$id]}"
	done <"$here/rules.tsv"
}

# control_status RULES REASON KEPT: of one of KISA's checks, from its rules (with commas between), why it is not applicable
# and the packages that are kept in spite of it, each - for none.
control_status() {
	local id result=passed
	if [ "$2" != - ]; then
		echo not-applicable
		return
	fi
	if [ "$1" = - ]; then
		echo not-covered
		return
	fi
	[ "$3" = - ] || result=off
	for id in ${1//,/ }; do
		case ${status[$id]} in
			failed) result=failed ;;
			off) [ "$result" = failed ] || result=off ;;
		esac
	done
	echo "$result"
}

# --- report.json

text() {
	local s=$1
	s=${s//\\/\\\\}
	s=${s//\"/\\\"}
	s=${s//$'\n'/\\n}
	s=${s//$'\t'/\\t}
	printf '"%s"' "${s//[$'\001'-$'\037']/}"
}

# list A,B: - is none.
list() {
	local element separator=
	printf '['
	if [ "$1" != - ]; then
		for element in ${1//,/ }; do
			printf '%s"%s"' "$separator" "$element"
			separator=,
		done
	fi
	printf ']'
}

write_json() {
	local id severity mandatory proof kisa cis isms code rules reason kept separator
	printf '{"schema":1,"compliant":%s,"image":"%s","instance":"%s","region":"%s",' "$compliant" "$image" "$instance" "$region"
	printf '"os":%s,"release":"%s","kernel":"%s","arch":"%s","checkedAt":"%s",' "$(text "$system")" "$release" "$kernel" "$arch" "$checked"
	printf '"passed":%d,"failed":%d,"off":%d,"rules":[' "$passed" "$failed" "$off"
	separator=
	while IFS=$'\t' read -r id severity mandatory proof kisa cis isms _; do
		printf '%s\n{"id":"%s","severity":"%s","mandatory":%s,' "$separator" "$id" "$severity" "$([ "$mandatory" = yes ] && echo true || echo false)"
		printf '"proof":"%s","kisa2026":%s,"cisAl2023":%s,"ismsP2023":%s,' "$proof" "$(list "$kisa")" "$(list "$cis")" "$(list "$isms")"
		printf '"status":"%s","detail":%s}' "${status[$id]}" "$(text "${detail[$id]}")"
		separator=,
	done <"$here/rules.tsv"
	printf '],"controls":['
	separator=
	while IFS=$'\t' read -r code severity _ _ rules reason _ kept; do
		printf '%s\n{"code":"%s","severity":"%s","status":"%s","rules":%s}' "$separator" "$code" "$severity" \
			"$(control_status "$rules" "$reason" "$kept")" "$(list "$rules")"
		separator=,
	done <"$here/controls.tsv"
	printf ']}\n'
}

# --- report.en.md, report.ko.md

language=en
say() { if [ "$language" = ko ]; then printf '%s' "$2"; else printf '%s' "$1"; fi; }

named() {
	case $1 in
		passed) say passed 양호 ;;
		failed) say "**failed**" "**취약**" ;;
		off) say "switched off" 예외 ;;
		not-applicable) say "not applicable" "해당 없음" ;;
		not-covered) say "**not covered**" "**미점검**" ;;
		high) say high 상 ;;
		medium) say medium 중 ;;
		low) say low 하 ;;
	esac
}

# cell TEXT: in a table, in one line.
cell() {
	local s=${1//|/\\|}
	s=${s//$'\n'/; }
	[ "$s" = - ] || printf '%s' "$s"
}

# codes A,B: the same, of a list.
codes() { cell "${1//,/, }"; }

write_markdown() {
	language=$1
	echo "# $(say "Compliance of the golden image" "골든 이미지 점검 결과")"
	echo
	echo "| $(say Image 이미지) | \`$image\` |"
	echo "|---|---|"
	echo "| $(say Result 결과) | $(if [ "$compliant" = true ]; then say "compliant: no mandatory rule failed" "적합: 필수 규칙에 취약 항목 없음"; else say "**not compliant**" "**부적합**"; fi) |"
	echo "| $(say Rules 규칙) | $(say "$passed passed, $failed failed, $off switched off" "양호 ${passed}개, 취약 ${failed}개, 예외 ${off}개") |"
	echo "| $(say "Operating system" 운영체제) | $system, $release, $kernel, $arch |"
	echo "| $(say Checked "점검 시각") | $checked, $(say "instance $instance in $region" "인스턴스 $instance, 리전 $region") |"
	echo
	controls_markdown
	rules_markdown
	method_markdown
}

controls_markdown() {
	local code severity english korean rules reason korean_reason kept is why
	echo "## $(say "KISA's checks for Unix servers (2026)" "주요정보통신기반시설 Unix 서버 점검 항목(2026)")"
	echo
	echo "| $(say Code 코드) | $(say Check "점검 항목") | $(say Severity 중요도) | $(say Result 결과) | $(say "Rules or reason" "규칙 또는 사유") |"
	echo "|---|---|---|---|---|"
	while IFS=$'\t' read -r code severity english korean rules reason korean_reason kept; do
		is=$(control_status "$rules" "$reason" "$kept")
		why=$(codes "$rules")
		[ "$kept" = - ] || why+="; $(say "kept: " "유지한 패키지: ")$(codes "$kept")"
		[ "$is" != not-applicable ] || why=$(cell "$(say "$reason" "$korean_reason")")
		echo "| $code | $(cell "$(say "$english" "$korean")") | $(named "$severity") | $(named "$is") | $why |"
	done <"$here/controls.tsv"
	echo
}

rules_markdown() {
	local id severity mandatory kisa cis isms english korean
	echo "## $(say Rules 규칙)"
	echo
	echo "| $(say Rule 규칙) | $(say Content 내용) | $(say Severity 중요도) | $(say Mandatory 필수) | KISA 2026 | CIS AL2023 | ISMS-P 2023 | $(say Result 결과) | $(say "What was found, or why it is off" "확인 내용 또는 예외 사유") |"
	echo "|---|---|---|---|---|---|---|---|---|"
	while IFS=$'\t' read -r id severity mandatory _ kisa cis isms english korean _; do
		echo "| $id | $(cell "$(say "$english" "$korean")") | $(named "$severity") | $(if [ "$mandatory" = yes ]; then say yes 예; else say no 아니요; fi) |" \
			"$(codes "$kisa") | $(codes "$cis") | $(codes "$isms") | $(named "${status[$id]}") | $(cell "${detail[$id]}") |"
	done <"$here/rules.tsv"
	echo
}

method_markdown() {
	local id proof
	echo "## $(say Method "점검 방법")"
	echo
	say "Each rule's check ran as root on an instance that was started from this image, after its services had started. A check reads
what takes effect (what sshd, a login shell or the kernel answers) where that can be asked, and the file otherwise. The
project's own tests prove in a container that each check fails before its rule and passes after it. These rules only an
instance can prove, since a container lacks Amazon Linux's package manager, its PAM profiles, SELinux or a kernel of its own:" \
		"이 이미지로 기동한 인스턴스에서 서비스가 모두 시작된 뒤 root 권한으로 규칙마다 점검 스크립트를 실행했습니다. sshd, 로그인
셸, 커널처럼 적용된 값을 물어볼 수 있으면 그 값을, 그렇지 않으면 설정 파일을 확인합니다. 규칙 적용 전에는 취약, 적용
후에는 양호로 나오는지는 프로젝트의 컨테이너 시험이 증명합니다. 컨테이너에는 Amazon Linux의 패키지 관리자, PAM 프로필,
SELinux, 전용 커널이 없으므로 다음 규칙은 인스턴스에서만 증명됩니다."
	echo
	echo
	while IFS=$'\t' read -r id _ _ proof _; do
		[ "$proof" != instance ] || echo "- $id"
	done <"$here/rules.tsv"
	echo
	say "Beside them: the kernel's own values in kernel-parameters and kernel-modules, what the kernel records for auditd, the
clock of time-sync, and the boot itself." \
		"그 밖에 kernel-parameters와 kernel-modules의 커널 적용 값, auditd의 커널 기록, time-sync의 시각 조정, 그리고 부팅 자체도
인스턴스에서 확인합니다."
	echo
}

check() {
	mkdir -p "$out"
	facts
	ask
	write_json >"$out/report.json"
	write_markdown en >"$out/report.en.md"
	write_markdown ko >"$out/report.ko.md"
}

verdict() {
	if grep -q '^{"schema":1,"compliant":true,' "$out/report.json"; then return; fi
	echo "a mandatory rule failed:"
	grep '"mandatory":true,.*"status":"failed"' "$out/report.json"
	exit 1
}

case ${1-} in
	image) metadata ami-id ;;
	check) check ;;
	verdict) verdict ;;
	*)
		echo "usage: report.sh image|check|verdict" >&2
		exit 2
		;;
esac
