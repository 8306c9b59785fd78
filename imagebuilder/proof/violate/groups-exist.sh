#!/usr/bin/env bash
set -euo pipefail
groupadd --gid 5000 nobodys
