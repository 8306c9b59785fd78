#!/usr/bin/env bash
set -euo pipefail
sed -i 's/^ENCRYPT_METHOD.*/ENCRYPT_METHOD MD5/' /etc/login.defs
