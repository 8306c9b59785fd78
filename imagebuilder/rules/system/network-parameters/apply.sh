#!/usr/bin/env bash
# rule: network-parameters
# title: The kernel routes nothing, follows no redirects and logs impossible packets
# title-ko: 커널이 패킷을 전달하지 않고 redirect를 무시하며 비정상 패킷을 기록한다
# severity: medium
# mandatory: yes
# switch: network-parameters
# cis-al2023: 3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.3.5 3.3.6 3.3.7 3.3.8
# isms-p: 2.6.1 2.10.3
# os: amazon-linux-2023 amazon-linux-2
# proof: container
# files: /etc/sysctl.d/zz-golden-image-network.conf /etc/sysctl.d/zz-golden-image-interfaces.conf
set -euo pipefail
# shellcheck source=../../../lib.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/lib.sh"

# The last file of the directory wins, so its name sorts last.
write_file /etc/sysctl.d/zz-golden-image-network.conf 644 <<-END
	net.ipv4.ip_forward = 0
	net.ipv4.conf.all.send_redirects = 0
	net.ipv4.conf.default.send_redirects = 0
	net.ipv4.conf.all.accept_source_route = 0
	net.ipv4.conf.default.accept_source_route = 0
	net.ipv4.conf.all.accept_redirects = 0
	net.ipv4.conf.default.accept_redirects = 0
	net.ipv4.conf.all.secure_redirects = 0
	net.ipv4.conf.default.secure_redirects = 0
	net.ipv4.conf.all.log_martians = 1
	net.ipv4.conf.default.log_martians = 1
	net.ipv4.conf.all.rp_filter = 1
	net.ipv4.conf.default.rp_filter = 1
	net.ipv4.icmp_echo_ignore_broadcasts = 1
	net.ipv4.icmp_ignore_bogus_error_responses = 1
	net.ipv4.tcp_syncookies = 1
	net.ipv6.conf.all.forwarding = 0
	net.ipv6.conf.all.accept_source_route = 0
	net.ipv6.conf.default.accept_source_route = 0
	net.ipv6.conf.all.accept_redirects = 0
	net.ipv6.conf.default.accept_redirects = 0
END
# An interface that was there before has a value of its own, and for IPv6 that one counts alone. Amazon Linux 2 knows no
# patterns; there the value comes with the next interface.
[ "$OS" = amazon-linux-2 ] || echo "net.ipv6.conf.*.accept_redirects = 0" | write_file /etc/sysctl.d/zz-golden-image-interfaces.conf 644
# A container has a network of its own; other machines take it at the next boot too.
[ ! -w /proc/sys/net/ipv4/ip_forward ] || sysctl --quiet --ignore --load=/etc/sysctl.d/zz-golden-image-network.conf
