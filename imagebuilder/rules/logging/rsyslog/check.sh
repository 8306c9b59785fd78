#!/usr/bin/env bash
# rule: rsyslog
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_installed rsyslog logrotate
for log in messages secure cron; do
	cat /etc/rsyslog.conf /etc/rsyslog.d/*.conf 2>/dev/null | grep -qE "^[^#]*[[:space:]]-?/var/log/$log\$" || wrong "nothing is written to /var/log/$log"
done
for file in /etc/rsyslog.conf /etc/rsyslog.d/*.conf; do expect_mode "$file" 640; done
if cat /etc/rsyslog.conf /etc/rsyslog.d/*.conf 2>/dev/null | grep -qE '^[^#]*(imtcp|imudp|InputTCPServerRun|UDPServerRun)'; then wrong "rsyslog takes messages of other machines"; fi
expect_enabled rsyslog logrotate.timer
expect_running rsyslog
verdict
