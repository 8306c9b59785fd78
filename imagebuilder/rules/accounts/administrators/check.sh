#!/usr/bin/env bash
# rule: administrators
# title: Only the named people are administrators
# title-ko: 관리자 그룹에는 지정된 계정만 속한다
# severity: medium
# mandatory: yes
# switch: administrators
# kisa-2026: U-08
# isms-p: 2.5.5 2.5.6
# os: amazon-linux-2023 amazon-linux-2
# proof: container
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for group in root wheel adm sudo; do
	for name in $(getent group "$group" | cut -d: -f4 | tr , ' '); do
		[[ " root $ADMINISTRATORS " = *" $name "* ]] || wrong "$name is in the group $group and no named administrator"
	done
done
verdict
