#!/usr/bin/env bash
# rule: system-shells
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r name shell; do
	wrong "system account $name has the shell ${shell:-of login}"
done < <(awk -F: '$3 > 0 && $3 < 1000 && $7 !~ /(nologin|false|sync|shutdown|halt)$/ { print $1, $7 }' /etc/passwd)
verdict
