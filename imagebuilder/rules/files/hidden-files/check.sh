#!/usr/bin/env bash
# rule: hidden-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r file; do wrong "$file is hidden"; done < <(find /tmp /var/tmp /dev/shm -mindepth 1 -maxdepth 2 -name '.*' ! -name '.*-unix')
while read -r file; do wrong "$file is hidden"; done < <(find /usr/bin /usr/sbin -name '.*' ! -name '.*.hmac')
verdict
