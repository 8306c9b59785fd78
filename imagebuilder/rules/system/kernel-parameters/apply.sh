#!/usr/bin/env bash
# rule: kernel-parameters
# title: The kernel randomizes addresses and hides its own
# title-ko: 커널이 주소를 무작위로 배치하고 내부 정보를 숨긴다
# severity: medium
# mandatory: yes
# switch: kernel-parameters
# cis-al2023: 1.5.1 1.5.2
# isms-p: 2.10.3
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/sysctl.d/zz-golden-image-kernel.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# The last file of the directory wins, so its name sorts last.
write_file /etc/sysctl.d/zz-golden-image-kernel.conf 644 <<-END
	kernel.randomize_va_space = 2
	kernel.kptr_restrict = 1
	kernel.dmesg_restrict = 1
	kernel.yama.ptrace_scope = 1
	kernel.sysrq = 0
	fs.suid_dumpable = 0
	fs.protected_hardlinks = 1
	fs.protected_symlinks = 1
	fs.protected_fifos = 1
	fs.protected_regular = 1
END
# A container runs on the kernel of its host.
in_container || sysctl --quiet --ignore --load=/etc/sysctl.d/zz-golden-image-kernel.conf
