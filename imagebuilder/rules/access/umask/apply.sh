#!/usr/bin/env bash
# rule: umask
# title: New files are closed to others
# title-ko: 새로 만드는 파일을 다른 사용자에게 열지 않는다
# severity: medium
# mandatory: yes
# switch: umask
# kisa-2026: U-30
# cis-al2023: 4.6.5
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/profile.d/zz-golden-image-umask.sh /etc/login.defs /etc/bashrc /etc/profile
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

echo "umask 027" | write_file /etc/profile.d/zz-golden-image-umask.sh 644
set_key /etc/login.defs UMASK $'\t' 027
for file in /etc/bashrc /etc/profile; do
	if grep -qsE '^[[:space:]]*umask 0?(002|022|02|22)$' "$file"; then
		sed -i -E 's/^([[:space:]]*)umask 0?(002|022|02|22)$/\1umask 027/' "$file"
	fi
done
