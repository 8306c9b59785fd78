#!/usr/bin/env bash
# rule: startup-files
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for dir in /etc/rc.d /etc/init.d /etc/systemd/system /usr/lib/systemd/system; do
	[ -d "$dir" ] || continue
	while read -r file; do wrong "$file can be changed by others than root"; done < <(find "$dir/" -xdev ! -type l \( ! -user root -o -perm /022 \))
done
verdict
