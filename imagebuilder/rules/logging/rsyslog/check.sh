#!/usr/bin/env bash
# rule: rsyslog
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_installed rsyslog logrotate
for log in messages secure cron; do
	grep -qsE "^[^#]*[[:space:]]-?/var/log/$log\$" /etc/rsyslog.conf /etc/rsyslog.d/*.conf || wrong "nothing is written to /var/log/$log"
done
for file in /etc/rsyslog.conf /etc/rsyslog.d/*.conf; do expect_mode "$file" 640; done
if grep -qsE '^[^#]*(imtcp|imudp|InputTCPServerRun|UDPServerRun)' /etc/rsyslog.conf /etc/rsyslog.d/*.conf; then wrong "rsyslog takes messages of other machines"; fi
expect_enabled rsyslog
if [ -e /usr/lib/systemd/system/logrotate.timer ]; then
	expect_enabled logrotate.timer
elif [ ! -x /etc/cron.daily/logrotate ]; then
	wrong "nothing rotates the logs"
fi
expect_running rsyslog
verdict
