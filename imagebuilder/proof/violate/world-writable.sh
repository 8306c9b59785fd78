#!/usr/bin/env bash
set -euo pipefail
touch /srv/open
chmod 666 /srv/open
mkdir /srv/shared
chmod 777 /srv/shared
