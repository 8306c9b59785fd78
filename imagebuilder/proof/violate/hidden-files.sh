#!/usr/bin/env bash
set -euo pipefail
mkdir -p /var/tmp/...
touch /var/tmp/.../tool
