#!/usr/bin/env bash
# rule: updates
# title: All updates of the chosen release are installed
# title-ko: 정해진 릴리스의 모든 업데이트를 설치한다
# severity: high
# mandatory: yes
# switch: updates
# kisa-2026: U-64 U-45 U-49
# cis-al2023: 1.8
# isms-p: 2.10.8
# os: amazon-linux-2023 amazon-linux-2
# proof: instance
# packages: all
# files: /boot/**
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# Amazon Linux 2023 stays on the release that its image was made of until another one is named.
case "$OS" in
	amazon-linux-2023) dnf upgrade -y --releasever="$RELEASE" ;;
	*) yum update -y ;;
esac
