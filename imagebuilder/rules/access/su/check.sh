#!/usr/bin/env bash
# rule: su
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

# Nothing but root's own right comes before it.
grep -E '^auth' /etc/pam.d/su | grep -vE 'pam_(env|rootok)\.so' | head -1 |
	grep -qE 'required[[:space:]]+pam_wheel\.so.*use_uid' || wrong "/etc/pam.d/su lets everybody use su"
getent group wheel >/dev/null || wrong "the group wheel does not exist"
verdict
