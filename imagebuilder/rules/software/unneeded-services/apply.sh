#!/usr/bin/env bash
# rule: unneeded-services
# title: Insecure and unneeded services cannot start
# title-ko: 안전하지 않거나 불필요한 서비스가 기동되지 않게 한다
# severity: high
# mandatory: yes
# switch: unneeded-services
# kisa-2026: U-34 U-36 U-38 U-39 U-40 U-41 U-42 U-43 U-44 U-52 U-54 U-58
# cis-al2023: 2.2.16 2.2.17 2.4
# isms-p: 2.6.2 2.10.3
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/systemd/system/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# A mask also holds for a package that somebody installs later.
for unit in $UNNEEDED_UNITS; do
	[ "$(readlink "/etc/systemd/system/$unit")" = /dev/null ] || systemctl mask "$unit"
	[ ! -d /run/systemd/system ] || systemctl stop "$unit" 2>/dev/null || echo "$unit did not run"
done
