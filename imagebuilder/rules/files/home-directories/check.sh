#!/usr/bin/env bash
# rule: home-directories
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r name home _; do
	if [ -d "$home" ]; then expect_mode "$home" 750 "$name"; else wrong "the home directory $home of $name does not exist"; fi
done < <(people)
verdict
