#!/usr/bin/env bash
# rule: password-hash
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_key /etc/login.defs ENCRYPT_METHOD SHA512
[ ! -e /etc/libuser.conf ] || expect_key /etc/libuser.conf crypt_style sha512
# yescrypt ($y$) is stronger than SHA-2, which is $5$ and $6$.
while read -r name; do wrong "the password of $name has a weak hash"; done < <(awk -F: '$2 ~ /^\$/ && $2 !~ /^\$(5|6|y|gy)\$/ { print $1 }' /etc/shadow)
if grep -rhsE '^password[^#]*pam_unix\.so[^#]*[[:space:]](md5|bigcrypt)([[:space:]]|$)' /etc/pam.d; then wrong "PAM makes weak hashes"; fi
verdict
