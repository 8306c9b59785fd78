#!/usr/bin/env bash
# rule: rsyslog
# title: System and authentication logs are written to files
# title-ko: 시스템 로그와 인증 로그를 파일로 남긴다
# severity: high
# mandatory: yes
# switch: rsyslog
# kisa-2026: U-21 U-66
# cis-al2023: 5.1.1.1 5.1.1.2 5.1.1.4 5.1.1.5 5.1.1.7
# isms-p: 2.9.4
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# packages: rsyslog logrotate
# files: /etc/rsyslog.conf /etc/rsyslog.d/00-golden-image.conf modes:/etc/rsyslog.d/* /etc/logrotate.d/golden-image
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# Amazon Linux 2023 comes without it, and then there is no /var/log/messages and no /var/log/secure to collect.
install_package rsyslog logrotate
missing() { ! grep -qsE "^[^#]*[[:space:]]-?$1\$" /etc/rsyslog.conf; }
{
	# shellcheck disable=SC2016 # rsyslog's own directive
	echo '$FileCreateMode 0640'
	if missing /var/log/messages; then echo '*.info;mail.none;authpriv.none;cron.none /var/log/messages'; fi
	if missing /var/log/secure; then echo 'auth,authpriv.* /var/log/secure'; fi
	if missing /var/log/cron; then echo 'cron.* /var/log/cron'; fi
} | write_file /etc/rsyslog.d/00-golden-image.conf 640
# cloud-init brings a file of its own.
for file in /etc/rsyslog.conf /etc/rsyslog.d/*.conf; do set_mode "$file" 640; done
write_file /etc/logrotate.d/golden-image 644 <<-END
	/var/log/sudo.log /var/log/aide/aide.log {
		weekly
		rotate 12
		compress
		missingok
		notifempty
		create 0600 root root
	}
END
enable_unit rsyslog
# Amazon Linux 2 rotates by cron.
if [ -e /usr/lib/systemd/system/logrotate.timer ]; then enable_unit logrotate.timer; fi
