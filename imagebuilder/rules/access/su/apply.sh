#!/usr/bin/env bash
# rule: su
# title: Only members of wheel may use su
# title-ko: su 명령은 wheel 그룹만 사용한다
# severity: high
# mandatory: yes
# switch: su
# kisa-2026: U-06
# cis-al2023: 4.3.6
# isms-p: 2.5.5
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/pam.d/su /etc/group* /etc/gshadow*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

getent group wheel >/dev/null || groupadd --system wheel
line="auth required pam_wheel.so use_uid group=wheel"
grep -qxF "$line" /etc/pam.d/su || sed -i "0,/^auth[[:space:]]*sufficient[[:space:]]*pam_rootok.so/s//&\n$line/" /etc/pam.d/su
