# shellcheck shell=bash
# What the scripts of rules share. settings.sh beside it has the company's values.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=/dev/null
source "$here/settings.sh"

# --- changes: each does nothing where its result is there already

# write_file PATH MODE: the file has what stands on standard input, and belongs to root.
write_file() {
	local new
	new=$(mktemp)
	cat >"$new"
	mkdir -p "$(dirname "$1")"
	if ! cmp -s "$new" "$1"; then cat "$new" >"$1"; fi
	rm -f "$new"
	set_mode "$1" "$2"
}

# set_mode PATH MODE [OWNER:GROUP]: for a file or directory that exists; root owns it unless said otherwise.
set_mode() {
	[ -e "$1" ] || return 0
	local owner=${3:-root:root}
	[ "$(stat -c %U:%G "$1")" = "$owner" ] || chown "$owner" "$1"
	[ "$(stat -c %a "$1")" = "$2" ] || chmod "$2" "$1"
}

# set_key FILE KEY SEPARATOR VALUE: exactly one line sets the key; what is commented out stays so.
set_key() {
	local new
	[ -e "$1" ] || write_file "$1" 644 </dev/null
	new=$(mktemp)
	awk -v key="$2" -v line="$2$3$4" '
		{ name = $0; sub(/^[ \t]*/, "", name); sub(/[ \t=].*/, "", name) }
		name == key { if (!done) print line; done = 1; next }
		{ print }
		END { if (!done) print line }' "$1" >"$new"
	if ! cmp -s "$new" "$1"; then cat "$new" >"$1"; fi
	rm -f "$new"
}

# lead_file PATH: what stands on standard input comes first in the file, up to a line that marks its end.
lead_file() {
	local end="# golden image: end of what comes first" new
	new=$(mktemp)
	{
		cat
		echo "$end"
		awk -v end="$end" '{ text[NR] = $0 } $0 == end { last = NR } END { for (i = last + 1; i <= NR; i++) print text[i] }' "$1"
	} >"$new"
	if ! cmp -s "$new" "$1"; then cat "$new" >"$1"; fi
	rm -f "$new"
}

# install_package NAME...: installs what is missing.
install_package() {
	local name missing=()
	for name in "$@"; do installed "$name" || missing+=("$name"); done
	[ ${#missing[@]} = 0 ] || "$PACKAGE_MANAGER" install -y "${missing[@]}"
}

# enable_unit NAME...: starts at boot; starts now too where systemd runs.
enable_unit() {
	local name
	for name in "$@"; do
		systemctl is-enabled --quiet "$name" 2>/dev/null || systemctl enable "$name"
		[ ! -d /run/systemd/system ] || systemctl is-active --quiet "$name" || systemctl start "$name"
	done
}

# --- questions

# in_container: the kernel is another machine's.
in_container() { systemd-detect-virt --quiet --container; }

installed() { rpm -q "$1" >/dev/null 2>&1; }

# local_files TEST...: what find finds on the machine's own file system, without the layers of containers.
local_files() {
	find / -ignore_readdir_race -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /var/lib/docker -o -path /var/lib/containerd \) \
		-prune -o "$@" -print
}

# people: name, home directory and shell of accounts that somebody logs in to.
people() { awk -F: '($3 == 0 || $3 >= 1000 && $3 < 60000) && $7 !~ /(nologin|false)$/ { print $1, $6, $7 }' /etc/passwd; }
