#!/usr/bin/env bash
# rule: selinux
# title: SELinux enforces its policy
# title-ko: SELinux 정책을 강제한다
# severity: medium
# mandatory: yes
# switch: selinux
# cis-al2023: 1.6.1.4 1.6.1.5
# isms-p: 2.6.2 2.10.3
# os: amazon-linux-2023
# proof: instance
# files: /etc/selinux/config
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# It takes effect at the boot of the test instance; the build itself is not interrupted.
set_key /etc/selinux/config SELINUX = enforcing
