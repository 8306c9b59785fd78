#!/usr/bin/env bash
# rule: cloudwatch-agent
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_installed amazon-cloudwatch-agent
for group in SystemLogs SecurityLogs AuthLogs; do
	grep -rqs "ISMS-GoldenAMI-$group" /opt/aws/amazon-cloudwatch-agent/etc || wrong "no log goes to ISMS-GoldenAMI-$group"
done
expect_enabled amazon-cloudwatch-agent
expect_running amazon-cloudwatch-agent
verdict
