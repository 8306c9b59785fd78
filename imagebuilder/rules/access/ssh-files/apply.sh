#!/usr/bin/env bash
# rule: ssh-files
# title: Only root reads the SSH server's configuration and keys
# title-ko: SSH 서버 설정과 호스트 키를 root만 읽는다
# severity: high
# mandatory: yes
# switch: ssh-files
# cis-al2023: 4.2.1 4.2.2 4.2.3
# isms-p: 2.6.2 2.7.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/etc/ssh/* modes:/etc/ssh/sshd_config.d/*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

set_mode /etc/ssh/sshd_config 600
for file in /etc/ssh/sshd_config.d/*.conf; do set_mode "$file" 600; done
for file in /etc/ssh/ssh_host_*_key; do
	[ "$(stat -c %G "$file" 2>/dev/null)" = ssh_keys ] || set_mode "$file" 600 # the group is the distribution's, with 640
done
for file in /etc/ssh/ssh_host_*_key.pub; do set_mode "$file" 644; done
