#!/usr/bin/env bash
# rule: set-id-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for name in newgrp at lpq lpq-lpd lpr lpr-lpd lprm lprm-lpd lpc lpc-lpd traceroute dump restore chfn chsh wall write; do
	for file in /usr/bin/$name /usr/sbin/$name; do
		if [ -u "$file" ] || [ -g "$file" ]; then wrong "$file runs with the rights of its owner"; fi
	done
done
while IFS= read -r file; do
	rpm -qf "$file" >/dev/null 2>&1 || wrong "$file runs with the rights of its owner, and belongs to no package"
done < <(local_files -type f -perm /6000)
verdict
