#!/usr/bin/env bash
set -euo pipefail
usermod --shell /bin/sh daemon
