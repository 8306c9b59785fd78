#!/usr/bin/env bash
set -euo pipefail
rm /srv/null
