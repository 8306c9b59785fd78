#!/usr/bin/env bash
# rule: time-sync
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_installed chrony
for server in $TIME_SERVERS; do
	grep -qsE "^(server|pool) $server( |\$)" /etc/chrony.conf || wrong "/etc/chrony.conf does not ask $server"
done
expect_enabled chronyd
in_container || expect_running chronyd # a container may not set the clock
verdict
