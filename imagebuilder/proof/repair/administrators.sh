#!/usr/bin/env bash
set -euo pipefail
userdel stranger
rm -rf /home/stranger
