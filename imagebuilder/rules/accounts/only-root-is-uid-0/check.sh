#!/usr/bin/env bash
# rule: only-root-is-uid-0
# title: Only root has the user id 0
# title-ko: root 이외에 UID가 0인 계정이 없다
# severity: high
# mandatory: yes
# switch: only-root-is-uid-0
# kisa-2026: U-05
# cis-al2023: 6.2.9
# isms-p: 2.5.5
# os: amazon-linux-2023 amazon-linux-2
# proof: container
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r name; do wrong "$name has the user id 0"; done < <(awk -F: '$3 == 0 && $1 != "root" { print $1 }' /etc/passwd)
verdict
