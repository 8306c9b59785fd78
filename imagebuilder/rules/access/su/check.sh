#!/usr/bin/env bash
# rule: su
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

# Nothing but root's own right comes before it.
first=$(awk '/^auth/ && !/pam_(env|rootok)\.so/ { print; exit }' /etc/pam.d/su)
[[ $first =~ required[[:space:]]+pam_wheel\.so.*use_uid ]] || wrong "/etc/pam.d/su lets everybody use su"
getent group wheel >/dev/null || wrong "the group wheel does not exist"
verdict
