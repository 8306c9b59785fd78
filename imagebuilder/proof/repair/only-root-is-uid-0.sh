#!/usr/bin/env bash
set -euo pipefail
sed -i '/^toor:/d' /etc/passwd
