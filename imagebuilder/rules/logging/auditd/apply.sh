#!/usr/bin/env bash
# rule: auditd
# title: The kernel records who changed what
# title-ko: 계정·권한·설정 변경을 커널 감사 로그로 남긴다
# severity: medium
# mandatory: yes
# switch: auditd
# kisa-2026: U-66
# cis-al2023: 5.2.1.1 5.2.1.4 5.2.2.1 5.2.3.1 5.2.3.2 5.2.3.3 5.2.3.4 5.2.3.5 5.2.3.7 5.2.3.8 5.2.3.9 5.2.3.10 5.2.3.12 5.2.3.13 5.2.3.19 5.2.3.20
# isms-p: 2.9.4 2.11.3
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# packages: audit
# files: /etc/audit/auditd.conf /etc/audit/rules.d/audit.rules /etc/audit/rules.d/50-golden-image.rules /etc/audit/rules.d/99-golden-image.rules
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

install_package audit
set_key /etc/audit/auditd.conf max_log_file ' = ' 32
set_key /etc/audit/auditd.conf num_logs ' = ' 10
set_key /etc/audit/auditd.conf max_log_file_action ' = ' ROTATE
set_key /etc/audit/auditd.conf space_left_action ' = ' SYSLOG
set_mode /etc/audit/auditd.conf 640
# The distribution's own file switches off what a rule about system calls would see.
if grep -qsE '^-a[[:space:]]+(never,task|task,never)' /etc/audit/rules.d/audit.rules; then
	sed -i -E '/^-a[[:space:]]+(never,task|task,never)/d' /etc/audit/rules.d/audit.rules
fi
# System calls that only x86 has beside those that end in at.
modes="" opens="" removals=""
if [ "$ARCH" = x86_64 ]; then modes=,chmod,chown,lchown opens=,open,creat removals=,unlink,rename,rmdir; fi
calls() { # FILTER-AND-CALLS KEY: for 64 bits, and for 32 where the processor has them
	echo "-a always,exit -F arch=b64 $1 -k $2"
	if [ "$ARCH" = x86_64 ]; then echo "-a always,exit -F arch=b32 $1 -k $2"; fi
}
{
	for file in /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/security/opasswd; do echo "-w $file -p wa -k identity"; done
	for file in /etc/sudoers /etc/sudoers.d /var/log/sudo.log; do echo "-w $file -p wa -k privileges"; done
	for file in /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/pam.d /etc/security; do echo "-w $file -p wa -k access"; done
	for file in /var/run/faillock /var/log/lastlog /var/run/utmp /var/log/wtmp /var/log/btmp; do echo "-w $file -p wa -k logins"; done
	for file in /etc/hosts /etc/issue /etc/issue.net /etc/localtime /etc/sysctl.conf /etc/sysctl.d /etc/systemd; do echo "-w $file -p wa -k system"; done
	calls "-S execve -C euid!=uid -F euid=0" root-commands
	calls "-S adjtimex,settimeofday,clock_settime" time
	calls "-S sethostname,setdomainname" system
	calls "-S init_module,finit_module,delete_module" modules
	calls "-S mount -F auid>=1000 -F auid!=unset" mounts
	calls "-S fchmod,fchmodat,fchown,fchownat,setxattr,lsetxattr,fsetxattr,removexattr$modes -F auid>=1000 -F auid!=unset" permissions
	for error in EACCES EPERM; do calls "-S openat,truncate,ftruncate$opens -F exit=-$error -F auid>=1000 -F auid!=unset" refused; done
	calls "-S unlinkat,renameat,renameat2$removals -F auid>=1000 -F auid!=unset" deletions
} | write_file /etc/audit/rules.d/50-golden-image.rules 600
# Until the next boot nobody changes the rules.
echo "-e 2" | write_file /etc/audit/rules.d/99-golden-image.rules 600
enable_unit auditd
