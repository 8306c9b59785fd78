#!/usr/bin/env bash
# rule: trust-files
# title: No account trusts another host
# title-ko: rhosts와 hosts.equiv를 사용하지 않는다
# severity: high
# mandatory: yes
# switch: trust-files
# kisa-2026: U-27
# cis-al2023: 6.2.11
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/hosts.equiv /etc/shosts.equiv /root/* /home/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

rm -f /etc/hosts.equiv /etc/shosts.equiv
people | while read -r _ home _; do rm -f "$home/.rhosts" "$home/.shosts" "$home/.netrc"; done
