#!/usr/bin/env bash
set -euo pipefail
# As cloud-init's package.
mkdir -p /etc/rsyslog.d
echo ':syslogtag, isequal, "[CLOUDINIT]" /var/log/cloud-init.log' >/etc/rsyslog.d/21-cloudinit.conf
chmod 644 /etc/rsyslog.d/21-cloudinit.conf
