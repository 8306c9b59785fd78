#!/usr/bin/env bash
# rule: system-shells
# title: System accounts have no login shell
# title-ko: 시스템 계정에 로그인 셸을 주지 않는다
# severity: medium
# mandatory: yes
# switch: system-shells
# kisa-2026: U-11 U-55
# cis-al2023: 4.6.2
# isms-p: 2.5.1 2.5.5
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/passwd*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# sync, shutdown and halt have their command for a shell, which ends at once.
awk -F: '$3 > 0 && $3 < 1000 && $7 !~ /(nologin|false|sync|shutdown|halt)$/ { print $1 }' /etc/passwd |
	while read -r name; do usermod --shell "$(command -v nologin)" "$name"; done
