#!/usr/bin/env bash
# What Debian calls a package of Amazon Linux 2023.
case $1 in
	audit) echo auditd ;;
	libpwquality) echo libpam-pwquality ;;
	tftp-server) echo tftpd-hpa ;;
	*) echo "$1" ;;
esac
