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
if ! in_container; then # which may not set the clock
	expect_running chronyd
	chronyc waitsync 30 0 0 2 >/dev/null || wrong "no time server answered within a minute: $(chronyc -n sources 2>&1 | tail -n +3 | head -5)"
fi
verdict
