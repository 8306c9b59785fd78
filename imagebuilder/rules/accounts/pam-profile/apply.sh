#!/usr/bin/env bash
# rule: pam-profile
# title: PAM counts wrong passwords, refuses former ones and empty ones
# title-ko: PAM에 계정 잠금과 비밀번호 재사용 제한을 적용한다
# severity: high
# mandatory: yes
# switch: pam-profile
# kisa-2026: U-02 U-03
# cis-al2023: 4.4.1 4.4.2 4.5.2 4.5.3
# isms-p: 2.5.3 2.5.4
# os: amazon-linux-2023
# proof: instance
# packages: authselect
# files: /etc/authselect/** /etc/pam.d/* /etc/nsswitch.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

install_package authselect
profile=/etc/authselect/custom/golden-image
[ -d "$profile" ] || authselect create-profile golden-image --base-on=minimal
for stack in system-auth password-auth; do
	grep -q pam_pwhistory.so "$profile/$stack" || sed -i "/^password.*pam_pwquality.so/a\\
password    requisite    pam_pwhistory.so use_authtok enforce_for_root remember=$PASSWORD_REMEMBER" "$profile/$stack"
done
authselect current --raw 2>/dev/null | grep -qx 'custom/golden-image with-faillock without-nullok' ||
	authselect select custom/golden-image with-faillock without-nullok --force
authselect apply-changes
