#!/usr/bin/env bash
# rule: network-files
# title: Only root changes the files of names and services
# title-ko: 호스트·서비스 파일은 root만 변경한다
# severity: high
# mandatory: yes
# switch: network-files
# kisa-2026: U-19 U-20 U-22 U-29 U-40
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/etc/hosts modes:/etc/services modes:/etc/hosts.allow modes:/etc/hosts.deny modes:/etc/exports modes:/etc/inetd.conf modes:/etc/xinetd.conf modes:/etc/hosts.lpd
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

for file in /etc/hosts /etc/services /etc/hosts.allow /etc/hosts.deny /etc/exports; do set_mode "$file" 644; done
for file in /etc/inetd.conf /etc/xinetd.conf /etc/hosts.lpd; do set_mode "$file" 600; done
