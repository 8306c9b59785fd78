#!/usr/bin/env bash
set -euo pipefail
userdel two
userdel one
rm -rf /home/one /home/two
