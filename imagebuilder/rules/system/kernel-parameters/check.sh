#!/usr/bin/env bash
# rule: kernel-parameters
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

file=/etc/sysctl.d/zz-golden-image-kernel.conf
while read -r key value; do
	expect_line "$file" "$key = $value"
	if in_container; then continue; fi                   # its kernel is the host's
	is=$(sysctl --values "$key" 2>/dev/null) || continue # the kernel has no such parameter
	[ "$is" = "$value" ] || wrong "$key is $is, expected $value"
done <<-END
	kernel.randomize_va_space 2
	kernel.kptr_restrict 1
	kernel.dmesg_restrict 1
	kernel.yama.ptrace_scope 1
	kernel.sysrq 0
	fs.suid_dumpable 0
	fs.protected_hardlinks 1
	fs.protected_symlinks 1
	fs.protected_fifos 1
	fs.protected_regular 1
END
verdict
