#!/usr/bin/env bash
set -euo pipefail
touch /var/log/loose.log /var/log/stolen.log
chmod 666 /var/log/loose.log
chown 1500 /var/log/stolen.log
mkdir /var/log/open
chmod 777 /var/log/open
