#!/usr/bin/env bash
# rule: sudo
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

visudo --check --quiet || wrong "sudo refuses its configuration"
for file in /etc/sudoers /etc/sudoers.d/*; do expect_mode "$file" 640; done
for line in "Defaults use_pty" "Defaults logfile=/var/log/sudo.log" "Defaults timestamp_timeout=5"; do
	expect_line /etc/sudoers.d/00-golden-image "$line"
done
if grep -rhsE '^[^#]*!authenticate' /etc/sudoers /etc/sudoers.d; then wrong "!authenticate switches off the question for a password"; fi
verdict
