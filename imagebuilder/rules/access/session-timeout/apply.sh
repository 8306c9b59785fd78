#!/usr/bin/env bash
# rule: session-timeout
# title: An idle shell ends
# title-ko: 유휴 셸 세션을 종료한다
# severity: low
# mandatory: yes
# switch: session-timeout
# kisa-2026: U-12
# cis-al2023: 4.6.3
# isms-p: 2.6.2 2.6.6
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/profile.d/golden-image-timeout.sh
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

write_file /etc/profile.d/golden-image-timeout.sh 644 <<-END
	# Seconds until an idle shell ends; nobody changes it in a session, nor in a shell below that inherits it.
	if (unset TMOUT) 2>/dev/null; then
		TMOUT=$SESSION_TIMEOUT_SECONDS
		readonly TMOUT
		export TMOUT
	fi
END
