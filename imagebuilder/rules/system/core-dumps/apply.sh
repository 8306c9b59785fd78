#!/usr/bin/env bash
# rule: core-dumps
# title: Programs leave no memory images behind
# title-ko: 프로그램이 코어 덤프를 남기지 않는다
# severity: low
# mandatory: yes
# switch: core-dumps
# cis-al2023: 1.5.3 1.5.4
# isms-p: 2.7.1
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/security/limits.d/golden-image.conf /etc/systemd/coredump.conf.d/golden-image.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

echo "* hard core 0" | write_file /etc/security/limits.d/golden-image.conf 644
printf '[Coredump]\nStorage=none\nProcessSizeMax=0\n' | write_file /etc/systemd/coredump.conf.d/golden-image.conf 644
