#!/usr/bin/env bash
# rule: pam-profile
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

if [ "$OS" != amazon-linux-2 ]; then authselect check >/dev/null || wrong "the PAM files are not what authselect wrote"; fi
for stack in /etc/pam.d/system-auth /etc/pam.d/password-auth; do
	grep -qE '^auth.*pam_faillock\.so.*preauth' "$stack" || wrong "$stack does not ask faillock first"
	if [ "$OS" = amazon-linux-2 ]; then
		grep -qE "^auth.*pam_faillock\\.so.*authfail.*deny=$LOCKOUT_TRIES unlock_time=$LOCKOUT_UNLOCK_SECONDS " "$stack" || wrong "$stack does not lock after $LOCKOUT_TRIES tries"
	fi
	grep -qE '^auth.*pam_faillock\.so.*authfail' "$stack" || wrong "$stack does not count failures"
	grep -qE "^password.*pam_pwhistory\\.so.*remember=$PASSWORD_REMEMBER( |\$)" "$stack" || wrong "$stack takes former passwords"
	grep -qE '^password.*pam_pwquality\.so' "$stack" || wrong "$stack takes weak passwords"
	grep -qE '^account.*pam_unix\.so.*no_pass_expiry' "$stack" || wrong "$stack refuses keys of accounts whose password ran out"
	if grep -qE 'pam_unix\.so.*nullok' "$stack"; then wrong "$stack takes empty passwords"; fi
done
verdict
