#!/usr/bin/env bash
# rule: ssh-server
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

# What sshd would use, whatever file says it.
mkdir -p /run/sshd
effective=$(/usr/sbin/sshd -T 2>/dev/null) || wrong "sshd refuses its configuration"

expect() {
	local is
	is=$(awk -v key="$1" '$1 == key { print $2; exit }' <<<"$effective")
	[ "$is" = "$2" ] || wrong "sshd: $1 is ${is:-not set}, expected $2"
}

expect permitrootlogin no
expect passwordauthentication no
expect permitemptypasswords no
expect hostbasedauthentication no
expect ignorerhosts yes
expect permituserenvironment no
expect x11forwarding no
expect allowtcpforwarding "$SSH_FORWARDING"
expect maxauthtries "$SSH_MAX_TRIES"
expect maxsessions 10
expect maxstartups 10:30:60
expect logingracetime "$SSH_GRACE_SECONDS"
expect clientaliveinterval "$SSH_ALIVE_SECONDS"
expect clientalivecountmax "$SSH_ALIVE_COUNT"
expect loglevel VERBOSE
expect banner /etc/issue.net
expect usepam yes # faillock and the session's records hang on it
grep -qE '^(kbdinteractive|challengeresponse)authentication no$' <<<"$effective" || wrong "sshd asks for passwords interactively"
verdict
