#!/usr/bin/env bash
# rule: groups-exist
# title: Each account belongs to a group that exists
# title-ko: 모든 계정의 기본 그룹이 존재한다
# severity: low
# mandatory: no
# switch: groups-exist
# kisa-2026: U-09
# cis-al2023: 6.2.3
# isms-p: 2.5.1
# os: amazon-linux-2023 amazon-linux-2
# proof: container
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while IFS=: read -r name _ _ gid _; do
	getent group "$gid" >/dev/null || wrong "the group $gid of $name does not exist"
done </etc/passwd
# A group that people could be given, and nobody has.
while IFS=: read -r group _ gid members; do
	if ((gid >= 1000 && gid < 60000)) && [ -z "$members" ] && ! awk -F: -v gid="$gid" '$4 == gid { found = 1 } END { exit !found }' /etc/passwd; then
		wrong "nobody belongs to the group $group"
	fi
done </etc/group
verdict
