#!/usr/bin/env bash
# rpm -q and rpm -qf as far as the rules use them, by dpkg.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
verb=${1-}
shift
case $verb in
	-q)
		for argument in "$@"; do
			[[ $argument = -* || $argument = %* ]] && continue
			status=$(dpkg-query --show --showformat '${db:Status-Status}' "$("$here/debian-name" "$argument")" 2>/dev/null)
			[ "$status" = installed ]
		done
		;;
	-qf) dpkg-query --search "$1" || dpkg-query --search "${1#/usr}" ;; # some packages still name /bin/su
	*)
		echo "rpm $verb has no stand-in" >&2
		exit 1
		;;
esac
