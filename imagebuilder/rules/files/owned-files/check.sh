#!/usr/bin/env bash
# rule: owned-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r file; do wrong "$file has no owner or no group"; done < <(local_files \( -nouser -o -nogroup \) | head -50)
verdict
