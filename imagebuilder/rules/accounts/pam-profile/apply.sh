#!/usr/bin/env bash
# rule: pam-profile
# title: PAM counts wrong passwords, refuses former ones and empty ones, and lets keys in
# title-ko: PAM에 계정 잠금과 비밀번호 재사용 제한을 적용하고 키 접속은 비밀번호 만료와 무관하게 허용한다
# severity: high
# mandatory: yes
# switch: pam-profile
# kisa-2026: U-02 U-03
# cis-al2023: 4.4.1 4.4.2 4.5.2 4.5.3
# isms-p: 2.5.3 2.5.4
# os: amazon-linux-2023 amazon-linux-2
# proof: instance
# packages: authselect
# files: /etc/authselect/** /etc/pam.d/* /etc/nsswitch.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# former FILE: refuses former passwords. A line of the distribution's own may wait for a feature that is not selected.
former() {
	grep -q 'pam_pwhistory.so.*remember=' "$1" || sed -i "/^password.*pam_pwquality.so/a\\
password    requisite    pam_pwhistory.so use_authtok enforce_for_root remember=$PASSWORD_REMEMBER" "$1"
}

# keys FILE: whoever came by a key, or by sudo without a password, is let in although a password ran out. Accounts that
# are made later get the days of login.defs, and nobody could change a password that they do not have.
keys() { grep -qE '^account.*pam_unix\.so.*no_pass_expiry' "$1" || sed -i -E 's/^account.*pam_unix\.so/& no_pass_expiry/' "$1"; }

if [ "$OS" = amazon-linux-2 ]; then
	# It has no authselect, and its faillock reads no file.
	limits="audit deny=$LOCKOUT_TRIES unlock_time=$LOCKOUT_UNLOCK_SECONDS fail_interval=900"
	for stack in system-auth password-auth; do
		file=$(readlink -f "/etc/pam.d/$stack")
		sed -i -E '/pam_unix\.so/s/[[:space:]]nullok//' "$file"
		grep -q pam_faillock.so "$file" || sed -i -E \
			-e "s/^auth.*pam_unix\.so.*/auth required pam_faillock.so preauth silent $limits\n&\nauth [default=die] pam_faillock.so authfail $limits/" \
			-e 's/^account.*pam_unix\.so/account required pam_faillock.so\n&/' "$file"
		former "$file"
		keys "$file"
	done
	exit
fi

install_package authselect
profile=/etc/authselect/custom/golden-image
[ -d "$profile" ] || authselect create-profile golden-image --base-on=minimal
for stack in system-auth password-auth; do
	former "$profile/$stack"
	keys "$profile/$stack"
done
authselect current --raw 2>/dev/null | grep -qx 'custom/golden-image with-faillock without-nullok' ||
	authselect select custom/golden-image with-faillock without-nullok --force
authselect apply-changes
