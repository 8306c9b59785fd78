#!/usr/bin/env bash
# rule: hidden-files
# title: No hidden files lie where everybody can write
# title-ko: 누구나 쓸 수 있는 곳에 숨겨진 파일을 두지 않는다
# severity: low
# mandatory: no
# switch: hidden-files
# kisa-2026: U-33
# isms-p: 2.10.9
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /tmp/** /var/tmp/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

find /tmp /var/tmp -ignore_readdir_race -mindepth 1 -maxdepth 2 -name '.*' ! -name '.*-unix' -prune -exec rm -rf {} +
