#!/usr/bin/env bash
# rule: password-hash
# title: Passwords are hashed with SHA-512
# title-ko: 비밀번호를 SHA-512로 해시한다
# severity: medium
# mandatory: yes
# switch: password-hash
# kisa-2026: U-13
# cis-al2023: 4.5.4
# isms-p: 2.5.4 2.7.1
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/login.defs /etc/libuser.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

set_key /etc/login.defs ENCRYPT_METHOD ' ' SHA512
[ ! -e /etc/libuser.conf ] || set_key /etc/libuser.conf crypt_style ' = ' sha512
