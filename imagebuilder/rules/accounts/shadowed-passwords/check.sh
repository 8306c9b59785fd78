#!/usr/bin/env bash
# rule: shadowed-passwords
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r name; do wrong "the password of $name is not shadowed"; done < <(awk -F: '$2 != "x" { print $1 }' /etc/passwd)
while read -r name; do wrong "$name has no password and is not locked"; done < <(awk -F: '$2 == "" { print $1 }' /etc/shadow)
verdict
