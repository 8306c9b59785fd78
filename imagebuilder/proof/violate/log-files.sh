#!/usr/bin/env bash
set -euo pipefail
touch /var/log/loose.log
chmod 666 /var/log/loose.log
