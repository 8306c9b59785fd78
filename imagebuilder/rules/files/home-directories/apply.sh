#!/usr/bin/env bash
# rule: home-directories
# title: Home directories exist, belong to their owners and are closed to others
# title-ko: 홈 디렉터리가 존재하고 소유자만 사용한다
# severity: medium
# mandatory: yes
# switch: home-directories
# kisa-2026: U-31 U-32
# cis-al2023: 6.2.10
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /root /home /home/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

people | while read -r name home _; do
	[ -d "$home" ] || install -d -o "$name" -g "$(id -gn "$name")" -m 700 "$home"
	[ "$(stat -c %U "$home")" = "$name" ] || chown "$name" "$home"
	chmod go-w,o-rx "$home"
done
