#!/usr/bin/env bash
# rule: ssh-server
# title: SSH takes keys only, never root, and cuts off silent clients
# title-ko: SSH는 키 인증만 허용하고 root 접속을 막으며 응답 없는 연결을 끊는다
# severity: high
# mandatory: yes
# switch: ssh-server
# kisa-2026: U-01
# cis-al2023: 4.2.5 4.2.6 4.2.7 4.2.8 4.2.9 4.2.10 4.2.11 4.2.12 4.2.13 4.2.16 4.2.17 4.2.18 4.2.19 4.2.20
# isms-p: 2.5.3 2.6.2 2.6.6
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/ssh/sshd_config /etc/ssh/sshd_config.d/00-golden-image.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# sshd takes the first value that it reads, so ours come before what cloud-init and the distribution write.
directives() {
	cat <<-END
		PermitRootLogin no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PermitEmptyPasswords no
		HostbasedAuthentication no
		IgnoreRhosts yes
		PermitUserEnvironment no
		X11Forwarding no
		AllowTcpForwarding $SSH_FORWARDING
		MaxAuthTries $SSH_MAX_TRIES
		MaxSessions 10
		MaxStartups 10:30:60
		LoginGraceTime $SSH_GRACE_SECONDS
		ClientAliveInterval $SSH_ALIVE_SECONDS
		ClientAliveCountMax $SSH_ALIVE_COUNT
		LogLevel VERBOSE
		UsePAM yes
		Banner /etc/issue.net
	END
}

if grep -qiE '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/' /etc/ssh/sshd_config; then
	directives | write_file /etc/ssh/sshd_config.d/00-golden-image.conf 600
else # OpenSSH 7 of Amazon Linux 2 knows no Include, and the option by its old name only
	directives | sed s/^KbdInteractive/ChallengeResponse/ | lead_file /etc/ssh/sshd_config
fi
