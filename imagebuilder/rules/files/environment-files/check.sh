#!/usr/bin/env bash
# rule: environment-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for file in /etc/profile /etc/bashrc /etc/environment /etc/profile.d/*; do expect_mode "$file" 644; done
while read -r name home _; do
	for file in "$home"/.profile "$home"/.bashrc "$home"/.bash_profile "$home"/.bash_logout "$home"/.kshrc "$home"/.cshrc "$home"/.login; do
		[ ! -f "$file" ] || expect_mode "$file" 755 "$name"
	done
done < <(people)
verdict
