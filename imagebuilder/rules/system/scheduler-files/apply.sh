#!/usr/bin/env bash
# rule: scheduler-files
# title: Only root schedules jobs
# title-ko: 작업 예약 파일은 root만 변경하고 일반 사용자는 예약할 수 없다
# severity: high
# mandatory: yes
# switch: scheduler-files
# kisa-2026: U-37
# cis-al2023: 4.1.2 4.1.3 4.1.4 4.1.5 4.1.6 4.1.7 4.1.8 4.1.9
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/cron* /etc/cron*/* /etc/at.* /usr/bin/crontab /usr/bin/at /var/spool/cron/** /var/spool/at/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# Amazon Linux 2023 has neither cron nor at; whoever installs them finds the lists that let in root only.
for list in /etc/cron.allow /etc/at.allow; do echo root | write_file "$list" 640; done
rm -f /etc/cron.deny /etc/at.deny
set_mode /etc/crontab 600
for dir in /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/cron.d /var/spool/cron; do set_mode "$dir" 700; done
for file in /etc/cron.d/*; do set_mode "$file" 600; done
for dir in /var/spool/cron /var/spool/at; do
	[ ! -d "$dir" ] || find "$dir" -type f -perm /0037 -exec chmod g-wx,o-rwx {} +
done
for program in /usr/bin/crontab /usr/bin/at; do set_mode "$program" 750; done
