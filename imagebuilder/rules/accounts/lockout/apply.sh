#!/usr/bin/env bash
# rule: lockout
# title: An account is locked after too many wrong passwords
# title-ko: 비밀번호를 여러 번 틀리면 계정을 잠근다
# severity: high
# mandatory: yes
# switch: lockout
# kisa-2026: U-03
# cis-al2023: 4.5.2
# isms-p: 2.5.3
# os: amazon-linux-2023
# proof: container
# files: /etc/security/faillock.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

set_key /etc/security/faillock.conf deny ' = ' "$LOCKOUT_TRIES"
set_key /etc/security/faillock.conf unlock_time ' = ' "$LOCKOUT_UNLOCK_SECONDS"
set_key /etc/security/faillock.conf fail_interval ' = ' 900
grep -qx audit /etc/security/faillock.conf || echo audit >>/etc/security/faillock.conf
