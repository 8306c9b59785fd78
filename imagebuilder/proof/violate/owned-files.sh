#!/usr/bin/env bash
set -euo pipefail
touch /srv/orphan
chown 7777:7777 /srv/orphan
