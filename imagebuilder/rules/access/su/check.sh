#!/usr/bin/env bash
# rule: su
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

# Only root comes before it in the file.
grep -E '^auth' /etc/pam.d/su | sed -n 2p | grep -qE 'required[[:space:]]+pam_wheel\.so.*use_uid' || wrong "/etc/pam.d/su lets everybody use su"
getent group wheel >/dev/null || wrong "the group wheel does not exist"
verdict
