#!/usr/bin/env bash
# rule: owned-files
# title: Each file has an owner and a group that exist
# title-ko: 소유자나 그룹이 없는 파일을 두지 않는다
# severity: high
# mandatory: yes
# switch: owned-files
# kisa-2026: U-15
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

local_files \( -nouser -o -nogroup \) | while read -r file; do chown --no-dereference root:root "$file"; done
