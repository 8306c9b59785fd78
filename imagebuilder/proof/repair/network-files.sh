#!/usr/bin/env bash
set -euo pipefail
rm /etc/exports
