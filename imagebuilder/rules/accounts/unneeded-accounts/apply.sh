#!/usr/bin/env bash
# rule: unneeded-accounts
# title: Accounts that nobody needs are gone
# title-ko: 사용하지 않는 계정을 삭제한다
# severity: low
# mandatory: yes
# switch: unneeded-accounts
# kisa-2026: U-07
# isms-p: 2.5.1
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/passwd* /etc/shadow* /etc/group* /etc/gshadow* /etc/sub* /etc/sysusers.d/*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# systemd would make them again at the next boot; a file of the same name in /etc takes the place of a package's.
lines="^u[^[:space:]]*[[:space:]]+(${UNNEEDED_ACCOUNTS// /|})[[:space:]]"
for file in /usr/lib/sysusers.d/*.conf; do
	if grep -qsE "$lines" "$file"; then sed -E "/$lines/d" "$file" | write_file "/etc/sysusers.d/${file##*/}" 644; fi
done
for name in $UNNEEDED_ACCOUNTS; do
	if getent passwd "$name" >/dev/null; then userdel "$name"; fi
done
