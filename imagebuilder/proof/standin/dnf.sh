#!/usr/bin/env bash
# dnf as far as the rules use it, by apt, with the packages that the tree has in apt's cache.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
here=$(dirname "$(readlink -f "$0")")
verb=${1-} names=()
shift
for argument in "$@"; do
	[[ $argument = -* ]] || names+=("$("$here/debian-name" "$argument")")
done
case $verb in
	install)
		apt-get install --yes --no-install-recommends --no-download --quiet=2 "${names[@]}"
		# Amazon Linux has chrony's file there.
		if [ -e /etc/chrony/chrony.conf ] && [ ! -e /etc/chrony.conf ]; then ln -s chrony/chrony.conf /etc/chrony.conf; fi
		;;
	remove) apt-get purge --yes --quiet=2 "${names[@]}" ;;
	*)
		echo "dnf $verb has no stand-in" >&2
		exit 1
		;;
esac
