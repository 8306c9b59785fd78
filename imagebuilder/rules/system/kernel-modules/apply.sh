#!/usr/bin/env bash
# rule: kernel-modules
# title: File systems and protocols that nobody needs cannot be loaded
# title-ko: 사용하지 않는 파일 시스템과 프로토콜 모듈을 불러오지 못하게 한다
# severity: low
# mandatory: yes
# switch: kernel-modules
# cis-al2023: 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 3.1.2 3.1.3 3.1.4 3.1.5
# isms-p: 2.10.3 2.10.7
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/modprobe.d/golden-image.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

for module in cramfs freevxfs hfs hfsplus jffs2 udf usb-storage dccp rds sctp tipc; do
	printf 'install %s /bin/false\nblacklist %s\n' "$module" "$module"
done | write_file /etc/modprobe.d/golden-image.conf 644
