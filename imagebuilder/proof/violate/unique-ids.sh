#!/usr/bin/env bash
set -euo pipefail
useradd --uid 4000 one
useradd --uid 4000 --non-unique two
