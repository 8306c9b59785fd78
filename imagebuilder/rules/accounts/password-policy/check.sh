#!/usr/bin/env bash
# rule: password-policy
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_key /etc/login.defs PASS_MAX_DAYS "$PASSWORD_MAX_DAYS"
expect_key /etc/login.defs PASS_MIN_DAYS "$PASSWORD_MIN_DAYS"
expect_key /etc/login.defs PASS_WARN_AGE "$PASSWORD_WARN_DAYS"
expect_installed libpwquality
expect_key /etc/security/pwquality.conf minlen "$PASSWORD_MIN_LENGTH"
expect_key /etc/security/pwquality.conf minclass "$PASSWORD_CLASSES"
if [ "$OS" != amazon-linux-2 ]; then
	expect_key /etc/security/pwquality.conf dictcheck 1
	expect_key /etc/security/pwhistory.conf remember "$PASSWORD_REMEMBER"
fi
while IFS=: read -r name _ _ least most _; do
	[ "${most:-99999}" -le "$PASSWORD_MAX_DAYS" ] || wrong "the password of $name lasts ${most:-for ever}"
	[ "${least:-0}" -ge "$PASSWORD_MIN_DAYS" ] || wrong "the password of $name can be changed after ${least:-0} days"
done < <(awk -F: '$2 ~ /^\$/' /etc/shadow)
verdict
