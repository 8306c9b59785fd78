#!/usr/bin/env bash
# rule: root-home
# title: Only root enters /root, and its PATH has no current directory
# title-ko: root 홈 디렉터리를 보호하고 PATH에 현재 디렉터리를 두지 않는다
# severity: high
# mandatory: yes
# switch: root-home
# kisa-2026: U-14
# cis-al2023: 6.2.8
# isms-p: 2.5.5 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /root /root/.bashrc /root/.bash_profile /root/.profile
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

set_mode /root 700
for file in /root/.bashrc /root/.bash_profile /root/.profile; do
	[ ! -e "$file" ] || ! grep -qE '^[^#]*PATH=(.*:)?\.(:|$|")' "$file" || sed -i -E '/^[^#]*PATH=(.*:)?\.(:|$|")/d' "$file"
done
