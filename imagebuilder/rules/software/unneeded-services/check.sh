#!/usr/bin/env bash
# rule: unneeded-services
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for unit in $UNNEEDED_UNITS; do
	[ "$(readlink "/etc/systemd/system/$unit")" = /dev/null ] || wrong "$unit is not masked"
done
verdict
