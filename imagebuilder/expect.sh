# shellcheck shell=bash
# What the checks of rules share: they say what is wrong and go on, and verdict ends them.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

faults=0

wrong() {
	faults=$((faults + 1))
	printf '%s\n' "$*"
}

verdict() { [ "$faults" = 0 ]; }

# expect_mode PATH MAXIMUM [OWNER]: no bit beyond the maximum, and the owner; what does not exist is right.
expect_mode() {
	[ -e "$1" ] || return 0
	local mode owner
	mode=$(stat -L -c %a "$1")
	owner=$(stat -L -c %U "$1")
	((8#$mode & ~8#$2 & 8#7777)) && wrong "$1 has mode $mode, allowed is $2"
	[ "$owner" = "${3:-root}" ] || wrong "$1 belongs to $owner, not to ${3:-root}"
}

# value FILE KEY: what the last line that sets the key says.
value() {
	[ -r "$1" ] || return 0
	awk -v key="$2" '{ line = $0; sub(/^[ \t]*/, "", line) }
		line ~ "^" key "[ \t=]" { sub("^" key "[ \t]*=?[ \t]*", "", line); sub(/[ \t]+$/, "", line); last = line }
		END { print last }' "$1"
}

expect_key() {
	local is
	is=$(value "$1" "$2")
	[ "$is" = "$3" ] || wrong "$1: $2 is ${is:-not set}, expected $3"
}

expect_installed() {
	local name
	for name in "$@"; do installed "$name" || wrong "package $name is not installed"; done
}

expect_enabled() {
	local name state
	for name in "$@"; do
		state=$(systemctl is-enabled "$name" 2>/dev/null) || state=${state:-missing}
		[[ $state = enabled || $state = alias ]] || wrong "$name is $state, not enabled"
	done
}

# expect_running UNIT: asked only where systemd runs.
expect_running() {
	[ ! -d /run/systemd/system ] || systemctl is-active --quiet "$1" || wrong "$1 does not run"
}

# expect_line FILE LINE: the whole line stands in the file.
expect_line() { grep -qsxF -- "$2" "$1" || wrong "$1 lacks: $2"; }
