#!/usr/bin/env bash
# rule: account-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for file in /etc/passwd /etc/passwd- /etc/group /etc/group-; do expect_mode "$file" 644; done
for file in /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow-; do expect_mode "$file" 000; done
verdict
