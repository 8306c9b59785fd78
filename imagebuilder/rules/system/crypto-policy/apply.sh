#!/usr/bin/env bash
# rule: crypto-policy
# title: TLS, SSH and Kerberos take no weak algorithms
# title-ko: TLS·SSH·Kerberos에서 취약한 암호 알고리즘을 사용하지 않는다
# severity: medium
# mandatory: yes
# switch: crypto-policy
# cis-al2023: 1.9 4.2.14
# isms-p: 2.7.1 2.10.5
# os: amazon-linux-2023
# proof: instance
# packages: crypto-policies-scripts
# files: /etc/crypto-policies/** /etc/sysconfig/sshd
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

install_package crypto-policies-scripts
[ "$(update-crypto-policies --show)" = "$CRYPTO_POLICY" ] || update-crypto-policies --set "$CRYPTO_POLICY"
