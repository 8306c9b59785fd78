#!/usr/bin/env bash
# Proves the rules of the golden image in a container: installs what that needs where it may, and runs the test, which
# skips and says what is missing where it may not.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
command -v debootstrap >/dev/null || missing+=(debootstrap debian-archive-keyring)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "== installing ${missing[*]}"
	{ apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" >/dev/null; } ||
		echo "could not install them" >&2 # the test names what it lacks
fi
ASSETGUARD_IMAGE_TEST=1 go test -count=1 -timeout 15m -v ./imagebuilder/proof
