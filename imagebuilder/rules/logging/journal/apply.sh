#!/usr/bin/env bash
# rule: journal
# title: The journal is kept on disk, compressed and limited
# title-ko: 저널을 디스크에 압축해 보관하고 크기를 제한한다
# severity: medium
# mandatory: yes
# switch: journal
# kisa-2026: U-66
# cis-al2023: 5.1.1.3 5.1.2.3 5.1.2.4
# isms-p: 2.9.4
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/systemd/journald.conf.d/golden-image.conf /var/log/journal
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

mkdir -p /var/log/journal
write_file /etc/systemd/journald.conf.d/golden-image.conf 644 <<-END
	[Journal]
	Storage=persistent
	Compress=yes
	SystemMaxUse=500M
	ForwardToSyslog=yes
END
