#!/usr/bin/env bash
set -euo pipefail
# Sorted before the rule's file, which wins.
printf 'net.ipv4.ip_forward = 1\nnet.ipv4.tcp_syncookies = 0\n' >/etc/sysctl.d/99-site.conf
