#!/usr/bin/env bash
# rule: unneeded-accounts
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for name in $UNNEEDED_ACCOUNTS; do
	if getent passwd "$name" >/dev/null; then wrong "account $name exists"; fi
done
verdict
