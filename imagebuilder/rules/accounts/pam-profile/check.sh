#!/usr/bin/env bash
# rule: pam-profile
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

authselect check >/dev/null || wrong "the PAM files are not what authselect wrote"
for stack in /etc/pam.d/system-auth /etc/pam.d/password-auth; do
	grep -qE '^auth.*pam_faillock\.so.*preauth' "$stack" || wrong "$stack does not ask faillock first"
	grep -qE '^auth.*pam_faillock\.so.*authfail' "$stack" || wrong "$stack does not count failures"
	grep -qE "^password.*pam_pwhistory\\.so.*remember=$PASSWORD_REMEMBER( |\$)" "$stack" || wrong "$stack takes former passwords"
	grep -qE '^password.*pam_pwquality\.so' "$stack" || wrong "$stack takes weak passwords"
	if grep -qE 'pam_unix\.so.*nullok' "$stack"; then wrong "$stack takes empty passwords"; fi
done
verdict
