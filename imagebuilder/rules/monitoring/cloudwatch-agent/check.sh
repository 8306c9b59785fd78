#!/usr/bin/env bash
# rule: cloudwatch-agent
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_installed amazon-cloudwatch-agent
for group in SystemLogs SecurityLogs AuthLogs; do
	cat /opt/aws/amazon-cloudwatch-agent/etc/*.json /opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d/* 2>/dev/null |
		grep -q "ISMS-GoldenAMI-$group" || wrong "no log goes to ISMS-GoldenAMI-$group"
done
expect_enabled amazon-cloudwatch-agent
expect_running amazon-cloudwatch-agent
verdict
