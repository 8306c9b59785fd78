#!/usr/bin/env bash
# rule: scheduler-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for list in /etc/cron.allow /etc/at.allow; do
	[ "$(cat "$list" 2>/dev/null)" = root ] || wrong "$list does not name root alone"
	expect_mode "$list" 640
done
for list in /etc/cron.deny /etc/at.deny; do [ ! -e "$list" ] || wrong "$list exists"; done
for file in /etc/crontab /etc/cron.d/*; do expect_mode "$file" 640; done
for dir in /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/cron.d /var/spool/cron; do expect_mode "$dir" 750; done
while read -r file; do wrong "$file has mode $(stat -c %a "$file"), allowed is 640"; done < <(find /var/spool/cron /var/spool/at -type f -perm /0037 2>/dev/null)
for program in /usr/bin/crontab /usr/bin/at; do expect_mode "$program" 750; done
verdict
