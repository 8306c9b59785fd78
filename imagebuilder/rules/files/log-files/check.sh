#!/usr/bin/env bash
# rule: log-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_mode /var/log 755
while read -r file; do wrong "$file has mode $(stat -c %a "$file"), allowed is 644"; done < <(find /var/log -xdev -type f -perm /0133 ! -path '/var/log/journal/*')
for file in /var/log/messages /var/log/secure /var/log/cron; do expect_mode "$file" 640; done
verdict
