#!/usr/bin/env bash
# rule: session-timeout
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

# shellcheck disable=SC2016 # the login shell expands it
is=$(env -i HOME=/ TMOUT=0 bash -lc 'echo "${TMOUT-}"' 2>/dev/null)
[ "$is" = "$SESSION_TIMEOUT_SECONDS" ] || wrong "a login shell has TMOUT ${is:-not set}, expected $SESSION_TIMEOUT_SECONDS"
if env -i HOME=/ "TMOUT=$SESSION_TIMEOUT_SECONDS" bash -lc 'unset TMOUT' 2>/dev/null; then wrong "a shell can switch off TMOUT"; fi
verdict
