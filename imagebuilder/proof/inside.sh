#!/usr/bin/env bash
# Runs on the booted tree: the compliance test, and then what a check cannot ask.
set -euo pipefail
export LC_ALL=C
cd /proof-out

# try NAME COMMAND...: one line of the result.
try() {
	local name=$1
	shift
	if "$@" >"$name.log" 2>&1; then echo "pass $name"; else echo "FAIL $name"; fi
}

bash /var/lib/golden-image/report.sh check >check.log 2>&1
cp /var/lib/golden-image/report/* .
verdict=compliant
bash /var/lib/golden-image/report.sh verdict >verdict.log || verdict="not compliant"
echo "$verdict" >verdict
[ "$1" = after ] || exit 0

useradd --create-home --shell /bin/bash person
install -d -o person -g person -m 700 /home/person/.ssh /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/key
install -o person -g person -m 600 /root/key.pub /home/person/.ssh/authorized_keys
install -m 600 /root/key.pub /root/.ssh/authorized_keys
log_in() { ssh -i /root/key -o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=10 "$@"; }
refused() { ! log_in "$@" true 2>said && grep -q 'Permission denied (publickey)' said; }
answers() { [ "$(ssh -o StrictHostKeyChecking=no -o BatchMode=yes -o ConnectTimeout=10 nobody@127.0.0.1 2>&1 | grep -c 'Authorized users only')" = 1 ]; }
secure() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		if grep -q "$1" /var/log/secure; then return; fi
		sleep 1
	done
	return 1
}
aide_says() {
	systemctl start golden-image-aide
	tail -n "$2" /var/log/aide/aide.log | grep -q "aide: $1"
}
accepts() { SUDO_USER=person /usr/local/sbin/golden-image-aide accept && aide_says 'no file changed' 1; }
# Each system call of the audit rules has a number on its processor; a name without one would end their loading.
calls_exist() {
	local arch calls call checked=0
	while read -r arch calls; do
		for call in ${calls//,/ }; do
			ausyscall "${arch/b64/x86_64}" "$call" --exact || return 1
			checked=$((checked + 1))
		done
	done < <(sed -nE 's/^-a .* arch=(b64|b32) -S ([a-z0-9_,]+) .*/\1 \2/p' /etc/audit/rules.d/50-golden-image.rules | sed s/^b32/i386/)
	[ "$checked" -gt 40 ]
}
# What pam-profile guards against: login.defs lets every new account's password run out, and with it the key.
runs_out() { chage --lastday 2020-01-01 person && ! log_in person@127.0.0.1 true; }
outlives() {
	sed -i -E 's/^account.*pam_unix\.so/& no_pass_expiry/' /etc/pam.d/common-account
	log_in person@127.0.0.1 true
}
# shellcheck disable=SC2016 # the login shell expands it
idle_ends() { [ "$(su - person -c 'echo $TMOUT; umask' </dev/null | paste -sd ' ')" = "600 0027" ]; }
su_is_closed() { ! runuser -u person -- su -c true daemon </dev/null >said 2>&1 && grep -q 'Permission denied' said; }

{
	try ssh-accepts-a-key log_in person@127.0.0.1 true
	try ssh-refuses-root refused root@127.0.0.1
	try ssh-refuses-a-password refused -o PubkeyAuthentication=no person@127.0.0.1
	try ssh-shows-the-banner answers
	try login-is-logged secure 'Accepted publickey for person'
	try shell-ends-and-has-umask idle_ends
	try su-is-for-wheel su_is_closed
	try a-password-that-ran-out-stops-a-key runs_out
	try no-pass-expiry-lets-it-in outlives
	try audit-rules-name-known-calls calls_exist
	try aide-makes-its-database aide_says 'database made, code 0' 1
	try aide-finds-nothing aide_says 'no file changed' 1
	echo 10.0.0.1 changed >>/etc/hosts
	try aide-finds-a-change aide_says 'files changed' 20
	try aide-names-the-file grep -q '/etc/hosts' /var/log/aide/aide.log
	try aide-takes-an-accepted-change accepts
	try aide-says-who-accepted grep -q 'changes accepted by person' /var/log/aide/aide.log
} >tried
