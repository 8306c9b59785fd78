#!/usr/bin/env bash
# rule: ssh-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for file in /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf; do expect_mode "$file" 600; done
for file in /etc/ssh/ssh_host_*_key; do expect_mode "$file" 640; done
for file in /etc/ssh/ssh_host_*_key.pub; do expect_mode "$file" 644; done
verdict
