#!/usr/bin/env bash
# rule: journal
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for line in Storage=persistent Compress=yes SystemMaxUse=500M ForwardToSyslog=yes; do
	expect_line /etc/systemd/journald.conf.d/golden-image.conf "$line"
done
[ -d /var/log/journal ] || wrong "/var/log/journal does not exist"
verdict
