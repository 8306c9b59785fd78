#!/usr/bin/env bash
# rule: aide
# title: Changes of system files are found daily
# title-ko: 시스템 파일의 변경을 매일 점검한다
# severity: medium
# mandatory: yes
# switch: aide
# cis-al2023: 1.3.1 1.3.2
# isms-p: 2.9.5 2.11.3
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# packages: aide
# files: /etc/golden-image/aide.conf /usr/local/sbin/golden-image-aide /etc/systemd/system/golden-image-aide.service /etc/systemd/system/golden-image-aide.timer /etc/systemd/system/timers.target.wants/golden-image-aide.timer /var/lib/aide /var/log/aide
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

install_package aide
mkdir -p /var/lib/aide /var/log/aide
set_mode /var/lib/aide 700
set_mode /var/log/aide 700
input=database_in version=$(aide --version 2>&1)
if [[ $version =~ [Aa][Ii][Dd][Ee]\ 0\.1[0-6] ]]; then input=database; fi # as AIDE 0.16 of Amazon Linux 2 has it
write_file /etc/golden-image/aide.conf 600 <<-END
	$input=file:/var/lib/aide/golden-image.db.gz
	database_out=file:/var/lib/aide/golden-image.new.gz
	gzip_dbout=yes
	report_url=stdout
	Fixed = p+n+u+g+s+m+acl+xattrs+sha512
	/boot Fixed
	/etc Fixed
	/root/\\.ssh Fixed
	/usr/bin Fixed
	/usr/sbin Fixed
	/usr/local Fixed
	/usr/lib/systemd Fixed
	/usr/lib64/security Fixed
	!/etc/mtab\$
	!/etc/resolv\\.conf\$
END
# An instance has files of its own, so the database is made when it first runs, not with the image.
write_file /usr/local/sbin/golden-image-aide 700 <<-'END'
	#!/usr/bin/env bash
	# Compares system files with the database; the first run on an instance makes it. After changes that were meant,
	# such as updates, the argument accept makes it anew.
	set -euo pipefail
	database=/var/lib/aide/golden-image
	say() { echo "$(date --iso-8601=seconds) aide: $*" >>/var/log/aide/aide.log; }
	run() { aide --config=/etc/golden-image/aide.conf "$1" >/var/log/aide/report.txt 2>&1; }
	code=0
	if [ "${1-}" = accept ]; then
		say "changes accepted by ${SUDO_USER:-$(id -un)}"
		rm -f "$database.db.gz"
	fi
	if [ ! -e "$database.db.gz" ]; then
		run --init || code=$?
		if [ "$code" = 0 ]; then mv "$database.new.gz" "$database.db.gz"; fi
		say "database made, code $code"
		exit "$code"
	fi
	run --check || code=$?
	case $code in
		0) say "no file changed" ;;
		[1-7])
			say "files changed"
			grep -E '^[fdlpscbD?]?[^:]*: /' /var/log/aide/report.txt | head -100 >>/var/log/aide/aide.log || say "see report.txt"
			;;
		*)
			say "failed with code $code"
			exit "$code"
			;;
	esac
END
write_file /etc/systemd/system/golden-image-aide.service 644 <<-END
	[Unit]
	Description=Compare system files with AIDE's database
	[Service]
	Type=oneshot
	ExecStart=/usr/local/sbin/golden-image-aide
	Nice=19
	IOSchedulingClass=idle
END
write_file /etc/systemd/system/golden-image-aide.timer 644 <<-END
	[Unit]
	Description=Compare system files every day, first ten minutes after boot
	[Timer]
	OnBootSec=10min
	OnCalendar=*-*-* 04:00:00
	RandomizedDelaySec=30min
	[Install]
	WantedBy=timers.target
END
systemctl is-enabled --quiet golden-image-aide.timer || systemctl enable golden-image-aide.timer
