#!/usr/bin/env bash
# rule: log-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_mode /var/log 755
while read -r file; do wrong "$file has mode $(stat -c %a "$file"), allowed is 644"; done < <(find /var/log -xdev -type f -perm /0133 ! -path '/var/log/journal/*')
while read -r file; do wrong "$file belongs to $(stat -c %U "$file")"; done < <(find /var/log -xdev -uid +999)
while read -r dir; do wrong "everybody can write to $dir"; done < <(find /var/log -xdev -type d -perm -0002)
for file in /var/log/messages /var/log/secure /var/log/cron /var/log/sudo.log; do expect_mode "$file" 640; done
verdict
