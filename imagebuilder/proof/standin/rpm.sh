#!/usr/bin/env bash
# rpm -q as far as the rules use it, by dpkg.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
[ "${1-}" = -q ] || {
	echo "rpm $* has no stand-in" >&2
	exit 1
}
shift
for argument in "$@"; do
	[[ $argument = -* || $argument = %* ]] && continue
	status=$(dpkg-query --show --showformat '${db:Status-Status}' "$("$here/debian-name" "$argument")" 2>/dev/null)
	[ "$status" = installed ]
done
