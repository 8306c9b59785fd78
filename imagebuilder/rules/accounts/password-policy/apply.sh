#!/usr/bin/env bash
# rule: password-policy
# title: Passwords are long, mixed, new, and last 90 days at most
# title-ko: 비밀번호의 길이·복잡도·재사용·사용 기간을 제한한다
# severity: high
# mandatory: yes
# switch: password-policy
# kisa-2026: U-02
# cis-al2023: 4.5.1 4.5.3 4.6.1.1 4.6.1.2 4.6.1.3
# isms-p: 2.5.4
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# packages: libpwquality
# files: /etc/login.defs /etc/security/pwquality.conf /etc/security/pwhistory.conf /etc/shadow*
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

install_package libpwquality
set_key /etc/login.defs PASS_MAX_DAYS $'\t' "$PASSWORD_MAX_DAYS"
set_key /etc/login.defs PASS_MIN_DAYS $'\t' "$PASSWORD_MIN_DAYS"
set_key /etc/login.defs PASS_WARN_AGE $'\t' "$PASSWORD_WARN_DAYS"
set_key /etc/security/pwquality.conf minlen ' = ' "$PASSWORD_MIN_LENGTH"
set_key /etc/security/pwquality.conf minclass ' = ' "$PASSWORD_CLASSES"
set_key /etc/security/pwquality.conf maxrepeat ' = ' 3
if [ "$OS" != amazon-linux-2 ]; then # its library knows neither of them, and checks words anyway
	set_key /etc/security/pwquality.conf dictcheck ' = ' 1
	set_key /etc/security/pwquality.conf retry ' = ' 3
	set_key /etc/security/pwhistory.conf remember ' = ' "$PASSWORD_REMEMBER"
fi
# Accounts that have a password. Without one, as ec2-user, nothing may run out: the key would be refused with it.
awk -F: -v least="$PASSWORD_MIN_DAYS" -v most="$PASSWORD_MAX_DAYS" -v warn="$PASSWORD_WARN_DAYS" \
	'$2 ~ /^\$/ && ($4 != least || $5 != most || $6 != warn) { print $1 }' /etc/shadow | while read -r name; do
	chage --maxdays "$PASSWORD_MAX_DAYS" --mindays "$PASSWORD_MIN_DAYS" --warndays "$PASSWORD_WARN_DAYS" "$name"
done
