#!/usr/bin/env bash
# rule: world-writable
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r file; do wrong "$file can be written by everybody"; done < <(local_files -type f -perm -0002 | head -50)
while read -r dir; do wrong "in $dir everybody can remove the files of others"; done < <(local_files -type d -perm -0002 ! -perm -1000 | head -50)
verdict
