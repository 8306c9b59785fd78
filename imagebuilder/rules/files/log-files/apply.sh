#!/usr/bin/env bash
# rule: log-files
# title: Logs belong to root or a service and are closed to others
# title-ko: 로그 디렉터리와 파일은 root나 서비스 계정이 소유하고 다른 사용자에게 열지 않는다
# severity: medium
# mandatory: yes
# switch: log-files
# kisa-2026: U-67
# cis-al2023: 5.1.3
# isms-p: 2.9.4
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: modes:/var/log modes:/var/log/** /etc/tmpfiles.d/00-golden-image.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# Services may own their logs; nobody else writes to them.
set_mode /var/log 755
find /var/log -ignore_readdir_race -xdev -uid +999 -exec chown root {} +
find /var/log -ignore_readdir_race -xdev -type d -perm -0002 -exec chmod o-w {} +
find /var/log -ignore_readdir_race -xdev -type f -perm /0133 ! -path '/var/log/journal/*' -exec chmod u-x,g-wx,o-wx {} +
for file in /var/log/messages /var/log/secure /var/log/cron /var/log/sudo.log; do set_mode "$file" 640; done
# systemd would open wtmp and lastlog to their group again at each boot.
write_file /etc/tmpfiles.d/00-golden-image.conf 644 <<-END
	f /var/log/wtmp 0644 root utmp -
	f /var/log/btmp 0600 root utmp -
	f /var/log/lastlog 0644 root utmp -
END
