#!/usr/bin/env bash
# rule: crypto-policy
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

[ "$(update-crypto-policies --show)" = "$CRYPTO_POLICY" ] || wrong "the crypto policy is $(update-crypto-policies --show), expected $CRYPTO_POLICY"
update-crypto-policies --is-applied >/dev/null || wrong "the crypto policy is not applied"
if grep -qsE '^[[:space:]]*CRYPTO_POLICY=' /etc/sysconfig/sshd; then wrong "/etc/sysconfig/sshd overrides the crypto policy"; fi
verdict
