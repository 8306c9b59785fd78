#!/usr/bin/env bash
# rule: environment-files
# title: Only their owners change what a shell reads at its start
# title-ko: 환경변수 파일은 소유자만 변경한다
# severity: high
# mandatory: yes
# switch: environment-files
# kisa-2026: U-24
# cis-al2023: 6.2.11
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/etc/profile modes:/etc/bashrc modes:/etc/environment modes:/etc/profile.d/* modes:/root/.* modes:/home/*/.*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

for file in /etc/profile /etc/bashrc /etc/environment /etc/profile.d/*; do set_mode "$file" 644; done
people | while read -r name home _; do
	for file in "$home"/.profile "$home"/.bashrc "$home"/.bash_profile "$home"/.bash_logout "$home"/.kshrc "$home"/.cshrc "$home"/.login; do
		[ -f "$file" ] || continue
		[ "$(stat -c %U "$file")" = "$name" ] || chown "$name" "$file"
		chmod go-w "$file"
	done
done
