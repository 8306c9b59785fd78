#!/usr/bin/env bash
# rule: banner
# title: People are warned before they log in
# title-ko: 로그인 전에 경고 문구를 보여 준다
# severity: low
# mandatory: yes
# switch: banner
# kisa-2026: U-62
# cis-al2023: 1.7.1 1.7.2 1.7.3 1.7.4 1.7.5 1.7.6 4.2.15
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/issue /etc/issue.net /etc/motd
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# The text names neither the system nor its version.
for file in /etc/issue /etc/issue.net; do
	if [ -L "$file" ]; then rm "$file"; fi # to the distribution's own below /usr, which an update would bring back
	printf '%s\n' "$BANNER" | write_file "$file" 644
done
# Amazon Linux composes motd, with its name, below /run; what is left in /etc/motd is ours.
[ -L /etc/motd ] || printf '%s\n' "$BANNER" | write_file /etc/motd 644
