#!/usr/bin/env bash
# rule: shadowed-passwords
# title: Passwords are shadowed and none is empty
# title-ko: 비밀번호를 shadow 파일에 보관하고 빈 비밀번호를 두지 않는다
# severity: high
# mandatory: yes
# switch: shadowed-passwords
# kisa-2026: U-04
# cis-al2023: 6.2.1 6.2.2
# isms-p: 2.5.4 2.7.1
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/passwd* /etc/shadow* /etc/gshadow* /etc/group*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

[ -z "$(awk -F: '$2 != "x"' /etc/passwd)" ] || pwconv
awk -F: '$2 == "" { print $1 }' /etc/shadow | while read -r name; do usermod --lock "$name"; done
