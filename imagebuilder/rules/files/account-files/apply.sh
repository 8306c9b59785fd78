#!/usr/bin/env bash
# rule: account-files
# title: Only root changes the account files, and reads the shadow files
# title-ko: 계정 파일은 root만 변경하고 shadow 파일은 누구에게도 열지 않는다
# severity: high
# mandatory: yes
# switch: account-files
# kisa-2026: U-16 U-18
# isms-p: 2.5.4 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/etc/passwd* modes:/etc/group* modes:/etc/shadow* modes:/etc/gshadow*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

for file in /etc/passwd /etc/passwd- /etc/group /etc/group-; do set_mode "$file" 644; done
for file in /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow-; do set_mode "$file" 0; done
