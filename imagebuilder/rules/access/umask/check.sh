#!/usr/bin/env bash
# rule: umask
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

is=$(env -i HOME=/ bash -lc umask 2>/dev/null)
[ "$is" = 0027 ] || wrong "a login shell has the umask $is"
expect_key /etc/login.defs UMASK 027
if grep -qsE '^[[:space:]]*umask 0?(002|022|02|22)$' /etc/bashrc /etc/profile; then wrong "/etc/bashrc or /etc/profile sets a wider umask"; fi
verdict
