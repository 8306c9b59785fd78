#!/usr/bin/env bash
# rule: stray-devices
# title: /dev has no ordinary files and devices are nowhere else
# title-ko: /dev에 일반 파일이 없고 다른 곳에 장치 파일이 없다
# severity: high
# mandatory: yes
# switch: stray-devices
# kisa-2026: U-26
# isms-p: 2.6.2
# os: amazon-linux-2023 amazon-linux-2
# proof: container
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

while read -r file; do wrong "$file is an ordinary file"; done < <(find /dev -xdev -type f ! -path '/dev/shm/*' ! -path '/dev/mqueue/*' ! -path '/dev/hugepages/*')
while read -r file; do wrong "$file is a device"; done < <(local_files \( -type b -o -type c \))
verdict
