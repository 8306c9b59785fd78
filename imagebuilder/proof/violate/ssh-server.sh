#!/usr/bin/env bash
set -euo pipefail
# As cloud-init may, and sorted after the rule's file, which wins.
printf 'PermitRootLogin yes\nPasswordAuthentication yes\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf
chmod 600 /etc/ssh/sshd_config.d/50-cloud-init.conf
