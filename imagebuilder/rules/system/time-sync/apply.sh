#!/usr/bin/env bash
# rule: time-sync
# title: The clock follows the named time servers
# title-ko: 지정된 시각 서버와 시각을 동기화한다
# severity: medium
# mandatory: yes
# switch: time-sync
# kisa-2026: U-65
# cis-al2023: 2.1.1 2.1.2
# isms-p: 2.9.6
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# packages: chrony
# files: /etc/chrony.conf /etc/chrony/chrony.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

install_package chrony
for server in $TIME_SERVERS; do echo "server $server prefer iburst minpoll 4 maxpoll 4"; done | lead_file /etc/chrony.conf
enable_unit chronyd
