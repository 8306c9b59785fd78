#!/usr/bin/env bash
# rule: root-home
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

expect_mode /root 700
# shellcheck disable=SC2016 # the login shell expands it
path=$(env -i HOME=/root USER=root bash -lc 'echo "$PATH"' 2>/dev/null)
case ":$path:" in
	*:.:* | *::*) wrong "the PATH of root has the current directory: $path" ;;
esac
IFS=: read -ra dirs <<<"$path"
for dir in "${dirs[@]}"; do expect_mode "$dir" 755; done
verdict
