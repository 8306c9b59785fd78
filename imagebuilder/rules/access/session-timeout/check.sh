#!/usr/bin/env bash
# rule: session-timeout
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

# shellcheck disable=SC2016 # the login shell expands it
is=$(env -i HOME=/ bash -lc 'echo "${TMOUT-}"' 2>/dev/null)
[ "$is" = "$SESSION_TIMEOUT_SECONDS" ] || wrong "a login shell has TMOUT ${is:-not set}, expected $SESSION_TIMEOUT_SECONDS"
verdict
