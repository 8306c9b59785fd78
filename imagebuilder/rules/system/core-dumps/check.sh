#!/usr/bin/env bash
# rule: core-dumps
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_line /etc/security/limits.d/golden-image.conf "* hard core 0"
expect_line /etc/systemd/coredump.conf.d/golden-image.conf Storage=none
expect_line /etc/systemd/coredump.conf.d/golden-image.conf ProcessSizeMax=0
verdict
