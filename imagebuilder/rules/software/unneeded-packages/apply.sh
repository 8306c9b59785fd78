#!/usr/bin/env bash
# rule: unneeded-packages
# title: Packages of insecure and unneeded services are removed
# title-ko: 안전하지 않거나 불필요한 서비스의 패키지를 제거한다
# severity: high
# mandatory: yes
# switch: unneeded-packages
# kisa-2026: U-20 U-29 U-34 U-35 U-36 U-38 U-41 U-43 U-44 U-45 U-46 U-47 U-48 U-49 U-50 U-51 U-52 U-53 U-54 U-55 U-56 U-57 U-58 U-59 U-60 U-61
# cis-al2023: 2.2.2 2.2.3 2.2.4 2.2.5 2.2.6 2.2.7 2.2.9 2.2.10 2.2.11 2.2.12 2.2.13 2.3.1 2.3.3
# isms-p: 2.6.2 2.10.3
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# packages: all
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

remove=()
for name in $UNNEEDED_PACKAGES; do
	if installed "$name"; then remove+=("$name"); fi
done
[ ${#remove[@]} = 0 ] || "$PACKAGE_MANAGER" remove -y "${remove[@]}"
