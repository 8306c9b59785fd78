#!/usr/bin/env bash
# rule: banner
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for file in /etc/issue /etc/issue.net; do
	[ "$(cat "$file" 2>/dev/null)" = "$BANNER" ] || wrong "$file is not the banner"
	[ ! -L "$file" ] || wrong "$file is a link to a file that updates replace"
	expect_mode "$file" 644
done
[ -L /etc/motd ] || [ "$(cat /etc/motd 2>/dev/null)" = "$BANNER" ] || wrong "/etc/motd is not the banner"
verdict
