#!/usr/bin/env bash
# rule: aide
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_installed aide
aide --config=/etc/golden-image/aide.conf --config-check >/dev/null 2>&1 || wrong "AIDE refuses its configuration"
for path in /etc /usr/bin /usr/sbin; do expect_line /etc/golden-image/aide.conf "$path Fixed"; done
[ -x /usr/local/sbin/golden-image-aide ] || wrong "/usr/local/sbin/golden-image-aide cannot run"
expect_enabled golden-image-aide.timer
expect_running golden-image-aide.timer
verdict
