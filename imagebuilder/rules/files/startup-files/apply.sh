#!/usr/bin/env bash
# rule: startup-files
# title: Only root changes what starts with the system
# title-ko: 시스템 시작 스크립트는 root만 변경한다
# severity: high
# mandatory: yes
# switch: startup-files
# kisa-2026: U-17
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/etc/rc.d/** modes:/etc/init.d/** modes:/etc/systemd/system/** modes:/usr/lib/systemd/system/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

for dir in /etc/rc.d /etc/init.d /etc/systemd/system /usr/lib/systemd/system; do
	[ ! -d "$dir" ] || find "$dir/" -xdev ! -type l \( ! -user root -o -perm /022 \) -exec chown root {} + -exec chmod go-w {} +
done
