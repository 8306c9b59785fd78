#!/usr/bin/env bash
# rule: updates
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

# Asked of the release that is installed: what appeared since the build is the next build's business.
code=0
pending=$("$PACKAGE_MANAGER" -q check-update 2>&1) || code=$?
case $code in
	0) ;;
	100) wrong "updates are pending: $(awk 'NF == 3 { print $1 }' <<<"$pending" | head -20 | paste -sd ' ')" ;;
	*) wrong "$PACKAGE_MANAGER check-update ended with $code" ;;
esac
if [ "$OS" = amazon-linux-2023 ] && [ "$RELEASE" != latest ]; then
	is=$(rpm -q --queryformat '%{VERSION}' system-release)
	[ "$is" = "$RELEASE" ] || wrong "the release is $is, expected $RELEASE"
fi
verdict
