#!/usr/bin/env bash
set -euo pipefail
chmod 644 /etc/ssh/sshd_config
