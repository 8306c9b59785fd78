#!/usr/bin/env bash
# rule: auditd
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_installed audit
expect_key /etc/audit/auditd.conf max_log_file 32
expect_key /etc/audit/auditd.conf num_logs 10
expect_key /etc/audit/auditd.conf max_log_file_action ROTATE
expect_mode /etc/audit/auditd.conf 640
loaded=""
in_container || loaded=$(auditctl -l) || wrong "the kernel does not say what it records"
for key in identity privileges access logins system root-commands time modules mounts permissions refused deletions; do
	grep -qsE -- "-k $key\$" /etc/audit/rules.d/50-golden-image.rules || wrong "nothing is recorded as $key"
	in_container || grep -qE -- "(-k |key=)$key\$" <<<"$loaded" || wrong "the kernel records nothing as $key"
done
expect_line /etc/audit/rules.d/99-golden-image.rules "-e 2"
if grep -qsE '^-a[[:space:]]+(never,task|task,never)' /etc/audit/rules.d/*.rules; then wrong "a rule switches off system calls"; fi
expect_enabled auditd
in_container || expect_running auditd # audit belongs to the kernel of a container's host
verdict
