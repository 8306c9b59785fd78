#!/usr/bin/env bash
set -euo pipefail
touch /etc/systemd/system/loose.service
chmod 666 /etc/systemd/system/loose.service
