#!/usr/bin/env bash
set -euo pipefail
useradd --no-create-home homeless
useradd --create-home opened
chmod 777 /home/opened
