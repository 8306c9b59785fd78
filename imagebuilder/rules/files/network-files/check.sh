#!/usr/bin/env bash
# rule: network-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for file in /etc/hosts /etc/services /etc/hosts.allow /etc/hosts.deny /etc/exports; do expect_mode "$file" 644; done
for file in /etc/inetd.conf /etc/xinetd.conf /etc/hosts.lpd; do expect_mode "$file" 600; done
if grep -sE '^[^#]*[[:space:]]\*?\(' /etc/exports; then wrong "/etc/exports gives to every host"; fi
verdict
