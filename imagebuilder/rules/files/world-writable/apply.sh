#!/usr/bin/env bash
# rule: world-writable
# title: Nobody writes to files of others
# title-ko: 모든 사용자가 쓸 수 있는 파일을 두지 않는다
# severity: high
# mandatory: yes
# switch: world-writable
# kisa-2026: U-25
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

local_files -type f -perm -0002 | while read -r file; do chmod o-w "$file"; done
local_files -type d -perm -0002 ! -perm -1000 | while read -r dir; do chmod a+t "$dir"; done
