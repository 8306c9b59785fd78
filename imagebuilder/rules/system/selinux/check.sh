#!/usr/bin/env bash
# rule: selinux
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_key /etc/selinux/config SELINUX enforcing
[ "$(getenforce)" = Enforcing ] || wrong "SELinux is $(getenforce)"
verdict
