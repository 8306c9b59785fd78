#!/usr/bin/env bash
# rule: unneeded-packages
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for name in $UNNEEDED_PACKAGES; do
	if installed "$name"; then wrong "package $name is installed"; fi
done
verdict
