#!/usr/bin/env bash
# rule: trust-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for file in /etc/hosts.equiv /etc/shosts.equiv; do [ ! -e "$file" ] || wrong "$file exists"; done
while read -r _ home _; do
	for file in "$home/.rhosts" "$home/.shosts" "$home/.netrc"; do [ ! -e "$file" ] || wrong "$file exists"; done
done < <(people)
verdict
