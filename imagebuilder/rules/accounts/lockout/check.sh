#!/usr/bin/env bash
# rule: lockout
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_key /etc/security/faillock.conf deny "$LOCKOUT_TRIES"
expect_key /etc/security/faillock.conf unlock_time "$LOCKOUT_UNLOCK_SECONDS"
expect_line /etc/security/faillock.conf audit
verdict
