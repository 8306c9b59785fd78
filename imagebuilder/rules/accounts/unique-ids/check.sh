#!/usr/bin/env bash
# rule: unique-ids
# title: No two accounts or groups share a name or an id
# title-ko: 계정·그룹의 이름과 ID가 중복되지 않는다
# severity: medium
# mandatory: yes
# switch: unique-ids
# kisa-2026: U-10
# cis-al2023: 6.2.4 6.2.5 6.2.6 6.2.7
# isms-p: 2.5.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

repeated() { cut -d: -f"$2" "$1" | sort | uniq -d; }
while read -r id; do wrong "several accounts have the user id $id"; done < <(repeated /etc/passwd 3)
while read -r id; do wrong "several groups have the id $id"; done < <(repeated /etc/group 3)
while read -r name; do wrong "several accounts are named $name"; done < <(repeated /etc/passwd 1)
while read -r name; do wrong "several groups are named $name"; done < <(repeated /etc/group 1)
verdict
