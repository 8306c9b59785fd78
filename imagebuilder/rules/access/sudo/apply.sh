#!/usr/bin/env bash
# rule: sudo
# title: sudo is logged and its configuration belongs to root
# title-ko: sudo 사용을 기록하고 설정 파일을 root만 변경한다
# severity: medium
# mandatory: yes
# switch: sudo
# kisa-2026: U-63
# cis-al2023: 4.3.1 4.3.2 4.3.3 4.3.5
# isms-p: 2.5.5 2.9.4
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/sudoers /etc/sudoers.d/*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

write_file /etc/sudoers.d/00-golden-image 440 <<-END
	Defaults use_pty
	Defaults logfile=/var/log/sudo.log
	Defaults timestamp_timeout=5
	Defaults passwd_tries=3
END
for file in /etc/sudoers /etc/sudoers.d/*; do set_mode "$file" 440; done
