#!/usr/bin/env bash
set -euo pipefail
# shellcheck disable=SC2016 # no variables: a hash
useradd --password '$6$salt$hash' --key PASS_MAX_DAYS=99999 older
