#!/usr/bin/env bash
set -euo pipefail
useradd --groups adm stranger
