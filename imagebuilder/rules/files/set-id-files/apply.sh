#!/usr/bin/env bash
# rule: set-id-files
# title: Only the programs that need it run with the rights of their owner
# title-ko: SUID·SGID 설정을 필요한 프로그램에만 둔다
# severity: high
# mandatory: yes
# switch: set-id-files
# kisa-2026: U-23
# isms-p: 2.5.5 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

for name in newgrp at lpq lpq-lpd lpr lpr-lpd lprm lprm-lpd lpc lpc-lpd traceroute dump restore chfn chsh wall write; do
	for file in /usr/bin/$name /usr/sbin/$name; do
		if [ -u "$file" ] || [ -g "$file" ]; then chmod u-s,g-s "$file"; fi
	done
done
local_files -type f -perm /6000 | while IFS= read -r file; do
	rpm -qf "$file" >/dev/null 2>&1 || chmod u-s,g-s "$file"
done
