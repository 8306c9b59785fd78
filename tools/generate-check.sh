#!/usr/bin/env bash
# Fails when a generated file is not what its generator writes now. The check runs in a copy of the
# checkout, so that a file being edited is never overwritten.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== generated files"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
	if [ -e "$file" ]; then printf '%s\0' "$file"; fi
done | tar --null --files-from - --create --file - | tar --extract --file - --directory "$copy"
for module in . sandbox sandbox/provider; do
	(cd "$copy/$module" && go generate ./...)
done
# Only what is in the checkout is compared: a generator may leave scratch files.
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
	[ -e "$file" ] || continue
	cmp -s "$file" "$copy/$file" || echo "$file"
done >"$copy.stale"
stale=$(cat "$copy.stale")
rm -f "$copy.stale"
if [ -n "$stale" ]; then
	printf 'out of date, run make generate:\n%s\n' "$stale" >&2
	exit 1
fi
